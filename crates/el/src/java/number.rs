//! How Java writes and reads numbers.

use super::digits::{self, Digits};

/// The zero digits of the basic plane: each is followed by its digits 1 to 9.
const ZEROS: [u32; 37] = [
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6,
    0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80,
    0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0,
    0xFF10,
];

/// `Character.isWhitespace`: no non-breaking space, but the separators U+001C–1F.
pub(crate) fn is_whitespace(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\u{1c}'..='\u{1f}')
        || (c.is_whitespace() && !matches!(c, '\u{85}' | '\u{a0}' | '\u{2007}' | '\u{202f}'))
}

/// A text without white space as a `Long`: Spring's `NumberUtils.parseNumber`.
pub(crate) fn parse_long(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    for prefix in ["0x", "0X", "#"] {
        if let Some(hex) = digits.strip_prefix(prefix) {
            return parse_digits(hex, 16, negative);
        }
    }
    let plus = if negative { None } else { text.strip_prefix('+') };
    parse_digits(plus.unwrap_or(digits), 10, negative)
}

pub(crate) fn parse_digits(digits: &str, radix: u32, negative: bool) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    digits.chars().try_fold(0_i64, |value, c| {
        let digit = i64::from(digit(c, radix)?);
        let shifted = value.checked_mul(i64::from(radix))?;
        if negative { shifted.checked_sub(digit) } else { shifted.checked_add(digit) }
    })
}

/// `Character.digit`: digits of any script, and full-width Latin letters.
fn digit(c: char, radix: u32) -> Option<u32> {
    let code = u32::from(c);
    let value = match c {
        'Ａ'..='Ｚ' => code - u32::from('Ａ') + 10,
        'ａ'..='ｚ' => code - u32::from('ａ') + 10,
        _ if c.is_ascii_alphabetic() => c.to_digit(36)?,
        _ => {
            let next = ZEROS.partition_point(|&zero| zero <= code);
            let zero = ZEROS[next.checked_sub(1)?];
            (code - zero < 10).then_some(code - zero)?
        }
    };
    (value < radix).then_some(value)
}

/// `Double.toString`: `12.0`, `1.0E7`, `1.0E-4`.
pub(crate) fn double_to_string(value: f64) -> String {
    special(value).unwrap_or_else(|| written(value < 0.0, &digits::of_double(value.abs())))
}

/// `Float.toString`
pub(crate) fn float_to_string(value: f32) -> String {
    special(f64::from(value))
        .unwrap_or_else(|| written(value < 0.0, &digits::of_float(value.abs())))
}

/// What is not written with digits of its own.
fn special(value: f64) -> Option<String> {
    let text = match value {
        value if value.is_nan() => "NaN",
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        value if value == 0.0 && value.is_sign_negative() => "-0.0",
        0.0 => "0.0",
        _ => return None,
    };
    Some(text.to_owned())
}

/// With a point and at least one digit on both sides of it, or with an exponent.
fn written(negative: bool, number: &Digits) -> String {
    let digits: String = number.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
    let sign = if negative { "-" } else { "" };
    let split = |whole: usize| {
        let padded = format!("{digits:0<width$}", width = whole + 1);
        format!("{}.{}", &padded[..whole], &padded[whole..])
    };
    match number.point {
        1..8 => format!("{sign}{}", split(number.point.unsigned_abs() as usize)),
        -2..=0 => {
            let zeros = "0".repeat(number.point.unsigned_abs() as usize);
            format!("{sign}0.{zeros}{digits}")
        }
        point => format!("{sign}{}E{}", split(1), point - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (12.0, "12.0"),
            (-12.75, "-12.75"),
            (0.1, "0.1"),
            (0.001, "0.001"),
            (0.000_123, "1.23E-4"),
            (0.0001, "1.0E-4"),
            (1234.5, "1234.5"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (12_345_678.9, "1.23456789E7"),
            (9_007_199_254_740_992.0, "9.007199254740992E15"),
            (1e300, "1.0E300"),
            (5e-324, "4.9E-324"),
            (f64::MAX, "1.7976931348623157E308"),
            (-9.223372034707291E18, "-9.2233720347072911E18"),
            (2e-3, "0.002"),
            (2.2250738585072014E-308, "2.2250738585072014E-308"),
            (1.2345678901234568E17, "1.2345678901234568E17"),
            (0.1 + 0.2, "0.30000000000000004"),
            (27273042316.9, "2.72730423169E10"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(double_to_string(value), expected);
        }
    }

    #[test]
    fn longs() {
        for (text, expected) in [
            ("0", Some(0)),
            ("+12", Some(12)),
            ("-12", Some(-12)),
            ("007", Some(7)),
            ("0x1F", Some(31)),
            ("-0X1f", Some(-31)),
            ("#1F", Some(31)),
            ("-0x8000000000000000", Some(i64::MIN)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("-9223372036854775808", Some(i64::MIN)),
            ("٤٢", Some(42)),
            ("１２", Some(12)),
            ("0xＡ", Some(10)),
            ("", None),
            ("-", None),
            ("+", None),
            ("+-1", None),
            ("-+1", None),
            ("--1", None),
            ("+0x1F", None),
            ("0x", None),
            ("0x-1", None),
            ("12.0", None),
            ("1e3", None),
            ("12L", None),
            ("1,000", None),
            ("½", None),
            ("𝟏", None),
        ] {
            assert_eq!(parse_long(text), expected, "{text}");
        }
    }

    #[test]
    fn whitespace() {
        assert!(" \t\n\u{b}\u{c}\r\u{1c}\u{1f}\u{2003}\u{2028}\u{3000}".chars().all(is_whitespace));
        assert!(!"\u{a0}\u{2007}\u{202f}\u{85}\u{200b}a".chars().any(is_whitespace));
    }
}
