//! The tables for a person: aligned, coloured where a terminal shows colours, with bars where one
//! would rather look.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::report::{Measured, Report};
use crate::rounds::WORKLOADS;

/// A cell and how it is shown.
struct Cell(String, Style);

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const OURS: Style = AnsiColor::Cyan.on_default();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// The longest bar.
const BAR: usize = 32;

/// All tables.
pub(crate) fn render(report: &Report) -> String {
    let mut text = format!("{DIM}{}{DIM:#}\n", report.machine);
    for (workload, _) in WORKLOADS {
        let rows: Vec<_> = report.calls.iter().filter(|m| m.workload == workload).collect();
        if !rows.is_empty() {
            text += &heading(workload);
            text += &aligned(&calls(&rows));
        }
    }
    if !report.pairs.is_empty() {
        text += &heading("the gateway, tracking off and on turn by turn");
        text += &aligned(&pairs(report));
    }
    if !report.instructions.is_empty() {
        text +=
            &heading("instructions in user space (callgrind); of Envoy's, those of the processor");
        text += &aligned(&instructions(report));
    }
    if !report.memory.is_empty() {
        text += &heading("memory over all of these, MiB");
        text += &aligned(&memory(report));
    }
    if !report.open.is_empty() {
        text += &heading("streams open at once");
        text += &aligned(&open(report));
    }
    if !report.envoy.is_empty() {
        text += &heading("calls, then streams at once, through Envoy with our processor");
        text += &aligned(&envoy(report));
        for through in &report.envoy {
            let counters = through.counters.iter().map(|(name, n)| format!("{name} {n}"));
            let counters = counters.collect::<Vec<_>>().join(", ");
            let _ = writeln!(text, "{DIM}{}: {counters}{DIM:#}", through.mode);
        }
    }
    if !report.budgets.is_empty() {
        text += &heading("budgets");
        text += &aligned(&verdicts(report));
    }
    for left_out in &report.left_out {
        let _ = writeln!(text, "left out: {}; {}", left_out.contender, left_out.install);
    }
    text
}

fn heading(text: &str) -> String {
    format!("\n{BOLD}{text}{BOLD:#}\n")
}

fn titles(titles: &[&str]) -> Vec<Cell> {
    titles.iter().map(|title| Cell((*title).to_owned(), DIM)).collect()
}

fn name(text: &str, ours: bool) -> Cell {
    Cell(text.to_owned(), if ours { OURS } else { PLAIN })
}

fn calls(rows: &[&Measured]) -> Vec<Vec<Cell>> {
    let most = rows.iter().map(|row| row.cpu_us).fold(0.0, f64::max);
    let bare = rows.iter().find(|row| row.contender == "bare hyper proxy").map(|row| row.cpu_us);
    let head = titles(&["", "CPU µs", "kernel", "÷ bare", "per s", "p50 µs", "p99 µs", ""]);
    let body = rows.iter().map(|row| {
        let proxy = row.cpu_us > 0.0;
        let when = |text: String| if proxy { text } else { String::new() };
        let ratio = bare.map(|bare| format!("{:.2}×", row.cpu_us / bare)).unwrap_or_default();
        let style = if row.ours { OURS } else { DIM };
        vec![
            name(&row.contender, row.ours),
            Cell(when(digits(row.cpu_us)), BOLD),
            Cell(when(digits(row.system_us)), DIM),
            Cell(when(ratio), PLAIN),
            Cell(grouped(row.per_second), PLAIN),
            Cell(digits(row.p50_us), PLAIN),
            Cell(digits(row.p99_us), PLAIN),
            Cell(bar(row.cpu_us, most), style),
        ]
    });
    std::iter::once(head).chain(body).collect()
}

fn pairs(report: &Report) -> Vec<Vec<Cell>> {
    let head = titles(&["", "turns", "off µs", "on µs", "on ÷ off", "quartiles"]);
    let body = report.pairs.iter().map(|pair| {
        vec![
            Cell(pair.workload.to_owned(), PLAIN),
            Cell(pair.turns.to_string(), DIM),
            Cell(digits(pair.off_us), PLAIN),
            Cell(digits(pair.on_us), PLAIN),
            Cell(format!("{:.3}", pair.ratio), BOLD),
            Cell(format!("{:.3}–{:.3}", pair.quartiles.0, pair.quartiles.1), DIM),
        ]
    });
    std::iter::once(head).chain(body).collect()
}

fn instructions(report: &Report) -> Vec<Vec<Cell>> {
    let head = titles(&["", "a 1 KB answer", "a stream", "an event of it"]);
    let body = report.instructions.iter().map(|row| {
        vec![
            name(&row.contender, row.ours),
            Cell(grouped(row.per_call), BOLD),
            Cell(grouped(row.per_stream), PLAIN),
            Cell(grouped(row.per_stream / crate::answers::EVENTS as f64), PLAIN),
        ]
    });
    std::iter::once(head).chain(body).collect()
}

fn memory(report: &Report) -> Vec<Vec<Cell>> {
    let most = report.memory.iter().map(|row| row.peak_mib).fold(0.0, f64::max);
    let head = titles(&["", "started", "peak", ""]);
    let body = report.memory.iter().map(|row| {
        vec![
            name(&row.contender, row.ours),
            Cell(digits(row.started_mib), PLAIN),
            Cell(digits(row.peak_mib), BOLD),
            Cell(bar(row.peak_mib, most), if row.ours { OURS } else { DIM }),
        ]
    });
    std::iter::once(head).chain(body).collect()
}

fn open(report: &Report) -> Vec<Vec<Cell>> {
    let most = report.open.iter().map(|row| row.kib_per_stream).fold(0.0, f64::max);
    let head = titles(&["", "streams", "idle MiB", "open MiB", "KiB each", "records", "lost", ""]);
    let body = report.open.iter().map(|row| {
        let count = |count: Option<usize>| count.map(|n| grouped(n as f64)).unwrap_or_default();
        vec![
            name(&row.contender, row.ours),
            Cell(grouped(row.streams as f64), PLAIN),
            Cell(digits(row.idle_mib), PLAIN),
            Cell(digits(row.open_mib), PLAIN),
            Cell(digits(row.kib_per_stream), BOLD),
            Cell(count(row.records), PLAIN),
            Cell(count(row.lost), good(row.lost == Some(0))),
            Cell(bar(row.kib_per_stream, most), if row.ours { OURS } else { DIM }),
        ]
    });
    std::iter::once(head).chain(body).collect()
}

fn envoy(report: &Report) -> Vec<Vec<Cell>> {
    let head = titles(&["", "calls", "per s", "streams", "records", "lost", "wrong"]);
    let body = report.envoy.iter().map(|row| {
        vec![
            Cell(row.mode.to_owned(), PLAIN),
            Cell(grouped(row.calls as f64), PLAIN),
            Cell(grouped(row.per_second), PLAIN),
            Cell(grouped(row.streams as f64), PLAIN),
            Cell(grouped(row.records as f64), BOLD),
            Cell(grouped(row.lost as f64), good(row.lost == 0)),
            Cell(grouped(row.wrong as f64), good(row.wrong == 0)),
        ]
    });
    std::iter::once(head).chain(body).collect()
}

fn verdicts(report: &Report) -> Vec<Vec<Cell>> {
    let head = titles(&["what", "limit", "measured", ""]);
    let body = report.budgets.iter().map(|budget| {
        vec![
            Cell(budget.what.clone(), PLAIN),
            Cell(budget.limit.clone(), DIM),
            Cell(budget.measured.clone(), BOLD),
            Cell(if budget.holds { "holds" } else { "exceeded" }.to_owned(), good(budget.holds)),
        ]
    });
    std::iter::once(head).chain(body).collect()
}

fn good(is: bool) -> Style {
    if is { GOOD } else { BAD }
}

/// Three digits, or all of a larger number.
fn digits(value: f64) -> String {
    match value {
        v if v >= 1_000.0 => grouped(v),
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// Whole digits in groups of three.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A bar, to the eighth of a column.
fn bar(value: f64, most: f64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = if most > 0.0 { (value / most * (BAR * 8) as f64).round() as usize } else { 0 };
    "█".repeat(eighths / 8) + PARTS[eighths % 8]
}

/// Rows as columns: the first and bars to the left, the others to the right.
fn aligned(rows: &[Vec<Cell>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|Cell(text, _)| text.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let last = row.len() - 1;
        let mut line = String::new();
        for (column, (Cell(text, style), width)) in row.iter().zip(&widths).enumerate() {
            let padding = " ".repeat(width - text.chars().count());
            let left = column == 0 || column == last;
            let (before, after) = if left { ("", &*padding) } else { (&*padding, "") };
            let gap = if column == 0 { "" } else { "  " };
            let _ = write!(line, "{gap}{before}{style}{text}{style:#}{after}");
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}
