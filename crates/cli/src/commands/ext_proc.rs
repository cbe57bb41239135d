//! `token-tracking ext-proc`: Envoy's external processor.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args as ClapArgs;
use token_tracking_ext_proc::{Choose, ExtProc, ExtProcError, Listen, Policies, Settings, Tls};
use token_tracking_gateway::{Catalogue, definition_files};

use crate::commands::serve::start_error;
use crate::failure::Failure;
use crate::policies;
use crate::reporting::{Reporters, Reporting};
use crate::shutdown::Signals;

const EXAMPLES: &str = "\
Examples:
  token-tracking ext-proc
  token-tracking ext-proc --type GPT --records records.jsonl
  token-tracking ext-proc --policies policies.yaml --listen unix:/run/token-tracking.sock
  token-tracking ext-proc --api apis/ --listen 0.0.0.0:50051 --tls-cert cert.pem --tls-key key.pem

Envoy's side, in its HTTP filters (nothing is held; see tests/envoy for whole files):
  - name: envoy.filters.http.ext_proc
    typed_config:
      \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor
      grpc_service: { envoy_grpc: { cluster_name: token_tracking } }
      observability_mode: true
      failure_mode_allow: true
      processing_mode: { request_header_mode: SEND, response_header_mode: SEND,
                         response_body_mode: STREAMED }";

/// Serve Envoy's external processor and show a record of each response
///
/// With nothing said, every response is metered as the type AUTO. Ctrl-C lets calls in flight
/// end first; a second one does not wait.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The extraction type of all calls: AUTO, GPT, CLAUDE, … (see `plugins`)
    #[arg(long, value_name = "TYPE", default_value = "AUTO")]
    r#type: String,
    /// The policy of all calls: extraction and prices
    #[arg(long, value_name = "FILE", conflicts_with = "type")]
    policy: Option<String>,
    /// A list of policies with the routes, clusters, hosts or paths each is for
    #[arg(long, value_name = "FILE", conflicts_with_all = ["type", "policy"])]
    policies: Option<String>,
    /// An API definition, or a folder of them; may be repeated
    #[arg(long, value_name = "FILE|DIR", conflicts_with_all = ["type", "policy", "policies"])]
    api: Vec<String>,
    /// Where to listen: an address with a port, or unix:PATH
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50051")]
    listen: String,
    /// The certificate chain to serve with, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<String>,
    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<String>,
    /// Only take calls from callers with a certificate of these authorities, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_client_ca: Option<String>,
    #[command(flatten)]
    reporting: Reporting,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let choose = choose(args)?;
    let mut settings = Settings::listening_on(Listen::parse(&args.listen));
    settings.tls = tls(args)?;
    let reporters = Reporters::open(&args.reporting, &args.reporting.targets())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::start(format!("cannot start threads: {error}")))?;
    let result = runtime.block_on(async {
        let server = ExtProc::bind(settings, choose, reporters.sink()).map_err(failure)?;
        let signals = Signals::listen().map_err(Failure::start)?;
        let at = server.local_addr().map_or_else(|| args.listen.clone(), |at| at.to_string());
        args.reporting.say(&format!("Processing for Envoy at {at}\n\nCtrl-C ends.\n\n"))?;
        server.serve(signals.drain()).await.map_err(failure)
    });
    // Also after a failure: what was counted is not lost.
    reporters.close()?;
    result
}

fn choose(args: &Args) -> Result<Arc<dyn Choose>, Failure> {
    let registry = token_tracking_bundle::registry();
    if !args.api.is_empty() {
        let catalogue = definition_files(&args.api)
            .and_then(|files| Catalogue::read(&files, &registry))
            .map_err(|error| start_error(&error))?;
        return Ok(Arc::new(move |seen: &token_tracking_ext_proc::Seen<'_>| {
            catalogue.meter(seen.host, seen.exchange)
        }));
    }
    if let Some(file) = &args.policies {
        let text =
            std::fs::read_to_string(file).map_err(|error| Failure::unreadable(file, &error))?;
        return Ok(Arc::new(Policies::parse(&text, file, &registry).map_err(failure)?));
    }
    let policy = match &args.policy {
        Some(file) => policies::load(file, &registry)?,
        None => policies::quick(&args.r#type, &registry).map_err(Failure::input)?,
    };
    Ok(Arc::new(Policies::all("envoy", policy)))
}

fn tls(args: &Args) -> Result<Option<Tls>, Failure> {
    let read = |file: &String| {
        std::fs::read(PathBuf::from(file)).map_err(|error| Failure::unreadable(file, &error))
    };
    let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) else {
        return Ok(None);
    };
    let client_ca = args.tls_client_ca.as_ref().map(read).transpose()?;
    Ok(Some(Tls { certificate: read(certificate)?, key: read(key)?, client_ca }))
}

fn failure(error: ExtProcError) -> Failure {
    match error {
        ExtProcError::Policies { .. } | ExtProcError::Tls(_) => Failure::input(error),
        _ => Failure::start(error),
    }
}
