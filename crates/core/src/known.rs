//! An exchange as expressions see it.

use std::borrow::Cow;

use http::{HeaderMap, Version};
use token_tracking_el::{Fact, Item, Known, Message};

use crate::clock::standard;
use crate::{Exchange, Told, is_credential, masked_query, masked_told};

/// Whether an expression sees what gives access: see [`is_credential`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Where what it comes to is not kept, as of a condition.
    Shown,
    /// Where it is.
    Hidden,
}

impl<'a> Exchange<'a> {
    /// What is known of the request and of where it is served, before there is an answer.
    #[must_use]
    pub fn known_request(&self, credentials: Credentials) -> Known<'a> {
        let (details, request) = (self.details, self.request);
        let hidden = credentials == Credentials::Hidden;
        let path = request.map(|request| request.path);
        let nothing = &|_: &str| None;
        let query = details.query.map(|query| match hidden {
            true => masked_query(query, nothing),
            false => query.into(),
        });
        let uri = path.map(|path| match &query {
            Some(query) => Cow::Owned(format!("{path}?{query}")),
            None => Cow::Borrowed(path),
        });
        let info = path.and_then(|path| path.strip_prefix(details.context_path?));
        let version = details.version.map(|version| match version {
            Version::HTTP_10 => "HTTP_1_0",
            Version::HTTP_2 => "HTTP_2",
            _ => "HTTP_1_1",
        });
        let (api, node) = (details.api, details.node);
        let id = api.and_then(|api| api.id.as_deref());
        // The names that the original's gateway gives to what it knows.
        let own = [("api", id.or(self.api)), ("context-path", details.context_path)];
        let own = own.into_iter().filter_map(|(name, text)| {
            Some((Cow::Owned(format!("gravitee.attribute.{name}")), Item::from(text?)))
        });
        let named = self.attributes.iter().map(borrowed);
        // What others told comes first, so that it takes no name from what is known here.
        let told: Vec<(Cow<'a, str>, Item<'a>)> = match hidden {
            true => masked_told(details.told, nothing)
                .into_iter()
                .map(|(name, value)| (name.into(), Item::Json(Cow::Owned(value))))
                .collect(),
            false => details.told.iter().map(lent).collect(),
        };
        let mut known = Known::default()
            .timestamp(self.timestamp.and_then(standard))
            .text(Fact::RequestId, details.id)
            .text(Fact::TransactionId, details.transaction_id)
            .text(Fact::Method, request.map(|request| request.method.as_str()))
            .text(Fact::Path, path)
            .text(Fact::PathInfo, info)
            .text(Fact::Uri, uri)
            .text(Fact::ContextPath, details.context_path)
            .text(Fact::Scheme, details.scheme)
            .text(Fact::Host, details.host)
            .text(Fact::Version, version)
            .text(Fact::RemoteAddress, details.remote.map(|ip| ip.to_string()))
            .text(Fact::LocalAddress, details.local.map(|ip| ip.to_string()))
            .query(query.as_deref())
            .text(Fact::ApiName, self.api)
            .text(Fact::ApiId, id)
            .text(Fact::ApiVersion, api.and_then(|api| api.version.as_deref()))
            .map(Fact::Attributes, told.into_iter().chain(own).chain(named));
        if let Some(request) = request {
            let secret = |name: &str| hidden && is_credential(name);
            known = known.headers(Message::Request, headers(request.headers, secret));
        }
        if let Some(api) = api {
            known = known.map(Fact::Properties, api.properties.iter().map(borrowed));
        }
        if let Some(node) = node {
            known = known
                .text(Fact::NodeId, node.id.as_deref())
                .text(Fact::NodeVersion, node.version.as_deref())
                .text(Fact::NodeTenant, node.tenant.as_deref())
                .text(Fact::NodeZone, node.zone.as_deref())
                .list(Fact::NodeShardingTags, &node.sharding_tags);
        }
        known
    }

    /// The same, with the answer's head.
    #[must_use]
    pub fn known(&self, credentials: Credentials) -> Known<'a> {
        let secret = |name: &str| credentials == Credentials::Hidden && name == "set-cookie";
        self.known_request(credentials)
            .status(self.status.as_u16())
            .headers(Message::Response, headers(self.headers, secret))
    }
}

fn borrowed((name, text): &(String, String)) -> (Cow<'_, str>, Item<'_>) {
    (Cow::Borrowed(name), Item::from(&**text))
}

fn lent((name, value): &Told) -> (Cow<'_, str>, Item<'_>) {
    (Cow::Borrowed(name), Item::Json(Cow::Borrowed(value)))
}

/// Headers but for those that are secret.
fn headers<'a>(
    headers: &'a HeaderMap,
    secret: impl Fn(&str) -> bool,
) -> impl Iterator<Item = (&'a str, Cow<'a, [u8]>)> {
    let all = headers.iter().map(|(name, value)| (name.as_str(), Cow::Borrowed(value.as_bytes())));
    all.filter(move |(name, _)| !secret(name))
}

#[cfg(test)]
mod tests {
    use http::{Method, StatusCode};
    use serde_json::json;
    use token_tracking_el::Expression;

    use super::*;
    use crate::{ApiFacts, Details, NodeFacts};

    #[test]
    fn expressions_see_the_exchange_and_no_credentials_where_they_are_hidden() {
        let mut asked = HeaderMap::new();
        asked.insert("x-team", "red".parse().unwrap());
        asked.insert("authorization", "Bearer secret".parse().unwrap());
        let answered = HeaderMap::from_iter([(http::header::SERVER, "s".parse().unwrap())]);
        let properties = vec![("limit".to_owned(), "{#api.id}".to_owned())];
        let api = ApiFacts { id: Some("a-1".into()), version: Some("2".into()), properties };
        let node = NodeFacts { zone: Some("eu".into()), ..NodeFacts::default() };
        let attributes = [("tier".to_owned(), "gold".to_owned())];
        let told = [
            ("source.address".to_owned(), json!("10.0.0.9:41")),
            ("jwt".to_owned(), json!({ "sub": "ann", "token": "secret" })),
            ("gravitee.attribute.api".to_owned(), json!("not ours")),
        ];
        let details = Details {
            id: Some("r-1"),
            transaction_id: Some("t-1"),
            query: Some("stream=1&api_key=secret&n=2"),
            context_path: Some("/openai"),
            scheme: Some("https"),
            host: Some("llm.example"),
            version: Some(Version::HTTP_2),
            remote: Some([10, 0, 0, 1].into()),
            local: None,
            told: &told,
            api: Some(&api),
            node: Some(&node),
        };
        let exchange = Exchange::new(StatusCode::CREATED, &answered)
            .with_request(&Method::POST, "/openai/v1/chat", &asked)
            .with_api("chat")
            .with_attributes(&attributes)
            .with_details(details);
        let found = |text: &str, known: &Known<'_>| {
            Expression::parse(text).unwrap().eval_text(known).unwrap().unwrap_or_default()
        };
        let (shown, hidden) = (Credentials::Shown, Credentials::Hidden);
        for (text, value) in [
            ("{#request.id} {#request.transactionId}", "r-1 t-1"),
            ("{#request.method} {#request.path}", "POST /openai/v1/chat"),
            ("{#request.pathInfo} {#request.contextPath}", "/v1/chat /openai"),
            ("{#request.scheme} {#request.host} {#request.version}", "https llm.example HTTP_2"),
            ("{#request.remoteAddress}", "10.0.0.1"),
            ("{#request.params['n'][0]} {#request.headers['X-Team'][0]}", "2 red"),
            ("{#api.id} {#api.name} {#api.version} {#node.zone}", "a-1 chat 2 eu"),
            ("{#context.attributes['tier']} {#context.attributes['api']}", "gold a-1"),
            ("{#context.attributes['source.address']}", "10.0.0.9:41"),
            ("{#context.attributes['jwt']['sub']}", "ann"),
            ("{#response.status} {#response.headers['server'][0]}", "201 s"),
        ] {
            assert_eq!(found(text, &exchange.known(hidden)), value, "{text}");
        }
        for text in [
            "{#request.headers['Authorization']}",
            "{#request.params['api_key']}",
            "{#request.uri}",
            "{#context.attributes['jwt']['token']}",
        ] {
            assert!(!found(text, &exchange.known(hidden)).contains("secret"), "{text}");
            assert!(found(text, &exchange.known(shown)).contains("secret"), "{text}");
        }
        assert_eq!(found("{#response.status}", &exchange.known_request(shown)), "");
    }
}
