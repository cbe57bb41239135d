//! `token-tracking serve`: the gateway, in front of whatever it is told.

mod apis;
mod configuration;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use clap::Args as ClapArgs;
use token_tracking_cli::settings::{Configuration, Settings};
use token_tracking_gateway::{Gateway, GatewayError};
use token_tracking_report::Recent;

use crate::admin;
use crate::failure::Failure;
use crate::operating::Operating;
use crate::output;
use crate::reporting::{Reporters, Reporting};
use crate::shutdown::{self, Signals};
use apis::Served;

const EXAMPLES: &str = "\
Examples:
  token-tracking serve
  token-tracking serve --target https://api.openai.com --type GPT
  token-tracking serve --target http://localhost:11434 --policy policy.json --records records.jsonl
  token-tracking serve --api apis/ --strict
  token-tracking serve --config gateway.yaml
  token-tracking serve --print-config > gateway.yaml
  token-tracking serve --json | jq -c '[.model, .usage.input, .usage.output]'";

/// Serve the gateway and show a record of each response
///
/// With nothing said, it stands in front of OpenAI, Anthropic, Gemini and Mistral: set the base URL
/// that it prints in your SDK, and keep your key. Ctrl-C lets answers in flight end first;
/// a second one does not wait.
///
/// A settings file (`--config`) says all of this and more; each of its settings has an
/// environment variable too, such as TOKEN_TRACKING_TIMEOUTS_CONNECT for `timeouts: connect`.
/// A flag goes before a variable, that before the file. `token-tracking schema gateway` is the
/// file's schema.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The provider's base URL; it is then served at /
    #[arg(long, value_name = "URL")]
    target: Option<String>,
    /// The target's extraction type: GPT, CLAUDE, … (see `plugins`)
    #[arg(long, value_name = "TYPE", requires = "target", conflicts_with = "policy")]
    r#type: Option<String>,
    /// The target's policy: extraction and prices
    #[arg(long, value_name = "FILE", requires = "target")]
    policy: Option<String>,
    /// An API definition, or a folder of them; may be repeated
    #[arg(long, value_name = "FILE|DIR")]
    api: Vec<String>,
    /// Where to listen, 127.0.0.1:8080 if nothing is said; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Serve over TLS with the certificate in this file (PEM); it is read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<String>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<String>,
    /// Do not start if a tracking configuration does not compile
    #[arg(long)]
    strict: bool,
    /// Start although a definition uses what is not implemented, SECURITY included
    #[arg(long)]
    ignore_unsupported: bool,
    /// Trust these certificates (PEM) of targets too
    #[arg(long, value_name = "FILE")]
    root_cert: Option<String>,
    #[command(flatten)]
    operating: Operating,
    #[command(flatten)]
    reporting: Reporting,
}

pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let settings = configuration::load(&args)?;
    if args.operating.print_config {
        return output::print(&settings.to_yaml());
    }
    let registry = token_tracking_bundle::registry();
    let served = apis::of(&args, &settings, &registry)?;
    let (reporters, recent) = Reporters::open(&args.reporting, &settings.report, &settings.admin)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::start(format!("cannot start threads: {error}")))?;
    let serving = serve(&args, &settings, served, &reporters, recent);
    let result = runtime.block_on(serving);
    // Also after a failure: what was counted is not lost.
    reporters.close()?;
    result
}

async fn serve(
    args: &Args,
    settings: &Settings,
    served: Served,
    reporters: &Reporters,
    recent: Arc<Recent>,
) -> Result<(), Failure> {
    let failed = |error| start_error(&error);
    let library = served.library.map(|library| (library, settings.reload.clone()));
    let reloads = library.is_some();
    let sink = reporters.sink();
    let gateway = Gateway::bind_with(settings.gateway.clone(), served.apis, library, sink);
    let gateway = gateway.map_err(failed)?;
    let control = gateway.control();
    let admin = admin::open(&settings.admin, settings.to_value(), &control, reporters, recent)?;
    let signals = Signals::listen().map_err(Failure::start)?;
    if reloads {
        shutdown::at_hangup(move || control.reload()).map_err(Failure::start)?;
    }
    let scheme = if settings.gateway.tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", reachable(gateway.local_addr()));
    args.reporting.say(&served.banner.replace("{url}", &url))?;
    if let Some(admin) = admin {
        args.reporting.say(&format!("Admin pages: http://{}/\n\n", admin.local_addr()))?;
        // Until the reporters are closed: whoever watches sees the end, too.
        tokio::spawn(admin.serve());
    }
    gateway.serve(signals.drain()).await.map_err(failed)
}

/// An address that a client on this machine can use.
fn reachable(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(_) => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
    };
    SocketAddr::new(ip, addr.port())
}

/// A gateway's error as a failure: definitions are input, the rest is the start.
pub(crate) fn start_error(error: &GatewayError) -> Failure {
    match error {
        GatewayError::Read { .. }
        | GatewayError::Invalid(_)
        | GatewayError::Unsupported(_)
        | GatewayError::Misconfigured(_)
        | GatewayError::EmptyFolder { .. }
        | GatewayError::Settings(_)
        | GatewayError::NoApis => Failure::input(error),
        _ => Failure::start(error),
    }
}
