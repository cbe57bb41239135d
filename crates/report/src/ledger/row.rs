//! A record as a row: what is asked for has a column, and the whole record is kept beside it.

use std::time::{SystemTime, UNIX_EPOCH};

use rust_decimal::Decimal;
use serde::Serialize;
use token_tracking_core::{Anomalies, Reasons, Record};

/// A row of the table `records`. The field names are the columns.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) id: String,
    /// Milliseconds since 1970, UTC.
    pub(crate) at: i64,
    pub(crate) api: Option<String>,
    pub(crate) application: Option<String>,
    pub(crate) provider: Option<String>,
    /// The model that answered, else the one that was asked for.
    pub(crate) model: Option<String>,
    pub(crate) status: i64,
    pub(crate) provenance: String,
    /// Codes with a space between them.
    pub(crate) reasons: Option<String>,
    pub(crate) anomalies: Option<String>,
    pub(crate) input: Option<i64>,
    pub(crate) output: Option<i64>,
    pub(crate) cache_read: Option<i64>,
    pub(crate) cache_write: Option<i64>,
    pub(crate) reasoning: Option<i64>,
    /// Exact: as text here, as a decimal where the database has one.
    pub(crate) cost_sent: Option<Decimal>,
    pub(crate) cost_received: Option<Decimal>,
    pub(crate) currency: Option<String>,
    pub(crate) duration_ms: Option<f64>,
    /// The record's line of JSON: all of it, with its receipt.
    pub(crate) record: String,
}

impl Row {
    pub(crate) fn of(record: &Record) -> Self {
        let usage = &record.usage;
        let cost = record.cost.as_ref();
        let model = record.model.as_ref().filter(|model| !model.trim().is_empty());
        let since = record.timestamp.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            id: record.id.as_deref().map(tidy).unwrap_or_default(),
            at: i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            api: record.api.as_deref().map(tidy),
            application: record.application.as_deref().map(tidy),
            provider: record.provider.as_deref().map(tidy),
            model: model.or(record.requested_model.as_ref()).map(|model| tidy(model)),
            status: record.status.into(),
            provenance: word(&record.provenance),
            reasons: codes(record.reasons),
            anomalies: odd(record.anomalies),
            input: whole(usage.input),
            output: whole(usage.output),
            cache_read: whole(usage.cache_read),
            cache_write: whole(usage.cache_write),
            reasoning: whole(usage.reasoning),
            cost_sent: cost.and_then(|cost| cost.sent),
            cost_received: cost.and_then(|cost| cost.received),
            currency: cost.and_then(|cost| cost.currency.as_deref()).map(tidy),
            duration_ms: record.latency.total.map(|total| total.as_micros() as f64 / 1_000.0),
            record: record.to_json_line(),
        }
    }
}

/// Databases count to 2⁶³; more than that in one response is a provider's mistake, and is
/// in the record's JSON as it came.
fn whole(count: Option<u64>) -> Option<i64> {
    count.map(|count| i64::try_from(count).unwrap_or(i64::MAX))
}

/// Text from outside: PostgreSQL takes no NUL in a text.
fn tidy(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

fn word(value: &impl Serialize) -> String {
    let text = serde_json::to_value(value).ok();
    text.and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
}

fn codes(reasons: Reasons) -> Option<String> {
    joined(reasons.iter().map(|reason| reason.code()))
}

fn odd(anomalies: Anomalies) -> Option<String> {
    joined(anomalies.iter().map(|anomaly| anomaly.code()))
}

fn joined(codes: impl Iterator<Item = &'static str>) -> Option<String> {
    let codes: Vec<_> = codes.collect();
    (!codes.is_empty()).then(|| codes.join(" "))
}

/// The milliseconds of a time, for comparisons with `at`.
pub(crate) fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
