//! The identities of a request: what logs, records, targets and clients call it.

use std::sync::Arc;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use uuid::Uuid;

/// What a client may call a transaction, in bytes.
const MAX_TRANSACTION: usize = 128;

/// Which headers tell of a request's identities.
///
/// Each request has an id of its own, which is its record's too; and that of the transaction
/// that it is a part of, which the client may have said, and else is the same. Targets are told
/// both, and clients where the answer is the gateway's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Ids {
    /// Header of the request's id; empty for none.
    #[serde(with = "name")]
    #[schemars(schema_with = "name::schema", example = "X-Gravitee-Request-Id")]
    pub request_header: Option<HeaderName>,
    /// Header of the transaction's id, which is read of a client as well; empty for none.
    #[serde(with = "name")]
    #[schemars(schema_with = "name::schema", example = "X-Gravitee-Transaction-Id")]
    pub transaction_header: Option<HeaderName>,
    /// Whether clients are told with every answer, and not only with the gateway's own.
    #[schemars(example = true)]
    pub to_client: bool,
}

impl Default for Ids {
    fn default() -> Self {
        Self {
            request_header: Some(HeaderName::from_static("x-gravitee-request-id")),
            transaction_header: Some(HeaderName::from_static("x-gravitee-transaction-id")),
            to_client: false,
        }
    }
}

/// The identities of one request.
#[derive(Clone, Debug)]
pub(crate) struct RequestIds {
    pub(crate) request: Arc<str>,
    /// None where it is the request's.
    transaction: Option<String>,
}

impl RequestIds {
    /// Of a request that comes with these headers.
    pub(crate) fn of(headers: &HeaderMap, names: &Ids) -> Self {
        let said = names.transaction_header.as_ref().and_then(|name| headers.get(name));
        let said = said.and_then(|said| said.to_str().ok()).map(str::trim);
        let said = said.filter(|said| (1..=MAX_TRANSACTION).contains(&said.len()));
        let mut buffer = Uuid::encode_buffer();
        let request = &*Uuid::now_v7().hyphenated().encode_lower(&mut buffer);
        Self { request: request.into(), transaction: said.map(str::to_owned) }
    }

    pub(crate) fn transaction(&self) -> &str {
        self.transaction.as_deref().unwrap_or(&self.request)
    }

    /// Tells of them in these headers, and of nothing that was said there before.
    pub(crate) fn tell(&self, headers: &mut HeaderMap, names: &Ids) {
        let request = HeaderValue::from_str(&self.request).ok();
        let transaction = match &self.transaction {
            Some(transaction) => HeaderValue::from_str(transaction).ok(),
            None => request.clone(),
        };
        for (name, id) in
            [(&names.request_header, request), (&names.transaction_header, transaction)]
        {
            if let (Some(name), Some(id)) = (name, id) {
                headers.insert(name, id);
            }
        }
    }
}

/// A header's name as a setting; an empty one is none.
mod name {
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        name: &Option<HeaderName>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(name.as_ref().map_or("", HeaderName::as_str))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<HeaderName>, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(None);
        }
        let name = HeaderName::from_bytes(text.as_bytes());
        name.map(Some).map_err(|_| D::Error::custom(format!("\"{text}\" is no name of a header")))
    }

    pub(super) fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]*$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_what_the_client_says_where_that_can_be_one() {
        let names = Ids::default();
        let of = |said: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-gravitee-transaction-id", said.parse().unwrap());
            headers.insert("x-gravitee-request-id", "mine".parse().unwrap());
            let ids = RequestIds::of(&headers, &names);
            ids.tell(&mut headers, &names);
            assert_eq!(headers["x-gravitee-request-id"], *ids.request);
            assert_ne!(&*ids.request, "mine");
            let same = ids.transaction() == &*ids.request;
            (headers["x-gravitee-transaction-id"].to_str().unwrap().to_owned(), same)
        };
        assert_eq!(of("t-1"), ("t-1".to_owned(), false));
        assert!(of("").1 && of(&"x".repeat(129)).1);
        let none: Ids = serde_json::from_str(r#"{"request_header":"","to_client":true}"#).unwrap();
        assert_eq!((none.request_header, none.transaction_header.is_some()), (None, true));
        assert!(serde_json::from_str::<Ids>(r#"{"request_header":"a b"}"#).is_err());
    }
}
