//! Conversions: to what a pointer is asked for, and to the parameters of methods.

use std::borrow::Cow;
use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;

pub(crate) use super::parameter::Type;
use super::promote::{to_decimal, to_f32, to_f64, to_i64};
use crate::java;
use crate::value::{Seq, SeqKind, Value, text, to_java_string};

/// Why there is no converted value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The engine refuses as well.
    Failed,
    /// The engine may know one.
    Unsupported,
}

type Converted<T> = Result<Option<T>, Refused>;

/// As a count: Java's `Long`.
pub(crate) fn to_count(value: &Value<'_>) -> Converted<i64> {
    match value {
        Value::Null => Ok(None),
        Value::Text(text) if text.is_empty() => Ok(None),
        Value::Text(text) => parse_whole(text).map(Some),
        Value::Seq(seq) if has_only(seq, &["boolean", "Boolean"]) => Err(Refused::Failed),
        Value::Seq(seq) => seq.items.first().map_or(Ok(None), to_count),
        // A character becomes a 16-bit number with a sign.
        Value::Char(unit) => Ok(Some(i64::from(unit.cast_signed()))),
        value => to_i64_checked(value).map(Some),
    }
}

/// Classes that no Boolean is made of.
const NO_BOOLEANS: [&str; 14] = [
    "int",
    "long",
    "double",
    "float",
    "short",
    "byte",
    "char",
    "Integer",
    "Long",
    "Double",
    "Float",
    "Short",
    "Byte",
    "Character",
];

/// Whether a collection, even an empty one, says by its type that its elements are entries
/// or of these classes.
fn has_only(seq: &Seq<'_>, classes: &[&str]) -> bool {
    match &seq.kind {
        SeqKind::Entries => true,
        SeqKind::Array(component) => classes.contains(component),
        _ => false,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "Java's cast saturates in the same way")]
fn to_i64_checked(value: &Value<'_>) -> Result<i64, Refused> {
    match value {
        Value::Double(value) => Ok(*value as i64),
        Value::Float(value) => Ok(*value as i64),
        Value::BigInt(value) => value.to_i64().ok_or(Refused::Failed),
        Value::Decimal(value) => value.truncate().to_i64().ok_or(Refused::Failed),
        value => to_i64(value).ok_or(Refused::Failed),
    }
}

/// Java's `Number.intValue`: the low 32 bits of whole numbers, saturation of reals.
#[expect(clippy::cast_possible_truncation, reason = "this is what the method does")]
pub(crate) fn to_int_value(value: &Value<'_>) -> Option<i32> {
    match value {
        Value::Double(value) => Some(*value as i32),
        Value::Float(value) => Some(*value as i32),
        value => to_long_value(value).map(|value| value as i32),
    }
}

/// Java's `Number.longValue`.
#[expect(clippy::cast_possible_truncation, reason = "this is what the method does")]
pub(crate) fn to_long_value(value: &Value<'_>) -> Option<i64> {
    let low = |number: &BigInt| (number & BigInt::from(u64::MAX)).to_u64().map(u64::cast_signed);
    match value {
        Value::Double(value) => Some(*value as i64),
        Value::Float(value) => Some(*value as i64),
        Value::BigInt(value) => low(value),
        Value::Decimal(value) => low(&value.truncate()),
        value => to_i64(value),
    }
}

/// Spring's `parseNumber`: all white space is deleted first.
fn parse_whole(text: &str) -> Result<i64, Refused> {
    java::parse_long(&trim_all(text)).ok_or(Refused::Failed)
}

fn trim_all(text: &str) -> String {
    text.chars().filter(|&c| !java::is_whitespace(c)).collect()
}

/// As a text: Java's `String`. Elements of a list are joined with `,`.
pub(crate) fn to_text<'v>(value: &'v Value<'_>) -> Converted<Cow<'v, str>> {
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::Text(text) => Cow::Borrowed(&**text),
        Value::Char(unit) => match String::from_utf16(&[*unit]) {
            Ok(text) => Cow::Owned(text),
            Err(_) => return Err(Refused::Unsupported),
        },
        Value::Seq(seq) if has_only(seq, &[]) => return Err(Refused::Failed),
        Value::Seq(seq) => {
            let mut joined = String::new();
            for (at, item) in seq.items.iter().enumerate() {
                joined.push_str(if at > 0 { "," } else { "" });
                joined.push_str(to_text(item)?.as_deref().unwrap_or("null"));
                if joined.len() > super::MAX_TEXT {
                    return Err(Refused::Unsupported);
                }
            }
            Cow::Owned(joined)
        }
        Value::Map(_) | Value::Entry(_) | Value::Bean(_) | Value::Class(_) | Value::Opaque(_) => {
            return Err(Refused::Failed);
        }
        value => Cow::Owned(to_java_string(value)),
    }))
}

/// What `+` makes of a value beside a text.
pub(crate) fn to_concatenated<'v>(value: &'v Value<'_>) -> Result<Cow<'v, str>, Refused> {
    match value {
        Value::Null => Ok(Cow::Borrowed("null")),
        Value::Map(map) if map.is_headers() => Err(Refused::Unsupported),
        Value::Map(_) | Value::Entry(_) | Value::Class(_) => Ok(Cow::Owned(to_java_string(value))),
        Value::Bean(_) | Value::Opaque(_) => Err(Refused::Unsupported),
        value => Ok(to_text(value)?.unwrap_or_default()),
    }
}

/// As a condition: Java's `Boolean`.
pub(crate) fn to_boolean(value: &Value<'_>) -> Converted<bool> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(value) => Ok(Some(*value)),
        Value::Text(text) => {
            let text = text.trim_matches(|c: char| c <= ' ').to_lowercase();
            match text.as_str() {
                "" => Ok(None),
                "true" | "on" | "yes" | "1" => Ok(Some(true)),
                "false" | "off" | "no" | "0" => Ok(Some(false)),
                _ => Err(Refused::Failed),
            }
        }
        Value::Seq(seq) if has_only(seq, &NO_BOOLEANS) => Err(Refused::Failed),
        Value::Seq(seq) => seq.items.first().map_or(Ok(None), to_boolean),
        _ => Err(Refused::Failed),
    }
}

/// As the argument of a parameter of this type.
pub(crate) fn convert<'c>(value: &Value<'c>, to: Type) -> Result<Value<'c>, Refused> {
    use Type::{Bool, Byte, CharSequence, Decimal, Double, Float, Int, List, Long, Object, Short};
    if matches!(value, Value::Enum(_)) && to == Int {
        return Err(Refused::Unsupported);
    }
    if value.is_null() || to == Object || to == Type::of(value) {
        return Ok(value.clone());
    }
    if to == CharSequence && matches!(value, Value::Text(_)) {
        return Ok(value.clone());
    }
    if to == List {
        return Ok(Value::list(match value {
            Value::Seq(seq) => seq.items.clone(),
            Value::Text(text) if text.is_empty() => Vec::new(),
            Value::Text(text) => text.split(',').map(|part| Value::owned(part.trim())).collect(),
            value => vec![value.clone()],
        }));
    }
    match value {
        Value::Seq(seq) if to != Type::Text => match seq.items.first() {
            Some(first) => return convert(first, to),
            None => return Ok(Value::Null),
        },
        _ => {}
    }
    let ranged = |value: i64, low: i64, high: i64| {
        if (low..=high).contains(&value) { Ok(value) } else { Err(Refused::Failed) }
    };
    let whole = || match value {
        Value::Text(text) => parse_whole(text),
        Value::Char(unit) => Ok(i64::from(unit.cast_signed())),
        value => to_i64_checked(value),
    };
    if matches!(value, Value::Text(text) if text.is_empty()) && (to.is_number() || to == Type::Char)
    {
        return Ok(Value::Null);
    }
    Ok(match to {
        Byte => Value::Byte(ranged(whole()?, i8::MIN.into(), i8::MAX.into())?.to_i8().unwrap_or(0)),
        Short => {
            Value::Short(ranged(whole()?, i16::MIN.into(), i16::MAX.into())?.to_i16().unwrap_or(0))
        }
        Int => {
            Value::Int(ranged(whole()?, i32::MIN.into(), i32::MAX.into())?.to_i32().unwrap_or(0))
        }
        Long => Value::Long(whole()?),
        Double => Value::Double(match value {
            Value::Text(text) => parse_double(&trim_all(text)).ok_or(Refused::Failed)?,
            Value::Char(_) => whole()?.to_f64().unwrap_or_default(),
            value => to_f64(value).ok_or(Refused::Failed)?,
        }),
        Float => Value::Float(match value {
            Value::Text(text) => parse_float(&trim_all(text)).ok_or(Refused::Failed)?,
            Value::Char(_) => whole()?.to_f32().unwrap_or_default(),
            value => to_f32(value).ok_or(Refused::Failed)?,
        }),
        Decimal => Value::Decimal(Rc::new(match value {
            Value::Text(text) => {
                crate::value::Decimal::parse(&trim_all(text)).ok_or(Refused::Failed)?
            }
            value => to_decimal(value).ok_or(Refused::Failed)?,
        })),
        Type::Char => match value {
            Value::Text(content) if text::length(content) == 1 => {
                Value::Char(text::unit(content, 0).unwrap_or_default())
            }
            value => {
                let number = to_long_value(value).ok_or(Refused::Failed)?;
                Value::Char((number & 0xffff).to_u16().unwrap_or_default())
            }
        },
        Bool => to_boolean(value)?.map_or(Value::Null, Value::Bool),
        Type::Text => match to_text(value)? {
            Some(text) => Value::owned(text.into_owned()),
            None => Value::Null,
        },
        _ => return Err(Refused::Failed),
    })
}

/// As an index of a list: an Integer.
pub(crate) fn to_index(value: &Value<'_>) -> Result<i32, Refused> {
    match convert(value, Type::Int)? {
        Value::Int(index) => Ok(index),
        _ => Err(Refused::Failed),
    }
}

/// `Double.parseDouble`, without the hexadecimal form.
pub(crate) fn parse_double(text: &str) -> Option<f64> {
    real_syntax(text)?.parse().ok()
}

/// `Float.parseFloat`, without the hexadecimal form.
pub(crate) fn parse_float(text: &str) -> Option<f32> {
    real_syntax(text)?.parse().ok()
}

/// The part of a Java real that Rust reads in the same way.
fn real_syntax(text: &str) -> Option<&str> {
    let text = text.trim_matches(|c: char| c <= ' ');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, "NaN" | "Infinity") {
        return Some(text);
    }
    let text = text.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(text);
    let plain = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    (text.contains(|c: char| c.is_ascii_digit()) && text.chars().all(plain)).then_some(text)
}
