//! What a gateway knows of a request beyond its head, and what of a head is secret.

use std::net::IpAddr;

use http::Version;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What only some hosts know of a request; expressions can ask for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Details<'a> {
    /// The request's identity, which the host made: it becomes the record's
    /// [id](crate::Record::id). Never what a client sent.
    pub id: Option<&'a str>,
    /// The identity of what the request is a part of, which the client may have said.
    pub transaction_id: Option<&'a str>,
    /// What follows the path's `?`, without it.
    pub query: Option<&'a str>,
    /// Where the API is: what the path begins with, without a final slash.
    pub context_path: Option<&'a str>,
    /// `http` or `https`, as the client spoke to the host.
    pub scheme: Option<&'a str>,
    /// The name that the client asked for, with its port where it said one.
    pub host: Option<&'a str>,
    /// The HTTP version that the client spoke.
    pub version: Option<Version>,
    /// Who sent it: the other end of the connection.
    pub remote: Option<IpAddr>,
    /// Where it came in: this end of the connection.
    pub local: Option<IpAddr>,
    /// The API, beside its name.
    pub api: Option<&'a ApiFacts>,
    /// The process that serves it.
    pub node: Option<&'a NodeFacts>,
}

/// What is known of an API beside its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiFacts {
    /// Its id.
    pub id: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its properties.
    pub properties: Vec<(String, String)>,
}

/// What a process that serves is called, for expressions: `{#node.zone}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NodeFacts {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"gateway-1")]
    pub id: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"1.4.0")]
    pub version: Option<String>,
    /// The tenant that it serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"acme")]
    pub tenant: Option<String>,
    /// The zone that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"eu-west")]
    pub zone: Option<String>,
    /// Its sharding tags.
    #[schemars(extend("examples" = [["internal"]]))]
    pub sharding_tags: Vec<String>,
}

/// Whether a request's header, cookie or parameter of this name carries what gives access, so
/// that its value may not be recorded. Told by the words of the name, since there is no list:
/// `Authorization`, `X-Api-Key`, `X-Goog-Api-Key`, `X-Amz-Security-Token`, `access_token`.
#[must_use]
pub fn is_credential(name: &str) -> bool {
    /// Wherever they stand.
    const ALWAYS: [&str; 10] = [
        "authorization",
        "cookie",
        "secret",
        "password",
        "passwd",
        "pwd",
        "jwt",
        "credential",
        "credentials",
        "assertion",
    ];
    /// As what the name calls the value: `X-Token-Count` is a count.
    const LAST: [&str; 9] =
        ["key", "token", "auth", "signature", "sig", "session", "sid", "bearer", "otp"];
    /// As the end of a word: `apikey`, `accessToken`.
    const ENDS: [&str; 4] = ["apikey", "token", "secret", "password"];
    let name = name.to_ascii_lowercase();
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let last = words().next_back().unwrap_or_default();
    words().any(|word| ALWAYS.contains(&word))
        || LAST.contains(&last)
        || ENDS.iter().any(|end| last.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_told_by_their_names() {
        for name in [
            "Authorization",
            "proxy-authorization",
            "x-api-key",
            "api-key",
            "X-Goog-Api-Key",
            "Ocp-Apim-Subscription-Key",
            "X-Gravitee-Api-Key",
            "x-amz-security-token",
            "Cookie",
            "X-Auth-Token",
            "x-forwarded-access-token",
            "X-Amz-Signature",
            "key",
            "api_key",
            "accessToken",
            "apikey",
            "client_secret",
            "X-Session",
            "cf-access-jwt-assertion",
        ] {
            assert!(is_credential(name), "{name}");
        }
        for name in [
            "host",
            "x-token-count",
            "x-max-tokens",
            "x-application",
            "user-agent",
            "x-user-id",
            "x-monkey",
            "accept",
            "x-tokens",
            "x-author",
            "",
        ] {
            assert!(!is_credential(name), "{name}");
        }
    }
}
