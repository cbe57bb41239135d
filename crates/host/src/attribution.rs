//! Who called: an application, a user and named attributes, by expressions over the request.
//!
//! What gives access never comes out of here as it is. Expressions see a keyed hash in its
//! place, by which calls of one key can be told apart and no key be found; without a key to hash
//! with they see nothing.

mod settings;

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue};
use sha2::Sha256;
use token_tracking_core::{Credentials, Exchange, is_credential, masked_query, masked_told};
use token_tracking_el::{Expression, Known};
use token_tracking_policy::Problem;

use crate::bodiless;
pub use settings::{Attribution, HashKey};

/// How many hexadecimal digits of a hash are kept: 128 bits.
const DIGITS: usize = 32;

/// Says who called.
#[derive(Debug, Default)]
pub struct Attributor {
    application: Option<Expression>,
    attributes: Vec<(String, Expression)>,
    key: Option<Hmac<Sha256>>,
}

/// Who called.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The record's application.
    pub application: Option<String>,
    /// The record's attributes.
    pub attributes: Vec<(String, String)>,
}

impl Attributor {
    /// Compiles the expressions.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn new(settings: &Attribution) -> Result<Self, Box<Problem>> {
        if let Some(problem) = settings.check().into_iter().next() {
            return Err(Box::new(problem));
        }
        let compiled = |text: &String| bodiless(text).ok();
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

    /// Whether it says nothing of anybody.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.application.is_none() && self.attributes.is_empty()
    }

    /// Who made this request.
    #[must_use]
    pub fn of(&self, exchange: &Exchange<'_>) -> Caller {
        if self.is_silent() {
            return Caller::default();
        }
        let hash = |secret: &str| self.hash(secret.as_bytes());
        let headers = exchange.request.map(|request| self.masked_headers(request.headers));
        let query = exchange.details.query.map(|query| masked_query(query, &hash));
        let told = masked_told(exchange.details.told, &hash);
        let mut exchange = *exchange;
        if let (Some(request), Some(headers)) = (&mut exchange.request, &headers) {
            request.headers = headers;
        }
        exchange.details.query = query.as_deref();
        exchange.details.told = &told;
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
    fn what_a_proxy_told_says_who_called_and_no_credential() {
        let settings = json!({
            "application": "{#context.attributes['jwt_authn']['claims']['azp']}",
            "user": "{#context.attributes['source.address']}",
            "attributes": {
                "key": "{#context.attributes['request.headers']['x-api-key']}",
                "path": "{#context.attributes['request.path']}",
            },
            "hash_key": "0123456789abcdef",
        });
        let settings: Attribution = serde_json::from_value(settings).unwrap();
        let told = [
            ("source.address".to_owned(), json!("10.0.0.9:41")),
            ("jwt_authn".to_owned(), json!({ "claims": { "azp": "shop" } })),
            ("request.headers".to_owned(), json!({ "x-api-key": "secret" })),
            ("request.path".to_owned(), json!("/v1?key=secret")),
        ];
        let none = HeaderMap::new();
        let details = Details { told: &told, ..Details::default() };
        let exchange = Exchange::new(StatusCode::OK, &none).with_details(details);
        let caller = Attributor::new(&settings).unwrap().of(&exchange);
        assert_eq!(caller.application.as_deref(), Some("shop"));
        let [(_, user), (_, key), (_, path)] = &*caller.attributes else { panic!("{caller:?}") };
        assert_eq!(user, "10.0.0.9:41");
        assert!(key.starts_with("hmac:") && *path == format!("/v1?key={key}"), "{caller:?}");
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
