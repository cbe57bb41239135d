//! Consumption for machines: JSON and CSV.

use std::io;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use token_tracking_report::ledger::{Consumption, Dimension};

use crate::failure::Failure;

/// The rows and their total. Counts are numbers, money is text: a JSON number is a double to
/// most readers.
pub(super) fn json(by: &[Dimension], rows: &[Consumption], total: &Consumption) -> Value {
    let row = |row: &Consumption| {
        let keys = by.iter().zip(&row.keys);
        let mut object: Map<String, Value> =
            keys.map(|(dimension, key)| (dimension.name().to_owned(), json!(key))).collect();
        object.extend(numbers(row));
        Value::Object(object)
    };
    json!({ "rows": rows.iter().map(row).collect::<Vec<_>>(), "total": numbers(total) })
}

fn numbers(row: &Consumption) -> Map<String, Value> {
    // A sum beyond 2⁶⁴ stays exact as text.
    let count = |sum: Option<Decimal>| match sum.map(u64::try_from) {
        None => Value::Null,
        Some(Ok(number)) => json!(number),
        Some(Err(_)) => json!(sum.map(|sum| sum.to_string())),
    };
    let mut object = Map::new();
    object.insert("responses".to_owned(), json!(row.records));
    object.insert("counted".to_owned(), json!(row.counted));
    for (name, sum) in sums(row) {
        object.insert(name.to_owned(), count(sum));
    }
    let money = |amount: &Option<Decimal>| amount.map(|amount| amount.normalize().to_string());
    let costs: Vec<_> = row
        .costs
        .iter()
        .map(|(currency, (sent, received))| {
            json!({ "currency": currency, "sent": money(sent), "received": money(received) })
        })
        .collect();
    object.insert("costs".to_owned(), json!(costs));
    object
}

fn sums(row: &Consumption) -> [(&'static str, Option<Decimal>); 5] {
    [
        ("input", row.input),
        ("output", row.output),
        ("cache_read", row.cache_read),
        ("cache_write", row.cache_write),
        ("reasoning", row.reasoning),
    ]
}

/// A line per row and currency: the counts are on the first one only, so that a column adds up.
pub(super) fn csv(by: &[Dimension], rows: &[Consumption]) -> Result<(), Failure> {
    let mut out = csv::Writer::from_writer(io::stdout().lock());
    let numbers = ["responses", "counted"].into_iter();
    let numbers = numbers.chain(sums(&Consumption::default()).map(|(name, _)| name));
    let money = ["cost_sent", "cost_received", "currency"];
    let titles = by.iter().map(|dimension| dimension.name()).chain(numbers).chain(money);
    out.write_record(titles).map_err(failure)?;
    let text =
        |value: Option<Decimal>| value.map_or_else(String::new, |v| v.normalize().to_string());
    for row in rows {
        let keys: Vec<_> = row.keys.iter().map(|key| key.clone().unwrap_or_default()).collect();
        let mut counts = vec![row.records.to_string(), row.counted.to_string()];
        counts.extend(sums(row).map(|(_, sum)| text(sum)));
        let mut costs: Vec<_> = row
            .costs
            .iter()
            .map(|(currency, (sent, received))| {
                [text(*sent), text(*received), currency.clone().unwrap_or_default()]
            })
            .collect();
        if costs.is_empty() {
            costs.push(Default::default());
        }
        for cost in costs {
            out.write_record(keys.iter().chain(&counts).chain(&cost)).map_err(failure)?;
            counts.fill(String::new());
        }
    }
    out.flush()?;
    Ok(())
}

fn failure(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => Failure::start(format!("cannot write CSV: {other:?}")),
    }
}
