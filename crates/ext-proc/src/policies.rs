//! A list of policies, and which calls each is for.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use token_tracking_core::{Credentials, Exchange, Meter, Registry};
use token_tracking_host::Condition;
use token_tracking_policy::{Policy, PolicyConfig, Problem, Problems};

use crate::attributes::text;
use crate::choose::Choose;

/// A policy, and which calls it is for: those for which all that is set here holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PolicyEntry {
    /// The records' `api`.
    #[schemars(example = &"openai")]
    pub name: String,
    /// The name of Envoy's route, which the filter sends as the attribute `xds.route_name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"openai")]
    pub route: Option<String>,
    /// The name of Envoy's cluster, which the filter sends as the attribute `xds.cluster_name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"api.openai.com")]
    pub cluster: Option<String>,
    /// The request's host, without its port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"llm.example.com")]
    pub host: Option<String>,
    /// What the request's path begins with, up to a slash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"/v1", regex(pattern = "^/"))]
    pub path: Option<String>,
    /// An expression over the request, what Envoy told of it, and the answer's head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"{#context.attributes['envoy.filters.http.jwt_authn']['claims']['tier'] == 'paid'}")]
    pub when: Option<String>,
    /// The policy: extraction and pricing.
    #[schemars(extend("examples" = [{ "extraction": { "type": "AUTO" } }]))]
    pub policy: serde_json::Map<String, Value>,
}

/// A list of policies: the first of which all conditions hold meters a call.
#[derive(Clone, Debug)]
pub struct Policies {
    entries: Vec<(Conditions, Arc<str>, Policy)>,
}

/// All that are set must hold.
#[derive(Clone, Debug, Default)]
struct Conditions {
    route: Option<String>,
    cluster: Option<String>,
    host: Option<String>,
    path: Option<String>,
    when: Option<Condition>,
}

impl Policies {
    /// One policy for every call.
    #[must_use]
    pub fn all(name: &str, policy: Policy) -> Self {
        Self { entries: vec![(Conditions::default(), Arc::from(name), policy)] }
    }

    /// Compiles a list, and gives what is odd about it, but works.
    ///
    /// # Errors
    /// Every mistake there is, with its place below the list.
    pub fn compile(
        list: &[PolicyEntry],
        registry: &Registry,
    ) -> Result<(Self, Vec<Problem>), Problems> {
        let (mut problems, mut entries) = (Vec::new(), Vec::new());
        for (at, entry) in list.iter().enumerate() {
            let below = |place: &str, mut problem: Problem| {
                problem.pointer.insert_str(0, &format!("/{at}/{place}"));
                problem
            };
            let PolicyEntry { name, route, cluster, host, path, when, policy } = entry.clone();
            let when = when.map(|text| Condition::parse(&text)).transpose().unwrap_or_else(|why| {
                problems.push(below("when", Problem::error("", why)));
                None
            });
            let decoded = PolicyConfig::from_value(&policy.into());
            let compiled = decoded.and_then(|decoded| {
                Ok((Policy::compile(&decoded.value, registry)?, decoded.warnings))
            });
            match compiled {
                Ok((policy, mut warnings)) => {
                    for warning in policy.warnings() {
                        if !warnings.contains(warning) {
                            warnings.push(warning.clone());
                        }
                    }
                    problems.extend(warnings.into_iter().map(|problem| below("policy", problem)));
                    let path = path.map(|path| path.trim_end_matches('/').to_owned());
                    let conditions = Conditions { route, cluster, host, path, when };
                    entries.push((conditions, Arc::from(name), policy));
                }
                Err(Problems(wrong)) => {
                    problems.extend(wrong.into_iter().map(|problem| below("policy", problem)));
                }
            }
        }
        match problems.iter().any(Problem::is_error) {
            true => Err(Problems(problems)),
            false => Ok((Self { entries }, problems)),
        }
    }
}

impl Choose for Policies {
    fn meter(&self, exchange: &Exchange<'_>) -> Option<Meter> {
        let (_, name, policy) = self.entries.iter().find(|(when, ..)| when.hold(exchange))?;
        policy.meter(&exchange.with_api(name))
    }
}

impl Conditions {
    fn hold(&self, exchange: &Exchange<'_>) -> bool {
        let is = |wanted: &Option<String>, name: &str| {
            wanted.is_none() || text(exchange.details.told, name) == wanted.as_deref()
        };
        let path = exchange.request.map_or("", |request| request.path);
        let host = exchange.details.host;
        let host = host.map(|host| host.rsplit_once(':').map_or(host, |(host, _)| host));
        is(&self.route, "xds.route_name")
            && is(&self.cluster, "xds.cluster_name")
            && self
                .host
                .as_ref()
                .is_none_or(|wanted| host.is_some_and(|host| host.eq_ignore_ascii_case(wanted)))
            && self.path.as_ref().is_none_or(|wanted| {
                path.strip_prefix(wanted.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            && self.when.as_ref().is_none_or(|when| {
                let id = exchange.details.transaction_id.unwrap_or_default();
                when.holds(&exchange.known(Credentials::Shown), "", id)
            })
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method, StatusCode};
    use serde_json::json;
    use token_tracking_core::{Details, End, Told};

    use super::*;

    fn list(value: Value) -> Vec<PolicyEntry> {
        serde_json::from_value(value).unwrap()
    }

    fn api(list: &Policies, host: &str, path: &str, told: &[Told]) -> String {
        let none = HeaderMap::new();
        let details = Details { host: Some(host), told, ..Details::default() };
        let exchange = Exchange::new(StatusCode::OK, &none)
            .with_request(&Method::POST, path, &none)
            .with_details(details);
        list.meter(&exchange).unwrap().finish(End::Complete).api.unwrap()
    }

    #[test]
    fn the_first_that_holds() {
        let policy = json!({ "extraction": { "type": "GPT" } });
        let list = list(json!([
            { "name": "route", "route": "openai", "policy": policy },
            { "name": "paid", "when": "{#context.attributes['jwt']['tier'] == 'paid'}",
              "policy": policy },
            { "name": "chat", "path": "/v1/", "host": "api.example.com", "policy": policy },
            { "name": "rest", "policy": policy },
        ]));
        let (list, warnings) =
            Policies::compile(&list, &token_tracking_bundle::registry()).unwrap();
        assert_eq!(warnings, []);
        let told = |name: &str, value: Value| [(name.to_owned(), value)];
        let (host, path) = ("API.example.com:443", "/v1/chat/completions");
        assert_eq!(api(&list, host, path, &[]), "chat");
        assert_eq!(api(&list, "api.example.com", "/v1", &[]), "chat");
        assert_eq!(api(&list, "api.example.com", "/v11", &[]), "rest");
        assert_eq!(api(&list, "example.com", "/v1/a", &[]), "rest");
        assert_eq!(api(&list, host, path, &told("xds.route_name", json!("openai"))), "route");
        assert_eq!(api(&list, host, path, &told("jwt", json!({ "tier": "paid" }))), "paid");
        assert_eq!(api(&list, host, path, &told("jwt", json!({ "tier": "free" }))), "chat");
    }

    #[test]
    fn what_is_wrong_says_where() {
        let list = list(json!([
            { "name": "a", "policy": { "extraction": { "type": "GPTT" } } },
            { "name": "b", "when": "{#request.content}", "policy": {} },
        ]));
        let error = Policies::compile(&list, &token_tracking_bundle::registry()).unwrap_err();
        let text = error.to_string();
        for said in ["/0/policy/extraction/type: ", "/1/when: a body cannot be read", "/1/policy"] {
            assert!(text.contains(said), "{said}\n{text}");
        }
    }
}
