//! `+ - * / % ^` with Java's promotion: the largest type of the operands decides.

use std::cmp::Ordering;
use std::rc::Rc;

use num_traits::{ToPrimitive as _, Zero as _};

use super::promote::{Pair, promote, to_f32, to_f64};
use super::{Evaluated, Evaluator, coerce, describe};
use crate::syntax::ast::{Binary, NodeId};
use crate::value::{Value, text};

/// The longest text that `+` makes, in UTF-16 units.
const MAX_CONCATENATED: usize = 100_000;
/// The longest text that `*` makes, in UTF-16 units.
const MAX_REPEATED: i64 = 256;

/// The operand subtracted from 0: `-0.0` becomes 0.0.
pub(crate) fn negate<'c>(value: &Value<'c>) -> Option<Value<'c>> {
    Some(match value {
        Value::Byte(value) => Value::Int(-i32::from(*value)),
        Value::Short(value) => Value::Int(-i32::from(*value)),
        Value::Int(value) => Value::Int(value.wrapping_neg()),
        Value::Long(value) => Value::Long(value.wrapping_neg()),
        Value::Float(value) => Value::Float(0.0 - value),
        Value::Double(value) => Value::Double(0.0 - value),
        Value::BigInt(value) => Value::BigInt(Rc::new(-&**value)),
        Value::Decimal(value) => Value::Decimal(Rc::new(value.negate())),
        _ => return None,
    })
}

/// Why two numbers have no result.
enum Trouble {
    /// By zero, or with no number; the engine fails as well.
    Failed(&'static str),
    TooLarge,
}

fn operate<'c>(operator: Binary, pair: Pair) -> Result<Value<'c>, Trouble> {
    use Binary::{Add, Div, Mul, Rem, Sub};
    let by_zero = || Trouble::Failed("a division by zero");
    Ok(match pair {
        Pair::Int(a, b) => Value::Int(match operator {
            Add => a.wrapping_add(b),
            Sub => a.wrapping_sub(b),
            Mul => a.wrapping_mul(b),
            _ if b == 0 => return Err(by_zero()),
            Div => a.wrapping_div(b),
            _ => a.wrapping_rem(b),
        }),
        Pair::Long(a, b) => Value::Long(match operator {
            Add => a.wrapping_add(b),
            Sub => a.wrapping_sub(b),
            Mul => a.wrapping_mul(b),
            _ if b == 0 => return Err(by_zero()),
            Div => a.wrapping_div(b),
            _ => a.wrapping_rem(b),
        }),
        Pair::Float(a, b) => Value::Float(match operator {
            Add => a + b,
            Sub => a - b,
            Mul => a * b,
            Div => a / b,
            _ => a % b,
        }),
        Pair::Double(a, b) => Value::Double(match operator {
            Add => a + b,
            Sub => a - b,
            Mul => a * b,
            Div => a / b,
            _ => a % b,
        }),
        Pair::BigInt(a, b) => Value::BigInt(Rc::new(match operator {
            Add => a + b,
            Sub => a - b,
            Mul => a * b,
            _ if b.is_zero() => return Err(by_zero()),
            Div => a / b,
            _ => a % b,
        })),
        Pair::Decimal(a, b) => Value::Decimal(Rc::new(
            match operator {
                Add => a.add(&b),
                Sub => a.subtract(&b),
                Mul => a.multiply(&b),
                Div | Rem if b.is_zero() => return Err(by_zero()),
                Div => a.divide(&b),
                _ => a.remainder(&b),
            }
            .ok_or(Trouble::TooLarge)?,
        )),
    })
}

/// `^`: exact for the exact large types, else by way of a Double.
#[expect(clippy::cast_possible_truncation, reason = "Java's casts saturate in the same way")]
fn power<'c>(a: &Value<'c>, b: &Value<'c>) -> Result<Value<'c>, Trouble> {
    let no_number = Trouble::Failed("a power of what is no number");
    let negative = Trouble::Failed("a negative exponent of an exact number");
    // Java's `intValue`: the low 32 bits.
    let exponent = || match coerce::to_int_value(b) {
        Some(exponent) => u32::try_from(exponent).map_err(|_| negative),
        None => Err(Trouble::Failed("a power of what is no number")),
    };
    match a {
        Value::Decimal(base) => {
            let power = base.power(exponent()?).ok_or(Trouble::TooLarge)?;
            return Ok(Value::Decimal(Rc::new(power)));
        }
        Value::BigInt(base) => {
            let exponent = exponent()?;
            if base.bits().saturating_mul(u64::from(exponent)) > MAX_POWER_BITS {
                return Err(Trouble::TooLarge);
            }
            return Ok(Value::BigInt(Rc::new(base.pow(exponent))));
        }
        _ => {}
    }
    let (Some(x), Some(y)) = (to_f64(a), to_f64(b)) else {
        return Err(no_number);
    };
    let either = |test: fn(&Value<'_>) -> bool| test(a) || test(b);
    let power = pow(x, y);
    if either(|value| matches!(value, Value::Double(_) | Value::Float(_))) {
        if !either(|value| matches!(value, Value::Double(_))) {
            let (Some(x), Some(y)) = (to_f32(a), to_f32(b)) else {
                return Err(no_number);
            };
            return Ok(Value::Double(pow(f64::from(x), f64::from(y))));
        }
        return Ok(Value::Double(power));
    }
    if power > f64::from(i32::MAX) || either(|value| matches!(value, Value::Long(_))) {
        Ok(Value::Long(power as i64))
    } else {
        Ok(Value::Int(power as i32))
    }
}

/// `Math.pow`, which unlike IEEE 754's has no result for 1 to the power of infinity.
pub(crate) fn pow(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) {
        return f64::NAN;
    }
    base.powf(exponent)
}

/// The most bits of a power.
const MAX_POWER_BITS: u64 = 64 * 1024;

impl<'c> Evaluator<'c, '_> {
    pub(super) fn arithmetic(
        &mut self,
        id: NodeId,
        operator: Binary,
        left: &Value<'c>,
        right: &Value<'c>,
    ) -> Evaluated<Value<'c>> {
        let numbers = left.is_number() && right.is_number();
        let result = match operator {
            Binary::Pow if numbers => power(left, right),
            _ if numbers => match promote(left, right) {
                Some(pair) => operate(operator, pair),
                None => Err(Trouble::Failed("a number that is not finite beside a BigDecimal")),
            },
            Binary::Add => return self.concatenate(id, left, right),
            Binary::Sub => return self.shift(id, left, right),
            Binary::Mul => return self.repeat(id, left, right),
            _ => return Err(self.no_operands(id, operator, left, right)),
        };
        match result {
            Ok(value) => {
                if let Value::BigInt(value) = &value
                    && value.bits() > MAX_POWER_BITS
                {
                    return Err(self.unsupported(id, "a number of more than 65536 bits"));
                }
                Ok(value)
            }
            Err(Trouble::Failed(message)) => Err(self.fail(id, message)),
            Err(Trouble::TooLarge) => Err(self.unsupported(id, "a number that is too large")),
        }
    }

    fn no_operands(
        &self,
        id: NodeId,
        operator: Binary,
        left: &Value<'c>,
        right: &Value<'c>,
    ) -> Box<crate::ElError> {
        let (left, right) = (describe(left), describe(right));
        self.fail(id, format!("`{}` cannot work with {left} and {right}", operator.sign()))
    }

    /// `+` where one side is a text.
    fn concatenate(
        &mut self,
        id: NodeId,
        left: &Value<'c>,
        right: &Value<'c>,
    ) -> Evaluated<Value<'c>> {
        if !matches!(left, Value::Text(_)) && !matches!(right, Value::Text(_)) {
            return Err(self.no_operands(id, Binary::Add, left, right));
        }
        let mut text = String::new();
        for side in [left, right] {
            match coerce::to_concatenated(side) {
                Ok(part) => text.push_str(&part),
                Err(coerce::Refused::Failed) => {
                    return Err(self.fail(id, format!("{} has no text", describe(side))));
                }
                Err(coerce::Refused::Unsupported) => {
                    return Err(self.unsupported(id, format!("the text of {}", describe(side))));
                }
            }
        }
        if text::length(&text) > MAX_CONCATENATED {
            let message = format!("`+` makes texts of at most {MAX_CONCATENATED} characters");
            return Err(self.fail(id, message));
        }
        self.made(id, text)
    }

    /// A text of one character minus an Integer: the character so far before.
    fn shift(&mut self, id: NodeId, left: &Value<'c>, right: &Value<'c>) -> Evaluated<Value<'c>> {
        match (left, right) {
            (Value::Text(text), Value::Int(count)) if text::length(text) == 1 => {
                let unit = i32::from(text::unit(text, 0).unwrap_or_default());
                // Java casts to 16 bits.
                let shifted = unit.wrapping_sub(*count).rem_euclid(0x1_0000);
                let shifted = shifted.to_u16().unwrap_or_default();
                match String::from_utf16(&[shifted]) {
                    Ok(text) => self.made(id, text),
                    Err(_) => Err(self.unsupported(id, "half of a surrogate pair")),
                }
            }
            _ => Err(self.no_operands(id, Binary::Sub, left, right)),
        }
    }

    /// A text times an Integer.
    fn repeat(&mut self, id: NodeId, left: &Value<'c>, right: &Value<'c>) -> Evaluated<Value<'c>> {
        let (Value::Text(text), Value::Int(count)) = (left, right) else {
            return Err(self.no_operands(id, Binary::Mul, left, right));
        };
        let Ok(times) = usize::try_from(*count) else {
            return Err(self.fail(id, "a text cannot be repeated less than 0 times"));
        };
        // The engine multiplies in 32 bits and looks at the result.
        let length = i32::try_from(text::length(text)).unwrap_or(i32::MAX);
        let result = length.wrapping_mul(*count);
        let too_long = result.cmp(&0) == Ordering::Less || i64::from(result) > MAX_REPEATED;
        if too_long || (times > 0 && text.len().saturating_mul(times) > 16 * 1024) {
            let message = format!("`*` makes texts of at most {MAX_REPEATED} characters");
            return Err(self.fail(id, message));
        }
        self.made(id, text.repeat(times))
    }
}
