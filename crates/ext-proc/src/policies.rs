//! A list of policies, and which calls each is for.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use token_tracking_core::{Exchange, Meter, Registry, is_credential};
use token_tracking_policy::{Policy, PolicyConfig};

use crate::choose::{Choose, Seen};
use crate::error::ExtProcError;

/// A list of policies: the first whose conditions all hold meters a call.
///
/// ```yaml
/// policies:
///   - name: openai                 # the records' api
///     route: openai                # Envoy's xds.route_name
///     policy: { extraction: { type: GPT } }
///   - name: the rest
///     path: /v1
///     policy: { extraction: { type: AUTO } }
/// application: { metadata: [envoy.filters.http.jwt_authn, payload, azp] }
/// attributes:
///   client: { attribute: source.address }
///   team: { header: x-team }
/// ```
#[derive(Clone, Debug)]
pub struct Policies {
    entries: Vec<(Conditions, Arc<str>, Policy)>,
    application: Option<Source>,
    attributes: Vec<(String, Source)>,
}

/// The file, as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    policies: Vec<Entry>,
    #[serde(default)]
    application: Option<Source>,
    #[serde(default)]
    attributes: std::collections::BTreeMap<String, Source>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default)]
    route: Option<String>,
    #[serde(default)]
    cluster: Option<String>,
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    path: Option<String>,
    policy: Value,
}

/// All that are set must hold.
#[derive(Clone, Debug, Default)]
struct Conditions {
    /// `xds.route_name`.
    route: Option<String>,
    /// `xds.cluster_name`.
    cluster: Option<String>,
    /// Of the request, without port.
    host: Option<String>,
    /// The request's path begins with it, at a slash.
    path: Option<String>,
}

/// Where a value for the record is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Source {
    /// A request header, by name. Credentials are no values for a record: `authorization`
    /// and the headers of API keys are refused.
    Header(String),
    /// An attribute of Envoy, such as `source.address`.
    Attribute(String),
    /// Dynamic metadata: the namespace, then the keys.
    Metadata(Vec<String>),
}

impl Policies {
    /// One policy for every call.
    #[must_use]
    pub fn all(name: &str, policy: Policy) -> Self {
        let entries = vec![(Conditions::default(), Arc::from(name), policy)];
        Self { entries, application: None, attributes: Vec::new() }
    }

    /// Reads a list, YAML or JSON; `source_name` is what errors call it by.
    ///
    /// # Errors
    /// When it is not a list of policies, or one of them does not compile.
    pub fn parse(text: &str, source_name: &str, registry: &Registry) -> Result<Self, ExtProcError> {
        let wrong = |message: String| ExtProcError::Policies {
            source_name: source_name.to_owned(),
            message,
        };
        let file: File = serde_saphyr::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if file.policies.is_empty() {
            return Err(wrong("policies is empty; expected at least one entry".to_owned()));
        }
        let mut entries = Vec::new();
        for (at, Entry { name, route, cluster, host, path, policy }) in
            file.policies.into_iter().enumerate()
        {
            if path.as_ref().is_some_and(|path| !path.starts_with('/')) {
                return Err(wrong(format!(
                    "/policies/{at}/path: expected a path that begins with a slash"
                )));
            }
            let compiled = PolicyConfig::from_value(&policy)
                .and_then(|decoded| Policy::compile(&decoded.value, registry))
                .map_err(|problems| wrong(format!("/policies/{at}/policy: {problems:#}")))?;
            let path = path.map(|path| path.trim_end_matches('/').to_owned());
            let conditions = Conditions { route, cluster, host, path };
            entries.push((conditions, Arc::from(name), compiled));
        }
        let attributes: Vec<_> = file.attributes.into_iter().collect();
        if attributes.len() > Exchange::MAX_ATTRIBUTES {
            let most = Exchange::MAX_ATTRIBUTES;
            return Err(wrong(format!("/attributes: a record keeps at most {most}")));
        }
        for source in attributes.iter().map(|(_, source)| source).chain(&file.application) {
            if let Source::Header(name) = source
                && is_credential(name)
            {
                return Err(wrong(format!(
                    "the header {name} is a credential and must not be on a record; expected a \
                     header that names the caller"
                )));
            }
        }
        Ok(Self { entries, application: file.application, attributes })
    }
}

impl Choose for Policies {
    fn meter(&self, seen: &Seen<'_>) -> Option<Meter> {
        let (_, name, policy) = self.entries.iter().find(|(when, ..)| when.hold(seen))?;
        let value = |source: &Source| source.value(seen);
        let application = self.application.as_ref().and_then(value);
        let attributes: Vec<(String, String)> = self
            .attributes
            .iter()
            .filter_map(|(name, source)| Some((name.clone(), value(source)?)))
            .collect();
        let mut exchange = seen.exchange.with_api(name).with_attributes(&attributes);
        if let Some(application) = &application {
            exchange = exchange.with_application(application);
        }
        policy.meter(&exchange)
    }
}

impl Conditions {
    fn hold(&self, seen: &Seen<'_>) -> bool {
        let attribute = |wanted: &Option<String>, name: &str| {
            wanted
                .as_ref()
                .is_none_or(|wanted| seen.attributes.attribute(name).as_ref() == Some(wanted))
        };
        let path = seen.exchange.request.map_or("", |request| request.path);
        let host = seen.host.map(|host| host.rsplit_once(':').map_or(host, |(host, _)| host));
        attribute(&self.route, "xds.route_name")
            && attribute(&self.cluster, "xds.cluster_name")
            && self
                .host
                .as_ref()
                .is_none_or(|wanted| host.is_some_and(|host| host.eq_ignore_ascii_case(wanted)))
            && self.path.as_ref().is_none_or(|wanted| {
                path.strip_prefix(wanted.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    }
}

impl Source {
    fn value(&self, seen: &Seen<'_>) -> Option<String> {
        match self {
            Self::Header(name) => {
                Some(seen.exchange.request?.headers.get(name)?.to_str().ok()?.to_owned())
            }
            Self::Attribute(name) => seen.attributes.attribute(name),
            Self::Metadata(path) => {
                let (namespace, keys) = path.split_first()?;
                seen.attributes.metadata(namespace, keys)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Method, StatusCode};
    use token_tracking_core::End;

    use super::*;
    use crate::attributes::Attributes;

    const LIST: &str = "\
policies:
  - { name: chat, path: /v1/, host: api.example.com, policy: { extraction: { type: GPT } } }
  - { name: rest, policy: { extraction: { type: CLAUDE } } }
application: { header: x-app }
attributes:
  team: { header: x-team }
";

    fn api(list: &Policies, host: &str, path: &str) -> (Option<String>, Option<String>) {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static("x-app"),
            HeaderValue::from_static("shop"),
        )]);
        let answer = HeaderMap::new();
        let exchange =
            Exchange::new(StatusCode::OK, &answer).with_request(&Method::POST, path, &headers);
        let attributes = Attributes::default();
        let seen = Seen { exchange, host: Some(host), attributes: &attributes };
        let record = list.meter(&seen).unwrap().finish(End::Complete);
        assert!(record.attributes.is_empty(), "what is not there is not on the record");
        (record.api, record.application)
    }

    #[test]
    fn the_first_that_holds() {
        let list = Policies::parse(LIST, "list.yaml", &token_tracking_bundle::registry()).unwrap();
        let shop = Some("shop".to_owned());
        let chat = (Some("chat".to_owned()), shop.clone());
        let rest = (Some("rest".to_owned()), shop);
        assert_eq!(api(&list, "API.example.com:443", "/v1/chat/completions"), chat);
        assert_eq!(api(&list, "api.example.com", "/v1"), chat);
        assert_eq!(api(&list, "api.example.com", "/v11"), rest);
        assert_eq!(api(&list, "example.com", "/v1/a"), rest);
    }

    #[test]
    fn what_is_wrong_says_where_and_what_to_type() {
        let registry = token_tracking_bundle::registry();
        let cases = [
            ("policies: []", "at least one"),
            ("policies:\n  - { name: a, policy: { extraction: { type: GPTT } } }", "GPT"),
            ("policies:\n  - { name: a, path: v1, policy: {} }", "/policies/0/path"),
            ("policies:\n  - { name: a, rout: v1, policy: {} }", "route"),
            (
                "policies: [{ name: a, policy: { extraction: { type: GPT } } }]\n\
                 application: { header: Authorization }",
                "credential",
            ),
        ];
        for (text, expected) in cases {
            let error = Policies::parse(text, "list.yaml", &registry).unwrap_err().to_string();
            assert!(error.starts_with("list.yaml: ") && error.contains(expected), "{error}");
        }
    }
}
