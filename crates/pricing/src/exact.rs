//! tokens × price ÷ unit, exactly where the result has an end.

use rust_decimal::Decimal;

/// An amount of money, and whether it had to be rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The amount, without trailing zeros.
    pub value: Decimal,
    /// The exact amount has more digits than a decimal holds.
    pub rounded: bool,
}

/// tokens × price ÷ unit. `None` where it is too large, or where price or unit is not
/// positive.
///
/// The result is exact whenever a decimal (28 digits after the point, 96 bits) can hold
/// it, whatever the size of the product on the way there.
#[must_use]
pub fn amount(tokens: u64, price: Decimal, unit: Decimal) -> Option<Amount> {
    if price <= Decimal::ZERO || unit <= Decimal::ZERO {
        return None;
    }
    if tokens == 0 {
        return Some(Amount { value: Decimal::ZERO, rounded: false });
    }
    if let Some(value) = terminating(tokens, price, unit) {
        return Some(Amount { value, rounded: false });
    }
    let product = Decimal::from(tokens).checked_mul(price)?;
    let value = product.checked_div(unit)?.normalize();
    Some(Amount { value, rounded: true })
}

/// The exact result, where there is one that fits.
///
/// Each number is taken apart into 2^a × 5^b × rest. The division ends exactly where
/// the unit's rest divides the others', and what remains is a product again.
fn terminating(tokens: u64, price: Decimal, unit: Decimal) -> Option<Decimal> {
    let (mut tokens, mut price_parts, mut unit_parts) =
        (Parts::of(tokens.into(), 0), Parts::of_decimal(price), Parts::of_decimal(unit));
    for factor in [&mut tokens, &mut price_parts] {
        let shared = gcd(factor.rest, unit_parts.rest);
        factor.rest /= shared;
        unit_parts.rest /= shared;
    }
    if unit_parts.rest != 1 {
        return None;
    }
    let twos = tokens.twos + price_parts.twos - unit_parts.twos;
    let fives = tokens.fives + price_parts.fives - unit_parts.fives;
    let tens = twos.min(fives);
    let mut mantissa = tokens.rest.checked_mul(price_parts.rest)?;
    mantissa = times_power(mantissa, 2, twos - tens)?;
    mantissa = times_power(mantissa, 5, fives - tens)?;
    mantissa = times_power(mantissa, 10, tens.max(0))?;
    let scale = u32::try_from(tens.min(0).unsigned_abs()).ok()?;
    Decimal::try_from_i128_with_scale(i128::try_from(mantissa).ok()?, scale).ok()
}

/// 2^twos × 5^fives × rest, where neither 2 nor 5 divides the rest.
struct Parts {
    twos: i64,
    fives: i64,
    rest: u128,
}

impl Parts {
    fn of_decimal(number: Decimal) -> Self {
        Self::of(number.mantissa().unsigned_abs(), number.scale())
    }

    /// Of number ÷ 10^scale; the number is not zero.
    fn of(number: u128, scale: u32) -> Self {
        let twos = number.trailing_zeros();
        let mut rest = number >> twos;
        let mut fives = 0;
        while rest > u64::MAX.into() && rest.is_multiple_of(5) {
            rest /= 5;
            fives += 1;
        }
        // A processor divides these itself, and nearly all numbers are among them.
        if let Ok(mut small) = u64::try_from(rest) {
            while small.is_multiple_of(5) && small != 0 {
                small /= 5;
                fives += 1;
            }
            rest = small.into();
        }
        let scale = i64::from(scale);
        Self { twos: i64::from(twos) - scale, fives: fives - scale, rest }
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = match (u64::try_from(a), u64::try_from(b)) {
            (Ok(small), Ok(other)) => (b, (small % other).into()),
            _ => (b, a % b),
        };
    }
    a.max(1)
}

fn times_power(number: u128, base: u128, exponent: i64) -> Option<u128> {
    number.checked_mul(base.checked_pow(u32::try_from(exponent).ok()?)?)
}
