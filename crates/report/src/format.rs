//! How the cells of a table are written: numbers, costs, times, and text from outside.

use std::time::{Duration, SystemTime};

use rust_decimal::Decimal;
use token_tracking_core::{Cost, Record};

/// What stands where nothing is known; absent is not zero.
pub(crate) const ABSENT: &str = "–";

/// A count with thousands separators.
pub(crate) fn count(value: Option<u64>) -> String {
    value.map_or_else(|| ABSENT.to_owned(), |value| group(&value.to_string()))
}

/// Groups the digits of a whole number by three.
fn group(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// What was sent and received together cost, where both or either is known.
pub(crate) fn total_cost(cost: &Cost) -> Option<Decimal> {
    match (cost.sent, cost.received) {
        (Some(sent), Some(received)) => sent.checked_add(received),
        (one, other) => one.or(other),
    }
}

/// An amount, rounded to a millionth for the eye; the record keeps it exact.
pub(crate) fn amount(amount: Option<Decimal>, currency: Option<&str>) -> String {
    let Some(exact) = amount else {
        return ABSENT.to_owned();
    };
    let rounded = exact.round_dp(6).normalize();
    let mut text = if rounded.is_zero() && !exact.is_zero() {
        "<0.000001".to_owned()
    } else {
        let plain = rounded.to_string();
        match plain.split_once('.') {
            Some((whole, fraction)) => format!("{}.{fraction}", group(whole)),
            None => group(&plain),
        }
    };
    if let Some(currency) = currency {
        text.push(' ');
        text += &clean(currency, 3);
    }
    text
}

/// The time of day in UTC, to the second.
pub(crate) fn time_of_day(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let (hours, minutes) = (seconds / 3_600 % 24, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

/// A duration in whole milliseconds.
pub(crate) fn millis(duration: Option<Duration>) -> String {
    let value = duration.map(|d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX));
    count(value)
}

/// Text from outside, at most `max` characters. A provider names its model as it likes:
/// control characters must not reach a terminal.
pub(crate) fn clean(text: &str, max: usize) -> String {
    let safe = |c: char| if c.is_control() { '?' } else { c };
    if text.chars().nth(max).is_none() {
        return text.chars().map(safe).collect();
    }
    let mut short: String = text.chars().take(max.saturating_sub(1)).map(safe).collect();
    short.push('…');
    short
}

/// As [`clean`], or the sign for nothing.
pub(crate) fn text(value: Option<&str>, max: usize) -> String {
    value.filter(|text| !text.is_empty()).map_or_else(|| ABSENT.to_owned(), |t| clean(t, max))
}

/// The provenance and why it is not plainly reported: `partial: client-cancelled`.
pub(crate) fn standing(record: &Record) -> String {
    let mut text = provenance(record).to_owned();
    let codes = record.reasons.iter().map(|reason| reason.code());
    let codes = codes.chain(record.anomalies.iter().map(|anomaly| anomaly.code()));
    for (i, code) in codes.enumerate() {
        text += if i == 0 { ": " } else { ", " };
        text += code;
    }
    text
}

fn provenance(record: &Record) -> &'static str {
    use token_tracking_core::Provenance;
    match record.provenance {
        Provenance::Reported => "reported",
        Provenance::Partial => "partial",
        Provenance::Estimated => "estimated",
        Provenance::Absent => "absent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_absent_is_not_zero() {
        assert_eq!(count(None), "–");
        assert_eq!(count(Some(0)), "0");
        assert_eq!(count(Some(999)), "999");
        assert_eq!(count(Some(1_000)), "1,000");
        assert_eq!(count(Some(u64::MAX)), "18,446,744,073,709,551,615");
    }

    #[test]
    fn amounts_are_rounded_for_the_eye_only() {
        let decimal = |text: &str| text.parse::<Decimal>().ok();
        assert_eq!(amount(decimal("0.0000004"), None), "<0.000001");
        assert_eq!(amount(decimal("0.0120"), Some("USD")), "0.012 USD");
        assert_eq!(amount(decimal("1234.5"), None), "1,234.5");
        assert_eq!(amount(decimal("0"), None), "0");
        assert_eq!(amount(None, Some("USD")), "–");
    }

    #[test]
    fn text_from_outside_cannot_steer_the_terminal() {
        assert_eq!(clean("gpt\u{1b}[31m\n", 40), "gpt?[31m?");
        assert_eq!(clean("éééé", 3), "éé…");
        assert_eq!(text(Some(""), 5), "–");
    }

    #[test]
    fn the_time_of_day_is_utc() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 + 3_661);
        assert_eq!(time_of_day(time), "01:01:01");
        assert_eq!(time_of_day(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), "00:00:00");
    }
}
