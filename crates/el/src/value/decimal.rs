//! Java's `BigDecimal`: a whole number and how many of its digits are behind the point.
//!
//! The engine's rules for the scale of a result, and its way of writing, are Java's own;
//! the digits are `num-bigint`'s.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::BigInt;
use num_traits::{Signed as _, Zero as _};

/// A decimal number of any size, with its scale: `1.50` is not written as `1.5`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: BigInt,
    scale: i64,
}

/// The largest scale, and the largest exponent: two such numbers are added by writing out
/// all digits between them.
const MAX_SCALE: i64 = 4_000;

impl Decimal {
    /// Reads `[+-]digits[.digits][e[+-]digits]`; `None` when the text is not that, or when
    /// its scale is beyond 4,000.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i64>().ok()?),
            None => (text, 0),
        };
        let unsigned = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits: BigInt = digits.parse().ok()?;
        let digits = if mantissa.starts_with('-') { -digits } else { digits };
        let scale = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        Self { digits, scale }.bounded()
    }

    pub(crate) fn whole(digits: BigInt) -> Self {
        Self { digits, scale: 0 }
    }

    fn bounded(self) -> Option<Self> {
        (self.scale.abs() <= MAX_SCALE).then_some(self)
    }

    /// The digits of both numbers at the larger of their scales.
    fn aligned(&self, other: &Self) -> (BigInt, BigInt, i64) {
        let scale = self.scale.max(other.scale);
        (self.at_scale(scale), other.at_scale(scale), scale)
    }

    /// The digits at a scale that is not smaller.
    fn at_scale(&self, scale: i64) -> BigInt {
        &self.digits * ten_to(scale - self.scale)
    }

    pub(crate) fn add(&self, other: &Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other);
        Self { digits: a + b, scale }.bounded()
    }

    pub(crate) fn subtract(&self, other: &Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other);
        Self { digits: a - b, scale }.bounded()
    }

    pub(crate) fn multiply(&self, other: &Self) -> Option<Self> {
        Self { digits: &self.digits * &other.digits, scale: self.scale + other.scale }.bounded()
    }

    /// The quotient at the larger of the scales, halves to the even neighbour. The divisor
    /// is not zero.
    pub(crate) fn divide(&self, other: &Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other);
        if b.is_zero() {
            return None;
        }
        let (a, b) = (a * ten_to(scale), b * ten_to(-scale));
        let (mut quotient, rest) = (&a / &b, &a % &b);
        let up = match (rest.abs() * 2_i32).cmp(&b.abs()) {
            Ordering::Greater => true,
            Ordering::Equal => !(&quotient % 2_i32).is_zero(),
            Ordering::Less => false,
        };
        if up {
            quotient += if a.is_negative() == b.is_negative() { 1 } else { -1 };
        }
        Self { digits: quotient, scale }.bounded()
    }

    /// What is left after the whole quotient was taken away; it has the dividend's sign.
    /// The divisor is not zero.
    pub(crate) fn remainder(&self, other: &Self) -> Option<Self> {
        let (a, b, _) = self.aligned(other);
        if b.is_zero() {
            return None;
        }
        let mut quotient = Self::whole(a / b);
        // Java gives the quotient the scale that the division of the scales suggests,
        // as far as trailing zeros allow.
        let wanted = self.scale - other.scale;
        if quotient.digits.is_zero() || wanted > 0 {
            quotient = Self { digits: quotient.digits * ten_to(wanted.max(0)), scale: wanted };
        }
        while quotient.scale > wanted && (&quotient.digits % 10_i32).is_zero() {
            quotient = Self { digits: quotient.digits / 10_i32, scale: quotient.scale - 1 };
        }
        self.subtract(&quotient.multiply(other)?)
    }

    /// The power; `None` when the result is too large to be worth it.
    pub(crate) fn power(&self, exponent: u32) -> Option<Self> {
        if self.digits.bits().saturating_mul(u64::from(exponent)) > MAX_POWER_BITS {
            return None;
        }
        let scale = self.scale.checked_mul(i64::from(exponent))?;
        Self { digits: self.digits.pow(exponent), scale }.bounded()
    }

    pub(crate) fn negate(&self) -> Self {
        Self { digits: -&self.digits, scale: self.scale }
    }

    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let (a, b, _) = self.aligned(other);
        a.cmp(&b)
    }

    /// Without the fraction.
    pub(crate) fn truncate(&self) -> BigInt {
        if self.scale <= 0 { self.at_scale(0) } else { &self.digits / ten_to(self.scale) }
    }

    /// The number with so many digits behind the point, rounded as one of [`ROUNDINGS`] says;
    /// `None` where that is `UNNECESSARY` and digits would be lost, or the scale too large.
    pub(crate) fn with_scale(&self, scale: i64, rounding: &str) -> Option<Self> {
        if scale.abs() > MAX_SCALE || self.scale - scale > MAX_SCALE {
            return None;
        }
        if scale >= self.scale {
            return Some(Self { digits: self.at_scale(scale), scale });
        }
        let unit = ten_to(self.scale - scale);
        let (mut digits, rest) = (&self.digits / &unit, &self.digits % &unit);
        let half = (rest.abs() * 2_i32).cmp(&unit);
        let negative = self.digits.is_negative();
        let away = !rest.is_zero()
            && match rounding {
                "UP" => true,
                "CEILING" => !negative,
                "FLOOR" => negative,
                "HALF_UP" => half != Ordering::Less,
                "HALF_DOWN" => half == Ordering::Greater,
                "HALF_EVEN" if half == Ordering::Equal => !(&digits % 2_i32).is_zero(),
                "HALF_EVEN" => half == Ordering::Greater,
                "UNNECESSARY" => return None,
                _ => false,
            };
        if away {
            digits += if negative { -1 } else { 1 };
        }
        Some(Self { digits, scale })
    }

    pub(crate) fn abs(&self) -> Self {
        Self { digits: self.digits.abs(), scale: self.scale }
    }

    pub(crate) fn scale(&self) -> i64 {
        self.scale
    }

    pub(crate) fn to_f64(&self) -> f64 {
        format!("{}e{}", self.digits, -self.scale).parse().unwrap_or(f64::NAN)
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.digits.is_zero()
    }
}

/// The names of Java's ways to round.
pub(crate) const ROUNDINGS: [&str; 8] =
    ["UP", "DOWN", "CEILING", "FLOOR", "HALF_UP", "HALF_DOWN", "HALF_EVEN", "UNNECESSARY"];

/// The most bits of the result of a power.
pub(crate) const MAX_POWER_BITS: u64 = 64 * 1024;

/// The power of ten; 1 for a negative exponent.
fn ten_to(exponent: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or_default())
}

/// As Java writes it: `12.50`, `0.000001`, `1E+3`, `1.5E-7`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits.abs().to_string();
        if self.digits.is_negative() {
            f.write_str("-")?;
        }
        let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        let adjusted = length - 1 - self.scale;
        if self.scale == 0 {
            return f.write_str(&digits);
        }
        if self.scale > 0 && adjusted >= -6 {
            let scale = usize::try_from(self.scale).unwrap_or_default();
            let padded = format!("{digits:0>width$}", width = scale + 1);
            let (whole, fraction) = padded.split_at(padded.len() - scale);
            return write!(f, "{whole}.{fraction}");
        }
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let sign = if adjusted > 0 { "+" } else { "" };
        match adjusted {
            0 => write!(f, "{first}{point}{rest}"),
            _ => write!(f, "{first}{point}{rest}E{sign}{adjusted}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn written_as_java_does() {
        for (text, expected) in [
            ("1.50", "1.50"),
            ("-0.001", "-0.001"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1e3", "1E+3"),
            ("1.5e3", "1.5E+3"),
            ("15e-1", "1.5"),
            ("1e-7", "1E-7"),
            ("1.5e-7", "1.5E-7"),
            ("0.000001", "0.000001"),
            ("0.00", "0.00"),
            ("100000000000000000000.0", "100000000000000000000.0"),
        ] {
            assert_eq!(decimal(text).to_string(), expected);
        }
        for text in ["", ".", "1e", "a", "1..2", "1e99999", "+-1"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn scales() {
        let (a, b) = (decimal("0.123456789012345678"), decimal("1.0"));
        assert_eq!(a.multiply(&b).unwrap().to_string(), "0.1234567890123456780");
        assert_eq!(a.add(&decimal("1")).unwrap().to_string(), "1.123456789012345678");
        assert_eq!(decimal("7").divide(&decimal("2")).unwrap().to_string(), "4");
        assert_eq!(decimal("5").divide(&decimal("2")).unwrap().to_string(), "2");
        assert_eq!(decimal("-7.0").divide(&decimal("2")).unwrap().to_string(), "-3.5");
        assert_eq!(decimal("7").remainder(&decimal("4")).unwrap().to_string(), "3");
        assert_eq!(decimal("7").remainder(&decimal("0.3")).unwrap().to_string(), "0.1");
        assert_eq!(decimal("-7.50").remainder(&decimal("2")).unwrap().to_string(), "-1.50");
        assert_eq!(decimal("1.1").power(3).unwrap().to_string(), "1.331");
    }
}
