//! The settings of `serve`: one file, environment variables and flags, over defaults.
//!
//! They are laid over each other as JSON values, and no library is taken for that: it is a
//! few lines, and what a library would add, the names of environment variables and the places
//! of mistakes, has to come from the schema, which is made from these types.

mod environment;
mod layers;
mod report_target;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use token_tracking_gateway as gateway;

pub use environment::variables;
pub use layers::{Layers, Loaded};
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
    /// Trust the certificates in this file (PEM) of targets, beside those of Mozilla and of
    /// the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_certificates: Option<PathBuf>,
    /// Where records go, beside the terminal.
    #[schemars(extend("writeOnly" = true))]
    pub report: Vec<ReportTarget>,
    /// What is logged, to standard error.
    pub log: Log,
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

impl Settings {
    /// Its JSON Schema.
    #[must_use]
    pub fn schema() -> Value {
        token_tracking_policy::schema_of::<Self>()
    }

    /// As YAML that can be read again, without secrets.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        serde_saphyr::to_string(&self.to_value()).unwrap_or_default()
    }

    /// As JSON, without secrets.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}
