//! Numbers brought to one type, as Java does before it computes.

use num_bigint::BigInt;

use crate::value::{Decimal, Value};

/// Two numbers as the type that an operator works in.
pub(crate) enum Pair {
    Int(i32, i32),
    Long(i64, i64),
    Float(f32, f32),
    Double(f64, f64),
    BigInt(BigInt, BigInt),
    Decimal(Decimal, Decimal),
}

/// The numbers of both sides promoted; `None` when one is no number, or is not finite
/// beside a BigDecimal.
pub(crate) fn promote(left: &Value<'_>, right: &Value<'_>) -> Option<Pair> {
    if !left.is_number() || !right.is_number() {
        return None;
    }
    let either = |test: fn(&Value<'_>) -> bool| test(left) || test(right);
    Some(if either(|value| matches!(value, Value::Decimal(_))) {
        Pair::Decimal(to_decimal(left)?, to_decimal(right)?)
    } else if either(|value| matches!(value, Value::Double(_))) {
        Pair::Double(to_f64(left)?, to_f64(right)?)
    } else if either(|value| matches!(value, Value::Float(_))) {
        Pair::Float(to_f32(left)?, to_f32(right)?)
    } else if either(|value| matches!(value, Value::BigInt(_))) {
        Pair::BigInt(to_bigint(left)?, to_bigint(right)?)
    } else if either(|value| matches!(value, Value::Long(_))) {
        Pair::Long(to_i64(left)?, to_i64(right)?)
    } else {
        Pair::Int(i32::try_from(to_i64(left)?).ok()?, i32::try_from(to_i64(right)?).ok()?)
    })
}

pub(crate) fn to_i64(value: &Value<'_>) -> Option<i64> {
    Some(match value {
        Value::Byte(value) => i64::from(*value),
        Value::Short(value) => i64::from(*value),
        Value::Int(value) => i64::from(*value),
        Value::Long(value) => *value,
        _ => return None,
    })
}

#[expect(clippy::cast_precision_loss, reason = "Java's widening rounds as well")]
pub(crate) fn to_f64(value: &Value<'_>) -> Option<f64> {
    Some(match value {
        Value::Double(value) => *value,
        Value::Float(value) => f64::from(*value),
        Value::BigInt(value) => big_to_f64(value),
        Value::Decimal(value) => value.to_f64(),
        _ => to_i64(value)? as f64,
    })
}

#[expect(clippy::cast_precision_loss, reason = "Java's widening rounds as well")]
#[expect(clippy::cast_possible_truncation, reason = "Java's narrowing rounds as well")]
pub(crate) fn to_f32(value: &Value<'_>) -> Option<f32> {
    Some(match value {
        Value::Double(value) => *value as f32,
        Value::Float(value) => *value,
        Value::BigInt(value) => value.to_string().parse().ok()?,
        Value::Decimal(value) => value.to_f64() as f32,
        _ => to_i64(value)? as f32,
    })
}

fn big_to_f64(value: &BigInt) -> f64 {
    // Correctly rounded, which the crate's own conversion does not promise.
    value.to_string().parse().unwrap_or(f64::NAN)
}

fn to_bigint(value: &Value<'_>) -> Option<BigInt> {
    match value {
        Value::BigInt(value) => Some((**value).clone()),
        _ => to_i64(value).map(BigInt::from),
    }
}

/// A number as the decimal that its text is; `None` when it is not finite.
pub(crate) fn to_decimal(value: &Value<'_>) -> Option<Decimal> {
    match value {
        Value::Decimal(value) => Some((**value).clone()),
        Value::BigInt(value) => Some(Decimal::whole((**value).clone())),
        _ => Decimal::parse(&crate::value::to_java_string(value)),
    }
}
