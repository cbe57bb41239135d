//! What must hold of every answer, whatever the provider.

use serde_json::Value;
use token_tracking_core::{Descriptor, End, Tracker};

use crate::fixture::Fixture;
use crate::{encode, snapshot};

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

/// A body that breaks off is read without a panic; what it says is the provider's last word
/// only if it is what the whole body says, and never more than that, unless the fixture says
/// that the provider's own counts fall.
pub(crate) fn truncations(
    tracker: &Tracker,
    fixture: &Fixture,
    whole: &Value,
) -> Result<(), String> {
    for length in cuts(fixture.body.len(), MAX_CUTS / 4) {
        let _ = fixture.broken_record(tracker, length, End::Complete);
        let record = fixture.broken_record(tracker, length, End::Cancelled);
        if record["provenance"] == "reported" && record["usage"] != whole["usage"] {
            return Err(format!(
                "broken off after byte {length} it is `reported`, but the whole says otherwise\n{}",
                snapshot::diff_records(whole, &record)
            ));
        }
        let more = exceeding(&record["usage"], &whole["usage"]);
        if !more.is_empty() && !fixture.counts_fall {
            return Err(format!(
                "broken off after byte {length} it has more {} than the whole\n{}",
                more.join(", "),
                snapshot::diff_records(whole, &record)
            ));
        }
    }
    Ok(())
}

/// The counts that are larger than in the whole.
fn exceeding(part: &Value, whole: &Value) -> Vec<String> {
    let counts = part.as_object().into_iter().flatten();
    let more = counts.filter(|(name, count)| {
        let final_count = whole.get(name.as_str()).and_then(Value::as_u64);
        count.as_u64().is_some_and(|count| count > final_count.unwrap_or(0))
    });
    more.map(|(name, _)| name.clone()).collect()
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
