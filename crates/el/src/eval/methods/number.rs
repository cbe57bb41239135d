//! Methods of `Integer`, `Long`, `Double`, `Float`, `Short` and `BigDecimal`.

use std::cmp::Ordering;
use std::rc::Rc;

use num_traits::ToPrimitive as _;

use crate::eval::coerce::{to_int_value, to_long_value};
use crate::eval::compare::order;
use crate::eval::promote::{to_f32, to_f64, to_i64};
use crate::eval::{Evaluated, Evaluator, describe};
use crate::syntax::ast::NodeId;
use crate::value::{Decimal, ROUNDINGS, Value};

/// `BigDecimal.setScale`
fn rescaled<'c>(
    evaluator: &Evaluator<'c, '_>,
    id: NodeId,
    number: &Decimal,
    scale: i32,
    rounding: &str,
) -> Evaluated<Value<'c>> {
    match number.with_scale(scale.into(), rounding) {
        Some(number) => Ok(Value::Decimal(Rc::new(number))),
        None if rounding == "UNNECESSARY" => Err(evaluator.fail(id, "digits would be lost")),
        None => Err(evaluator.unsupported(id, "such a scale")),
    }
}

/// `xxxValue` of any number, also as a property.
#[expect(clippy::cast_possible_truncation, reason = "this is what the methods do")]
pub(in crate::eval) fn value<'c>(target: &Value<'c>, name: &str) -> Option<Value<'c>> {
    Some(match name {
        "intValue" => Value::Int(to_int_value(target)?),
        "longValue" => Value::Long(to_long_value(target)?),
        "doubleValue" => Value::Double(to_f64(target)?),
        "floatValue" => Value::Float(to_f32(target)?),
        "shortValue" => Value::Short(to_int_value(target)? as i16),
        "byteValue" => Value::Byte(to_int_value(target)? as i8),
        "isNaN" => Value::Bool(to_f64(target)?.is_nan()),
        "isInfinite" => Value::Bool(to_f64(target)?.is_infinite()),
        _ => return None,
    })
}

pub(super) fn run<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    target: &Value<'c>,
    method: &'static str,
    args: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    if let Some(name) = method.strip_suffix("()")
        && let Some(value) = value(target, name)
    {
        return Ok(value);
    }
    let decimal = |value: Option<Decimal>| match value {
        Some(value) => Ok(Value::Decimal(Rc::new(value))),
        None => Err(evaluator.unsupported(id, "a number that is too large")),
    };
    match (method, target, args) {
        ("compareTo(BigDecimal)", Value::Decimal(a), [Value::Decimal(b)]) => Ok(sign(a.compare(b))),
        ("add(BigDecimal)", Value::Decimal(a), [Value::Decimal(b)]) => decimal(a.add(b)),
        ("subtract(BigDecimal)", Value::Decimal(a), [Value::Decimal(b)]) => decimal(a.subtract(b)),
        ("multiply(BigDecimal)", Value::Decimal(a), [Value::Decimal(b)]) => decimal(a.multiply(b)),
        ("negate()", Value::Decimal(a), []) => decimal(Some(a.negate())),
        ("abs()", Value::Decimal(a), []) => decimal(Some(a.abs())),
        ("scale()", Value::Decimal(a), []) => {
            Ok(Value::Int(i32::try_from(a.scale()).unwrap_or(i32::MAX)))
        }
        ("signum()", Value::Decimal(a), []) => Ok(sign(a.compare(&Decimal::whole(0.into())))),
        ("setScale(int)", Value::Decimal(a), [Value::Int(scale)]) => {
            rescaled(evaluator, id, a, *scale, "UNNECESSARY")
        }
        (
            "setScale(int,RoundingMode)",
            Value::Decimal(a),
            [Value::Int(scale), Value::Enum(rounding)],
        ) => rescaled(evaluator, id, a, *scale, rounding),
        ("setScale(int,int)", Value::Decimal(a), [Value::Int(scale), Value::Int(rounding)]) => {
            match usize::try_from(*rounding).ok().and_then(|at| ROUNDINGS.get(at)) {
                Some(rounding) => rescaled(evaluator, id, a, *scale, rounding),
                None => Err(evaluator.fail(id, "there is no such rounding")),
            }
        }
        ("setScale(int,RoundingMode)", ..) => Err(evaluator.fail(id, "the rounding is null")),
        (_, _, [Value::Null]) if method.starts_with("compareTo") => {
            Err(evaluator.fail(id, "the argument is null"))
        }
        (_, _, [other]) if method.starts_with("compareTo") => Ok(sign(compare(target, other))),
        _ => {
            let class = match target {
                Value::Int(_) => "java.lang.Integer",
                Value::Long(_) => "java.lang.Long",
                Value::Double(_) => "java.lang.Double",
                Value::Float(_) => "java.lang.Float",
                Value::Short(_) => "java.lang.Short",
                _ => return Err(evaluator.unsupported(id, format!("`{method}`"))),
            };
            statics(evaluator, id, class, method, args)
        }
    }
}

fn sign<'c>(order: Ordering) -> Value<'c> {
    Value::Int(order as i32)
}

fn compare(a: &Value<'_>, b: &Value<'_>) -> Ordering {
    match (to_i64(a), to_i64(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => order(to_f64(a).unwrap_or(f64::NAN), to_f64(b).unwrap_or(f64::NAN)),
    }
}

/// The static methods of the boxes of numbers.
pub(super) fn statics<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    class: &str,
    method: &'static str,
    args: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    let name = method.split('(').next().unwrap_or_default();
    let no_number =
        |text: &Value<'c>| evaluator.fail(id, format!("{} is no number", describe(text)));
    match (class, name, args) {
        (
            _,
            "parseInt" | "parseLong" | "parseShort" | "valueOf",
            [text @ (Value::Text(_) | Value::Null), rest @ ..],
        ) if !matches!(class, "java.lang.Double" | "java.lang.Float") => {
            let radix = match rest {
                [Value::Int(radix)] => u32::try_from(*radix).ok().filter(|r| (2..=36).contains(r)),
                _ => Some(10),
            };
            let Value::Text(digits) = text else { return Err(no_number(text)) };
            let number = radix.and_then(|radix| signed(digits, radix));
            let number = number.ok_or_else(|| no_number(text))?;
            match class {
                "java.lang.Integer" => number.to_i32().map(Value::Int),
                "java.lang.Short" => number.to_i16().map(Value::Short),
                _ => Some(Value::Long(number)),
            }
            .ok_or_else(|| no_number(text))
        }
        (_, "parseDouble" | "parseFloat" | "valueOf", [text @ (Value::Text(_) | Value::Null)]) => {
            let Value::Text(digits) = text else { return Err(no_number(text)) };
            if digits.contains(['x', 'X']) {
                return Err(evaluator.unsupported(id, "hexadecimal reals"));
            }
            match class {
                "java.lang.Float" => crate::eval::coerce::parse_float(digits).map(Value::Float),
                _ => crate::eval::coerce::parse_double(digits).map(Value::Double),
            }
            .ok_or_else(|| no_number(text))
        }
        (_, "valueOf", [number]) => Ok(number.clone()),
        (_, "toString", [number]) => {
            let text = crate::value::to_java_string(number);
            evaluator.made(id, text)
        }
        (_, "toString", [number, Value::Int(radix)]) => {
            let radix = u32::try_from(*radix).ok().filter(|r| (2..=36).contains(r)).unwrap_or(10);
            let number = num_bigint::BigInt::from(to_i64(number).unwrap_or_default());
            evaluator.made(id, number.to_str_radix(radix))
        }
        (_, "toHexString" | "toBinaryString" | "toOctalString", [number]) => {
            let unsigned = match number {
                Value::Int(value) => u64::from(value.cast_unsigned()),
                other => to_i64(other).unwrap_or_default().cast_unsigned(),
            };
            let text = match name {
                "toHexString" => format!("{unsigned:x}"),
                "toBinaryString" => format!("{unsigned:b}"),
                _ => format!("{unsigned:o}"),
            };
            evaluator.made(id, text)
        }
        ("java.lang.Short", "compare", [a, b]) => {
            let difference = to_i64(a).unwrap_or_default() - to_i64(b).unwrap_or_default();
            Ok(Value::Int(difference.to_i32().unwrap_or_default()))
        }
        (_, "compare", [a, b]) => Ok(sign(compare(a, b))),
        (_, "sum" | "max" | "min", [a, b]) => Ok(fold(name, a, b)),
        (_, "signum", [number]) => {
            Ok(Value::Int(to_i64(number).unwrap_or_default().signum().to_i32().unwrap_or_default()))
        }
        (_, "bitCount", [Value::Int(number)]) => {
            Ok(Value::Int(number.count_ones().to_i32().unwrap_or_default()))
        }
        (_, "bitCount", [Value::Long(number)]) => {
            Ok(Value::Int(number.count_ones().to_i32().unwrap_or_default()))
        }
        (_, "hashCode", [number]) => {
            Ok(Value::Int(crate::value::hash_code(number).unwrap_or_default()))
        }
        (_, "isFinite", [number]) => Ok(Value::Bool(to_f64(number).is_some_and(f64::is_finite))),
        (_, "isNaN" | "isInfinite", [number]) => {
            value(number, name).ok_or_else(|| no_number(number))
        }
        _ => Err(evaluator.unsupported(id, format!("`{method}`"))),
    }
}

/// `sum`, `max` and `min` of two numbers of one type.
pub(super) fn fold<'c>(name: &str, a: &Value<'c>, b: &Value<'c>) -> Value<'c> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Value::Int(match name {
            "sum" => a.wrapping_add(*b),
            "max" => *a.max(b),
            _ => *a.min(b),
        }),
        (Value::Long(a), Value::Long(b)) => Value::Long(match name {
            "sum" => a.wrapping_add(*b),
            "max" => *a.max(b),
            _ => *a.min(b),
        }),
        (Value::Float(a), Value::Float(b)) if name == "sum" => Value::Float(a + b),
        (Value::Double(a), Value::Double(b)) if name == "sum" => Value::Double(a + b),
        // Unlike the order, `Math.max` gives NaN where one is.
        (x, y) => {
            let (p, q) = (to_f64(x).unwrap_or(f64::NAN), to_f64(y).unwrap_or(f64::NAN));
            let first =
                p.is_nan() || (!q.is_nan() && (order(p, q) == Ordering::Less) == (name == "min"));
            if first { x.clone() } else { y.clone() }
        }
    }
}

/// Digits of any script with an optional sign, and nothing else.
fn signed(text: &str, radix: u32) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    crate::java::parse_digits(digits, radix, negative)
}
