//! What a body of a corpus is expected to say, and where a record says otherwise.

use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;
use serde_json::{Map, Value};
use token_tracking_core::{Provenance, Reason, Record, Usage};

/// How a count is named in the manifest and in sentences, and where a record has it.
type Named = (&'static str, &'static str, fn(&Usage) -> Option<u64>);

/// Counts that a line always speaks of: where it has none, there is none.
const ALWAYS: [Named; 6] = [
    ("input_tokens", "input", |u| u.input),
    ("output_tokens", "output", |u| u.output),
    ("total_tokens", "total", |u| u.total),
    ("cached_input_tokens", "cached", |u| u.cache_read),
    ("cache_write_tokens", "cache write", |u| u.cache_write),
    ("reasoning_tokens", "reasoning", |u| u.reasoning),
];

/// Counts that are compared where a line speaks of them.
const SOMETIMES: [Named; 17] = [
    ("cache_write_5m_tokens", "cache write 5m", |u| u.cache_write_5m),
    ("cache_write_1h_tokens", "cache write 1h", |u| u.cache_write_1h),
    ("tool_use_input_tokens", "tool use", |u| u.tool_use),
    ("input_audio_tokens", "audio sent", |u| u.input_audio),
    ("input_image_tokens", "images sent", |u| u.input_image),
    ("input_video_tokens", "video sent", |u| u.input_video),
    ("input_document_tokens", "documents sent", |u| u.input_document),
    ("output_audio_tokens", "audio received", |u| u.output_audio),
    ("output_image_tokens", "images received", |u| u.output_image),
    ("accepted_prediction_tokens", "accepted prediction", |u| u.accepted_prediction),
    ("rejected_prediction_tokens", "rejected prediction", |u| u.rejected_prediction),
    ("billed_input_tokens", "billed input", |u| u.billed_input),
    ("billed_output_tokens", "billed output", |u| u.billed_output),
    ("search_units", "search units", |u| u.units.search_units),
    ("pages_processed", "pages", |u| u.units.pages),
    ("web_search_requests", "web searches", |u| u.units.web_searches),
    // To the thousandth: reports differ in their digits.
    ("audio_seconds_milli", "milliseconds", |u| {
        u.units.seconds?.to_f64().map(|seconds| (seconds * 1_000.0).round() as u64)
    }),
];

/// What a line of the manifest expects.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Expected {
    outcome: String,
    model: Option<String>,
    #[serde(flatten)]
    counts: Map<String, Value>,
}

impl Expected {
    /// Adds what only the headers of the answer say.
    pub(super) fn with_headers(mut self, headers: Option<&Map<String, Value>>) -> Self {
        for (name, count) in headers.into_iter().flatten().filter(|(_, count)| !count.is_null()) {
            self.counts.insert(name.clone(), count.clone());
            if self.outcome == "no_usage" {
                self.outcome = "usage".to_owned();
            }
        }
        if let Some(seconds) = self.counts.get("audio_seconds").and_then(Value::as_f64) {
            let milli = (seconds * 1_000.0).round() as u64;
            self.counts.insert("audio_seconds_milli".to_owned(), milli.into());
        }
        self
    }

    fn count(&self, name: &str) -> Option<u64> {
        let count = self.counts.get(name)?;
        count.as_u64().or_else(|| count.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as u64))
    }

    /// What differs, a sentence each.
    pub(super) fn differences(&self, record: &Record) -> Vec<String> {
        let usage = &record.usage;
        let sometimes = SOMETIMES.iter().filter(|(name, ..)| self.count(name).is_some());
        let mut differences: Vec<_> = ALWAYS
            .iter()
            .chain(sometimes)
            .map(|(name, word, of)| (word, self.count(name), of(usage)))
            .filter(|(_, expected, found)| expected != found)
            .map(|(word, expected, found)| {
                format!("{word}: expected {expected:?}, found {found:?}")
            })
            .collect();
        // Where the body does not say, nobody minds what else is known.
        if self.model.is_some() && self.model != record.model {
            differences.push(format!("model: expected {:?}, found {:?}", self.model, record.model));
        }
        if !self.is_outcome(record) {
            let codes: Vec<_> = record.reasons.iter().map(Reason::code).collect();
            differences.push(format!(
                "outcome: expected {}, found {:?} {codes:?}",
                self.outcome, record.provenance
            ));
        }
        differences
    }

    fn is_outcome(&self, record: &Record) -> bool {
        let error = record.reasons.contains(Reason::ErrorResponse);
        let absent = record.provenance == Provenance::Absent;
        match self.outcome.as_str() {
            "error" => error && absent,
            "error_with_usage" => error && !absent,
            "malformed" => absent && record.reasons.contains(Reason::Malformed),
            "usage" => !error,
            _ => !error && absent,
        }
    }
}
