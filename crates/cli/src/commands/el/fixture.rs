//! A recorded exchange as the context of an expression.

use serde_json::{Value as Json, json};
use token_tracking_el::{Context, Fact, Message, Value};

/// An exchange as JSON: `request`, `response` (`status`, `headers` as pairs, `body`),
/// `attributes`, `api`, `properties`, `dictionaries`, `node`, `subscription`; all optional.
#[derive(Debug, Default)]
pub(crate) struct Fixture(pub(crate) Json);

impl Fixture {
    /// An exchange of which only the answer is known.
    pub(crate) fn answer(status: u16, headers: &[(String, String)], body: Option<String>) -> Self {
        let headers: Vec<_> = headers.iter().map(|(name, value)| json!([name, value])).collect();
        Self(json!({"response": {"status": status, "headers": headers, "body": body}}))
    }

    fn side(&self, message: Message) -> &Json {
        &self.0[if message == Message::Request { "request" } else { "response" }]
    }
}

impl Context for Fixture {
    fn body(&self, message: Message) -> Option<&[u8]> {
        self.side(message)["body"].as_str().map(str::as_bytes)
    }

    fn headers(&self, message: Message) -> Vec<(&str, &str)> {
        let text = |json: &'_ Json| json.as_str().map(str::len);
        let pairs = self.side(message)["headers"].as_array().into_iter().flatten();
        pairs
            .filter(|pair| text(&pair[0]).is_some() && text(&pair[1]).is_some())
            .filter_map(|pair| Some((pair[0].as_str()?, pair[1].as_str()?)))
            .collect()
    }

    fn fact(&self, fact: Fact) -> Option<Value<'_>> {
        let pointer = match fact {
            Fact::Status => "/response/status",
            Fact::RequestId => "/request/id",
            Fact::TransactionId => "/request/transactionId",
            Fact::Uri => "/request/uri",
            Fact::Path => "/request/path",
            Fact::PathInfo => "/request/pathInfo",
            Fact::ContextPath => "/request/contextPath",
            Fact::Method => "/request/method",
            Fact::Scheme => "/request/scheme",
            Fact::Host => "/request/host",
            Fact::Version => "/request/version",
            Fact::Timestamp => "/request/timestamp",
            Fact::RemoteAddress => "/request/remoteAddress",
            Fact::LocalAddress => "/request/localAddress",
            Fact::Params => "/request/params",
            Fact::PathParams => "/request/pathParams",
            Fact::Attributes => "/attributes",
            Fact::Properties => "/properties",
            Fact::Dictionaries => "/dictionaries",
            Fact::ApiId => "/api/id",
            Fact::ApiName => "/api/name",
            Fact::ApiVersion => "/api/version",
            Fact::NodeId => "/node/id",
            Fact::NodeVersion => "/node/version",
            Fact::NodeTenant => "/node/tenant",
            Fact::NodeZone => "/node/zone",
            Fact::NodeShardingTags => "/node/shardingTags",
            Fact::SubscriptionId => "/subscription/id",
            Fact::SubscriptionType => "/subscription/type",
            Fact::SubscriptionClientId => "/subscription/clientId",
            Fact::SubscriptionApplicationName => "/subscription/applicationName",
            Fact::SubscriptionApiProductId => "/subscription/apiProductId",
            Fact::SubscriptionMetadata => "/subscription/metadata",
            _ => return None,
        };
        self.0.pointer(pointer).filter(|json| !json.is_null()).map(Value::from)
    }
}
