//! The schema as text, in the order that a form shows its fields.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use crate::generate::is_data;

/// A schema as text, with a line end: titles before what they are titles of,
/// mandatory properties in their type's order before the others.
#[must_use]
pub fn schema_text(schema: &Value) -> String {
    // Only a map with keys that are no strings could fail.
    let text = serde_json::to_string_pretty(&Ordered(schema)).unwrap_or_default();
    text + "\n"
}

/// Keywords that come first, in this order; the others follow by name.
const FIRST: [&str; 9] = [
    "$schema",
    "title",
    "description",
    "type",
    "const",
    "additionalProperties",
    "properties",
    "required",
    "oneOf",
];

/// A schema that serializes in order; `serde_json` sorts by name.
struct Ordered<'a>(&'a Value);

/// The properties of a schema, and which of them are mandatory.
struct Properties<'a> {
    properties: &'a Map<String, Value>,
    required: Option<&'a Value>,
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let object = match self.0 {
            Value::Object(object) => object,
            Value::Array(schemas) => return serializer.collect_seq(schemas.iter().map(Ordered)),
            other => return other.serialize(serializer),
        };
        let mut keywords: Vec<_> = object.iter().collect();
        keywords.sort_by_key(|(keyword, _)| {
            FIRST.iter().position(|first| first == keyword).unwrap_or(FIRST.len())
        });
        let mut map = serializer.serialize_map(Some(keywords.len()))?;
        for (keyword, value) in keywords {
            match (keyword.as_str(), value) {
                (keyword, _) if is_data(keyword) => map.serialize_entry(keyword, value)?,
                ("properties", Value::Object(properties)) => {
                    let required = object.get("required");
                    map.serialize_entry(keyword, &Properties { properties, required })?;
                }
                _ => map.serialize_entry(keyword, &Ordered(value))?,
            }
        }
        map.end()
    }
}

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let required = self.required.and_then(Value::as_array);
        let place = |name: &str| {
            let place = required.and_then(|names| names.iter().position(|other| other == name));
            if name == "type" { 0 } else { place.map_or(usize::MAX, |place| place + 1) }
        };
        let mut properties: Vec<_> = self.properties.iter().collect();
        properties.sort_by_key(|(name, _)| place(name));
        serializer.collect_map(properties.into_iter().map(|(name, value)| (name, Ordered(value))))
    }
}
