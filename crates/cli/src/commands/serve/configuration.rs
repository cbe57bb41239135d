//! From the command line to the settings in effect.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use token_tracking_cli::settings::{Layers, Settings};
use token_tracking_policy::{Problem, Problems};

use super::Args;
use crate::failure::Failure;
use crate::output;

/// The settings in effect. From here on the log is as they say.
pub(super) fn load(args: &Args) -> Result<Settings, Failure> {
    let text = args.config.as_deref().map(|file| {
        let text = std::fs::read_to_string(file);
        text.map(|text| (text, file)).map_err(|error| Failure::unreadable(file, &error))
    });
    let text = text.transpose()?;
    let file = text.as_ref().map(|(text, file)| (text.as_str(), *file));
    let layers = Layers::read(file, environment(), flags(args)).map_err(bad)?;
    let mut loaded = layers.load().map_err(bad)?;
    if let Err(why) = output::log(&loaded.settings.log, "warn") {
        let problem = Problem::error("/log/level", why)
            .expected("a level or several by target")
            .suggest("for example info, or warn,token_tracking_gateway=debug");
        return Err(bad(Problems(vec![layers.located(problem)])));
    }
    for warning in loaded.warnings {
        tracing::warn!("{}", warning.to_string().replacen("warning: ", "", 1));
    }
    loaded.settings.gateway.extra_roots = roots(&loaded.settings)?;
    Ok(loaded.settings)
}

/// What is not text cannot be a setting.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)))
}

fn bad(problems: Problems) -> Failure {
    let why = format!("the settings cannot be used\n{problems:#}");
    let of_flags = |problem: &Problem| problem.source.as_deref() == Some(Layers::FLAGS);
    if problems.0.iter().all(of_flags) { Failure::usage(why) } else { Failure::input(why) }
}

/// What the flags set, in the form of the file.
fn flags(args: &Args) -> Value {
    let mut flags = json!({});
    let mut set = |name: &str, value: Value| flags[name] = value;
    if let Some(listen) = &args.listen {
        set("listen", json!(listen));
    }
    if let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) {
        set("tls", json!({ "certificate": certificate, "key": key }));
    }
    if args.strict {
        set("strict", json!(true));
    }
    if args.ignore_unsupported {
        set("ignore_unsupported", json!(true));
    }
    if !args.api.is_empty() {
        set("apis", json!(args.api));
    }
    if let Some(file) = &args.root_cert {
        set("root_certificates", json!(file));
    }
    if !args.reporting.report.is_empty() {
        set("report", json!(args.reporting.report));
    }
    if let Some(address) = &args.admin {
        set("admin", json!({ "enabled": true, "listen": address }));
    }
    if args.no_admin {
        set("admin", json!({ "enabled": false }));
    }
    let mut log = json!({});
    if let Some(level) = &args.log_level {
        log["level"] = json!(level);
    }
    if let Some(format) = args.log_format {
        log["format"] = json!(format);
    }
    set("log", log);
    flags
}

fn roots(settings: &Settings) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let Some(file) = &settings.root_certificates else {
        return Ok(Vec::new());
    };
    let name = file.display();
    let pem = std::fs::read(file).map_err(|error| Failure::unreadable(name, &error))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let name = file.display();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(Failure::input(format!("{name} holds no certificate; expected PEM"))),
        Err(error) => Err(Failure::input(format!("{name} is not PEM: {error}"))),
    }
}
