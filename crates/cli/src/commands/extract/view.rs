//! A record for a person.

use token_tracking_core::{Cost, Provenance, Record};

use crate::output::{columns, grouped};

/// The record as aligned lines, with what is not known left out.
pub(super) fn of(record: &Record) -> String {
    let mut rows: Vec<[String; 2]> = Vec::new();
    let mut say = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            rows.push([name.to_owned(), value]);
        }
    };
    say("counts", Some(standing(record)));
    for detail in &record.details {
        say("", Some(printable(detail)));
    }
    say("provider", record.provider.as_deref().map(printable));
    say("model", record.model.as_deref().map(printable));
    say("requested", record.requested_model.as_deref().map(printable));
    say("tier", record.service_tier.as_deref().map(printable));
    let usage = &record.usage;
    say("sent", usage.input.map(|sent| with_parts(sent, &usage.input_parts())));
    say("received", usage.output.map(|received| with_parts(received, &usage.output_parts())));
    say("total", usage.total.map(|total| format!("{}  (as reported)", grouped(total))));
    if !usage.units.is_empty() {
        say("units", serde_json::to_string(&usage.units).ok());
    }
    if let Some(cost) = &record.cost {
        say("cost", Some(total(cost)));
        for line in &cost.receipt {
            let rounded = if line.rounded { "  (rounded)" } else { "" };
            let (item, quantity) = (&line.item, grouped(line.quantity));
            let (price, unit, amount) = (line.price, line.unit, line.amount.normalize());
            say("", Some(format!("{item}: {quantity} × {price} ÷ {unit} = {amount}{rounded}")));
        }
    }
    columns(&rows)
}

/// The provenance, the reasons and the anomalies.
fn standing(record: &Record) -> String {
    let provenance = match record.provenance {
        Provenance::Reported => "reported",
        Provenance::Partial => "partial",
        Provenance::Estimated => "estimated",
        Provenance::Absent => "absent",
    };
    let reasons = record.reasons.iter().map(|reason| reason.code());
    let anomalies = record.anomalies.iter().map(|anomaly| anomaly.code());
    let codes: Vec<_> = reasons.chain(anomalies).collect();
    match &*codes {
        [] => provenance.to_owned(),
        codes => format!("{provenance}: {}", codes.join(", ")),
    }
}

fn with_parts(whole: u64, parts: &[(&str, Option<u64>)]) -> String {
    let known =
        parts.iter().filter_map(|(name, count)| Some(format!("{name} {}", grouped((*count)?))));
    let known: Vec<_> = known.collect();
    match &*known {
        [] => grouped(whole),
        parts => format!("{}  (of it {})", grouped(whole), parts.join(", ")),
    }
}

fn total(cost: &Cost) -> String {
    let sum = cost.sent.unwrap_or_default().checked_add(cost.received.unwrap_or_default());
    let amount = sum.map_or("too much to add".to_owned(), |sum| sum.normalize().to_string());
    match &cost.currency {
        Some(currency) => format!("{amount} {}", printable(currency)),
        None => amount,
    }
}

/// Text from a body: it must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
