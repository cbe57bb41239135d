//! The properties of `#request`, `#response` and the other variables, as Spring finds them.

use super::{Evaluated, Evaluator};
use crate::context::{Fact, Message};
use crate::syntax::ast::NodeId;
use crate::value::{Bean, MapKind, SeqKind, Value};

/// Whether Spring takes `name` for the getter `getSuffix`.
pub(super) fn is_getter(name: &str, suffix: &str) -> bool {
    if name.strip_prefix("get") == Some(suffix) {
        return true;
    }
    let mut chars = name.chars();
    let first = chars.next();
    // A name whose second letter is a capital stays as it is, and is tried with a capital.
    let capital: String = first.into_iter().flat_map(char::to_uppercase).chain(chars).collect();
    capital == suffix || name == suffix
}

/// The getters of a bean, without their `get`.
fn getters(bean: Bean) -> &'static [&'static str] {
    match bean {
        Bean::Request => &[
            "Id",
            "TransactionId",
            "Uri",
            "Path",
            "Paths",
            "PathInfo",
            "PathInfos",
            "ContextPath",
            "Params",
            "PathParams",
            "Headers",
            "Method",
            "Scheme",
            "Host",
            "Version",
            "Timestamp",
            "RemoteAddress",
            "LocalAddress",
            "Content",
            "JsonContent",
            "XmlContent",
            "Ssl",
        ],
        Bean::Response => &["Status", "Headers", "Content", "JsonContent", "XmlContent"],
        Bean::Context => &["Attributes"],
        Bean::Api => &["Id", "Name", "Version", "Properties"],
        Bean::Node => &["Id", "Version", "Tenant", "Zone", "ShardingTags"],
        Bean::Subscription => {
            &["Id", "Type", "ClientId", "ApplicationName", "ApiProductId", "Metadata"]
        }
        Bean::Ssl => &["Client", "Server", "ClientHost", "ClientPort"],
        Bean::Principal => &["Cn", "Defined"],
    }
}

impl<'c> Evaluator<'c, '_> {
    pub(super) fn bean(&mut self, id: NodeId, bean: Bean, name: &str) -> Evaluated<Value<'c>> {
        let getter = getters(bean).iter().find(|getter| is_getter(name, getter));
        let Some(getter) = getter else {
            if matches!(bean, Bean::Ssl | Bean::Principal) {
                return Err(self.unsupported(id, format!("the property `{name}` of a session")));
            }
            return Err(self.fail(id, format!("there is no property `{name}` here")));
        };
        let session = self.session;
        let fact = |fact| Ok(session.fact(fact));
        let paths = |fact| match session.fact(fact) {
            Value::Text(path) => {
                // Java's split drops empty parts at the end.
                let mut parts: Vec<&str> = path.split('/').collect();
                while parts.len() > 1 && parts.last() == Some(&"") {
                    parts.pop();
                }
                let parts = parts.into_iter().map(Value::owned).collect();
                Ok(Value::seq(SeqKind::Array("String"), parts))
            }
            other => Ok(other),
        };
        let message = if bean == Bean::Request { Message::Request } else { Message::Response };
        match (bean, *getter) {
            (Bean::Request | Bean::Response, "Headers") => Ok(session.headers(message)),
            (Bean::Request | Bean::Response, "JsonContent") => self.json_content(id, message),
            (Bean::Request | Bean::Response, "Content") => self.content(id, message),
            (Bean::Request | Bean::Response, "XmlContent") => self.xml_content(id, message),
            (Bean::Response, _) => fact(Fact::Status),
            (Bean::Request, "Id") => fact(Fact::RequestId),
            (Bean::Request, "TransactionId") => fact(Fact::TransactionId),
            (Bean::Request, "Uri") => fact(Fact::Uri),
            (Bean::Request, "Path") => fact(Fact::Path),
            (Bean::Request, "Paths") => paths(Fact::Path),
            (Bean::Request, "PathInfo") => fact(Fact::PathInfo),
            (Bean::Request, "PathInfos") => paths(Fact::PathInfo),
            (Bean::Request, "ContextPath") => fact(Fact::ContextPath),
            (Bean::Request, "Params") => Ok(session.fact_map(Fact::Params, MapKind::LinkedOfText)),
            (Bean::Request, "PathParams") => {
                Ok(session.fact_map(Fact::PathParams, MapKind::LinkedOfText))
            }
            (Bean::Request, "Method") => fact(Fact::Method),
            (Bean::Request, "Scheme") => fact(Fact::Scheme),
            (Bean::Request, "Host") => fact(Fact::Host),
            (Bean::Request, "Version") => fact(Fact::Version),
            (Bean::Request, "Timestamp") => fact(Fact::Timestamp),
            (Bean::Request, "RemoteAddress") => fact(Fact::RemoteAddress),
            (Bean::Request, "LocalAddress") => fact(Fact::LocalAddress),
            (Bean::Request, _) => Ok(Value::Bean(Bean::Ssl)),
            (Bean::Context, _) => Ok(session.fact_map(Fact::Attributes, MapKind::Attributes)),
            (Bean::Api, "Id") => fact(Fact::ApiId),
            (Bean::Api, "Name") => fact(Fact::ApiName),
            (Bean::Api, "Version") => fact(Fact::ApiVersion),
            (Bean::Api, _) => Ok(session.properties()),
            (Bean::Node, "Id") => fact(Fact::NodeId),
            (Bean::Node, "Version") => fact(Fact::NodeVersion),
            (Bean::Node, "Tenant") => fact(Fact::NodeTenant),
            (Bean::Node, "Zone") => fact(Fact::NodeZone),
            (Bean::Node, _) => fact(Fact::NodeShardingTags),
            (Bean::Subscription, "Id") => fact(Fact::SubscriptionId),
            (Bean::Subscription, "Type") => Ok(match session.fact(Fact::SubscriptionType) {
                Value::Text(name) => Value::Enum((&*name).into()),
                other => other,
            }),
            (Bean::Subscription, "ClientId") => fact(Fact::SubscriptionClientId),
            (Bean::Subscription, "ApplicationName") => fact(Fact::SubscriptionApplicationName),
            (Bean::Subscription, "ApiProductId") => fact(Fact::SubscriptionApiProductId),
            (Bean::Subscription, _) => {
                Ok(session.fact_map(Fact::SubscriptionMetadata, MapKind::HashOfText))
            }
            // No host tells of its TLS sessions yet: this is what there is without one.
            (Bean::Ssl, "Client" | "Server") => Ok(Value::Bean(Bean::Principal)),
            (Bean::Ssl, _) => Ok(Value::Null),
            (Bean::Principal, "Cn") => Ok(Value::text("")),
            (Bean::Principal, _) => Ok(Value::Bool(false)),
        }
    }

    fn json_content(&mut self, id: NodeId, message: Message) -> Evaluated<Value<'c>> {
        let side = super::session::side(message);
        if message == Message::Response
            && self.session.is_captured()
            && self.session.json_content[side]
        {
            return Err(self.unsupported(id, "the whole document, of which only parts were kept"));
        }
        Ok(self.session.json(message))
    }

    fn content(&mut self, id: NodeId, message: Message) -> Evaluated<Value<'c>> {
        if !self.session.content[super::session::side(message)] {
            return Ok(Value::Null);
        }
        self.session.body(message).map(Value::Text).map_err(|mut error| {
            error.span = self.ast.span(id);
            error
        })
    }

    fn xml_content(&mut self, id: NodeId, message: Message) -> Evaluated<Value<'c>> {
        let body = self.session.body(message)?;
        if body.trim_start().starts_with('<') {
            return Err(self.unsupported(id, "the content of XML"));
        }
        Ok(Value::Null)
    }
}
