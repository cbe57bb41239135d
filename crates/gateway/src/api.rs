//! An API that can be served: where it is, where it goes, and what of it is tracked.

use std::cell::LazyCell;
use std::sync::Arc;

use http::Method;
use token_tracking_core::{ApiFacts, Credentials, Exchange};
use token_tracking_host::Condition;
use token_tracking_policy::Policy;

use crate::endpoints::{Balancing, Endpoint, Endpoints, Failover};
use crate::error::{Finding, Findings, GatewayError};
use crate::selector::{Selector, has_dot_segment};
use crate::target::Target;
use crate::tracking::Tracking;

/// One API, compiled: made from a [`Definition`](crate::Definition), or by hand.
///
/// All enabled flows whose selectors and conditions match a request apply to it. Where several
/// of their steps track, the first one does whose condition is met: a response is metered once. (In the original each writes
/// the same metrics, and the last one stays.)
pub struct Api {
    pub(crate) name: Arc<str>,
    pub(crate) routes: Vec<Route>,
    pub(crate) endpoints: Endpoints,
    pub(crate) flows: Vec<Flow>,
    pub(crate) include_usage: Option<bool>,
    pub(crate) facts: ApiFacts,
    pub(crate) unsupported: Vec<Finding>,
    pub(crate) broken: Vec<Finding>,
    pub(crate) warnings: Vec<Finding>,
}

/// Where an API is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// In lower case, without port; `*.` at its beginning is any subdomain.
    pub(crate) host: Option<String>,
    /// The context path without its final slash: empty for `/`.
    pub(crate) path: String,
}

pub(crate) struct Flow {
    /// All must match; none is all requests.
    pub(crate) selectors: Vec<Selector>,
    /// As must all of these, of the request.
    pub(crate) conditions: Vec<Condition>,
    /// Of those whose condition is met, the first one counts.
    pub(crate) steps: Vec<Step>,
}

pub(crate) struct Step {
    /// Of the answer, too.
    pub(crate) condition: Option<Condition>,
    pub(crate) tracking: Tracking,
}

/// The steps that may track an answer; which one does can depend on its head.
#[derive(Clone, Default)]
pub(crate) struct Steps<'a> {
    first: Option<&'a Step>,
    /// Only after one with a condition.
    others: Vec<&'a Step>,
}

impl<'a> Steps<'a> {
    /// Whether there is none, so that nothing is tracked.
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Whether choosing among them, or tracking, looks at the request's headers.
    pub(crate) fn read_request_headers(&self) -> bool {
        let mut all = self.first.into_iter().chain(self.others.iter().copied());
        all.any(|step| step.condition.is_some() || step.tracking.reads_request_headers())
    }

    /// How this answer is tracked.
    pub(crate) fn choose(&self, exchange: &Exchange<'_>) -> Option<&'a Tracking> {
        let first = self.first?;
        if first.condition.is_none() {
            return Some(&first.tracking);
        }
        let known = exchange.known(Credentials::Shown);
        let (api, id) = (exchange.api.unwrap_or_default(), exchange.details.id.unwrap_or_default());
        let mut all = std::iter::once(first).chain(self.others.iter().copied());
        let met = |step: &&Step| match &step.condition {
            Some(condition) => condition.holds(&known, api, id),
            None => true,
        };
        all.find(met).map(|step| &step.tracking)
    }

    /// Adds one; whether none after it can count.
    fn add(&mut self, step: &'a Step) -> bool {
        match self.first {
            None => self.first = Some(step),
            Some(_) => self.others.push(step),
        }
        step.condition.is_none()
    }
}

impl Api {
    pub(crate) fn new(name: &str, routes: Vec<Route>, endpoints: Endpoints) -> Self {
        Self {
            name: name.into(),
            routes,
            endpoints,
            flows: Vec::new(),
            include_usage: None,
            facts: ApiFacts::default(),
            unsupported: Vec::new(),
            broken: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// An API without a definition: one context path, one target, one policy for all of
    /// it. Without a policy it is served untracked.
    ///
    /// # Errors
    /// When the path or the target is not one.
    pub fn quick(
        name: &str,
        context_path: &str,
        target: &str,
        policy: impl Into<Option<Policy>>,
    ) -> Result<Self, GatewayError> {
        let wrong = |message, expected: &str| {
            let finding = Finding::new(name, "", message).expected(expected);
            GatewayError::Invalid(Findings(vec![finding]))
        };
        let route = Route::new(None, context_path)
            .map_err(|why| wrong(why, "a path such as \"/my-api\""))?;
        let target = Target::parse(target).map_err(|why| {
            wrong(why, "an http or https URL such as \"https://api.example.com\"")
        })?;
        let only = vec![Endpoint::new(target)];
        let endpoints = Endpoints::new(only, Balancing::default(), Failover::default());
        let mut api = Self::new(name, vec![route], endpoints);
        if let Some(policy) = policy.into() {
            let step = Step { condition: None, tracking: Tracking::Policy(Arc::new(policy)) };
            let (selectors, conditions) = (Vec::new(), Vec::new());
            api.flows.push(Flow { selectors, conditions, steps: vec![step] });
        }
        Ok(api)
    }

    /// The same API, with its own word on whether streams are asked for their usage, which
    /// otherwise the settings say.
    #[must_use]
    pub fn with_include_usage(mut self, enabled: bool) -> Self {
        self.include_usage = Some(enabled);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The context paths it is served on, with their hosts where they have one.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        self.routes.iter().map(Route::to_string)
    }

    /// Schemes, hosts and ports of its targets.
    pub fn targets(&self) -> impl Iterator<Item = String> {
        self.endpoints.list.iter().map(|endpoint| endpoint.target.origin())
    }

    /// What its definition asks for that is not implemented.
    #[must_use]
    pub fn unsupported(&self) -> &[Finding] {
        &self.unsupported
    }

    /// Why some of its tracking does not compile.
    #[must_use]
    pub fn broken(&self) -> &[Finding] {
        &self.broken
    }

    /// What is odd in its tracking configurations, but works.
    #[must_use]
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// What tracks the answer to a request, by its path below the context path; the exchange
    /// is what is known of it by now.
    pub(crate) fn steps<'e>(
        &self,
        method: &Method,
        rest: &str,
        exchange: impl FnOnce() -> Exchange<'e>,
    ) -> Steps<'_> {
        let mut steps = Steps::default();
        // Gathered when the first condition asks.
        let facts = LazyCell::new(|| {
            let exchange = exchange();
            let id = exchange.details.id.unwrap_or_default();
            (exchange.known_request(Credentials::Shown), id)
        });
        for flow in &self.flows {
            let selected = flow.selectors.iter().all(|selector| selector.matches(method, rest));
            let met = selected
                && flow.conditions.iter().all(|condition| {
                    let (known, id) = &*facts;
                    condition.holds(known, &self.name, id)
                });
            if met && flow.steps.iter().any(|step| steps.add(step)) {
                break;
            }
        }
        steps
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api")
            .field("name", &self.name)
            .field("routes", &self.routes)
            .field("flows", &self.flows.len())
            .finish_non_exhaustive()
    }
}

impl Route {
    pub(crate) fn new(host: Option<&str>, path: &str) -> Result<Self, String> {
        let path = path.trim().trim_end_matches('/');
        let absolute = path.is_empty() || path.starts_with('/');
        // The same characters as in a request's path, or it could never match.
        let valid = path.bytes().all(|b| b.is_ascii_graphic() && !b"?#\"<>\\^`{|}".contains(&b));
        if !absolute || !valid || path.contains("//") || has_dot_segment(path) {
            return Err(format!("\"{path}\" is no context path"));
        }
        let host = host.map(|host| host.trim().to_ascii_lowercase());
        Ok(Self { host, path: path.to_owned() })
    }
}

impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.host.as_deref().unwrap_or_default())?;
        f.write_str(if self.path.is_empty() { "/" } else { &self.path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_paths_are_checked() {
        assert_eq!(Route::new(None, "/a/b/").unwrap().path, "/a/b");
        assert_eq!(Route::new(Some("X.example"), "/").unwrap().to_string(), "x.example/");
        for path in ["a", "/a b", "/a?b", "/a//b", "/a/../b", "/ä"] {
            assert!(Route::new(None, path).is_err(), "{path}");
        }
    }
}
