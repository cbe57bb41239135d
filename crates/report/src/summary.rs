//! A table of finished records with their totals.

use std::collections::BTreeMap;

use comfy_table::{Cell, CellAlignment, Table, presets};
use rust_decimal::Decimal;
use token_tracking_core::{Record, add};

use crate::format;

const TITLES: [&str; 10] =
    ["api", "status", "provider", "model", "in", "cached", "out", "reasoning", "cost", "counts"];

/// Which columns hold numbers.
fn is_number(column: usize) -> bool {
    matches!(column, 1 | 4..=8)
}

/// The records as a table, one row each, and a last row with the totals. Amounts of
/// different currencies are not added: each has its own total.
#[must_use]
pub fn summary(records: &[Record]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED);
    table.set_header(cells(TITLES.map(str::to_owned)));
    for record in records {
        let usage = &record.usage;
        let cost = record.cost.as_ref();
        table.add_row(cells([
            format::text(record.api.as_deref(), 32),
            record.status.to_string(),
            format::text(record.provider.as_deref(), 16),
            format::text(record.model.as_deref().or(record.requested_model.as_deref()), 40),
            format::count(usage.input),
            format::count(usage.cache_read),
            format::count(usage.output),
            format::count(usage.reasoning),
            format::amount(
                cost.and_then(format::total_cost),
                cost.and_then(|cost| cost.currency.as_deref()),
            ),
            format::standing(record),
        ]));
    }
    let sum =
        |part: fn(&Record) -> Option<u64>| format::count(records.iter().map(part).fold(None, add));
    table.add_row(cells([
        "total".to_owned(),
        String::new(),
        String::new(),
        String::new(),
        sum(|record| record.usage.input),
        sum(|record| record.usage.cache_read),
        sum(|record| record.usage.output),
        sum(|record| record.usage.reasoning),
        costs(records),
        format!("{} records", records.len()),
    ]));
    table.to_string()
}

fn cells(texts: [String; TITLES.len()]) -> Vec<Cell> {
    let align = |i| {
        if is_number(i) { CellAlignment::Right } else { CellAlignment::Left }
    };
    texts.into_iter().enumerate().map(|(i, text)| Cell::new(text).set_alignment(align(i))).collect()
}

/// Totals of the costs by currency, one a line.
fn costs(records: &[Record]) -> String {
    let mut totals: BTreeMap<Option<&str>, Option<Decimal>> = BTreeMap::new();
    for cost in records.iter().filter_map(|record| record.cost.as_ref()) {
        let Some(amount) = format::total_cost(cost) else {
            continue;
        };
        let total = totals.entry(cost.currency.as_deref()).or_insert(Some(Decimal::ZERO));
        *total = total.and_then(|total| total.checked_add(amount));
    }
    if totals.is_empty() {
        return format::ABSENT.to_owned();
    }
    let lines = totals.into_iter().map(|(currency, total)| format::amount(total, currency));
    lines.collect::<Vec<_>>().join("\n")
}
