//! Who called, as the settings say it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use token_tracking_policy::Problem;

use crate::bodiless;

/// How long a name of an attribute may be, in bytes.
const MAX_NAME: usize = 64;

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
pub struct HashKey(pub(super) String);

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
            if let Err(why) = bodiless(text) {
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
