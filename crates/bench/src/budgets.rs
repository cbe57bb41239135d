//! The budgets that a bench can judge. Allocations and memory have a test of their own.

use serde::Serialize;

use crate::contenders::Row;

/// One budget, and how it stands.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Budget {
    pub(crate) what: String,
    pub(crate) limit: f64,
    pub(crate) measured: f64,
    pub(crate) unit: &'static str,
    pub(crate) holds: bool,
}

impl Budget {
    fn new(what: impl Into<String>, limit: f64, measured: f64, unit: &'static str) -> Self {
        Self { what: what.into(), limit, measured, unit, holds: measured <= limit }
    }
}

/// The most time against `sonic-rs`, `get_many` on the whole body, by body.
const AGAINST_SONIC: [(&str, f64); 4] = [
    ("chat 1 KB", 1.0 / 2.0),
    ("chat 20 KB", 1.0 / 3.0),
    ("1 MB text", 1.0 / 5.0),
    ("3 MB embeddings", 1.0 / 20.0),
];

/// The most nanoseconds for an event of a stream that has no usage.
const PER_EVENT: f64 = 60.0;

/// The most nanoseconds for three compiled pointers, each a path, over the chat of 1 KB.
const THREE_POINTERS: f64 = 1_000.0;

/// Judges what was measured.
pub(crate) fn judge(rows: &[Row]) -> Vec<Budget> {
    let mut budgets = Vec::new();
    for (body, limit) in AGAINST_SONIC {
        for row in rows.iter().filter(|row| row.body == body) {
            let ratio = row.ours() / row.rivals.sonic_rs;
            budgets.push(Budget::new(format!("{body}, of sonic-rs"), limit, ratio, "×"));
        }
    }
    for row in rows.iter().filter(|row| !row.stream) {
        let ratio = row.safe() / row.rivals.serde_json_typed;
        let what = format!("{}, safe, of serde_json typed", row.body);
        budgets.push(Budget::new(what, 1.0, ratio, "×"));
    }
    for row in rows.iter().filter(|row| row.body == "chat 1 KB") {
        if let Some([plain, _]) = row.pointers {
            let what = format!("{}, three pointers", row.body);
            budgets.push(Budget::new(what, THREE_POINTERS, plain, "ns"));
        }
    }
    for row in rows.iter().filter(|row| row.stream) {
        let time = row.ours() / row.documents as f64;
        budgets.push(Budget::new(format!("{}, an event", row.body), PER_EVENT, time, "ns"));
    }
    budgets
}
