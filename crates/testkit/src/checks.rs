//! What must hold of every answer, whatever the provider.

use serde_json::Value;
use token_tracking_core::{Anomaly, Descriptor, End, Tracker};

use crate::fixture::Fixture;
use crate::{encode, events, snapshot};

/// The most places at which one body is cut; a longer one is cut at every n-th byte.
const MAX_CUTS: usize = 4096;

/// The record is the same wherever the body is cut, and when it comes byte by byte.
pub(crate) fn chunks(tracker: &Tracker, fixture: &Fixture, whole: &Value) -> Result<(), String> {
    let body = &fixture.body;
    for at in cuts(body.len(), MAX_CUTS) {
        let (head, tail) = body.split_at(at);
        same(whole, &fixture.record(tracker, [head, tail]), || format!("cut at byte {at}"))?;
    }
    for size in [1, 7] {
        let record = fixture.record(tracker, body.chunks(size));
        same(whole, &record, || format!("in chunks of {size}"))?;
    }
    Ok(())
}

/// The record is the same in every content coding.
pub(crate) fn encodings(tracker: &Tracker, fixture: &Fixture, whole: &Value) -> Result<(), String> {
    let encoded = encode::all(&fixture.body).map_err(|error| error.to_string())?;
    for (coding, body) in encoded {
        for size in [body.len().max(1), 1] {
            let record = fixture.encoded_record(tracker, coding, body.chunks(size));
            same(whole, &record, || format!("{coding} in chunks of {size}"))?;
        }
    }
    Ok(())
}

/// A body that breaks off anywhere is read without a panic, and after each of its events
///
/// - what it says is the provider's last word only if it is what the whole body says;
/// - it says no count greater than the whole body's, unless the fixture says that counts fall;
/// - how it ended is among its reasons.
pub(crate) fn truncations(
    tracker: &Tracker,
    fixture: &Fixture,
    whole: &Value,
) -> Result<(), String> {
    let body = &fixture.body;
    for length in cuts(body.len(), MAX_CUTS / 4).chain(events::ends(body, MAX_CUTS / 4)) {
        let ended = fixture.broken_record(tracker, length, End::Complete);
        let cancelled = fixture.broken_record(tracker, length, End::Cancelled);
        let failed = fixture.broken_record(tracker, length, End::Failed);
        let fails = |what: &str, record| {
            let diff = snapshot::diff_records(whole, record);
            Err(format!("broken off after byte {length} {what}\n{diff}"))
        };
        if cancelled["provenance"] == "reported" && cancelled["usage"] != whole["usage"] {
            return fails("it is `reported`, but the whole says otherwise", &cancelled);
        }
        for (record, reason) in [
            (&ended, None),
            (&cancelled, Some("client-cancelled")),
            (&failed, Some("upstream-failed")),
        ] {
            let more = exceeding(record, whole);
            if !more.is_empty() && !fixture.counts_fall {
                return fails(
                    &format!("it says more than the whole in {}", more.join(", ")),
                    record,
                );
            }
            let mut reasons = record["reasons"].as_array().into_iter().flatten();
            if record["provenance"] != "reported" && reasons.clone().next().is_none() {
                return fails("it says not why its counts are not final", record);
            }
            if reason.is_some_and(|reason| reasons.all(|said| said != reason)) {
                return fails("it says not how it ended", record);
            }
        }
    }
    Ok(())
}

/// The counts of a record, as JSON, that are greater than those of another; none where
/// the other says that a count went down.
#[must_use]
pub fn exceeding(record: &Value, whole: &Value) -> Vec<String> {
    let mut anomalies = whole["anomalies"].as_array().into_iter().flatten();
    if anomalies.any(|anomaly| anomaly == Anomaly::CountDecreased.code()) {
        return Vec::new();
    }
    let mut greater = Vec::new();
    let parts = [(&record["usage"], &whole["usage"])];
    let units = [(&record["usage"]["units"], &whole["usage"]["units"])];
    for (some, all) in parts.into_iter().chain(units) {
        for (name, count) in some.as_object().into_iter().flatten() {
            let (count, most) = (count.as_f64(), all[name].as_f64().unwrap_or(0.0));
            if count.is_some_and(|count| count > most) {
                greater.push(name.clone());
            }
        }
    }
    greater
}

/// An answer and its streamed twin say the same.
pub(crate) fn twins(plugin: &Descriptor, fixtures: &[Fixture]) -> Vec<String> {
    let mut failures = Vec::new();
    let streamed = fixtures.iter().filter(|fixture| fixture.is_streamed_twin());
    for twin in streamed {
        let buffered = |other: &&Fixture| other.stem() == twin.stem() && !other.is_streamed_twin();
        let Some(other) = fixtures.iter().find(buffered) else {
            continue;
        };
        let record = |fixture: &Fixture| {
            let tracker = fixture.tracker(plugin)?;
            Ok::<_, String>(fixture.record(&tracker, [fixture.body.as_slice()]))
        };
        let (Ok(one), Ok(two)) = (record(other), record(twin)) else {
            continue;
        };
        for key in ["usage", "model"] {
            if one[key] != two[key] {
                failures.push(format!(
                    "{} and its streamed twin differ in {key}\n{}",
                    other.file.display(),
                    snapshot::diff_records(&one[key], &two[key])
                ));
            }
        }
    }
    failures
}

fn cuts(length: usize, most: usize) -> impl Iterator<Item = usize> {
    (0..length).step_by(length.div_ceil(most).max(1))
}

fn same(whole: &Value, other: &Value, how: impl Fn() -> String) -> Result<(), String> {
    if whole == other {
        return Ok(());
    }
    let diff = snapshot::diff_records(whole, other);
    Err(format!("{} it gives another record\n{diff}", how()))
}
