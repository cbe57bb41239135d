//! `token-tracking serve`: the gateway, in front of whatever it is told.

mod apis;
mod lines;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use clap::Args as ClapArgs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use token_tracking_core::RecordSink;
use token_tracking_gateway::{Gateway, GatewayError, Settings};
use token_tracking_report::{Deduplicate, Fanout, FileReporter, ReportError, TableReporter};

use crate::failure::Failure;
use crate::output;
use crate::shutdown::Signals;
pub(crate) use apis::definitions;
use lines::LineReporter;

const EXAMPLES: &str = "\
Examples:
  token-tracking serve
  token-tracking serve --target https://api.openai.com --type GPT
  token-tracking serve --target http://localhost:11434 --policy policy.json --records records.jsonl
  token-tracking serve --api apis/ --strict
  token-tracking serve --json | jq -c '[.model, .usage.input, .usage.output]'";

/// Serve the gateway and show a record of each response
///
/// With nothing said, it stands in front of OpenAI, Anthropic, Gemini and Mistral: set the base URL
/// that it prints in your SDK, and keep your key. Ctrl-C lets answers in flight end first;
/// a second one does not wait.
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
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
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
    reporting: Reporting,
}

/// Where records go.
#[derive(ClapArgs)]
pub(crate) struct Reporting {
    /// Append each record as a line of JSON to this file
    #[arg(long, value_name = "FILE")]
    records: Option<String>,
    /// Do not show the live table
    #[arg(long, visible_alias = "no-table", conflicts_with = "json")]
    quiet: bool,
    /// Write the records as lines of JSON to standard output instead of the table
    #[arg(long)]
    json: bool,
}

impl Reporting {
    /// Writes to standard output, or beside it where that carries records.
    pub(crate) fn say(&self, text: &str) -> Result<(), Failure> {
        if self.json {
            anstream::eprint!("{text}");
            return Ok(());
        }
        output::print(text)
    }
}

pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let registry = token_tracking_bundle::registry();
    let served = apis::of(&args, &registry)?;
    let reporters = Reporters::open(&args.reporting)?;
    let mut settings = Settings::listening_on(&*args.listen);
    settings.strict = args.strict;
    settings.ignore_unsupported = args.ignore_unsupported;
    settings.extra_roots = roots(args.root_cert.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::start(format!("cannot start threads: {error}")))?;
    let result = runtime.block_on(async {
        let gateway = Gateway::bind(settings, served.apis, reporters.sink())
            .map_err(|error| start_error(&error))?;
        let signals = Signals::listen().map_err(Failure::start)?;
        let url = format!("http://{}", reachable(gateway.local_addr()));
        args.reporting.say(&served.banner.replace("{url}", &url))?;
        gateway.serve(signals.drain()).await.map_err(|error| start_error(&error))
    });
    // Also after a failure: what was counted is not lost.
    reporters.close()?;
    result
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
        | GatewayError::NoApis => Failure::input(error),
        _ => Failure::start(error),
    }
}

fn roots(file: Option<&str>) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let Some(file) = file else {
        return Ok(Vec::new());
    };
    let pem = std::fs::read(file).map_err(|error| Failure::unreadable(file, &error))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(Failure::input(format!("{file} holds no certificate; expected PEM"))),
        Err(error) => Err(Failure::input(format!("{file} is not PEM: {error}"))),
    }
}

/// What shows and keeps the records.
#[derive(Default)]
pub(crate) struct Reporters {
    table: Option<Arc<TableReporter>>,
    lines: Option<Arc<LineReporter>>,
    file: Option<Arc<FileReporter>>,
}

impl Reporters {
    pub(crate) fn open(args: &Reporting) -> Result<Self, Failure> {
        let failed = |error: ReportError| Failure::start(error);
        let mut reporters = Self::default();
        if args.json {
            reporters.lines = Some(Arc::new(LineReporter::start()?));
        } else if !args.quiet {
            reporters.table = Some(Arc::new(TableReporter::stdout().map_err(failed)?));
        }
        if let Some(file) = &args.records {
            reporters.file = Some(Arc::new(FileReporter::open(file).map_err(failed)?));
        }
        Ok(reporters)
    }

    pub(crate) fn sink(&self) -> Arc<dyn RecordSink> {
        let mut sinks: Vec<Arc<dyn RecordSink>> = Vec::new();
        sinks.extend(self.table.clone().map(|sink| sink as Arc<dyn RecordSink>));
        sinks.extend(self.lines.clone().map(|sink| sink as Arc<dyn RecordSink>));
        sinks.extend(self.file.clone().map(|sink| sink as Arc<dyn RecordSink>));
        Arc::new(Deduplicate::new(Arc::new(Fanout(sinks))))
    }

    /// Writes what waits.
    pub(crate) fn close(&self) -> Result<(), Failure> {
        let mut dropped = 0;
        if let Some(table) = &self.table {
            dropped += table.close().map_err(Failure::start)?.dropped;
        }
        if let Some(lines) = &self.lines {
            dropped += lines.close();
        }
        if let Some(file) = &self.file {
            dropped += file.close().map_err(Failure::start)?.dropped;
        }
        if dropped > 0 {
            tracing::warn!("{dropped} records were dropped, since their writer was too slow");
        }
        Ok(())
    }
}
