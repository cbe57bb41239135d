//! Whether a record says what the demo expects.

use std::fmt::Debug;

use rust_decimal::Decimal;
use token_tracking_core::{Cost, Provenance, Record};

use super::calls::Expected;

/// Each thing that is not as expected, as a sentence.
pub(super) fn record(expected: &Expected, record: Option<&Record>) -> Vec<String> {
    let Some(record) = record else {
        return vec!["there is no record".to_owned()];
    };
    let mut wrong = Vec::new();
    let usage = &record.usage;
    same("status", &expected.status, &record.status, &mut wrong);
    same("model", &expected.model, &record.model.as_deref(), &mut wrong);
    same("sent", &expected.sent, &usage.input, &mut wrong);
    same("received", &expected.received, &usage.output, &mut wrong);
    if expected.cache_read.is_some() {
        same("cache read", &expected.cache_read, &usage.cache_read, &mut wrong);
    }
    if expected.reasoning.is_some() {
        same("reasoning", &expected.reasoning, &usage.reasoning, &mut wrong);
    }
    let cost = expected.cost.and_then(|cost| cost.parse::<Decimal>().ok());
    same("cost", &cost, &record.cost.as_ref().and_then(total), &mut wrong);
    match expected.reason {
        None => same("provenance", &Provenance::Reported, &record.provenance, &mut wrong),
        Some(reason) if !record.reasons.contains(reason) => {
            wrong.push(format!("expected the reason {reason}"));
        }
        Some(_) => {
            let counted = expected.sent.is_some();
            let provenance = if counted { Provenance::Partial } else { Provenance::Absent };
            same("provenance", &provenance, &record.provenance, &mut wrong);
        }
    }
    wrong
}

/// What sent and received cost together.
pub(super) fn total(cost: &Cost) -> Option<Decimal> {
    match (cost.sent, cost.received) {
        (Some(sent), Some(received)) => sent.checked_add(received),
        (one, other) => one.or(other),
    }
}

fn same<T: PartialEq + Debug>(what: &str, expected: &T, found: &T, wrong: &mut Vec<String>) {
    if expected != found {
        wrong.push(format!("{what}: expected {expected:?}, found {found:?}"));
    }
}
