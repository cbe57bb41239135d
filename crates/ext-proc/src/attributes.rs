//! What Envoy tells of a call beside heads and bodies: attributes, and dynamic metadata of other
//! filters.
//!
//! Envoy sends those that the filter's `request_attributes`, `response_attributes` and
//! `metadata_options.forwarding_namespaces` name. The names are those of
//! [Envoy's attributes](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes),
//! such as `source.address`, and of the metadata's namespaces, such as
//! `envoy.filters.http.jwt_authn`. Expressions find both in `#context.attributes`.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use envoy_types::pb::envoy::config::core::v3::Metadata;
use envoy_types::pb::google::protobuf::value::Kind;
use envoy_types::pb::google::protobuf::{ListValue, Struct, Value};
use http::Version;
use serde_json::{Map, Value as Json};
use token_tracking_core::Told;

/// The most bytes of one text that are kept.
const MAX_TEXT: usize = 1024;
/// How deep values may go.
const MAX_DEPTH: usize = 8;
/// The most bytes of names and values of one call that are kept, roughly.
const MAX_BYTES: usize = 32 * 1024;

/// Attributes and metadata of one call, of which what goes beyond the bounds is left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    told: Vec<Told>,
    bytes: usize,
}

impl Attributes {
    /// Adds what came with a message; later values replace earlier ones.
    pub(crate) fn add(&mut self, attributes: HashMap<String, Struct>, metadata: Option<Metadata>) {
        // Keyed by the filter that sends them: one here.
        for (name, value) in attributes.into_values().flat_map(|sent| sent.fields) {
            self.put(name, value);
        }
        for (namespace, fields) in metadata.into_iter().flat_map(|sent| sent.filter_metadata) {
            self.put(namespace, Value { kind: Some(Kind::StructValue(fields)) });
        }
    }

    fn put(&mut self, name: String, value: Value) {
        let mut left = MAX_BYTES.saturating_sub(self.bytes);
        let before = left;
        let Some(value) = spend(&mut left, name.len()).and_then(|()| json(value, 1, &mut left))
        else {
            tracing::debug!(name, "left out: more than is kept of one call");
            return;
        };
        self.bytes += before - left;
        match self.told.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.told.push((name, value)),
        }
    }

    pub(crate) fn told(&self) -> &[Told] {
        &self.told
    }

    /// The address in an attribute, whose port is none of it.
    pub(crate) fn address(&self, name: &str) -> Option<IpAddr> {
        let text = text(&self.told, name)?;
        let with_port = text.parse::<SocketAddr>().map(|address| address.ip());
        with_port.ok().or_else(|| text.parse().ok())
    }

    /// The protocol that the client spoke.
    pub(crate) fn version(&self) -> Option<Version> {
        match text(&self.told, "request.protocol")? {
            "HTTP/1.0" => Some(Version::HTTP_10),
            "HTTP/1.1" => Some(Version::HTTP_11),
            "HTTP/2" => Some(Version::HTTP_2),
            "HTTP/3" => Some(Version::HTTP_3),
            _ => None,
        }
    }
}

/// A text among what was told.
pub(crate) fn text<'a>(told: &'a [Told], name: &str) -> Option<&'a str> {
    told.iter().find(|(known, _)| known == name)?.1.as_str()
}

/// Takes bytes from what is left; `None` where that is less.
fn spend(left: &mut usize, bytes: usize) -> Option<()> {
    *left = left.checked_sub(bytes + size_of::<Told>())?;
    Some(())
}

/// A value, within bounds.
fn json(value: Value, depth: usize, left: &mut usize) -> Option<Json> {
    if depth > MAX_DEPTH {
        return Some(Json::Null);
    }
    Some(match value.kind? {
        Kind::NullValue(_) => Json::Null,
        Kind::BoolValue(value) => value.into(),
        Kind::NumberValue(number) => self::number(number),
        Kind::StringValue(mut text) => {
            text.truncate(text.floor_char_boundary(MAX_TEXT));
            spend(left, text.len())?;
            text.into()
        }
        Kind::ListValue(ListValue { values }) => {
            spend(left, 0)?;
            let values = values.into_iter().map(|value| json(value, depth + 1, left));
            Json::Array(values.collect::<Option<_>>()?)
        }
        Kind::StructValue(Struct { fields }) => {
            let mut object = Map::new();
            for (name, value) in fields {
                spend(left, name.len())?;
                object.insert(name, json(value, depth + 1, left)?);
            }
            Json::Object(object)
        }
    })
}

/// A number; whole ones, which come as doubles too, are whole.
fn number(number: f64) -> Json {
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation)]
    if number.fract() == 0.0 && number.abs() < WHOLE {
        return (number as i64).into();
    }
    number.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn string(text: &str) -> Value {
        Value { kind: Some(Kind::StringValue(text.to_owned())) }
    }

    fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Struct {
        Struct { fields: fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect() }
    }

    fn sent(fields: Struct) -> HashMap<String, Struct> {
        HashMap::from([("envoy.filters.http.ext_proc".to_owned(), fields)])
    }

    #[test]
    fn values_by_their_names() {
        let mut attributes = Attributes::default();
        let port = Value { kind: Some(Kind::NumberValue(8443.0)) };
        let http = string("HTTP/2");
        attributes.add(
            sent(object([
                ("source.address", string("10.0.0.1:1")),
                ("source.port", port),
                ("destination.address", string("[::1]:443")),
                ("request.protocol", http),
            ])),
            None,
        );
        let list = ListValue { values: vec![string("a"), string("b")] };
        let list = Value { kind: Some(Kind::ListValue(list)) };
        let payload = object([("sub", string("ada")), ("aud", list)]);
        let payload = Value { kind: Some(Kind::StructValue(payload)) };
        let metadata = Metadata {
            filter_metadata: HashMap::from([("jwt".to_owned(), object([("payload", payload)]))]),
            ..Metadata::default()
        };
        attributes.add(HashMap::new(), Some(metadata));
        let told: HashMap<_, _> = attributes.told().iter().cloned().collect();
        assert_eq!(told["source.port"], 8443);
        assert_eq!(told["jwt"], json!({ "payload": { "sub": "ada", "aud": ["a", "b"] } }));
        assert_eq!(text(attributes.told(), "source.address"), Some("10.0.0.1:1"));
        assert_eq!(text(attributes.told(), "source.port"), None);
        assert_eq!(attributes.address("source.address"), Some([10, 0, 0, 1].into()));
        assert_eq!(attributes.address("destination.address"), Some("::1".parse().unwrap()));
        assert_eq!(attributes.version(), Some(Version::HTTP_2));
        attributes.add(sent(object([("source.address", string("10.0.0.2:1"))])), None);
        assert_eq!(attributes.address("source.address"), Some([10, 0, 0, 2].into()));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut attributes = Attributes::default();
        attributes.add(sent(object([("a", string(&"é".repeat(1000)))])), None);
        assert_eq!(text(attributes.told(), "a").map(str::len), Some(MAX_TEXT));
        let mut deep = string("end");
        for _ in 0..50 {
            deep = Value { kind: Some(Kind::StructValue(object([("n", deep)]))) };
        }
        attributes.add(sent(object([("deep", deep)])), None);
        assert!(attributes.told()[1].1.to_string().ends_with("{\"n\":null}}}}}}}}"));
        for _ in 0..1000 {
            attributes.add(sent(object([("again", string(&"x".repeat(1000)))])), None);
        }
        assert!(attributes.bytes <= MAX_BYTES && attributes.told().len() == 3);
        attributes.add(sent(object([("late", string(&"x".repeat(1000)))])), None);
        assert_eq!(text(attributes.told(), "late"), None);
    }
}
