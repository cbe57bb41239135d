//! What every host is run with: a settings file, the admin listener, the log. From all that is
//! said to the settings in effect.

use clap::Args as ClapArgs;
use serde_json::{Value, json};
use token_tracking_cli::settings::{Configuration, FLAGS, Layers, LogFormat};
use token_tracking_policy::{Problem, Problems};

use crate::failure::Failure;
use crate::output;

/// How a host is run.
#[derive(ClapArgs)]
pub(crate) struct Operating {
    /// The settings file, YAML or JSON
    #[arg(long, value_name = "FILE", env = "TOKEN_TRACKING_CONFIG")]
    config: Option<String>,
    /// Print the settings in effect as a settings file, without secrets, and end
    #[arg(long)]
    pub(crate) print_config: bool,
    /// Where health, metrics, the last records and more are served to who runs this, without
    /// access control; 127.0.0.1:9180 if nothing is said, and none if that is taken
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<String>,
    /// Serve no such pages
    #[arg(long, conflicts_with = "admin")]
    no_admin: bool,
    /// What is logged: warn, info, debug, or several by target as in RUST_LOG
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// How a line of the log is written
    #[arg(long, value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

impl Operating {
    /// The settings in effect, from these flags in the form of the file too. From here on the log
    /// is as they say.
    pub(crate) fn load<S: Configuration>(&self, mut flags: Value) -> Result<S, Failure> {
        self.add_to(&mut flags);
        let text = self.config.as_deref().map(|file| {
            let text = std::fs::read_to_string(file);
            text.map(|text| (text, file)).map_err(|error| Failure::unreadable(file, &error))
        });
        let text = text.transpose()?;
        let file = text.as_ref().map(|(text, file)| (text.as_str(), *file));
        let layers = Layers::<S>::read(file, environment(), flags).map_err(bad)?;
        let loaded = layers.load().map_err(bad)?;
        if let Err(why) = output::log(loaded.settings.log(), "warn") {
            let problem = Problem::error("/log/level", why)
                .expected("a level or several by target")
                .suggest("for example info, or warn,token_tracking_gateway=debug");
            return Err(bad(Problems(vec![layers.located(problem)])));
        }
        for warning in loaded.warnings {
            tracing::warn!("{}", warning.to_string().replacen("warning: ", "", 1));
        }
        Ok(loaded.settings)
    }

    fn add_to(&self, flags: &mut Value) {
        if let Some(address) = &self.admin {
            flags["admin"] = json!({ "enabled": true, "listen": address });
        }
        if self.no_admin {
            flags["admin"] = json!({ "enabled": false });
        }
        if let Some(level) = &self.log_level {
            flags["log"]["level"] = json!(level);
        }
        if let Some(format) = self.log_format {
            flags["log"]["format"] = json!(format);
        }
    }
}

/// What is not text cannot be a setting.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)))
}

fn bad(problems: Problems) -> Failure {
    let why = format!("the settings cannot be used\n{problems:#}");
    let of_flags = |problem: &Problem| problem.source.as_deref() == Some(FLAGS);
    if problems.0.iter().all(of_flags) { Failure::usage(why) } else { Failure::input(why) }
}
