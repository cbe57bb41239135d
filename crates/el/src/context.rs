//! What a host knows of an exchange: all that an expression can ask for.

use crate::value::Value;

/// One side of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// What the client sent.
    Request,
    /// What the provider answered.
    Response,
}

/// What an expression can ask for besides bodies and headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fact {
    /// `#response.status`, an Integer.
    Status,
    /// `#request.id`
    RequestId,
    /// `#request.transactionId`
    TransactionId,
    /// `#request.uri`, with the query.
    Uri,
    /// `#request.path`, from which `paths` is made.
    Path,
    /// `#request.pathInfo`, from which `pathInfos` is made.
    PathInfo,
    /// `#request.contextPath`
    ContextPath,
    /// `#request.method`
    Method,
    /// `#request.scheme`
    Scheme,
    /// `#request.host`
    Host,
    /// `#request.version`, such as `HTTP_1_1`.
    Version,
    /// `#request.timestamp`, a Long: milliseconds since 1970.
    Timestamp,
    /// `#request.remoteAddress`
    RemoteAddress,
    /// `#request.localAddress`
    LocalAddress,
    /// `#request.params`, a map from names to lists of texts.
    Params,
    /// `#request.pathParams`, a map from names to lists of texts.
    PathParams,
    /// `#context.attributes`, a map with the gateway's full names.
    Attributes,
    /// `#properties` and `#api.properties`, a map from texts to texts.
    Properties,
    /// `#dictionaries`, a map from texts to maps from texts to texts.
    Dictionaries,
    /// `#api.id`
    ApiId,
    /// `#api.name`
    ApiName,
    /// `#api.version`
    ApiVersion,
    /// `#node.id`
    NodeId,
    /// `#node.version`
    NodeVersion,
    /// `#node.tenant`
    NodeTenant,
    /// `#node.zone`
    NodeZone,
    /// `#node.shardingTags`, a list of texts.
    NodeShardingTags,
    /// `#subscription.id`; without one there is no `#subscription`.
    SubscriptionId,
    /// `#subscription.type`, such as `STANDARD`.
    SubscriptionType,
    /// `#subscription.clientId`
    SubscriptionClientId,
    /// `#subscription.applicationName`
    SubscriptionApplicationName,
    /// `#subscription.apiProductId`
    SubscriptionApiProductId,
    /// `#subscription.metadata`, a map from texts to texts.
    SubscriptionMetadata,
}

/// What a scanner captured at one of the paths that an expression reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Captured<'a> {
    /// The document has no such place.
    Absent,
    /// The value's raw JSON text.
    Value(&'a [u8]),
    /// A value of this kind is there; its text was not kept.
    Kind(Kind),
    /// The value was too long to be kept.
    TooLong,
}

/// The kinds of JSON values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A text.
    Text,
    /// An array.
    List,
    /// An object.
    Object,
}

/// What a host knows of an exchange. Each method has a default: a host implements what it has.
///
/// A fact that a host does not have is `null` to an expression, as it is to one in the
/// original where nothing is set; a body that it does not have is an error.
///
/// ```
/// use token_tracking_el::{Context, Expression, Fact, Message, Value};
///
/// struct Answer<'a>(&'a str);
///
/// impl Context for Answer<'_> {
///     fn body(&self, message: Message) -> Option<&[u8]> {
///         (message == Message::Response).then_some(self.0.as_bytes())
///     }
///     fn fact(&self, fact: Fact) -> Option<Value<'_>> {
///         (fact == Fact::Status).then_some(Value::Int(200))
///     }
/// }
///
/// let answer = Answer(r#"{"usage": {"in": 40, "out": 2}}"#);
/// let sum = Expression::parse("{#response.jsonContent.usage.in + #response.jsonContent.usage.out}")?;
/// assert_eq!(sum.eval_count(&answer)?, Some(42));
/// let text = Expression::parse("{#response.status}: {#response.jsonContent.usage['in']}")?;
/// assert_eq!(text.eval_text(&answer)?.as_deref(), Some("200: 40"));
/// # Ok::<(), token_tracking_el::ElError>(())
/// ```
pub trait Context {
    /// The whole body, decoded from its content coding.
    fn body(&self, message: Message) -> Option<&[u8]> {
        let _ = message;
        None
    }

    /// The headers in their order; a name may come several times.
    fn headers(&self, message: Message) -> Vec<(&str, &str)> {
        let _ = message;
        Vec::new()
    }

    /// Everything else.
    fn fact(&self, fact: Fact) -> Option<Value<'_>> {
        let _ = fact;
        None
    }

    /// What was captured at a path, by its place in [`Reads::Paths`](crate::Reads::Paths);
    /// `None` where the host hands in the body instead.
    fn captured(&self, place: usize) -> Option<Captured<'_>> {
        let _ = place;
        None
    }
}

/// A host that knows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Context for Nothing {}
