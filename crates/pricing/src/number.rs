//! Reading a price from its decimal text, without a double on the way.

use rust_decimal::Decimal;

/// What a text says, read as a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceNumber {
    /// A positive number, exactly as written.
    Exact(Decimal),
    /// A positive number that no decimal holds: infinite, or with too many digits.
    Beyond,
    /// Zero or negative.
    NotPositive,
    /// Not a number.
    NotANumber,
}

/// Reads a number as JSON and Java write it: `0.4`, `4e-1`, `Infinity`. White space
/// around it is not trimmed.
#[must_use]
pub fn parse(text: &str) -> PriceNumber {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let number = if matches!(unsigned, "Infinity" | "INF" | ".inf" | "inf") {
        PriceNumber::Beyond
    } else {
        parse_unsigned(unsigned)
    };
    match number {
        PriceNumber::Exact(_) | PriceNumber::Beyond if negative => PriceNumber::NotPositive,
        other => other,
    }
}

fn parse_unsigned(text: &str) -> PriceNumber {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return PriceNumber::NotANumber;
    }
    let exponent = match exponent.map(|text| (text, text.strip_prefix(['+', '-']).unwrap_or(text)))
    {
        None => Some(0),
        Some((_, digits)) if digits.is_empty() || !all_digits(digits) => {
            return PriceNumber::NotANumber;
        }
        Some((text, _)) => text.parse::<i64>().ok(),
    };
    let joined = format!("{whole}{fraction}");
    let significant = joined.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return PriceNumber::NotPositive;
    }
    let dropped = joined.len() - joined.trim_end_matches('0').len();
    exponent
        .and_then(|exponent| {
            let tens = exponent.checked_add(i64::try_from(dropped).ok()?)?;
            compose(significant, tens.checked_sub(i64::try_from(fraction.len()).ok()?)?)
        })
        .map_or(PriceNumber::Beyond, PriceNumber::Exact)
}

/// digits × 10^tens, if a decimal holds it.
fn compose(digits: &str, tens: i64) -> Option<Decimal> {
    let mut mantissa: i128 = digits.parse().ok()?;
    if tens > 0 {
        mantissa = mantissa.checked_mul(10i128.checked_pow(u32::try_from(tens).ok()?)?)?;
    }
    let scale = u32::try_from(tens.min(0).checked_neg()?).ok()?;
    Decimal::try_from_i128_with_scale(mantissa, scale).ok()
}
