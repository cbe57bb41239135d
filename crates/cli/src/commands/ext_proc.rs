//! `token-tracking ext-proc`: Envoy's external processor.

use std::pin::Pin;
use std::sync::Arc;

use clap::Args as ClapArgs;
use serde_json::{Value, json};
use token_tracking_cli::settings::{Configuration, ExtProcSettings};
use token_tracking_core::{Exchange, Registry};
use token_tracking_ext_proc::{Choose, Control, ExtProc, ExtProcError, Policies};
use token_tracking_gateway::{ApiState, Catalogue};
use token_tracking_report::Recent;

use crate::admin::{self, Watched};
use crate::commands::serve::start_error;
use crate::failure::Failure;
use crate::operating::Operating;
use crate::reporting::{Reporters, Reporting};
use crate::shutdown::{self, Signals};
use crate::{output, policies};

const EXAMPLES: &str = "\
Examples:
  token-tracking ext-proc
  token-tracking ext-proc --type GPT --records records.jsonl
  token-tracking ext-proc --config ext-proc.yaml --listen unix:/run/token-tracking.sock
  token-tracking ext-proc --api apis/ --listen 0.0.0.0:50051 --tls-cert cert.pem --tls-key key.pem

Envoy's side, in its HTTP filters (nothing is held; see tests/envoy for whole files):
  - name: envoy.filters.http.ext_proc
    typed_config:
      \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor
      grpc_service: { envoy_grpc: { cluster_name: token_tracking } }
      observability_mode: true
      failure_mode_allow: true
      processing_mode: { request_header_mode: SEND, response_header_mode: SEND,
                         response_body_mode: STREAMED, response_trailer_mode: SEND }";

/// Serve Envoy's external processor and show a record of each response
///
/// With nothing said, every response is metered as the type AUTO. Ctrl-C lets calls in flight
/// end first; a second one does not wait.
///
/// A settings file (`--config`) says all of this and more, such as which policy is for which of
/// Envoy's routes; each of its settings has an environment variable too, such as
/// TOKEN_TRACKING_DRAIN_TIMEOUT. A flag goes before a variable, that before the file.
/// `token-tracking schema ext-proc` is the file's schema.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The extraction type of all calls: AUTO, GPT, CLAUDE, … (see `plugins`)
    #[arg(long, value_name = "TYPE", conflicts_with_all = ["policy", "api"])]
    r#type: Option<String>,
    /// The policy of all calls: extraction and prices
    #[arg(long, value_name = "FILE", conflicts_with = "api")]
    policy: Option<String>,
    /// An API definition, or a folder of them; may be repeated
    #[arg(long, value_name = "FILE|DIR")]
    api: Vec<String>,
    /// Where to listen, an address with a port, or unix:PATH; 127.0.0.1:50051 if nothing is said
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Serve over TLS with the certificate in this file (PEM); it is read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<String>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<String>,
    /// Only take calls from callers with a certificate of these authorities (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_client_ca: Option<String>,
    /// Do not start if a tracking configuration does not compile
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    operating: Operating,
    #[command(flatten)]
    reporting: Reporting,
}

impl Args {
    /// What the flags set, in the form of the file.
    fn flags(&self) -> Value {
        let mut flags = json!({});
        if let Some(listen) = &self.listen {
            flags["listen"] = json!(listen);
        }
        if let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) {
            flags["tls"] = json!({ "certificate": certificate, "key": key });
            if let Some(authorities) = &self.tls_client_ca {
                flags["tls"]["client_authorities"] = json!(authorities);
            }
        }
        if !self.api.is_empty() {
            flags["apis"] = json!(self.api);
        }
        if self.strict {
            flags["strict"] = json!(true);
        }
        if !self.reporting.report.is_empty() {
            flags["report"] = json!(self.reporting.report);
        }
        flags
    }
}

/// How a call's policy is chosen, and what keeps that fresh.
struct Chosen {
    choose: Arc<dyn Choose>,
    catalogue: Option<Catalogue>,
    fresh: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// What the admin pages tell of.
#[derive(Clone)]
struct Processor {
    control: Control,
    catalogue: Option<Catalogue>,
}

impl Watched for Processor {
    fn is_ready(&self) -> bool {
        self.control.is_ready()
    }

    fn in_flight(&self) -> usize {
        self.control.in_flight()
    }

    fn apis(&self) -> Vec<ApiState> {
        self.catalogue.as_ref().map(Catalogue::apis).unwrap_or_default()
    }

    fn reloads(&self) -> (u64, u64) {
        self.catalogue.as_ref().map(Catalogue::reloads).unwrap_or_default()
    }
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let settings: ExtProcSettings = args.operating.load(args.flags())?;
    if args.operating.print_config {
        return output::print(&settings.to_yaml());
    }
    let chosen = choose(args, &settings, &token_tracking_bundle::registry())?;
    let (reporters, recent) = Reporters::open(&args.reporting, &settings.report, &settings.admin)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::start(format!("cannot start threads: {error}")))?;
    let result = runtime.block_on(serve(args, settings, chosen, &reporters, recent));
    // Also after a failure: what was counted is not lost.
    reporters.close()?;
    result
}

async fn serve(
    args: &Args,
    settings: ExtProcSettings,
    chosen: Chosen,
    reporters: &Reporters,
    recent: Arc<Recent>,
) -> Result<(), Failure> {
    let Chosen { choose, catalogue, fresh } = chosen;
    let (config, listen) = (settings.to_value(), settings.processor.listen.to_string());
    let server = ExtProc::bind(settings.processor, choose, reporters.sink()).map_err(failure)?;
    let host = Processor { control: server.control(), catalogue };
    let admin = admin::open(&settings.admin, config, &host, reporters, recent)?;
    let signals = Signals::listen().map_err(Failure::start)?;
    if let Some(catalogue) = host.catalogue {
        shutdown::at_hangup(move || catalogue.reload()).map_err(Failure::start)?;
    }
    let at = server.local_addr().map_or(listen, |at| at.to_string());
    args.reporting.say(&format!("Processing for Envoy at {at}\n\nCtrl-C ends.\n\n"))?;
    if let Some(admin) = admin {
        args.reporting.say(&format!("Admin pages: http://{}/\n\n", admin.local_addr()))?;
        // Until the reporters are closed: whoever watches sees the end, too.
        tokio::spawn(admin.serve());
    }
    if let Some(fresh) = fresh {
        tokio::spawn(fresh);
    }
    server.serve(signals.drain()).await.map_err(failure)
}

fn choose(args: &Args, settings: &ExtProcSettings, registry: &Registry) -> Result<Chosen, Failure> {
    let fixed = |policies| Chosen { choose: Arc::new(policies), catalogue: None, fresh: None };
    if let Some(file) = &args.policy {
        return Ok(fixed(Policies::all("envoy", policies::load(file, registry)?)));
    }
    if let Some(name) = &args.r#type {
        let policy = policies::quick(name, registry).map_err(Failure::input)?;
        return Ok(fixed(Policies::all("envoy", policy)));
    }
    if !settings.apis.is_empty() {
        let (places, reload) = (settings.apis.clone(), settings.reload.clone());
        let (catalogue, fresh) = Catalogue::open(places, registry, settings.strict, reload)
            .map_err(|error| start_error(&error))?;
        let of = catalogue.clone();
        let choose = Arc::new(move |exchange: &Exchange<'_>| of.meter(exchange));
        return Ok(Chosen { choose, catalogue: Some(catalogue), fresh: Some(Box::pin(fresh)) });
    }
    if settings.policies.is_empty() {
        let policy = policies::quick("AUTO", registry).map_err(Failure::input)?;
        return Ok(fixed(Policies::all("envoy", policy)));
    }
    // What is wrong or odd with them was said when the settings were read.
    let (list, _) = Policies::compile(&settings.policies, registry)
        .map_err(|problems| Failure::input(format!("the policies cannot be used\n{problems:#}")))?;
    Ok(fixed(list))
}

fn failure(error: ExtProcError) -> Failure {
    match error {
        ExtProcError::Attribution(_) | ExtProcError::Tls(_) => Failure::input(error),
        _ => Failure::start(error),
    }
}
