//! Who called: an application, a user and named attributes, by expressions over the request.
//!
//! What gives access never comes out of here as it is. Expressions see a keyed hash in its
//! place, by which calls of one key can be told apart and no key be found; without a key to hash
//! with they see nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use token_tracking_core::{Credentials, Exchange, is_credential};
use token_tracking_el::{Expression, Known, Reads};
use token_tracking_policy::Problem;

/// How long a name of an attribute may be, in bytes.
const MAX_NAME: usize = 64;
/// How many hexadecimal digits of a hash are kept: 128 bits.
const DIGITS: usize = 32;

/// Who called, by expressions over the request such as `{#request.headers['X-App'][0]}`; they
/// are for all APIs. What gives access, such as `Authorization` and `X-Api-Key`, is seen by them
/// as a hash with `hash_key`, and not at all without one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Attribution {
    /// The record's application.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = "{#request.headers['X-Application'][0]}")]
    pub application: Option<String>,
    /// The record's attribute `user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = "{#request.headers['Authorization'][0]}")]
    pub user: Option<String>,
    /// Further attributes of the record by name: at most 15 of at most 256 bytes, names of at
    /// most 64.
    #[schemars(
        length(max = 15),
        extend("examples" = [{ "team": "{#request.headers['X-Team'][0]}" }])
    )]
    pub attributes: BTreeMap<String, String>,
    /// Secret: what credentials are hashed with (HMAC-SHA-256). Better given as the environment
    /// variable `TOKEN_TRACKING_ATTRIBUTION_HASH_KEY` than in a file. Never printed.
    #[serde(skip_serializing)]
    #[schemars(length(min = 16), extend("writeOnly" = true))]
    pub hash_key: Option<HashKey>,
}

/// A key to hash with, which is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct HashKey(String);

impl HashKey {
    /// A key of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashKey(***)")
    }
}

impl Attribution {
    /// Every mistake that the schema does not find, with its place below the settings' own.
    pub fn check(&self) -> Vec<Problem> {
        let single = [("application", &self.application), ("user", &self.user)];
        let single =
            single.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.as_ref()?)));
        let named = self.attributes.iter().map(|(name, text)| (format!("attributes/{name}"), text));
        let mut problems = Vec::new();
        for (place, text) in single.chain(named) {
            if let Err(why) = compile(text) {
                problems.push(Problem::error(format!("/{place}"), why));
            }
        }
        for name in self.attributes.keys() {
            let why = if name.len() > MAX_NAME {
                "this name is too long"
            } else if name == "user" {
                "this name is taken by the setting beside `attributes`"
            } else {
                continue;
            };
            problems.push(Problem::error(format!("/attributes/{name}"), why));
        }
        problems
    }
}

/// An expression over a request; its body is not kept, and not read.
fn compile(text: &str) -> Result<Expression, String> {
    let expression = Expression::parse(text).map_err(|error| error.to_string())?;
    let reads = ["request.content", "request.jsonContent", "request.xmlContent"];
    if expression.reads() != Reads::Nothing || reads.iter().any(|read| text.contains(read)) {
        return Err("a body cannot be read here: it passes without being kept".to_owned());
    }
    Ok(expression)
}

/// Says who called.
#[derive(Debug, Default)]
pub(crate) struct Attributor {
    application: Option<Expression>,
    attributes: Vec<(String, Expression)>,
    key: Option<Hmac<Sha256>>,
}

/// Who called.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) application: Option<String>,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Attributor {
    /// # Errors
    /// What is wrong first.
    pub(crate) fn new(settings: &Attribution) -> Result<Self, Box<Problem>> {
        if let Some(problem) = settings.check().into_iter().next() {
            return Err(Box::new(problem));
        }
        let compiled = |text: &String| compile(text).ok();
        let user = settings.user.as_ref().map(|text| ("user", text));
        let named = settings.attributes.iter().map(|(name, text)| (&**name, text));
        let attributes = user
            .into_iter()
            .chain(named)
            .filter_map(|(name, text)| Some((name.to_owned(), compiled(text)?)));
        let key = settings.hash_key.as_ref();
        Ok(Self {
            application: settings.application.as_ref().and_then(compiled),
            attributes: attributes.take(Exchange::MAX_ATTRIBUTES).collect(),
            key: key.and_then(|HashKey(key)| Hmac::new_from_slice(key.as_bytes()).ok()),
        })
    }

    /// Who made this request.
    pub(crate) fn of(&self, exchange: &Exchange<'_>) -> Caller {
        if self.application.is_none() && self.attributes.is_empty() {
            return Caller::default();
        }
        let headers = exchange.request.map(|request| self.masked_headers(request.headers));
        let query = exchange.details.query.map(|query| self.masked_query(query));
        let mut exchange = *exchange;
        if let (Some(request), Some(headers)) = (&mut exchange.request, &headers) {
            request.headers = headers;
        }
        exchange.details.query = query.as_deref();
        // What gives access is hidden already.
        let known = exchange.known_request(Credentials::Shown);
        let value = |expression: &Expression| text(expression, &known);
        Caller {
            application: self.application.as_ref().and_then(value),
            attributes: (self.attributes.iter())
                .filter_map(|(name, expression)| Some((name.clone(), value(expression)?)))
                .collect(),
        }
    }

    fn masked_headers(&self, headers: &HeaderMap) -> HeaderMap {
        let mut masked = HeaderMap::with_capacity(headers.len());
        for (name, value) in headers {
            if !is_credential(name.as_str()) {
                masked.append(name.clone(), value.clone());
            } else if let Some(hash) = self.hash(value.as_bytes())
                && let Ok(hash) = HeaderValue::from_str(&hash)
            {
                masked.append(name.clone(), hash);
            }
        }
        masked
    }

    fn masked_query(&self, query: &str) -> String {
        let pair = |pair| {
            let Some((name, value)) = str::split_once(pair, '=') else {
                return Some(Cow::from(pair));
            };
            if !is_credential(name) {
                return Some(Cow::from(pair));
            }
            Some(Cow::from(format!("{name}={}", self.hash(value.as_bytes())?)))
        };
        query.split('&').filter_map(pair).collect::<Vec<_>>().join("&")
    }

    /// What stands for a credential. `Bearer` before it is none of it: a key is the same key in
    /// whichever header it comes.
    fn hash(&self, credential: &[u8]) -> Option<String> {
        let mut mac = self.key.clone()?;
        let bare = match credential.iter().position(|b| *b == b' ') {
            Some(space) if credential[..space].eq_ignore_ascii_case(b"bearer") => {
                credential[space..].trim_ascii()
            }
            _ => credential,
        };
        mac.update(bare);
        let digits = mac.finalize().into_bytes();
        let mut text: String = digits.iter().map(|byte| format!("{byte:02x}")).collect();
        text.truncate(DIGITS);
        Some(format!("hmac:{text}"))
    }
}

/// What an expression comes to, within the bound of an attribute; nothing where that is nothing,
/// or fails, as where a request lacks the header.
fn text(expression: &Expression, known: &Known<'_>) -> Option<String> {
    let mut text = expression.eval_text(known).ok().flatten()?;
    text.truncate(text.floor_char_boundary(Exchange::MAX_ATTRIBUTE_BYTES));
    let blank = text.trim().is_empty();
    (!blank).then_some(text)
}

#[cfg(test)]
mod tests {
    use http::{Method, StatusCode};
    use serde_json::json;
    use token_tracking_core::Details;

    use super::*;

    fn caller(settings: serde_json::Value, headers: &[(&str, &str)], query: &str) -> Caller {
        let settings: Attribution = serde_json::from_value(settings).unwrap();
        let attributor = Attributor::new(&settings).unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            map.append(name, value.parse().unwrap());
        }
        let details = Details { query: Some(query), ..Details::default() };
        let none = HeaderMap::new();
        let exchange = Exchange::new(StatusCode::OK, &none)
            .with_request(&Method::POST, "/a", &map)
            .with_details(details);
        attributor.of(&exchange)
    }

    #[test]
    fn who_called_is_said_by_headers_path_and_query_within_bounds() {
        let settings = json!({
            "application": "{#request.headers['X-App'][0]}",
            "user": "{#request.params['user'][0]}",
            "attributes": {
                "place": "{#request.path}", "none": "{#request.headers['X-None'][0]}",
                "long": "{#request.headers['X-Long'][0]}", "blank": " ",
            },
        });
        let long = "é".repeat(300);
        let caller = caller(settings, &[("x-app", "shop"), ("x-long", &long)], "user=ann");
        assert_eq!(caller.application.as_deref(), Some("shop"));
        let names: Vec<_> = caller.attributes.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["user", "long", "place"]);
        assert_eq!(caller.attributes[0].1, "ann");
        assert!(caller.attributes[1].1.len() <= 256);
    }

    #[test]
    fn a_credential_is_a_keyed_hash_or_nothing() {
        let of = |key: Option<&str>, headers: &[(&str, &str)]| {
            let mut settings = json!({
                "user": "{#request.headers['Authorization'][0]}",
                "attributes": { "key": "{#request.headers['X-Api-Key'][0]}", "uri": "{#request.uri}" },
            });
            if let Some(key) = key {
                settings["hash_key"] = json!(key);
            }
            caller(settings, headers, "a=1&api_key=secret")
        };
        let headers = [("authorization", "Bearer secret"), ("x-api-key", "secret")];
        let hashed = of(Some("0123456789abcdef"), &headers);
        let [(_, user), (_, key), (_, uri)] = &*hashed.attributes else { panic!("{hashed:?}") };
        assert!(user.starts_with("hmac:") && user.len() == "hmac:".len() + DIGITS, "{user}");
        assert_eq!(user, key);
        assert_eq!(*uri, format!("/a?a=1&api_key={key}"));
        assert_ne!(of(Some("fedcba9876543210"), &headers).attributes[0].1, *user);
        let without = of(None, &headers);
        assert_eq!(without.attributes, [("uri".to_owned(), "/a?a=1".to_owned())]);
        assert!(!format!("{hashed:?}{without:?}").contains("secret"));
    }

    #[test]
    fn mistakes_have_their_place() {
        let settings = json!({
            "application": "{#a +}", "user": "{#request.jsonContent.user}",
            "attributes": { "user": "x" }, "hash_key": "0123456789abcdef",
        });
        let settings: Attribution = serde_json::from_value(settings).unwrap();
        let places: Vec<_> = settings.check().into_iter().map(|problem| problem.pointer).collect();
        assert_eq!(places, ["/application", "/user", "/attributes/user"]);
        let shown = format!("{settings:?}{}", serde_json::to_string(&settings).unwrap());
        assert!(!shown.contains("0123456789"), "{shown}");
    }
}
