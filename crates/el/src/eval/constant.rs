//! Static constants: `T(Integer).MAX_VALUE`.

use num_bigint::BigInt;

use crate::value::Value;

/// The static constants that are numbers, truth values or empty collections.
#[expect(clippy::approx_constant, reason = "Java's own constants")]
pub(super) fn constant<'c>(class: &str, name: &str) -> Option<Value<'c>> {
    use Value::{Byte, Char, Double, Float, Int, Long, Short};
    let big = |number: i32| Value::BigInt(std::rc::Rc::new(BigInt::from(number)));
    let decimal = |number: i32| {
        let digits = BigInt::from(number);
        Value::Decimal(std::rc::Rc::new(crate::value::Decimal::whole(digits)))
    };
    Some(match (class, name) {
        ("java.lang.Integer", "MAX_VALUE") => Int(i32::MAX),
        ("java.lang.Integer", "MIN_VALUE") => Int(i32::MIN),
        ("java.lang.Long", "MAX_VALUE") => Long(i64::MAX),
        ("java.lang.Long", "MIN_VALUE") => Long(i64::MIN),
        ("java.lang.Short", "MAX_VALUE") => Short(i16::MAX),
        ("java.lang.Short", "MIN_VALUE") => Short(i16::MIN),
        ("java.lang.Byte", "MAX_VALUE") => Byte(i8::MAX),
        ("java.lang.Byte", "MIN_VALUE") => Byte(i8::MIN),
        ("java.lang.Character", "MAX_VALUE") => Char(u16::MAX),
        ("java.lang.Character", "MIN_VALUE") => Char(0),
        ("java.lang.Integer" | "java.lang.Float", "SIZE") => Int(32),
        ("java.lang.Integer" | "java.lang.Float", "BYTES") => Int(4),
        ("java.lang.Long" | "java.lang.Double", "SIZE") => Int(64),
        ("java.lang.Long" | "java.lang.Double", "BYTES") => Int(8),
        ("java.lang.Short", "SIZE") => Int(16),
        ("java.lang.Short", "BYTES") => Int(2),
        ("java.lang.Double", "MAX_VALUE") => Double(f64::MAX),
        ("java.lang.Double", "MIN_VALUE") => Double(f64::from_bits(1)),
        ("java.lang.Double", "MIN_NORMAL") => Double(f64::MIN_POSITIVE),
        ("java.lang.Double", "NaN") => Double(f64::NAN),
        ("java.lang.Double", "POSITIVE_INFINITY") => Double(f64::INFINITY),
        ("java.lang.Double", "NEGATIVE_INFINITY") => Double(f64::NEG_INFINITY),
        ("java.lang.Double", "MAX_EXPONENT") => Int(1023),
        ("java.lang.Double", "MIN_EXPONENT") => Int(-1022),
        ("java.lang.Float", "MAX_VALUE") => Float(f32::MAX),
        ("java.lang.Float", "MIN_VALUE") => Float(f32::from_bits(1)),
        ("java.lang.Float", "MIN_NORMAL") => Float(f32::MIN_POSITIVE),
        ("java.lang.Float", "NaN") => Float(f32::NAN),
        ("java.lang.Float", "POSITIVE_INFINITY") => Float(f32::INFINITY),
        ("java.lang.Float", "NEGATIVE_INFINITY") => Float(f32::NEG_INFINITY),
        ("java.lang.Float", "MAX_EXPONENT") => Int(127),
        ("java.lang.Float", "MIN_EXPONENT") => Int(-126),
        ("java.lang.Math", "PI") => Double(3.141592653589793),
        ("java.lang.Math", "E") => Double(2.718281828459045),
        ("java.lang.Boolean", "TRUE") => Value::Bool(true),
        ("java.lang.Boolean", "FALSE") => Value::Bool(false),
        ("java.math.BigInteger", "ZERO") => big(0),
        ("java.math.BigInteger", "ONE") => big(1),
        ("java.math.BigInteger", "TWO") => big(2),
        ("java.math.BigInteger", "TEN") => big(10),
        ("java.math.BigDecimal", "ZERO") => decimal(0),
        ("java.math.BigDecimal", "ONE") => decimal(1),
        ("java.math.BigDecimal", "TEN") => decimal(10),
        ("java.util.Collections", "EMPTY_LIST") => Value::list(Vec::new()),
        ("java.util.Collections", "EMPTY_MAP") => Value::map(Vec::new()),
        (
            "java.math.RoundingMode",
            "UP" | "DOWN" | "CEILING" | "FLOOR" | "HALF_UP" | "HALF_DOWN" | "HALF_EVEN"
            | "UNNECESSARY",
        ) => Value::Enum(name.into()),
        _ => return None,
    })
}
