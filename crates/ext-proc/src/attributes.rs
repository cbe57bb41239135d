//! What Envoy sends beside heads and bodies: attributes, and dynamic metadata of other filters.

use std::collections::HashMap;

use envoy_types::pb::envoy::config::core::v3::Metadata;
use envoy_types::pb::google::protobuf::value::Kind;
use envoy_types::pb::google::protobuf::{Struct, Value};

/// The most bytes of one value that are kept.
const MAX_VALUE_BYTES: usize = 1024;

/// Attributes and metadata of one call.
///
/// Envoy sends those that the filter's `request_attributes`, `response_attributes` and
/// `metadata_options.forwarding_namespaces` name. The names are those of
/// [Envoy's attributes](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes).
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    /// By name, such as `source.address`.
    attributes: HashMap<String, Value>,
    /// By namespace, such as `envoy.filters.http.jwt_authn`.
    metadata: HashMap<String, Struct>,
}

impl Attributes {
    /// Adds what came with a message; later values replace earlier ones.
    pub(crate) fn add(&mut self, attributes: HashMap<String, Struct>, metadata: Option<Metadata>) {
        // Keyed by the filter that sends them: one here.
        for (_, Struct { fields }) in attributes {
            self.attributes.extend(fields);
        }
        if let Some(metadata) = metadata {
            self.metadata.extend(metadata.filter_metadata);
        }
    }

    /// An attribute as text, such as `xds.route_name` or `source.address`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<String> {
        text(self.attributes.get(name)?)
    }

    /// A value in the dynamic metadata of a namespace, as text.
    #[must_use]
    pub fn metadata(&self, namespace: &str, path: &[String]) -> Option<String> {
        let (first, rest) = path.split_first()?;
        let mut value = self.metadata.get(namespace)?.fields.get(first)?;
        for key in rest {
            let Some(Kind::StructValue(Struct { fields })) = &value.kind else {
                return None;
            };
            value = fields.get(key)?;
        }
        text(value)
    }
}

/// Strings, numbers and booleans as text, cut at [`MAX_VALUE_BYTES`].
fn text(value: &Value) -> Option<String> {
    let mut text = match value.kind.as_ref()? {
        Kind::StringValue(text) => text.clone(),
        Kind::NumberValue(number) => number.to_string(),
        Kind::BoolValue(bool) => bool.to_string(),
        Kind::NullValue(_) | Kind::StructValue(_) | Kind::ListValue(_) => return None,
    };
    text.truncate(text.floor_char_boundary(MAX_VALUE_BYTES));
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Value {
        Value { kind: Some(Kind::StringValue(text.to_owned())) }
    }

    fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Struct {
        Struct { fields: fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect() }
    }

    #[test]
    fn values_by_their_names() {
        let mut attributes = Attributes::default();
        let port = Value { kind: Some(Kind::NumberValue(8443.0)) };
        let sent = object([("source.address", string("10.0.0.1:1")), ("source.port", port)]);
        let payload = Value { kind: Some(Kind::StructValue(object([("sub", string("ada"))]))) };
        let metadata = Metadata {
            filter_metadata: HashMap::from([("jwt".to_owned(), object([("payload", payload)]))]),
            ..Metadata::default()
        };
        attributes
            .add(HashMap::from([("envoy.filters.http.ext_proc".to_owned(), sent)]), Some(metadata));
        assert_eq!(attributes.attribute("source.address").as_deref(), Some("10.0.0.1:1"));
        assert_eq!(attributes.attribute("source.port").as_deref(), Some("8443"));
        assert_eq!(attributes.attribute("none"), None);
        let path = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(attributes.metadata("jwt", &path(&["payload", "sub"])).as_deref(), Some("ada"));
        assert_eq!(attributes.metadata("jwt", &path(&["payload"])), None);
        assert_eq!(attributes.metadata("jwt", &path(&["payload", "sub", "x"])), None);
        assert_eq!(attributes.metadata("jwt", &[]), None);
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let text = text(&string(&"é".repeat(1000))).unwrap();
        assert_eq!(text.len(), MAX_VALUE_BYTES);
    }
}
