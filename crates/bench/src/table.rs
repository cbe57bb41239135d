//! The tables for a person: aligned, and coloured where a terminal shows colours.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::budgets::Budget;
use crate::contenders::Row;

/// A cell and how it is shown.
struct Cell(String, Style);

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// All tables.
pub(crate) fn render(rows: &[Row], budgets: &[Budget]) -> String {
    let mut text = String::new();
    let Some(first) = rows.first() else {
        return "no body has this in its name\n".to_owned();
    };
    let best = first.levels.first().map_or("", |(name, _)| name);
    text += &heading("model, sent and received: the scanner in 16 KiB chunks, the rivals whole");
    text += &aligned(&rivals(rows));
    text += &heading(&format!("the scanner at {best}, and more of it"));
    text += &aligned(&more(rows));
    if rows.iter().any(|row| row.stream) {
        text += &heading("one event of a stream");
        text += &aligned(&events(rows));
    }
    text += &heading("budgets");
    text += &aligned(&verdicts(budgets));
    text
}

fn heading(text: &str) -> String {
    format!("\n{BOLD}{text}{BOLD:#}\n")
}

fn titles(titles: &[&str]) -> Vec<Cell> {
    titles.iter().map(|title| Cell((*title).to_owned(), DIM)).collect()
}

fn rivals(rows: &[Row]) -> Vec<Vec<Cell>> {
    let mut head = titles(&["body", "bytes", "memcpy", "Value", "typed", "sonic-rs", "simd-json"]);
    for (name, _) in rows.iter().take(1).flat_map(|row| &row.levels) {
        head.push(Cell(name.clone(), DIM));
    }
    head.extend(titles(&["GB/s", "sonic-rs÷", "typed÷safe", "÷memcpy"]));
    let body = rows.iter().map(|row| {
        let mut cells = vec![
            Cell(row.body.to_owned(), PLAIN),
            Cell(grouped(row.bytes as u64), PLAIN),
            time(row.memcpy, DIM),
            time(row.rivals.serde_json_value, PLAIN),
            time(row.rivals.serde_json_typed, PLAIN),
            time(row.rivals.sonic_rs, PLAIN),
            time(row.rivals.simd_json, PLAIN),
        ];
        for (at, (_, level)) in row.levels.iter().enumerate() {
            cells.push(time(*level, if at == 0 { BOLD } else { PLAIN }));
        }
        cells.push(speed(row.bytes, row.ours()));
        cells.push(ratio(row.rivals.sonic_rs / row.ours()));
        cells.push(ratio(row.rivals.serde_json_typed / row.safe()));
        cells.push(Cell(format!("{:.1}×", row.ours() / row.memcpy), DIM));
        cells
    });
    std::iter::once(head).chain(body).collect()
}

fn more(rows: &[Row]) -> Vec<Vec<Cell>> {
    let head = titles(&[
        "body",
        "whole",
        "16 KiB",
        "1,400 B",
        "1 B",
        "ns/B",
        "plugin's paths",
        "whole meter",
        "GB/s",
        "3 pointers",
        "3 computed",
    ]);
    let body = rows.iter().map(|row| {
        vec![
            Cell(row.body.to_owned(), PLAIN),
            time(row.chunks.whole, PLAIN),
            time(row.ours(), PLAIN),
            time(row.chunks.packets, PLAIN),
            time(row.chunks.bytes, PLAIN),
            Cell(format!("{:.1}", row.chunks.bytes / row.bytes as f64), PLAIN),
            time(row.plugin_paths, PLAIN),
            time(row.meter, BOLD),
            speed(row.bytes, row.meter),
        ]
        .into_iter()
        .chain(row.pointers.iter().flatten().map(|pointers| time(*pointers, PLAIN)))
        .collect()
    });
    std::iter::once(head).chain(body).collect()
}

fn events(rows: &[Row]) -> Vec<Vec<Cell>> {
    let mut head = titles(&["stream", "events", "bytes", "typed", "sonic-rs"]);
    for (name, _) in rows.iter().take(1).flat_map(|row| &row.levels) {
        head.push(Cell(name.clone(), DIM));
    }
    head.extend(titles(&["plugin's paths", "whole meter"]));
    let body = rows.iter().filter(|row| row.stream).map(|row| {
        let each = |total: f64, style| time(total / row.documents as f64, style);
        let mut cells = vec![
            Cell(row.body.to_owned(), PLAIN),
            Cell(grouped(row.documents), PLAIN),
            Cell(grouped(row.bytes as u64 / row.documents), PLAIN),
            each(row.rivals.serde_json_typed, PLAIN),
            each(row.rivals.sonic_rs, PLAIN),
        ];
        for (at, (_, level)) in row.levels.iter().enumerate() {
            cells.push(each(*level, if at == 0 { BOLD } else { PLAIN }));
        }
        cells.push(each(row.plugin_paths, PLAIN));
        cells.push(each(row.meter, BOLD));
        cells
    });
    std::iter::once(head).chain(body).collect()
}

fn verdicts(budgets: &[Budget]) -> Vec<Vec<Cell>> {
    let head = titles(&["what", "limit", "measured", ""]);
    let body = budgets.iter().map(|budget| {
        let (word, style) = if budget.holds { ("holds", GOOD) } else { ("exceeded", BAD) };
        let digits = if budget.unit == "ns" { 0 } else { 3 };
        vec![
            Cell(budget.what.clone(), PLAIN),
            Cell(format!("{:.digits$} {}", budget.limit, budget.unit), PLAIN),
            Cell(format!("{:.digits$} {}", budget.measured, budget.unit), PLAIN),
            Cell(word.to_owned(), style),
        ]
    });
    std::iter::once(head).chain(body).collect()
}

/// Three digits and a unit.
fn time(nanoseconds: f64, style: Style) -> Cell {
    let (value, unit) = match nanoseconds {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n => (n / 1e6, "ms"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    Cell(format!("{value:.digits$} {unit}"), style)
}

fn speed(bytes: usize, nanoseconds: f64) -> Cell {
    Cell(format!("{:.1}", bytes as f64 / nanoseconds), PLAIN)
}

/// How many times faster we are.
fn ratio(times: f64) -> Cell {
    Cell(format!("{times:.1}×"), if times >= 1.0 { GOOD } else { BAD })
}

/// Digits in groups of three.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Rows as columns: the first to the left, the others to the right.
fn aligned(rows: &[Vec<Cell>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|Cell(text, _)| text.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        for (column, (Cell(text, style), width)) in row.iter().zip(&widths).enumerate() {
            let padding = " ".repeat(width - text.chars().count());
            let (before, after) = if column == 0 { ("", &*padding) } else { (&*padding, "") };
            let gap = if column == 0 { "" } else { "  " };
            let _ = write!(out, "{gap}{before}{style}{text}{style:#}{after}");
        }
        out.push('\n');
    }
    out
}
