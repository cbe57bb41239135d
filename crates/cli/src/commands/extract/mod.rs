//! `token-tracking extract`: the record of a recorded body, or of a line each.

mod documents;
mod explain;
mod jsonl;
mod origins;
mod view;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clap::ValueEnum;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use token_tracking_core::{AdditionalMetrics, End, Exchange, Record};
use token_tracking_policy::Policy;

use crate::failure::Failure;
use crate::{output, policies};

const EXAMPLES: &str = "\
Examples:
  token-tracking extract --type GPT answer.json
  token-tracking extract --policy policy.json stream.sse
  curl -s … | token-tracking extract --type CLAUDE -
  token-tracking extract --type AUTO --explain stream.sse
  token-tracking extract --format jsonl < corpus.jsonl > records.jsonl

With --format jsonl, each line of the input is an object:
  {\"id\": \"…\", \"type\": \"GPT\", \"status\": 200, \"headers\": {\"content-type\": \"…\"},
   \"request\": {\"method\": \"POST\", \"path\": \"…\"}, \"body\": \"…\"}
with \"policy\": {…} instead of \"type\", or \"body_base64\" instead of \"body\", where that
fits better. All but \"id\", \"type\" or \"policy\", and the body may be left out. Each gives a line
{\"id\": …, \"record\": {…}}, in order; a bad line gives {\"id\": …, \"error\": {…}}, and exit code 1
at the end.";

/// Print the record of a recorded response body
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The extraction type: GPT, CLAUDE, … (see `plugins`)
    #[arg(long, value_name = "TYPE", conflicts_with = "policy")]
    r#type: Option<String>,
    /// A policy's configuration
    #[arg(long, value_name = "FILE")]
    policy: Option<String>,
    /// The response's content type; else guessed from the file's name, else from the body
    #[arg(long, value_name = "TYPE")]
    content_type: Option<HeaderValue>,
    /// A header of the response, such as 'content-encoding: br'; may be repeated
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    header: Vec<(HeaderName, HeaderValue)>,
    /// The response's status
    #[arg(long, default_value = "200")]
    status: StatusCode,
    /// What the input is
    #[arg(long, value_enum)]
    format: Option<Input>,
    /// Show where each value comes from: place, event and rule
    #[arg(long)]
    explain: bool,
    /// Write JSON also to a terminal
    #[arg(long)]
    json: bool,
    /// The body; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: String,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Input {
    /// One response body
    Body,
    /// An object a line, each with a body
    Jsonl,
}

/// A record with the original's metrics, in the order of its fields.
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    record: &'a Record,
    #[serde(rename = "additional-metrics")]
    metrics: AdditionalMetrics,
}

pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let registry = token_tracking_bundle::registry();
    let policy = match (&args.r#type, &args.policy) {
        (Some(name), _) => Some(policies::quick(name, &registry).map_err(Failure::input)?),
        (None, Some(file)) => Some(policies::load(file, &registry)?),
        (None, None) => None,
    };
    let input = open(&args.file)?;
    if args.format == Some(Input::Jsonl) {
        return jsonl::run(input, &registry, policy);
    }
    let Some(policy) = policy else {
        return Err(Failure::usage("say what the body is with --type or --policy"));
    };
    if args.explain {
        return origins::run(&args, &policy, input);
    }
    let Some(record) = extract(&args, &policy, input)? else {
        let status = args.status;
        return Err(Failure::input(format!("a response with status {status} has no body")));
    };
    if args.json || !output::is_terminal() {
        let metrics = record.additional_metrics();
        return output::print_json(&Whole { record: &record, metrics });
    }
    output::print(&view::of(&record))
}

fn extract(
    args: &Args,
    policy: &Policy,
    mut input: Box<dyn Read>,
) -> Result<Option<Record>, Failure> {
    let headers = headers(args);
    let exchange = Exchange::new(args.status, &headers);
    let Some(mut meter) = policy.meter(&exchange) else {
        return Ok(None);
    };
    let mut chunk = vec![0; 64 << 10];
    loop {
        match input.read(&mut chunk) {
            Ok(0) => return Ok(Some(meter.finish(End::Complete))),
            Ok(read) => meter.push(&chunk[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Failure::unreadable(&args.file, &error)),
        }
    }
}

fn open(file: &str) -> Result<Box<dyn Read>, Failure> {
    if file == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let opened = File::open(file).map_err(|error| Failure::unreadable(file, &error))?;
    Ok(Box::new(opened))
}

/// The given headers, and those that the file's name tells.
fn headers(args: &Args) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut name = Path::new(&args.file);
    let extension = |name: &Path| {
        name.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).unwrap_or_default()
    };
    let coding = match &*extension(name) {
        "gz" => Some("gzip"),
        "br" => Some("br"),
        "zst" => Some("zstd"),
        _ => None,
    };
    if let Some(coding) = coding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        name = name.file_stem().map_or(name, Path::new);
    }
    // Nothing for other names: then the body's first bytes decide.
    let content_type = match &*extension(name) {
        "json" => Some("application/json"),
        "sse" => Some("text/event-stream"),
        "ndjson" | "jsonl" => Some("application/x-ndjson"),
        _ => None,
    };
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    // What was said beats what was guessed; the same name twice is two headers.
    for (name, _) in &args.header {
        headers.remove(name);
    }
    for (name, value) in &args.header {
        headers.append(name, value.clone());
    }
    if let Some(content_type) = &args.content_type {
        headers.insert(CONTENT_TYPE, content_type.clone());
    }
    headers
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("expected 'name: value'")?;
    let name = name.trim().parse().map_err(|_| format!("\"{name}\" is no header name"))?;
    let value = value.trim().parse().map_err(|_| format!("\"{value}\" is no header value"))?;
    Ok((name, value))
}
