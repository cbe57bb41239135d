//! `token-tracking demo`: a replayed provider, the gateway in front of it, and calls
//! through both whose counts are known beforehand.

mod calls;
mod check;
mod client;
mod table;
mod text;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use serde_json::json;
use token_tracking_cli::replay::Replay;
use token_tracking_core::{Record, RecordSink, Registry};
use token_tracking_gateway::{Api, Gateway, Settings};
use token_tracking_report::{Memory, Reporter};

use crate::commands::serve::start_error;
use crate::failure::Failure;
use crate::shutdown::Signals;
use crate::{output, policies};
use calls::{Call, VENDORS, Vendor};
use client::{Client, Got};

const EXAMPLES: &str = "\
Examples:
  token-tracking demo
  token-tracking demo --keep
  token-tracking demo --json | jq -c '[.model, .usage, .cost]'";

/// How long a record may take after the client has its answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Make calls through the gateway to a replayed provider, and check the counts
///
/// Needs no key and no network: the provider is on loopback and answers with bodies in the
/// documented formats of four vendors. Ends with exit code 1 if any count or any byte is
/// not as expected.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Leave provider and gateway running, and print what to try
    #[arg(long)]
    keep: bool,
    /// Write the records as lines of JSON, and nothing else, to standard output
    #[arg(long)]
    json: bool,
    /// Where the gateway listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: String,
}

pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::start(format!("cannot start threads: {error}")))?;
    runtime.block_on(demo(&args))
}

/// Keeps the demo's records; shows those that come later, from a person's own calls.
struct Sink {
    demo: Memory,
    live: OnceLock<Reporter>,
}

impl RecordSink for Sink {
    fn record(&self, record: Record) {
        match self.live.get() {
            Some(live) => live.record(record),
            None => self.demo.record(record),
        }
    }
}

async fn demo(args: &Args) -> Result<(), Failure> {
    let registry = token_tracking_bundle::registry();
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let replay = Replay::start(loopback)
        .await
        .map_err(|error| Failure::start(format!("the replay provider cannot listen: {error}")))?;
    let calls = calls::all();
    let sink = Arc::new(Sink { demo: Memory::new(calls.len()), live: OnceLock::new() });
    let apis = VENDORS.iter().map(|vendor| api(vendor, &replay, &registry));
    let apis = apis.collect::<Result<Vec<_>, _>>()?;
    let settings = Settings::listening_on(&*args.listen);
    let gateway =
        Gateway::bind(settings, apis, sink.clone()).map_err(|error| start_error(&error))?;
    let url = format!("http://{}", gateway.local_addr());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(gateway.serve(async {
        let _ = stopped.await;
    }));

    let passed = play(args, &calls, &url, &replay.url(), &sink).await?;
    if args.keep {
        let mut signals = Signals::listen().map_err(Failure::start)?;
        let live = token_tracking_report::table::stdout().map_err(Failure::start)?;
        let _ = sink.live.set(live);
        output::print(&invitation(&url, &replay.url()))?;
        signals.next().await;
    }
    let _ = stop.send(());
    let _ = serving.await;
    match passed {
        true => Ok(()),
        false => Err(Failure::input("the demo did not give what it should; see above")),
    }
}

fn api(vendor: &Vendor, replay: &Replay, registry: &Registry) -> Result<Api, Failure> {
    let policy = json!({
        "extraction": { "type": vendor.r#type },
        "pricing": {
            "inputPriceValue": vendor.sent, "inputPriceUnit": 1_000_000,
            "outputPriceValue": vendor.received, "outputPriceUnit": 1_000_000,
            "currency": "USD",
        },
    });
    let policy = policies::compile(&policy.to_string(), vendor.api, registry);
    let policy = policy.map_err(|problems| Failure::input(format!("{problems:#}")))?;
    let target = format!("{}/{}", replay.url(), vendor.api);
    Api::quick(vendor.api, &format!("/{}", vendor.api), &target, policy)
        .map_err(|error| Failure::input(error.to_string()))
}

/// Makes the calls and shows them; says whether all was as expected.
async fn play(
    args: &Args,
    calls: &[Call],
    url: &str,
    direct: &str,
    sink: &Sink,
) -> Result<bool, Failure> {
    let began = Instant::now();
    if !args.json {
        output::print(&format!(
            "The gateway listens on {url}; behind it, a provider on {direct}\n\
             replays answers of four vendors. Each call is made twice: through the gateway, and\n\
             directly to compare.\n\n"
        ))?;
    }
    let client = Client::new();
    let mut failures = 0;
    for (number, call) in calls.iter().enumerate() {
        let got = client.make(url, call).await?;
        let compared = client.make(direct, call).await?;
        let records = sink.demo.wait_for(number + 1, PATIENCE);
        let record = records.get(number);
        let mut wrong = check::record(&call.expected, record);
        wrong.extend(got.difference(&compared).map(str::to_owned));
        failures += usize::from(!wrong.is_empty());
        if !args.json {
            output::print(&line(number + 1, call, &got, &wrong))?;
            continue;
        }
        if let Some(record) = record {
            output::print(&format!("{}\n", record.to_json_line()))?;
        }
        for wrong in wrong {
            anstream::eprintln!("call {} (/{}{}): {wrong}", number + 1, call.api, call.path);
        }
    }
    if !args.json {
        let records = sink.demo.records();
        output::print(&table::of(&records))?;
        output::print(&table::verdict(calls.len(), failures, began.elapsed()))?;
    }
    Ok(failures == 0)
}

/// What became of a call, on two lines.
fn line(number: usize, call: &Call, got: &Got, wrong: &[String]) -> String {
    use anstyle::{AnsiColor, Style};
    let (dim, bold) = (Style::new().dimmed(), Style::new().bold());
    let mark = match wrong {
        [] => format!("{0}✓{0:#}", AnsiColor::Green.on_default()),
        _ => format!("{0}✗{0:#}", AnsiColor::Red.on_default()),
    };
    let path = format!("/{}{}", call.api, call.path);
    let status = got.status.as_u16();
    let size = output::grouped(got.body.len() as u64);
    let parts = match got.parts {
        1 => String::new(),
        parts => format!(" in {parts} parts over {} ms", got.spread.as_millis()),
    };
    let broke = if got.broke { ", then broke off" } else { "" };
    let same = if wrong.is_empty() { " · identical to a direct call" } else { "" };
    let facts = format!("{status} · {size} bytes{parts}{broke}{same}");
    let room = 100_usize.saturating_sub(10 + facts.chars().count()).min(60);
    // A few letters of text say nothing.
    let text = match room {
        ..8 => String::new(),
        room => format!(" · “{}”", text::of(got, room)),
    };
    let mut line = format!(
        "{number:>2} {mark} {bold}POST {path}{bold:#} {dim}({}){dim:#}\n     {facts}{text}\n",
        call.what
    );
    for wrong in wrong {
        line += &format!("     {0}{wrong}{0:#}\n", AnsiColor::Red.on_default());
    }
    line
}

fn invitation(url: &str, direct: &str) -> String {
    format!(
        "\nBoth stay until Ctrl-C. Try, through the gateway:\n\n  \
         curl -sN {url}/openai/v1/chat/completions -d '{{\"stream\": true}}'\n  \
         curl -sN {url}/anthropic/v1/messages -d '{{}}'\n  \
         curl -sN '{url}/gemini/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse' -d '{{}}'\n  \
         curl -sN {url}/mistral/v1/chat/completions -d '{{}}' --compressed\n  \
         curl -sN {url}/openai/v1/slow -d '{{}}'     # 300 ms between events\n  \
         curl -sN {url}/openai/v1/cut -d '{{}}'      # breaks off\n  \
         curl -sN {url}/openai/v1/error -d '{{}}'    # 429\n\n\
         or directly, to compare:\n\n  \
         curl -sN {direct}/openai/v1/chat/completions -d '{{\"stream\": true}}'\n\n\
         or with an SDK, any key: base URLs {url}/openai/v1, {url}/anthropic,\n\
         {url}/gemini, {url}/mistral\n\n"
    )
}
