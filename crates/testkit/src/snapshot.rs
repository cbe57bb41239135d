//! Records kept beside their fixtures.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

const COMMAND: &str = "UPDATE_SNAPSHOTS=1 cargo test";

/// Compares a record to its snapshot; with `UPDATE_SNAPSHOTS=1` writes it instead.
pub(crate) fn check(path: &Path, record: &Value) -> Result<(), String> {
    let mut now = serde_json::to_string_pretty(record).map_err(|error| error.to_string())?;
    now.push('\n');
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        return fs::write(path, now).map_err(|error| format!("{}: {error}", path.display()));
    }
    let Ok(before) = fs::read_to_string(path) else {
        return Err(format!("it has no snapshot yet: run `{COMMAND}` and read what it writes"));
    };
    // A checkout may have given it other line ends.
    if before.replace("\r\n", "\n") == now {
        return Ok(());
    }
    Err(format!(
        "the record is not its snapshot's; if it should be: `{COMMAND}`\n{}",
        diff(&before, &now)
    ))
}

/// The lines that differ, with a little around them.
pub(crate) fn diff(before: &str, now: &str) -> String {
    let diff = TextDiff::from_lines(before, now);
    let mut text = String::new();
    for group in diff.grouped_ops(2) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            // Writing to a string cannot fail.
            let _ = write!(text, "{sign} {change}");
        }
    }
    text
}

/// The difference of two records.
pub(crate) fn diff_records(before: &Value, now: &Value) -> String {
    diff(&format!("{before:#}\n"), &format!("{now:#}\n"))
}
