//! The types of parameters, and which values they take.

use crate::value::Value;

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Object,
    Bool,
    Byte,
    Short,
    Int,
    Long,
    Float,
    Double,
    Char,
    Text,
    CharSequence,
    /// `List`, `Collection`, `Iterable`.
    List,
    Map,
    Decimal,
    /// One that no value of the language is of.
    Other,
}

impl Type {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "Object" => Self::Object,
            "boolean" | "Boolean" => Self::Bool,
            "byte" | "Byte" => Self::Byte,
            "short" | "Short" => Self::Short,
            "int" | "Integer" => Self::Int,
            "long" | "Long" => Self::Long,
            "float" | "Float" => Self::Float,
            "double" | "Double" => Self::Double,
            "char" | "Character" => Self::Char,
            "String" => Self::Text,
            "CharSequence" => Self::CharSequence,
            "List" | "Collection" | "Iterable" => Self::List,
            "Map" => Self::Map,
            "BigDecimal" => Self::Decimal,
            _ => Self::Other,
        }
    }

    /// The type whose class is that of the value.
    pub(crate) fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Bool(_) => Self::Bool,
            Value::Byte(_) => Self::Byte,
            Value::Short(_) => Self::Short,
            Value::Int(_) => Self::Int,
            Value::Long(_) => Self::Long,
            Value::Float(_) => Self::Float,
            Value::Double(_) => Self::Double,
            Value::Char(_) => Self::Char,
            Value::Text(_) => Self::Text,
            Value::Decimal(_) => Self::Decimal,
            Value::Seq(seq) if !seq.is_array() => Self::List,
            Value::Map(_) => Self::Map,
            _ => Self::Other,
        }
    }

    pub(crate) fn is_number(self) -> bool {
        use Type::{Byte, Decimal, Double, Float, Int, Long, Short};
        matches!(self, Byte | Short | Int | Long | Float | Double | Decimal)
    }

    /// Whether the engine believes that it can convert the value to this type.
    pub(crate) fn takes(self, value: &Value<'_>) -> bool {
        match (value, self) {
            (_, Self::Object) => true,
            (_, Self::Other) => false,
            (Value::Seq(seq), _) if seq.is_array() => match seq.items.first() {
                Some(first) => self == Self::List || self.takes(first),
                None => true,
            },
            (Value::Seq(_), _) | (_, Self::List) => true,
            (Value::Text(_), to) => to != Self::Map,
            (Value::Char(_), to) => to.is_number() || to == Self::Text,
            (Value::Bool(_) | Value::Enum(_), to) => to == Self::Text,
            (value, to) if value.is_number() => {
                to.is_number() || matches!(to, Self::Text | Self::Char)
            }
            _ => false,
        }
    }
}
