//! A corpus of recorded bodies with their expected counts: how many are read right.
//!
//! A corpus is a folder with a `manifest.jsonl`, one line per body:
//! `{"file", "provider", "api", "content_type", "status", "expected": {"model",
//! "input_tokens", "output_tokens", "total_tokens", "cached_input_tokens",
//! "cache_write_tokens", "reasoning_tokens", "outcome"}}`.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use token_tracking_core::{End, Exchange, Provenance, Reason, Record, Registry, Tracker};

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
    /// Bodies that were read as expected.
    pub matched: usize,
    /// All of them.
    pub total: usize,
}

/// A body that was read otherwise than expected.
#[derive(Clone, Debug)]
pub struct Mismatch {
    /// Its path in the corpus.
    pub file: String,
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
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    outcome: String,
    model: Option<String>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    total_tokens: Option<u64>,
    cached_input_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
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
        let plugin = type_of(&line.provider, &line.api);
        let tracker = trackers.entry(plugin).or_insert_with(|| tracker(registry, plugin));
        let Some(tracker) = tracker else {
            *report.skipped.entry(plugin).or_default() += 1;
            continue;
        };
        let body = fs::read(dir.join(&line.file))?;
        let differences = match record(tracker, &line, &body) {
            Some(record) => differences(&line.expected, &record),
            None => Vec::new(),
        };
        let row = report.rows.entry((line.provider, line.api)).or_default();
        row.total += 1;
        if differences.is_empty() {
            row.matched += 1;
        } else {
            report.mismatches.push(Mismatch { file: line.file, differences });
        }
    }
    Ok(report)
}

/// The extraction type of an API: most providers speak OpenAI's formats.
fn type_of(provider: &str, api: &str) -> &'static str {
    match (provider, api) {
        ("anthropic", _) => "CLAUDE",
        ("gemini" | "vertex", _) => "GEMINI",
        ("mistral", _) => "MISTRAL",
        ("bedrock", _) | (_, "converse") => "BEDROCK",
        ("cohere", _) => "COHERE",
        (_, "ollama-chat" | "ollama-generate") => "OLLAMA",
        (_, "watsonx-text") => "WATSONX",
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
    let status = StatusCode::from_u16(line.status.unwrap_or(200)).unwrap_or_default();
    let mut meter = tracker.meter(&Exchange::new(status, &headers))?;
    for chunk in body.chunks(16 * 1024) {
        meter.push(chunk);
    }
    Some(meter.finish(End::Complete))
}

fn differences(expected: &Expected, record: &Record) -> Vec<String> {
    let usage = &record.usage;
    let counts = [
        ("input", expected.input_tokens, usage.input),
        ("output", expected.output_tokens, usage.output),
        ("total", expected.total_tokens, usage.total),
        ("cached", expected.cached_input_tokens, usage.cache_read),
        ("cache write", expected.cache_write_tokens, usage.cache_write),
        ("reasoning", expected.reasoning_tokens, usage.reasoning),
    ];
    let mut differences: Vec<_> = counts
        .iter()
        .filter(|(_, expected, found)| expected != found)
        .map(|(name, expected, found)| format!("{name}: expected {expected:?}, found {found:?}"))
        .collect();
    // Where the body does not say, nobody minds what else is known.
    if expected.model.is_some() && expected.model != record.model {
        differences.push(format!("model: expected {:?}, found {:?}", expected.model, record.model));
    }
    let error = record.reasons.contains(Reason::ErrorResponse);
    let absent = record.provenance == Provenance::Absent;
    let as_expected = match expected.outcome.as_str() {
        "error" => error && absent,
        "error_with_usage" => error && !absent,
        "usage" => !error,
        _ => !error && absent,
    };
    if !as_expected {
        let codes: Vec<_> = record.reasons.iter().map(Reason::code).collect();
        differences.push(format!(
            "outcome: expected {}, found {:?} {codes:?}",
            expected.outcome, record.provenance
        ));
    }
    differences
}

impl fmt::Display for CorpusReport {
    /// A table, then what differs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = Row::default();
        for ((provider, api), row) in &self.rows {
            let sign = if row.matched == row.total { ' ' } else { '!' };
            writeln!(f, "{sign} {provider:<24} {api:<26} {:>3}/{}", row.matched, row.total)?;
            all.matched += row.matched;
            all.total += row.total;
        }
        writeln!(f, "  {:<51} {:>3}/{}", "all", all.matched, all.total)?;
        for (plugin, count) in &self.skipped {
            writeln!(f, "  {count} bodies left out: no plugin has the type {plugin}")?;
        }
        for mismatch in &self.mismatches {
            writeln!(f, "\n{}", mismatch.file)?;
            for difference in &mismatch.differences {
                writeln!(f, "  {difference}")?;
            }
        }
        Ok(())
    }
}
