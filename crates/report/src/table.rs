//! Records to the terminal: one aligned row each, under a header that is written once.

use std::io::{self, Write};
use std::sync::Arc;

use anstream::StripStream;
use anstyle::{AnsiColor, Style};
use token_tracking_core::{Provenance, Record};

use crate::error::ReportError;
use crate::format;
use crate::reporter::{Queueing, Reporter};
use crate::writer::{Outcome, Writer};

/// A live table on the standard output. Colours follow `NO_COLOR` and whether a terminal is
/// there.
///
/// # Errors
/// When its thread cannot be started.
pub fn stdout() -> Result<Reporter, ReportError> {
    on("standard output", anstream::stdout())
}

/// A live table without colours on any writer.
///
/// # Errors
/// When its thread cannot be started.
pub fn plain(writer: impl Write + Send + 'static) -> Result<Reporter, ReportError> {
    on("a writer", StripStream::new(Box::new(writer) as Box<dyn Write + Send>))
}

fn on(target: &str, writer: impl Write + Send + 'static) -> Result<Reporter, ReportError> {
    Reporter::start("table", target, Queueing::default(), Rows { writer, headed: false })
}

/// A column: its title, its width, and on which side its cells stand.
struct Column(&'static str, usize, Side);

#[derive(PartialEq)]
enum Side {
    Left,
    Right,
}

/// The last column has no width, so that it may hold all reasons.
const COLUMNS: [Column; 12] = [
    Column("time UTC", 8, Side::Left),
    Column("api", 16, Side::Left),
    Column("status", 6, Side::Right),
    Column("provider", 10, Side::Left),
    Column("model", 26, Side::Left),
    Column("in", 9, Side::Right),
    Column("cached", 9, Side::Right),
    Column("out", 9, Side::Right),
    Column("reasoning", 9, Side::Right),
    Column("cost", 13, Side::Right),
    Column("ms", 8, Side::Right),
    Column("counts", 0, Side::Left),
];

const STATUS: usize = 2;
const STANDING: usize = 11;

struct Rows<W> {
    writer: W,
    headed: bool,
}

impl<W: Write + Send + 'static> Writer for Rows<W> {
    fn write(&mut self, batch: &mut Vec<Arc<Record>>) -> Outcome {
        let rows = batch.iter().try_for_each(|record| self.row(record));
        match rows.and_then(|()| self.writer.flush()) {
            Ok(()) => Outcome::written(batch),
            // Some may be there already: a second try would show them twice.
            Err(error) => Outcome::refused(batch, error),
        }
    }
}

impl<W: Write> Rows<W> {
    fn row(&mut self, record: &Record) -> io::Result<()> {
        if !self.headed {
            self.headed = true;
            let titles = COLUMNS.map(|Column(title, ..)| title.to_owned());
            let bold = Style::new().bold();
            writeln!(self.writer, "{}", line(&titles, &[bold; COLUMNS.len()]))?;
        }
        let (cells, styles) = row(record);
        // One call a row: rows of other threads never end up inside it.
        self.writer.write_all(format!("{}\n", line(&cells, &styles)).as_bytes())
    }
}

fn row(record: &Record) -> ([String; COLUMNS.len()], [Style; COLUMNS.len()]) {
    let usage = &record.usage;
    let width = |column: usize| COLUMNS[column].1;
    let cost = record.cost.as_ref();
    let cells = [
        format::time_of_day(record.timestamp),
        format::text(record.api.as_deref(), width(1)),
        record.status.to_string(),
        format::text(record.provider.as_deref(), width(3)),
        format::text(record.model.as_deref().or(record.requested_model.as_deref()), width(4)),
        format::count(usage.input),
        format::count(usage.cache_read),
        format::count(usage.output),
        format::count(usage.reasoning),
        format::amount(
            cost.and_then(format::total_cost),
            cost.and_then(|cost| cost.currency.as_deref()),
        ),
        format::millis(record.latency.total),
        format::standing(record),
    ];
    let mut styles = [Style::new(); COLUMNS.len()];
    if record.status >= 400 {
        styles[STATUS] = AnsiColor::Red.on_default();
    }
    let colour = match record.provenance {
        Provenance::Reported if record.reasons.is_empty() => AnsiColor::Green,
        Provenance::Reported | Provenance::Partial | Provenance::Estimated => AnsiColor::Yellow,
        Provenance::Absent => AnsiColor::Red,
    };
    styles[STANDING] = colour.on_default();
    (cells, styles)
}

/// The cells side by side; styles do not count as width.
fn line(cells: &[String; COLUMNS.len()], styles: &[Style; COLUMNS.len()]) -> String {
    let mut line = String::new();
    for (i, (Column(_, width, side), (cell, style))) in
        COLUMNS.iter().zip(cells.iter().zip(styles)).enumerate()
    {
        if i > 0 {
            line += "  ";
        }
        let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
        let (before, after) = if *side == Side::Right { (&*padding, "") } else { ("", &*padding) };
        line += &format!("{before}{}{cell}{}{after}", style.render(), style.render_reset());
    }
    line
}
