//! The settings of `serve` and of `ext-proc`: one file, environment variables and flags, over defaults.
//!
//! They are laid over each other as JSON values, and no library is taken for that: it is a
//! few lines, and what a library would add, the names of environment variables and the places
//! of mistakes, has to come from the schema, which is made from these types.

mod environment;
mod ext_proc;
mod layers;
mod report_target;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use token_tracking_gateway::{self as gateway, Attribution};
use token_tracking_policy::Problem;

pub use environment::variables;
pub use ext_proc::ExtProcSettings;
pub use layers::{FLAGS, Layers, Loaded};
pub use report_target::ReportTarget;

/// Settings of `token-tracking serve`; the defaults are meant to be served with. A flag goes
/// before an environment variable, that before this file. Durations are written as `10s` or
/// `1m 30s`; paths are relative to the working directory.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("additionalProperties" = false))]
#[non_exhaustive]
pub struct Settings {
    /// What the gateway itself is told.
    #[serde(flatten)]
    pub gateway: gateway::Settings,
    /// API definitions: files, or folders of them.
    #[schemars(extend("examples" = [["apis/"]]))]
    pub apis: Vec<PathBuf>,
    /// How changes of the API definitions are noticed.
    pub reload: gateway::Reload,
    /// Trust the certificates in this file (PEM) of targets, beside those of Mozilla and of
    /// the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_certificates: Option<PathBuf>,
    /// A listener for who runs the gateway: health, metrics, the last records.
    pub admin: Admin,
    /// Where records go, beside the terminal.
    #[schemars(extend("writeOnly" = true))]
    pub report: Vec<ReportTarget>,
    /// What is logged, to standard error.
    pub log: Log,
}

/// A listener for who runs the host, with `/healthz`, `/readyz`, `/metrics`, `/config`,
/// `/records` and `/apis`. It has no access control: whoever reaches it reads the records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Admin {
    /// Whether there is one.
    #[schemars(example = false)]
    pub enabled: bool,
    /// Address and port to listen on; port 0 lets the system choose. Where absent it is
    /// `127.0.0.1:9180`, reached from this machine only, and where that is taken there is
    /// none.
    #[schemars(example = "127.0.0.1:9180")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// How many of the last records are kept to show, at most 10,000.
    #[schemars(range(max = 10_000), example = 100)]
    pub records: usize,
}

impl Admin {
    /// Where it listens if nothing else is said: on this machine only.
    pub const LISTEN: &str = "127.0.0.1:9180";
}

impl Default for Admin {
    fn default() -> Self {
        Self { enabled: true, listen: None, records: 100 }
    }
}

/// What is logged, to standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Log {
    /// The least level, or several by target as in `RUST_LOG`, which is read where this is
    /// not set; else it is `warn`: a line for each problem, and none for a request that has
    /// none.
    #[schemars(example = &"info", example = "warn,token_tracking_gateway=debug")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// How a line is written.
    pub format: LogFormat,
}

/// How a line of the log is written.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Pretty,
    /// As an object of JSON, for machines.
    Json,
}

/// The settings of a command: what a file, the environment and flags can say.
pub trait Configuration: Default + Serialize + DeserializeOwned + JsonSchema {
    /// What neither their schema nor their types find.
    fn problems(&self) -> Vec<Problem>;

    /// What is logged.
    fn log(&self) -> &Log;

    /// Their JSON Schema.
    #[must_use]
    fn schema() -> Value {
        token_tracking_policy::schema_of::<Self>()
    }

    /// Every problem of a value that is meant to be settings.
    #[must_use]
    fn check(value: &Value) -> Vec<Problem> {
        let mut problems = token_tracking_policy::check(value, &Self::schema());
        match Self::deserialize(value) {
            Ok(settings) => problems.extend(settings.problems()),
            // What the schema cannot say.
            Err(error) if problems.is_empty() => {
                problems.push(Problem::error("", error.to_string()));
            }
            Err(_) => {}
        }
        problems
    }

    /// As YAML that can be read again, without secrets.
    #[must_use]
    fn to_yaml(&self) -> String {
        serde_saphyr::to_string(&self.to_value()).unwrap_or_default()
    }

    /// As JSON, without secrets.
    #[must_use]
    fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Configuration for Settings {
    fn problems(&self) -> Vec<Problem> {
        common_problems(&self.gateway.attribution, &self.report)
    }

    fn log(&self) -> &Log {
        &self.log
    }
}

fn common_problems(attribution: &Attribution, report: &[ReportTarget]) -> Vec<Problem> {
    let attribution = attribution.check().into_iter().map(|mut problem| {
        problem.pointer.insert_str(0, "/attribution");
        problem
    });
    let targets = report.iter().enumerate().filter_map(|(index, target)| {
        let why = target.target().err()?.to_string();
        let mut problem = Problem::error(format!("/report/{index}"), why);
        // An excerpt could show a password.
        problem.excerpt = Some(String::new());
        Some(problem)
    });
    targets.chain(attribution).collect()
}
