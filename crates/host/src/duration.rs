//! Durations as people write them: `10s`, `1m 30s`, `500ms`.

use std::time::Duration;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serializer, de::Error};

const PATTERN: &str = "^[0-9]+ *(ms|s|m|h|d)( *[0-9]+ *(ms|s|m|h|d))*$";

/// For `#[serde(with)]`.
///
/// # Errors
/// The serializer's.
pub fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&humantime::format_duration(*value))
}

/// For `#[serde(with)]`.
///
/// # Errors
/// Where the text is no duration.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// For `#[schemars(schema_with)]`.
#[must_use]
pub fn schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": PATTERN, "examples": ["10s", "500ms"] })
}

fn parse(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("\"{text}\" is no duration: {error}"))
}

/// A duration, or none.
pub mod optional {
    use super::*;

    #[allow(clippy::ref_option, reason = "serde gives it so")]
    /// For `#[serde(with)]`.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(value: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::serialize(value, to),
            None => to.serialize_none(),
        }
    }

    /// For `#[serde(with)]`.
    ///
    /// # Errors
    /// Where the text is no duration.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| parse(&text).map_err(D::Error::custom)).transpose()
    }

    /// For `#[schemars(schema_with)]`.
    pub fn schema(generator: &mut SchemaGenerator) -> Schema {
        super::schema(generator)
    }
}
