//! The records that a contender wrote, against the calls that were made.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

use crate::answers::FIRST;

/// How records and calls agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Calls with a record of their own and the right counts.
    pub(crate) right: usize,
    /// Calls without a record.
    pub(crate) lost: usize,
    /// Records with other counts, or a second one of a call.
    pub(crate) wrong: usize,
}

/// Waits until each of these calls has its record, or none has come for so long, and compares.
pub(crate) async fn wait(
    file: &Path,
    calls: &[Range<u64>],
    silence: Duration,
) -> anyhow::Result<Kept> {
    let wanted: u64 = calls.iter().map(|range| range.end - range.start).sum();
    let mut before = (0, Instant::now());
    loop {
        let kept = compare(file, calls)?;
        if kept.right + kept.wrong != before.0 {
            before = (kept.right + kept.wrong, Instant::now());
        }
        if kept.right as u64 == wanted || before.1.elapsed() >= silence {
            return Ok(kept);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn compare(file: &Path, calls: &[Range<u64>]) -> anyhow::Result<Kept> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    let mut kept = Kept::default();
    // The last line may be half there.
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let record: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        let path = record.pointer("/request/path").and_then(Value::as_str).unwrap_or_default();
        let number = path.rsplit('/').next().and_then(|number| number.parse::<u64>().ok());
        let Some(number) = number.filter(|n| calls.iter().any(|range| range.contains(n))) else {
            continue;
        };
        let usage = &record["usage"];
        let right = usage["input"] == FIRST + number
            && usage["output"] == 200
            && record["provenance"] == "reported";
        let times = seen.entry(number).or_default();
        *times += 1;
        if right && *times == 1 {
            kept.right += 1;
        } else {
            kept.wrong += 1;
        }
    }
    let wanted: u64 = calls.iter().map(|range| range.end - range.start).sum();
    kept.lost = usize::try_from(wanted)?.saturating_sub(seen.len());
    Ok(kept)
}
