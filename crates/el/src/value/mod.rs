//! Values as the engine knows them: Java's, with the types that decide what an operator does.

mod decimal;
mod hash;
pub(crate) mod json;
mod map;
mod smart;
pub(crate) mod text;
mod written;

use std::rc::Rc;

use num_bigint::BigInt;

pub use decimal::Decimal;
pub(crate) use decimal::ROUNDINGS;
pub(crate) use hash::{equals, grouped_order, hash_code, hash_order, to_java_string};
pub(crate) use json::{Document, parse as parse_json, parse_value as parse_json_value};
pub(crate) use map::MapKind;
pub use map::{Map, Seq, SeqKind};
pub use text::Text;

/// A value of the language. It borrows from the body where it can.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value<'a> {
    /// `null`: nothing there.
    Null,
    /// A `Boolean`.
    Bool(bool),
    /// A `Byte`.
    Byte(i8),
    /// A `Short`.
    Short(i16),
    /// An `Integer`: whole numbers of 32 bits; arithmetic wraps around.
    Int(i32),
    /// A `Long`: whole numbers of 64 bits; arithmetic wraps around.
    Long(i64),
    /// A `Float`.
    Float(f32),
    /// A `Double`.
    Double(f64),
    /// A `BigInteger`: a whole number beyond 64 bits.
    BigInt(Rc<BigInt>),
    /// A `BigDecimal`.
    Decimal(Rc<Decimal>),
    /// A `Character`: one UTF-16 unit.
    Char(u16),
    /// A `String`.
    Text(Text<'a>),
    /// A `List`, an array, a `Set` or another collection.
    Seq(Rc<Seq<'a>>),
    /// A `Map`; also headers.
    Map(Rc<Map<'a>>),
    /// One entry of a map: its key and its value.
    Entry(Rc<(Value<'a>, Value<'a>)>),
    /// A Java object that only its properties tell about, such as `#response`.
    Bean(Bean),
    /// A Java class, such as `T(Math)`; its full name.
    Class(Rc<str>),
    /// A constant of a Java enumeration, by its name.
    Enum(Rc<str>),
    /// Another Java object, by the name of its class. Nothing can be done with it.
    Opaque(&'static str),
}

/// The objects that variables stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bean {
    /// `#request`
    Request,
    /// `#response`
    Response,
    /// `#context`
    Context,
    /// `#api`
    Api,
    /// `#node`
    Node,
    /// `#subscription`
    Subscription,
    /// `#request.ssl`
    Ssl,
    /// `#request.ssl.client`, `#request.ssl.server`
    Principal,
}

impl<'a> Value<'a> {
    /// A text that is borrowed.
    #[must_use]
    pub fn text(text: &'a str) -> Self {
        Self::Text(Text::Borrowed(text))
    }

    /// A text of its own.
    #[must_use]
    pub fn owned(text: impl Into<Rc<str>>) -> Self {
        Self::Text(Text::Shared(text.into()))
    }

    /// A list.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::seq(SeqKind::List, items)
    }

    /// A list of the JSONPath library.
    pub(crate) fn json_list(items: Vec<Self>) -> Self {
        Self::seq(SeqKind::JsonList, items)
    }

    /// A list, array or set.
    #[must_use]
    pub fn seq(kind: SeqKind, items: Vec<Self>) -> Self {
        Self::Seq(Rc::new(Seq { kind, items }))
    }

    /// A map whose keys are texts, in this order; of equal keys the last counts.
    #[must_use]
    pub fn map(entries: Vec<(Text<'a>, Self)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (Self::Text(key), value)).collect();
        Self::Map(Rc::new(Map::new(MapKind::Linked, entries)))
    }

    /// A whole number as the smallest of Integer, Long and BigInteger that holds it.
    pub(crate) fn whole(number: BigInt) -> Self {
        match (i32::try_from(&number), i64::try_from(&number)) {
            (Ok(value), _) => Self::Int(value),
            (_, Ok(value)) => Self::Long(value),
            _ => Self::BigInt(Rc::new(number)),
        }
    }

    /// The same value without borrowing.
    pub(crate) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Byte(value) => Value::Byte(value),
            Self::Short(value) => Value::Short(value),
            Self::Int(value) => Value::Int(value),
            Self::Long(value) => Value::Long(value),
            Self::Float(value) => Value::Float(value),
            Self::Double(value) => Value::Double(value),
            Self::BigInt(value) => Value::BigInt(value),
            Self::Decimal(value) => Value::Decimal(value),
            Self::Char(value) => Value::Char(value),
            Self::Text(text) => Value::owned(&*text),
            Self::Seq(seq) => {
                let items = seq.items.iter().map(|item| item.clone().into_owned()).collect();
                Value::seq(seq.kind.clone(), items)
            }
            Self::Map(map) => {
                let entries = map.entries();
                let own = |(key, value): &(Self, Self)| {
                    (key.clone().into_owned(), value.clone().into_owned())
                };
                Value::Map(Rc::new(Map::of_distinct(map.kind(), entries.iter().map(own).collect())))
            }
            Self::Entry(entry) => {
                Value::Entry(Rc::new((entry.0.clone().into_owned(), entry.1.clone().into_owned())))
            }
            Self::Bean(bean) => Value::Bean(bean),
            Self::Class(name) => Value::Class(name),
            Self::Enum(name) => Value::Enum(name),
            Self::Opaque(class) => Value::Opaque(class),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(crate) fn is_number(&self) -> bool {
        use Value::{BigInt, Byte, Decimal, Double, Float, Int, Long, Short};
        matches!(
            self,
            Byte(_) | Short(_) | Int(_) | Long(_) | Float(_) | Double(_) | BigInt(_) | Decimal(_)
        )
    }

    /// The name of the Java type, as far as the language tells types apart: `Integer`,
    /// `Long`, `Double`, `String`, `List`, `Map`, `String[]`, …
    #[must_use]
    pub fn java_type(&self) -> String {
        let name = match self {
            Self::Null => "null",
            Self::Bool(_) => "Boolean",
            Self::Byte(_) => "Byte",
            Self::Short(_) => "Short",
            Self::Int(_) => "Integer",
            Self::Long(_) => "Long",
            Self::Float(_) => "Float",
            Self::Double(_) => "Double",
            Self::BigInt(_) => "BigInteger",
            Self::Decimal(_) => "BigDecimal",
            Self::Char(_) => "Character",
            Self::Text(_) => "String",
            Self::Seq(seq) => return seq.kind.java_type(),
            Self::Map(map) if map.is_headers() => "HttpHeaders",
            Self::Map(_) => "Map",
            Self::Entry(_) => "Map.Entry",
            Self::Bean(Bean::Request) => "EvaluableRequest",
            Self::Bean(Bean::Response) => "EvaluableResponse",
            Self::Bean(Bean::Ssl) => "EvaluableSSLSession",
            Self::Bean(Bean::Principal) => "EvaluableSSLPrincipal",
            Self::Bean(_) => "Object",
            Self::Class(_) => "Class",
            Self::Enum(_) => "Enum",
            Self::Opaque(class) => class,
        };
        name.to_owned()
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for Value<'_> {
    fn from(value: i32) -> Self {
        Self::Int(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Long(value)
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Double(value)
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::owned(value)
    }
}

impl<'a> From<&'a serde_json::Value> for Value<'a> {
    /// JSON as the engine reads it. It recurses as deep as the value nests.
    fn from(json: &'a serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => {
                let text = number.to_string();
                json::number(&text).unwrap_or(Self::Null)
            }
            serde_json::Value::String(text) => Self::text(text),
            serde_json::Value::Array(items) => Self::list(items.iter().map(Self::from).collect()),
            serde_json::Value::Object(fields) => {
                let entry =
                    |(key, value): (&'a String, _)| (Text::Borrowed(key), Self::from(value));
                Self::map(fields.iter().map(entry).collect())
            }
        }
    }
}
