//! Consumption for people: aligned rows, each with a bar.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use token_tracking_report::ledger::{Consumption, Dimension};

use super::Measure;
use crate::output::{grouped, terminal_width};

const ABSENT: &str = "–";
const COLOURS: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Green,
    AnsiColor::Yellow,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::Red,
];

/// How the bars are drawn.
pub(super) struct Bars {
    pub(super) measure: Measure,
    /// The currency that bars of money are in.
    pub(super) currency: Option<Option<String>>,
}

/// The currency that most rows have.
pub(super) fn main_currency(rows: &[Consumption]) -> Option<Option<String>> {
    let mut counts: BTreeMap<&Option<String>, usize> = BTreeMap::new();
    for currency in rows.iter().flat_map(|row| row.costs.keys()) {
        *counts.entry(currency).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(currency, _)| currency.clone())
}

/// What a row's bar shows; nothing where nobody reported it.
pub(super) fn value(
    row: &Consumption,
    measure: Measure,
    currency: Option<&Option<String>>,
) -> Option<Decimal> {
    match measure {
        Measure::Tokens => add(row.input, row.output),
        Measure::Sent => row.input,
        Measure::Received => row.output,
        Measure::Responses => Some(row.records.into()),
        Measure::Cost => {
            row.costs.get(currency?).and_then(|(sent, received)| add(*sent, *received))
        }
    }
}

fn add(a: Option<Decimal>, b: Option<Decimal>) -> Option<Decimal> {
    match (a, b) {
        (Some(a), Some(b)) => a.checked_add(b),
        (one, other) => one.or(other),
    }
}

impl Bars {
    /// The whole picture; styles are removed later where no terminal is.
    pub(super) fn draw(
        &self,
        by: &[Dimension],
        rows: &[Consumption],
        hidden: usize,
        total: &Consumption,
    ) -> String {
        let keys = by.len();
        let mut table: Vec<Vec<String>> = Vec::with_capacity(rows.len() + 2);
        table.push(titles(by));
        table.extend(rows.iter().map(|row| cells(row.keys.iter().map(shown).collect(), row)));
        let mut last = vec![String::new(); keys];
        if let Some(first) = last.first_mut() {
            "total".clone_into(first);
        }
        table.push(cells(last, total));
        let columns = table[0].len();
        let widths: Vec<_> = (0..columns)
            .map(|column| table.iter().map(|row| width(&row[column])).max().unwrap_or(0))
            .collect();
        let taken = widths.iter().sum::<usize>() + 2 * columns;
        let room = terminal_width().saturating_sub(taken + 1).clamp(8, 60);
        let most = rows.iter().filter_map(|row| self.value(row)).max().unwrap_or_default();

        let bold = Style::new().bold();
        let mut text = String::new();
        let end = table.len() - 1;
        for (i, row) in table.iter().enumerate() {
            let heading = i == 0 || i == end;
            let mut line = String::new();
            for (column, (cell, width_of)) in row.iter().zip(&widths).enumerate() {
                let padding = " ".repeat(width_of - width(cell));
                let (before, after) = if column < keys { ("", &*padding) } else { (&*padding, "") };
                line += &format!("{before}{cell}{after}  ");
            }
            if heading {
                text += &format!("{bold}{}{bold:#}\n", line.trim_end());
                continue;
            }
            let row = &rows[i - 1];
            let bar = bar(self.value(row), most, room);
            let colour = self.colour(by, row, rows).on_default();
            text += &format!("{line}{colour}{bar}{colour:#}\n");
        }
        if hidden > 0 {
            text += &format!("{} more rows; the total is of all\n", grouped(hidden as u64));
        }
        text + &self.legend(total)
    }

    fn value(&self, row: &Consumption) -> Option<Decimal> {
        value(row, self.measure, self.currency.as_ref())
    }

    /// The same key has the same colour in every stretch of time.
    fn colour(&self, by: &[Dimension], row: &Consumption, rows: &[Consumption]) -> AnsiColor {
        let Some(at) = by.iter().position(|dimension| !dimension.is_time()) else {
            return COLOURS[0];
        };
        let mut seen: Vec<&Option<String>> = Vec::new();
        for other in rows.iter().map(|row| &row.keys[at]) {
            if !seen.contains(&other) {
                seen.push(other);
            }
            if other == &row.keys[at] {
                break;
            }
        }
        COLOURS[(seen.len().saturating_sub(1)) % COLOURS.len()]
    }

    fn legend(&self, total: &Consumption) -> String {
        let what = match (self.measure, &self.currency) {
            (Measure::Tokens, _) => "tokens sent and received".to_owned(),
            (Measure::Sent, _) => "tokens sent".to_owned(),
            (Measure::Received, _) => "tokens received".to_owned(),
            (Measure::Responses, _) => "responses".to_owned(),
            (Measure::Cost, Some(Some(currency))) => format!("cost in {}", clean(currency)),
            (Measure::Cost, _) => "cost".to_owned(),
        };
        let without = total.records - total.counted;
        let without = match without {
            0 => String::new(),
            _ => format!("; {} responses have no counts", grouped(without)),
        };
        let dim = Style::new().dimmed();
        format!("{dim}bars: {what}{without}{dim:#}\n")
    }
}

fn titles(by: &[Dimension]) -> Vec<String> {
    let keys = by.iter().map(|dimension| dimension.name());
    let numbers = ["responses", "in", "cached", "out", "reasoning", "cost"];
    keys.chain(numbers).map(str::to_owned).collect()
}

fn cells(mut keys: Vec<String>, row: &Consumption) -> Vec<String> {
    let count = |sum: Option<Decimal>| sum.map_or_else(|| ABSENT.to_owned(), whole);
    keys.extend([
        grouped(row.records),
        count(row.input),
        count(row.cache_read),
        count(row.output),
        count(row.reasoning),
    ]);
    let costs = row.costs.iter().map(|(currency, (sent, received))| {
        let amount = add(*sent, *received).unwrap_or_default();
        let currency = currency.as_deref().map(|currency| format!(" {}", clean(currency)));
        format!("{}{}", money(amount), currency.unwrap_or_default())
    });
    let costs: Vec<_> = costs.collect();
    keys.push(if costs.is_empty() { ABSENT.to_owned() } else { costs.join(" + ") });
    keys
}

fn whole(sum: Decimal) -> String {
    sum.to_u64().map_or_else(|| sum.to_string(), grouped)
}

/// Rounded to a millionth for the eye.
fn money(amount: Decimal) -> String {
    let rounded = amount.round_dp(6);
    if rounded.is_zero() && !amount.is_zero() {
        return "<0.000001".to_owned();
    }
    let text = rounded.normalize().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
}

fn shown(key: &Option<String>) -> String {
    key.as_deref().filter(|key| !key.is_empty()).map_or_else(|| ABSENT.to_owned(), clean)
}

/// Text from outside must not steer a terminal, nor break the columns.
fn clean(text: &str) -> String {
    const MOST: usize = 40;
    let mut safe: String =
        text.chars().take(MOST).map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        safe.pop();
        safe.push('…');
    }
    safe
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// A bar in eighths of a cell; whatever is more than nothing is seen.
fn bar(value: Option<Decimal>, most: Decimal, room: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = value.and_then(|value| value.checked_div(most)).and_then(|share| share.to_f64());
    let Some(share) = share.filter(|share| *share > 0.0) else {
        return String::new();
    };
    let eighths = ((share * (room * 8) as f64).round() as usize).max(1);
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}
