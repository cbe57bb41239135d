//! From the command line to the settings in effect.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use token_tracking_cli::settings::Settings;

use super::Args;
use crate::failure::Failure;

/// The settings in effect. From here on the log is as they say.
pub(super) fn load(args: &Args) -> Result<Settings, Failure> {
    let mut settings: Settings = args.operating.load(flags(args))?;
    settings.gateway.extra_roots = roots(&settings)?;
    Ok(settings)
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
