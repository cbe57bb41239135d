//! Properties of values that are no maps: the few harmless methods without arguments that
//! the engine reaches by property syntax, and static constants.

use super::bean::is_getter;
use super::constant::constant;
use super::methods::number_value;
use super::{Evaluated, Evaluator, describe};
use crate::syntax::ast::NodeId;
use crate::value::{Seq, SeqKind, Value, hash_code, text, to_java_string};

/// Methods that are called by their own name.
const TEXT_METHODS: [&str; 5] = ["trim", "strip", "toLowerCase", "toUpperCase", "intern"];

impl<'c> Evaluator<'c, '_> {
    /// `.name` of a value that is neither a map nor a bean.
    pub(super) fn member(
        &mut self,
        id: NodeId,
        target: &Value<'c>,
        name: &str,
    ) -> Evaluated<Value<'c>> {
        let found = match target {
            Value::Text(content) => self.text_member(id, content, name)?,
            Value::Seq(seq) => seq_member(seq, name),
            Value::Entry(entry) if is_getter(name, "Key") => Some(entry.0.clone()),
            Value::Entry(entry) if is_getter(name, "Value") => Some(entry.1.clone()),
            Value::Bool(value) => match name {
                "booleanValue" => Some(Value::Bool(*value)),
                "TRUE" => Some(Value::Bool(true)),
                "FALSE" => Some(Value::Bool(false)),
                _ => None,
            },
            Value::Enum(constant) if ["name", "toString"].contains(&name) => {
                Some(Value::owned(&**constant))
            }
            Value::Enum(_) => {
                return Err(self.unsupported(id, format!("`{name}` of a constant")));
            }
            Value::Class(class) => return self.static_member(id, &class.clone(), name),
            Value::Opaque(_) => {
                return Err(self.unsupported(id, format!("`{name}` of this object")));
            }
            value if value.is_number() => number_member(value, name),
            _ => None,
        };
        if let Some(value) = found {
            return Ok(value);
        }
        let is_array = matches!(target, Value::Seq(seq) if seq.is_array());
        if !is_array {
            match name {
                "toString" => {
                    let text = to_java_string(target);
                    return self.made(id, text);
                }
                "hashCode" => {
                    if let Some(hash) = hash_code(target) {
                        return Ok(Value::Int(hash));
                    }
                }
                _ => {}
            }
        }
        if !is_array && is_of(target, name) {
            let message = format!("`{name}` calls a method of {}", describe(target));
            return Err(self.unsupported(id, message));
        }
        Err(self.fail(id, format!("{} has no property `{name}`", describe(target))))
    }

    /// `['name']` of such a value: other than by `.name`, numbers and truth values have none.
    pub(super) fn indexed_member(
        &mut self,
        id: NodeId,
        target: &Value<'c>,
        name: &str,
    ) -> Evaluated<Value<'c>> {
        match target {
            Value::Entry(_) | Value::Class(_) | Value::Enum(_) | Value::Opaque(_) => {
                self.member(id, target, name)
            }
            _ => self.member(id, target, name),
        }
    }

    fn text_member(
        &mut self,
        id: NodeId,
        content: &crate::value::Text<'c>,
        name: &str,
    ) -> Evaluated<Option<Value<'c>>> {
        let space = crate::java::is_whitespace;
        Ok(Some(match name {
            "length" => Value::Int(i32::try_from(text::length(content)).unwrap_or(i32::MAX)),
            "empty" | "Empty" | "isEmpty" => Value::Bool(content.is_empty()),
            "blank" | "Blank" | "isBlank" => Value::Bool(content.chars().all(space)),
            "bytes" | "Bytes" | "getBytes" => {
                let bytes = content.bytes().map(|byte| Value::Byte(byte.cast_signed())).collect();
                Value::seq(SeqKind::Array("byte"), bytes)
            }
            "toCharArray" => Value::seq(
                SeqKind::Array("char"),
                content.encode_utf16().map(Value::Char).collect(),
            ),
            _ if TEXT_METHODS.contains(&name) => match name {
                "trim" => Value::owned(content.trim_matches(|c: char| c <= ' ')),
                "strip" => Value::owned(content.trim_matches(space)),
                "toLowerCase" => self.made(id, content.to_lowercase())?,
                "toUpperCase" => self.made(id, content.to_uppercase())?,
                _ => Value::Text(content.clone()),
            },
            _ => return Ok(None),
        }))
    }

    /// `T(Class).NAME`
    fn static_member(&mut self, id: NodeId, class: &str, name: &str) -> Evaluated<Value<'c>> {
        if let Some(value) = constant(class, name) {
            return Ok(value);
        }
        let known = [
            "java.lang.Math",
            "java.lang.Integer",
            "java.lang.Long",
            "java.lang.Double",
            "java.lang.Float",
            "java.lang.Short",
            "java.lang.String",
            "java.lang.Boolean",
        ];
        if ["class", "classLoader", "name", "type", "toString", "getClass"].contains(&name)
            && known.contains(&class)
        {
            return Err(self.fail(id, format!("`{class}` has no `{name}`")));
        }
        let quiet =
            known.contains(&class) && !["random", "TYPE", "CASE_INSENSITIVE_ORDER"].contains(&name);
        if quiet || name == "class" || name == "classLoader" {
            return Err(self.fail(id, format!("`{class}` has no `{name}`")));
        }
        Err(self.unsupported(id, format!("`{name}` of the class `{class}`")))
    }
}

fn seq_member<'c>(seq: &Seq<'c>, name: &str) -> Option<Value<'c>> {
    let size = || Value::Int(i32::try_from(seq.items.len()).unwrap_or(i32::MAX));
    match name {
        "length" if seq.is_array() => Some(size()),
        _ if seq.is_array() => None,
        "size" => Some(size()),
        "empty" | "Empty" | "isEmpty" => Some(Value::Bool(seq.items.is_empty())),
        _ => None,
    }
}

fn number_member<'c>(value: &Value<'c>, name: &str) -> Option<Value<'c>> {
    let real = matches!(value, Value::Double(_) | Value::Float(_));
    match name {
        "isNaN" | "naN" | "NaN" if real && name != "NaN" => number_value(value, "isNaN"),
        "isInfinite" | "infinite" | "Infinite" if real => number_value(value, "isInfinite"),
        "isNaN" | "isInfinite" => None,
        "doubleValue" | "floatValue" | "intValue" | "longValue" | "shortValue" | "byteValue" => {
            number_value(value, name)
        }
        _ => match value {
            Value::BigInt(number) => match name {
                "signum" => Some(Value::Int(match number.sign() {
                    num_bigint::Sign::Minus => -1,
                    num_bigint::Sign::NoSign => 0,
                    num_bigint::Sign::Plus => 1,
                })),
                "negate" => Some(Value::BigInt(std::rc::Rc::new(-&**number))),
                _ => constant("java.math.BigInteger", name),
            },
            Value::Int(_) => constant("java.lang.Integer", name),
            Value::Long(_) => constant("java.lang.Long", name),
            Value::Double(_) => constant("java.lang.Double", name),
            Value::Float(_) => constant("java.lang.Float", name),
            Value::Short(_) => constant("java.lang.Short", name),
            _ => None,
        },
    }
}

/// Whether the name is a method without arguments, or a constant, of this value's class that
/// is not built.
fn is_of(target: &Value<'_>, name: &str) -> bool {
    const TEXT: [&str; 10] = [
        "chars",
        "codePoints",
        "lines",
        "stripLeading",
        "stripTrailing",
        "stripIndent",
        "translateEscapes",
        "describeConstable",
        "CASE_INSENSITIVE_ORDER",
        "serialVersionUID",
    ];
    const LIST: [&str; 11] = [
        "clear",
        "iterator",
        "listIterator",
        "stream",
        "parallelStream",
        "spliterator",
        "toArray",
        "trimToSize",
        "clone",
        "elements",
        "descendingIterator",
    ];
    const BIG: [&str; 36] = [
        "abs",
        "bitCount",
        "bitLength",
        "byteValueExact",
        "getLowestSetBit",
        "lowestSetBit",
        "LowestSetBit",
        "intValueExact",
        "longValueExact",
        "shortValueExact",
        "nextProbablePrime",
        "not",
        "sqrt",
        "toByteArray",
        "signum",
        "negate",
        "plus",
        "precision",
        "scale",
        "stripTrailingZeros",
        "toBigInteger",
        "toBigIntegerExact",
        "toEngineeringString",
        "toPlainString",
        "ulp",
        "unscaledValue",
        "ZERO",
        "ONE",
        "TWO",
        "TEN",
        "ROUND_UP",
        "ROUND_DOWN",
        "ROUND_HALF_UP",
        "ROUND_HALF_DOWN",
        "ROUND_HALF_EVEN",
        "ROUND_CEILING",
    ];
    match target {
        Value::Text(_) => TEXT.contains(&name),
        Value::Seq(seq) => !seq.is_array() && LIST.contains(&name),
        Value::BigInt(_) | Value::Decimal(_) => BIG.contains(&name),
        Value::Char(_) => name == "charValue" || name.starts_with(|c: char| c.is_uppercase()),
        value if value.is_number() => matches!(name, "describeConstable" | "TYPE"),
        Value::Bool(_) => matches!(name, "describeConstable" | "TYPE"),
        _ => false,
    }
}
