//! The settings of `ext-proc`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use token_tracking_ext_proc::{self as ext_proc, Policies, PolicyEntry};
use token_tracking_gateway::Reload;
use token_tracking_policy::{Problem, Problems};

use super::{Admin, Configuration, Log, ReportTarget, common_problems};

/// Settings of `token-tracking ext-proc`; the defaults are meant to be served with. A flag goes
/// before an environment variable, that before this file. Durations are written as `10s` or
/// `1m 30s`; paths are relative to the working directory.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("additionalProperties" = false))]
#[non_exhaustive]
pub struct ExtProcSettings {
    /// What the processor itself is told.
    #[serde(flatten)]
    pub processor: ext_proc::Settings,
    /// Which policy meters which calls: the first one whose conditions all hold. Without any,
    /// and without `apis`, every call is metered as the type AUTO.
    pub policies: Vec<PolicyEntry>,
    /// API definitions instead: files, or folders of them. Of these only the tracking is done
    /// here; a call that none of them serves is not metered.
    #[schemars(extend("examples" = [["apis/"]]))]
    pub apis: Vec<PathBuf>,
    /// How changes of the API definitions are noticed.
    pub reload: Reload,
    /// Refuses to start when a tracking configuration of a definition does not compile.
    #[schemars(example = true)]
    pub strict: bool,
    /// A listener for who runs the processor: health, metrics, the last records.
    pub admin: Admin,
    /// Where records go, beside the terminal.
    #[schemars(extend("writeOnly" = true))]
    pub report: Vec<ReportTarget>,
    /// What is logged, to standard error.
    pub log: Log,
}

impl Configuration for ExtProcSettings {
    fn problems(&self) -> Vec<Problem> {
        let mut problems = common_problems(&self.processor.attribution, &self.report);
        let registry = token_tracking_bundle::registry();
        let of_list = match Policies::compile(&self.policies, &registry) {
            Ok((_, warnings)) => warnings,
            Err(Problems(problems)) => problems,
        };
        problems.extend(of_list.into_iter().map(|mut problem| {
            problem.pointer.insert_str(0, "/policies");
            problem
        }));
        if !self.policies.is_empty() && !self.apis.is_empty() {
            let why = "policies are chosen by `policies` or by API definitions, not by both";
            problems.push(Problem::error("/policies", why).suggest("leave one of them out"));
        }
        if self.processor.tls.is_some()
            && matches!(self.processor.listen, ext_proc::Listen::Unix(_))
        {
            let why = "a socket of this machine is served without TLS";
            problems.push(Problem::error("/tls", why).suggest("leave it out"));
        }
        problems
    }

    fn log(&self) -> &Log {
        &self.log
    }
}
