//! `token-tracking extract --explain`: the record, and where each value comes from.

use std::io::Read;

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::Value;
use token_tracking_core::{AdditionalMetrics, End, Exchange, Record};
use token_tracking_policy::Policy;

use super::explain::{Explained, Rule, Term, explain};
use super::{Args, documents, headers, view};
use crate::failure::Failure;
use crate::output::{self, grouped};

/// The longest body that is explained.
const MAX_BODY_BYTES: u64 = 64 << 20;

/// As JSON.
#[derive(Serialize)]
struct Whole<'a> {
    record: &'a Record,
    #[serde(rename = "additional-metrics")]
    metrics: AdditionalMetrics,
    /// Absent where the body cannot be taken apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<Explained>>,
}

pub(super) fn run(args: &Args, policy: &Policy, input: Box<dyn Read>) -> Result<(), Failure> {
    let mut body = Vec::new();
    input
        .take(MAX_BODY_BYTES + 1)
        .read_to_end(&mut body)
        .map_err(|error| Failure::unreadable(&args.file, &error))?;
    if body.len() as u64 > MAX_BODY_BYTES {
        return Err(Failure::input("the body is longer than 64 MiB: too long to be explained"));
    }
    let headers = headers(args);
    let exchange = Exchange::new(args.status, &headers);
    let Some(mut meter) = policy.meter(&exchange) else {
        let status = args.status;
        return Err(Failure::input(format!("a response with status {status} has no body")));
    };
    meter.push(&body);
    let record = meter.finish(End::Complete);
    let coding = exchange.content_encoding();
    let documents = documents::split(exchange.content_type(), coding.as_deref(), &body);
    let explanation =
        documents.and_then(|documents| explain(policy, &exchange, &documents, &record));
    if args.json || !output::is_terminal() {
        let metrics = record.additional_metrics();
        return output::print_json(&Whole { record: &record, metrics, explanation });
    }
    let origins = match &explanation {
        Some(explained) => table(explained),
        None => "This body cannot be taken apart and put together again, so that where its \
                 values come from is not known.\n"
            .to_owned(),
    };
    output::print(&format!("{}\n{origins}", view::of(&record)))
}

/// A block of lines for each value, its terms below each other.
fn table(explained: &[Explained]) -> String {
    let dim = Style::new().dimmed();
    let strong = Style::new().bold();
    let green = AnsiColor::Green.on_default();
    let name_width = explained.iter().map(|e| e.field.len()).max().unwrap_or(0);
    let value_width = explained.iter().map(|e| text(&e.value).chars().count()).max().unwrap_or(0);
    let terms = || explained.iter().flat_map(|e| shown(e).iter());
    let term_width = terms().map(|term| text(&term.value).chars().count()).max().unwrap_or(0);
    let event_width = terms().map(|term| event(term).chars().count()).max().unwrap_or(0);
    let mut lines = String::new();
    for one in explained {
        let value = text(&one.value);
        let mut head = format!(
            "{strong}{:name_width$}{strong:#}  {green}{value:>value_width$}{green:#}",
            one.field
        );
        let terms = shown(one);
        if terms.is_empty() {
            lines += &format!("{head}  {dim}{}{dim:#}\n", rule(one));
        }
        for (number, term) in terms.iter().enumerate() {
            let sign = match (number, term.sign) {
                (0, 1) => "=",
                (_, 1) => "+",
                (_, -1) => "−",
                _ => "?",
            };
            let said = if number == 0 { rule(one) } else { String::new() };
            let (value, event, place) = (text(&term.value), event(term), printable(&term.place));
            lines += &format!(
                "{head}  {sign} {value:>term_width$}  {dim}{event:event_width$}{dim:#}  {place}"
            );
            if !said.is_empty() {
                lines += &format!("  {dim}{said}{dim:#}");
            }
            lines.push('\n');
            head = " ".repeat(name_width + 2 + value_width);
        }
    }
    lines
}

/// The terms that make the value; all of them where it is not known which do.
fn shown(one: &Explained) -> &[Term] {
    let used = one.terms.iter().take_while(|term| term.sign != 0).count();
    if used == 0 { &one.terms } else { &one.terms[..used] }
}

fn event(term: &Term) -> String {
    match (term.event, &term.name) {
        (Some(number), Some(name)) => format!("event {number} {}", printable(name)),
        (Some(number), None) => format!("event {number}"),
        (None, _) => "header".to_owned(),
    }
}

fn rule(one: &Explained) -> String {
    let others = one.terms.first().map_or(0, Term::others);
    match one.rule {
        Rule::Given => String::new(),
        Rule::Last => format!("the last of {} events that have it", others + 1),
        Rule::First => format!("the first of {} events that have it", others + 1),
        Rule::Sum => "sum".to_owned(),
        Rule::Depends => "depends on these".to_owned(),
        Rule::Elsewhere => "not from the body".to_owned(),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Number(number) => number.as_u64().map_or_else(|| number.to_string(), grouped),
        Value::String(text) => printable(text),
        other => other.to_string(),
    }
}

/// Text from a body: it must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
