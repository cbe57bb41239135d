//! What gives access: how it is told by its name, and what stands in its place.

use std::borrow::Cow;

use serde_json::Value;

use crate::Told;

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

/// A query in which this stands for each parameter that gives access; where there is nothing
/// to stand for it, the parameter is left out.
#[must_use]
pub fn masked_query<'a>(query: &'a str, put: &dyn Fn(&str) -> Option<String>) -> Cow<'a, str> {
    let secret = |pair: &str| is_credential(pair.split('=').next().unwrap_or_default());
    if !query.split('&').any(secret) {
        return query.into();
    }
    let pair = |pair: &'a str| match pair.split_once('=') {
        _ if !secret(pair) => Some(Cow::from(pair)),
        Some((name, value)) => Some(format!("{name}={}", put(value)?).into()),
        None => None,
    };
    query.split('&').filter_map(pair).collect::<Vec<_>>().join("&").into()
}

/// What a proxy told, in which this stands for what gives access, by the names of all parts; and
/// for the parameters of URLs. Goes down as deep as the values do, which their host bounds.
#[must_use]
pub fn masked_told(told: &[Told], put: &dyn Fn(&str) -> Option<String>) -> Vec<Told> {
    let masked = |(name, value): &Told| Some((name.clone(), masked(name, value, put)?));
    told.iter().filter_map(masked).collect()
}

fn masked(name: &str, value: &Value, put: &dyn Fn(&str) -> Option<String>) -> Option<Value> {
    Some(match value {
        Value::Object(fields) => {
            let field = |(name, value)| Some((String::clone(name), masked(name, value, put)?));
            Value::Object(fields.iter().filter_map(field).collect())
        }
        Value::Array(items) => items.iter().filter_map(|item| masked(name, item, put)).collect(),
        Value::Null => Value::Null,
        Value::String(text) if is_credential(name) => put(text)?.into(),
        other if is_credential(name) => put(&other.to_string())?.into(),
        Value::String(text) => match text.split_once('?') {
            Some((before, query)) => format!("{before}?{}", masked_query(query, put)).into(),
            None if name.ends_with("query") => masked_query(text, put).into(),
            None => value.clone(),
        },
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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

    #[test]
    fn what_a_proxy_told_is_masked_by_the_names_of_its_parts() {
        let told = [
            ("request.headers".to_owned(), json!({ "authorization": "secret", "x-team": "red" })),
            ("request.path".to_owned(), json!("/v1?n=2&key=secret")),
            ("request.query".to_owned(), json!("api_key=secret&n=2")),
            ("envoy.filters.http.jwt_authn".to_owned(), json!({ "jwt_payload": { "sub": "ann" } })),
            ("x.token".to_owned(), json!(["secret", 7, null])),
            ("source.port".to_owned(), json!(8443)),
        ];
        let gone = masked_told(&told, &|_| None);
        let expected = json!([
            ["request.headers", { "x-team": "red" }],
            ["request.path", "/v1?n=2"],
            ["request.query", "n=2"],
            ["envoy.filters.http.jwt_authn", { "jwt_payload": { "sub": "ann" } }],
            ["x.token", [null]],
            ["source.port", 8443],
        ]);
        assert_eq!(json!(gone), expected);
        let put = masked_told(&told, &|text| Some(format!("<{}>", text.len())));
        assert_eq!(put[0].1["authorization"], "<6>");
        assert_eq!(put[1].1, "/v1?n=2&key=<6>");
        assert_eq!(put[4].1, json!(["<6>", "<1>", null]));
    }
}
