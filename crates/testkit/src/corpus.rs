//! A corpus of recorded bodies with their expected counts: how many are read right, with
//! the type that fits the provider, and with `AUTO`, which is told nothing.
//!
//! A corpus is a folder with a `manifest.jsonl`, one line per body:
//! `{"file", "provider", "api", "content_type", "status", "response_headers", "expected":
//! {"outcome", "model", "input_tokens", …}, "expected_from_headers": {…}}`.

mod expected;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value};
use token_tracking_core::{End, Exchange, Record, Registry, Tracker};

use expected::Expected;

const AUTO: &str = "AUTO";

/// How a corpus was read.
#[derive(Clone, Debug, Default)]
pub struct CorpusReport {
    /// By provider and API.
    pub rows: BTreeMap<(String, String), Row>,
    /// The bodies that were read otherwise than expected, in the manifest's order.
    pub mismatches: Vec<Mismatch>,
    /// Bodies that were not read, since no plugin has their type: how many, by type.
    pub skipped: BTreeMap<&'static str, usize>,
}

/// The bodies of one API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The type that fits.
    pub plugin: &'static str,
    /// Bodies that were read as expected with that type.
    pub matched: usize,
    /// Bodies that were read with that type: all of them, if there is a plugin.
    pub total: usize,
    /// Bodies that were read as expected with AUTO.
    pub auto_matched: usize,
    /// Bodies that were read with AUTO: all of them, if there is that plugin.
    pub auto_total: usize,
}

/// A body that was read otherwise than expected.
#[derive(Clone, Debug)]
pub struct Mismatch {
    /// Its path in the corpus.
    pub file: String,
    /// The type it was read with.
    pub plugin: &'static str,
    /// What differs, a sentence each.
    pub differences: Vec<String>,
}

#[derive(Deserialize)]
struct Line {
    file: String,
    provider: String,
    api: String,
    content_type: Option<String>,
    status: Option<u16>,
    response_headers: Option<BTreeMap<String, String>>,
    expected: Expected,
    expected_from_headers: Option<Map<String, Value>>,
}

/// Reads a corpus with the registered plugins.
///
/// # Errors
/// When a file cannot be read, or a line of the manifest is not one.
pub fn run(dir: &Path, registry: &Registry) -> io::Result<CorpusReport> {
    let mut report = CorpusReport::default();
    let mut trackers: BTreeMap<&str, Option<Tracker>> = BTreeMap::new();
    for line in fs::read_to_string(dir.join("manifest.jsonl"))?.lines() {
        let line: Line = serde_json::from_str(line)?;
        let body = fs::read(dir.join(&line.file))?;
        let expected = line.expected.clone().with_headers(line.expected_from_headers.as_ref());
        let fits = type_of(&line.provider, &line.api);
        let mut read = |plugin: &'static str| {
            let tracker = trackers.entry(plugin).or_insert_with(|| tracker(registry, plugin));
            let record = record(tracker.as_ref()?, &line, &body);
            let differences =
                record.map(|record| expected.differences(&record)).unwrap_or_default();
            let matched = differences.is_empty();
            if !matched {
                let file = line.file.clone();
                report.mismatches.push(Mismatch { file, plugin, differences });
            }
            Some(matched)
        };
        let (fitting, auto) = (read(fits), read(AUTO));
        if fitting.is_none() {
            *report.skipped.entry(fits).or_default() += 1;
        }
        if fitting.is_none() && auto.is_none() {
            continue;
        }
        let row = report.rows.entry((line.provider, line.api)).or_default();
        row.plugin = fits;
        row.matched += usize::from(fitting == Some(true));
        row.total += usize::from(fitting.is_some());
        row.auto_matched += usize::from(auto == Some(true));
        row.auto_total += usize::from(auto.is_some());
    }
    Ok(report)
}

/// The extraction type of an API: most providers speak OpenAI's formats.
fn type_of(provider: &str, api: &str) -> &'static str {
    match (provider, api) {
        ("anthropic", _) => "CLAUDE",
        ("gemini" | "vertex", _) => "GEMINI",
        ("mistral", _) => "MISTRAL",
        ("bedrock" | "bedrock-mantle", _) | (_, "converse") => "BEDROCK",
        ("cohere", _) => "COHERE",
        ("ollama", _) => "OLLAMA",
        // It has no type of its own.
        ("watsonx", _) => AUTO,
        _ => "GPT",
    }
}

fn tracker(registry: &Registry, plugin: &str) -> Option<Tracker> {
    let built = registry.get(plugin).ok()?.build(serde_json::json!({})).ok()?;
    Some(Tracker::new(built.extractor, None))
}

fn record(tracker: &Tracker, line: &Line, body: &[u8]) -> Option<Record> {
    let mut headers = HeaderMap::new();
    let content_type = line.content_type.as_deref();
    if let Some(value) = content_type.and_then(|value| HeaderValue::from_str(value).ok()) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    for (name, value) in line.response_headers.iter().flatten() {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            headers.insert(name, value);
        }
    }
    let status = StatusCode::from_u16(line.status.unwrap_or(200)).unwrap_or_default();
    let mut meter = tracker.meter(&Exchange::new(status, &headers))?;
    for chunk in body.chunks(16 * 1024) {
        meter.push(chunk);
    }
    Some(meter.finish(End::Complete))
}

impl fmt::Display for CorpusReport {
    /// A table, then what differs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = Row { plugin: "", ..Row::default() };
        writeln!(f, "  {:<24} {:<26} {:<8} {:>7}  {:>7}", "provider", "API", "type", "", AUTO)?;
        for ((provider, api), row) in &self.rows {
            line(f, provider, api, row)?;
            all.matched += row.matched;
            all.total += row.total;
            all.auto_matched += row.auto_matched;
            all.auto_total += row.auto_total;
        }
        line(f, "all", "", &all)?;
        for (plugin, count) in &self.skipped {
            writeln!(f, "  {count} bodies left out: no plugin has the type {plugin}")?;
        }
        for mismatch in &self.mismatches {
            writeln!(f, "\n{} read as {}", mismatch.file, mismatch.plugin)?;
            for difference in &mismatch.differences {
                writeln!(f, "  {difference}")?;
            }
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, provider: &str, api: &str, row: &Row) -> fmt::Result {
    let right = row.matched == row.total && row.auto_matched == row.auto_total;
    let score = |matched: usize, total: usize| match total {
        0 => "-".to_owned(),
        _ => format!("{matched}/{total}"),
    };
    let (own, auto) = (score(row.matched, row.total), score(row.auto_matched, row.auto_total));
    let sign = if right { ' ' } else { '!' };
    writeln!(f, "{sign} {provider:<24} {api:<26} {:<8} {own:>7}  {auto:>7}", row.plugin)
}
