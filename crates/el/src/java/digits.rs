//! The decimal digits of a binary real, as Java chose them until version 18.
//!
//! Later versions write the shortest digits that read back as the same number; the engine
//! that this follows runs on an earlier one, which sometimes writes a digit more. The
//! method is Steele and White's, with the stopping rules of the JDK of the time.

use num_bigint::BigInt;

/// Digits without a point, and how many of them stand before it; that may be negative.
pub(super) struct Digits {
    pub(super) digits: Vec<u8>,
    pub(super) point: i32,
}

/// Bits of the fraction of a double.
const SHIFT: i32 = 52;
/// Powers of five that a long holds.
const LONG_POWERS: i32 = 27;

/// How many bits a power of five has; 0 for the first.
fn bits_of_5(power: i32) -> i32 {
    match power {
        0 => 0,
        1..LONG_POWERS => {
            64 - i32::try_from(5_i64.pow(power.unsigned_abs()).leading_zeros()).unwrap_or(0)
        }
        _ => power * 3,
    }
}

/// Of a positive, finite double.
pub(super) fn of_double(value: f64) -> Digits {
    let bits = value.to_bits();
    let fraction = bits & ((1 << SHIFT) - 1);
    let exponent = i32::try_from((bits >> SHIFT) & 0x7ff).unwrap_or(0);
    let (fraction, exponent, significant) = normal(fraction, exponent, SHIFT);
    develop(exponent - 1023, fraction, significant)
}

/// Of a positive, finite float.
pub(super) fn of_float(value: f32) -> Digits {
    let bits = u64::from(value.to_bits());
    let fraction = bits & ((1 << 23) - 1);
    let exponent = i32::try_from((bits >> 23) & 0xff).unwrap_or(0);
    let (fraction, exponent, significant) = normal(fraction, exponent, 23);
    develop(exponent - 127, fraction << (SHIFT - 23), significant)
}

/// The fraction with its leading one, the exponent, and how many bits tell.
fn normal(fraction: u64, exponent: i32, shift: i32) -> (u64, i32, i32) {
    if exponent > 0 {
        return (fraction | (1 << shift), exponent, shift + 1);
    }
    let length = 64 - i32::try_from(fraction.leading_zeros()).unwrap_or(0);
    let up = shift + 1 - length;
    (fraction << up, 1 - up, length)
}

fn develop(exponent: i32, fraction: u64, significant: i32) -> Digits {
    let zeros = i32::try_from(fraction.trailing_zeros()).unwrap_or(0);
    let fraction_bits = SHIFT + 1 - zeros;
    let tiny = (fraction_bits - exponent - 1).max(0);
    if (-21..=62).contains(&exponent) && tiny == 0 && fraction_bits < 64 {
        return whole(exponent, fraction, significant);
    }
    let mut decimal = estimate(exponent, fraction);
    let b5 = (-decimal).max(0);
    let s5 = decimal.max(0);
    let (mut b2, mut s2, mut m2) = (b5 + tiny + exponent, s5 + tiny, 0);
    m2 += b2 - significant;
    b2 -= fraction_bits - 1;
    let common = b2.min(s2);
    (b2, s2, m2) = (b2 - common, s2 - common, m2 - common);
    if fraction_bits == 1 {
        m2 -= 1;
    }
    if m2 < 0 {
        (b2, s2, m2) = (b2 - m2, s2 - m2, 0);
    }
    let b_bits = fraction_bits + b2 + bits_of_5(b5);
    let ten_s_bits = s2 + 1 + bits_of_5(s5 + 1);
    // Small numbers were computed in 32 or 64 bits, with another rule for a tie, and a
    // way out where the margin overflows.
    let width = match (b_bits, ten_s_bits) {
        (..32, ..32) => 32,
        (..64, ..64) => 64,
        _ => 0,
    };
    let power = |five: i32, two: i32| {
        BigInt::from(5).pow(five.unsigned_abs()) << usize::try_from(two).unwrap_or(0)
    };
    let mut b = BigInt::from(fraction >> zeros) * power(b5, b2);
    let s = power(s5, s2);
    let mut m = power(b5, m2);
    let tens = &s * 10;
    let mut digits = Vec::new();
    let mut overflown = false;
    let mut next = |b: &mut BigInt, m: &mut BigInt| {
        let digit = &*b / &s;
        *b = (&*b % &s) * 10;
        *m *= 10;
        overflown |= width > 0 && m.bits() >= width;
        let (low, high) = match width {
            _ if overflown => (true, true),
            0 => (*b < *m, tens <= &*b + &*m),
            _ => (*b < *m, &*b + &*m > tens),
        };
        (u8::try_from(digit).unwrap_or(0), low, high)
    };
    let (first, mut low, mut high) = next(&mut b, &mut m);
    if first == 0 && !high {
        decimal -= 1;
    } else {
        digits.push(first);
    }
    // Beyond these ends the number is written with an exponent, and needs two digits.
    if !(-3..8).contains(&decimal) {
        (low, high) = (false, false);
    }
    while !low && !high {
        let digit;
        (digit, low, high) = next(&mut b, &mut m);
        digits.push(digit);
    }
    let mut result = Digits { digits, point: decimal + 1 };
    let twice = b * 2;
    let odd = result.digits.last().is_some_and(|digit| digit % 2 == 1);
    if high && (!low || twice > tens || (twice == tens && odd)) {
        result.round_up();
    }
    result
}

/// A whole number of at most 63 bits; digits beyond what the bits tell are rounded away.
fn whole(exponent: i32, fraction: u64, significant: i32) -> Digits {
    let mut value = if exponent >= SHIFT {
        fraction << (exponent - SHIFT)
    } else {
        fraction >> (SHIFT - exponent)
    };
    let spare = exponent - significant - 1;
    if exponent > significant && spare > 1 {
        // As many digits as the spare bits are worth.
        let power = 10_u64.pow((spare.unsigned_abs() * 30_103) / 100_000);
        let rest = value % power;
        value = (value / power + u64::from(power > 1 && rest >= power / 2)) * power;
    }
    let digits = value.to_string();
    let point = i32::try_from(digits.len()).unwrap_or(0);
    let digits = digits.trim_end_matches('0').bytes().map(|digit| digit - b'0').collect();
    Digits { digits, point }
}

/// The exponent of ten, or one more.
#[expect(clippy::cast_possible_truncation, reason = "it is between -325 and 309")]
#[expect(clippy::approx_constant, reason = "Java's own constants")]
fn estimate(exponent: i32, fraction: u64) -> i32 {
    let scaled = f64::from_bits((1023 << SHIFT) | (fraction & ((1 << SHIFT) - 1)));
    let log = (scaled - 1.5) * 0.289_529_654
        + 0.176_091_259
        + f64::from(exponent) * 0.301_029_995_663_981;
    log.floor() as i32
}

impl Digits {
    fn round_up(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        if let Some(first) = self.digits.first_mut() {
            *first = 1;
            self.point += 1;
        }
    }
}
