//! `T(Math)`

use num_traits::ToPrimitive as _;

use super::{Table, number};
use crate::eval::arithmetic::pow;
use crate::eval::promote::{to_f64, to_i64};
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::ast::NodeId;
use crate::value::Value;

pub(super) static TABLE: Table = Table {
    built: &[
        "abs(int)",
        "abs(long)",
        "abs(float)",
        "abs(double)",
        "max(int,int)",
        "max(long,long)",
        "max(float,float)",
        "max(double,double)",
        "min(int,int)",
        "min(long,long)",
        "min(float,float)",
        "min(double,double)",
        "round(float)",
        "round(double)",
        "ceil(double)",
        "floor(double)",
        "rint(double)",
        "sqrt(double)",
        "pow(double,double)",
        "signum(double)",
        "signum(float)",
        "exp(double)",
        "log(double)",
        "log10(double)",
        "floorDiv(int,int)",
        "floorDiv(long,int)",
        "floorDiv(long,long)",
        "floorMod(int,int)",
        "floorMod(long,int)",
        "floorMod(long,long)",
        "addExact(int,int)",
        "addExact(long,long)",
        "subtractExact(int,int)",
        "subtractExact(long,long)",
        "multiplyExact(int,int)",
        "multiplyExact(long,int)",
        "multiplyExact(long,long)",
        "negateExact(int)",
        "negateExact(long)",
        "incrementExact(int)",
        "incrementExact(long)",
        "decrementExact(int)",
        "decrementExact(long)",
        "toIntExact(long)",
        "multiplyFull(int,int)",
        "multiplyHigh(long,long)",
        "toDegrees(double)",
        "toRadians(double)",
        "cbrt(double)",
        "hypot(double,double)",
    ],
    other: &[
        "absExact",
        "acos",
        "asin",
        "atan",
        "atan2",
        "ceilDiv",
        "ceilDivExact",
        "ceilMod",
        "clamp",
        "copySign",
        "cos",
        "cosh",
        "divideExact",
        "expm1",
        "floorDivExact",
        "fma",
        "getExponent",
        "IEEEremainder",
        "log1p",
        "nextAfter",
        "nextDown",
        "nextUp",
        "random",
        "scalb",
        "sin",
        "sinh",
        "tan",
        "tanh",
        "ulp",
        "unsignedMultiplyHigh",
    ],
};

pub(super) fn run<'c>(
    evaluator: &mut Evaluator<'c, '_>,
    id: NodeId,
    method: &'static str,
    args: &[Value<'c>],
) -> Evaluated<Value<'c>> {
    let name = method.split('(').next().unwrap_or_default();
    let overflow = |value: Option<Value<'c>>| {
        value.ok_or_else(|| evaluator.fail(id, "the result is out of range"))
    };
    if let [Value::Double(x)] = args {
        return Ok(match name {
            "abs" => Value::Double(x.abs()),
            "ceil" => Value::Double(x.ceil()),
            "floor" => Value::Double(x.floor()),
            "rint" => Value::Double(x.round_ties_even()),
            "sqrt" => Value::Double(x.sqrt()),
            "exp" => Value::Double(x.exp()),
            "log" => Value::Double(x.ln()),
            // Other than `ln`, it is not the same to the last digit everywhere.
            "log10" => match (0..=22).find(|power| 10_f64.powi(*power) == *x) {
                Some(power) => Value::Double(f64::from(power)),
                None if *x > 0.0 && x.is_finite() => {
                    return Err(evaluator.unsupported(id, "`log10` of what is no power of ten"));
                }
                None => Value::Double(x.log10()),
            },
            "toDegrees" => Value::Double(x * 57.295_779_513_082_32),
            "toRadians" => Value::Double(x * 0.017_453_292_519_943_295),
            // As far as Java's last digit is known.
            "cbrt" => {
                let root = x.cbrt().round();
                if root.abs() > MAX_EXACT || root * root * root != *x {
                    return Err(evaluator.unsupported(id, "`cbrt` of what is no cube"));
                }
                Value::Double(root.copysign(*x))
            }
            "signum" if *x == 0.0 || x.is_nan() => Value::Double(*x),
            "signum" => Value::Double(x.signum()),
            // Halves go up, as far as a Long reaches.
            #[expect(clippy::cast_possible_truncation, reason = "Java saturates as well")]
            _ => Value::Long(half_up(*x) as i64),
        });
    }
    match (name, args) {
        ("abs", [Value::Int(x)]) => Ok(Value::Int(x.wrapping_abs())),
        ("abs", [Value::Long(x)]) => Ok(Value::Long(x.wrapping_abs())),
        ("abs", [Value::Float(x)]) => Ok(Value::Float(x.abs())),
        #[expect(clippy::cast_possible_truncation, reason = "Java saturates as well")]
        ("round", [Value::Float(x)]) => Ok(Value::Int(half_up(f64::from(*x)) as i32)),
        ("signum", [Value::Float(x)]) => {
            Ok(Value::Float(if *x == 0.0 || x.is_nan() { *x } else { x.signum() }))
        }
        ("max" | "min", [a, b]) => Ok(number::fold(name, a, b)),
        ("pow", [a, b]) => {
            Ok(Value::Double(pow(to_f64(a).unwrap_or(f64::NAN), to_f64(b).unwrap_or(f64::NAN))))
        }
        ("hypot", [Value::Double(a), Value::Double(b)]) => {
            let root = a.hypot(*b).round();
            if a.abs().max(b.abs()) > MAX_EXACT || root * root != a * a + b * b {
                return Err(evaluator.unsupported(id, "`hypot` that is no whole number"));
            }
            Ok(Value::Double(root))
        }
        ("multiplyFull", [Value::Int(a), Value::Int(b)]) => {
            Ok(Value::Long(i64::from(*a) * i64::from(*b)))
        }
        ("multiplyHigh", [Value::Long(a), Value::Long(b)]) => {
            let high = (i128::from(*a) * i128::from(*b)) >> 64;
            Ok(Value::Long(high.to_i64().unwrap_or_default()))
        }
        ("floorDiv" | "floorMod", [a, b]) => {
            let (x, y) = (to_i64(a).unwrap_or_default(), to_i64(b).unwrap_or_default());
            if y == 0 {
                return Err(evaluator.fail(id, "a division by zero"));
            }
            let floor = x.wrapping_rem(y) != 0 && (x < 0) != (y < 0);
            let quotient = x.wrapping_div(y).wrapping_sub(i64::from(floor));
            let result = if name == "floorDiv" {
                quotient
            } else {
                x.wrapping_sub(quotient.wrapping_mul(y))
            };
            // `floorMod(long, int)` is an int; `floorDiv(int, int)` wraps around.
            let to_int = method.starts_with("floorDiv(int")
                || (name == "floorMod" && method.ends_with(",int)"));
            #[expect(clippy::cast_possible_truncation, reason = "Java wraps around as well")]
            Ok(if to_int { Value::Int(result as i32) } else { Value::Long(result) })
        }
        ("toIntExact", [Value::Long(x)]) => overflow(x.to_i32().map(Value::Int)),
        (_, [Value::Int(x)]) => overflow(
            match name {
                "negateExact" => x.checked_neg(),
                "incrementExact" => x.checked_add(1),
                _ => x.checked_sub(1),
            }
            .map(Value::Int),
        ),
        (_, [Value::Long(x)]) => overflow(
            match name {
                "negateExact" => x.checked_neg(),
                "incrementExact" => x.checked_add(1),
                _ => x.checked_sub(1),
            }
            .map(Value::Long),
        ),
        (_, [Value::Int(x), Value::Int(y)]) => overflow(
            match name {
                "addExact" => x.checked_add(*y),
                "subtractExact" => x.checked_sub(*y),
                _ => x.checked_mul(*y),
            }
            .map(Value::Int),
        ),
        (_, [x, y]) => {
            let (x, y) = (to_i64(x).unwrap_or_default(), to_i64(y).unwrap_or_default());
            overflow(
                match name {
                    "addExact" => x.checked_add(y),
                    "subtractExact" => x.checked_sub(y),
                    _ => x.checked_mul(y),
                }
                .map(Value::Long),
            )
        }
        _ => Err(evaluator.unsupported(id, format!("`{method}`"))),
    }
}

/// Up to here squares and cubes of whole numbers are exact.
const MAX_EXACT: f64 = 200_000.0;

/// To the nearest whole number, halves upwards.
fn half_up(x: f64) -> f64 {
    let floor = x.floor();
    if x - floor >= 0.5 { floor + 1.0 } else { floor }
}
