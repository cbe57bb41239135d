//! The demo's records as a table that fits 100 columns, and its last lines.

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use rust_decimal::Decimal;
use token_tracking_core::{Provenance, Record, add};

use super::check::total;
use crate::output::grouped;

const TITLES: [&str; 8] =
    ["", "model", "sent", "cached", "received", "reasoning", "cost USD", "counts"];

/// Which columns hold numbers.
const NUMBERS: [bool; 8] = [true, false, true, true, true, true, true, false];

const LEGEND: &str = "\
sent includes what was cached, received includes the reasoning; – is not known, which is not 0.
reported: the provider's own final counts · partial: the answer ended early, what was seen
until then · absent: no counts, and why.
";

/// The records, a row each, with a total and a legend.
pub(super) fn of(records: &[Record]) -> String {
    let mut rows = vec![TITLES.map(str::to_owned)];
    rows.extend(records.iter().enumerate().map(|(i, record)| row(i + 1, record)));
    rows.push(totals(records));
    let mut widths = [0; TITLES.len()];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1));
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let mut text = String::from("\n");
    let last = rows.len() - 1;
    for (i, row) in rows.iter().enumerate() {
        let provenance = i.checked_sub(1).and_then(|i| records.get(i)).map(|r| r.provenance);
        let style = if i == 0 || i == last { bold } else { Style::new() };
        if i == 1 || i == last {
            text += &format!("{dim}{rule}{dim:#}\n");
        }
        text += &format!("{style}{}{style:#}\n", line(row, &widths, provenance).trim_end());
    }
    text.push('\n');
    text += &format!("{dim}{LEGEND}{dim:#}");
    text
}

/// The last line.
pub(super) fn verdict(calls: usize, failures: usize, took: Duration) -> String {
    let seconds = took.as_secs_f64();
    match failures {
        0 => format!(
            "\n{0}{calls} calls, {calls} records, every count and every byte as expected{0:#} ({seconds:.1} s)\n",
            AnsiColor::Green.on_default()
        ),
        failures => format!(
            "\n{0}{failures} of {calls} calls were not as expected{0:#} ({seconds:.1} s)\n",
            AnsiColor::Red.on_default()
        ),
    }
}

fn row(number: usize, record: &Record) -> [String; 8] {
    let usage = &record.usage;
    let reasons: Vec<_> = record.reasons.iter().map(|reason| reason.code()).collect();
    let provenance = match record.provenance {
        Provenance::Reported => "reported",
        Provenance::Partial => "partial",
        Provenance::Estimated => "estimated",
        Provenance::Absent => "absent",
    };
    let standing = match &*reasons {
        [] => provenance.to_owned(),
        reasons => format!("{provenance}: {}", reasons.join(", ")),
    };
    [
        number.to_string(),
        record.model.clone().unwrap_or_else(|| "–".to_owned()),
        count(usage.input),
        count(usage.cache_read),
        count(usage.output),
        count(usage.reasoning),
        money(record.cost.as_ref().and_then(total)),
        standing,
    ]
}

fn totals(records: &[Record]) -> [String; 8] {
    let sum = |part: fn(&Record) -> Option<u64>| count(records.iter().map(part).fold(None, add));
    let costs = records.iter().filter_map(|record| total(record.cost.as_ref()?));
    [
        String::new(),
        "total".to_owned(),
        sum(|record| record.usage.input),
        sum(|record| record.usage.cache_read),
        sum(|record| record.usage.output),
        sum(|record| record.usage.reasoning),
        money(Some(costs.sum())),
        String::new(),
    ]
}

fn count(value: Option<u64>) -> String {
    value.map_or_else(|| "–".to_owned(), grouped)
}

/// Seven places: the smallest amount that the demo's prices make.
fn money(amount: Option<Decimal>) -> String {
    amount.map_or_else(|| "–".to_owned(), |amount| format!("{amount:.7}"))
}

fn line(row: &[String; 8], widths: &[usize; 8], provenance: Option<Provenance>) -> String {
    let mut line = String::new();
    let cells = row.iter().zip(widths).zip(NUMBERS);
    for (i, ((cell, width), number)) in cells.enumerate() {
        let padding = " ".repeat(width - cell.chars().count());
        let gap = if i == 0 { "" } else { "  " };
        let style = match provenance {
            Some(provenance) if i == TITLES.len() - 1 => colour(provenance).on_default(),
            _ => Style::new(),
        };
        line += &match number {
            true => format!("{gap}{padding}{cell}"),
            // The last column is not padded.
            false if i == TITLES.len() - 1 => format!("{gap}{style}{cell}{style:#}"),
            false => format!("{gap}{cell}{padding}"),
        };
    }
    line
}

fn colour(provenance: Provenance) -> AnsiColor {
    match provenance {
        Provenance::Reported => AnsiColor::Green,
        Provenance::Partial | Provenance::Estimated => AnsiColor::Yellow,
        Provenance::Absent => AnsiColor::Red,
    }
}
