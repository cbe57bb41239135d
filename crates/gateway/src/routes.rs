//! Which API serves a request: by its host, then by the longest context path.

use std::sync::Arc;

use http::Request;
use http::header::HOST;

use crate::api::{Api, Route};
use crate::error::{Finding, Findings, GatewayError};

/// The routes of all APIs, the most specific first.
pub(crate) struct Routes {
    routes: Vec<(Route, usize)>,
}

impl Routes {
    pub(crate) fn new(apis: &[Arc<Api>]) -> Result<Self, GatewayError> {
        let mut routes: Vec<(Route, usize)> = Vec::new();
        let mut conflicts = Vec::new();
        for (index, api) in apis.iter().enumerate() {
            for route in &api.routes {
                if let Some((_, other)) = routes.iter().find(|(other, _)| other == route) {
                    let message = format!("serves {route}, which \"{}\" serves", apis[*other].name);
                    conflicts.push(
                        Finding::new(&api.name, "", message)
                            .expected("a context path of its own")
                            .suggest("change the path or the host of one of the two"),
                    );
                } else {
                    routes.push((route.clone(), index));
                }
            }
        }
        if !conflicts.is_empty() {
            return Err(GatewayError::Invalid(Findings(conflicts)));
        }
        routes.sort_by_key(|(route, _)| {
            let host = route.host.as_deref();
            let host_rank = host.map_or(2, |host| u8::from(host.starts_with("*.")));
            (host_rank, std::cmp::Reverse(route.path.len()))
        });
        Ok(Self { routes })
    }

    /// The API for this host and path, and the length of its context path.
    pub(crate) fn find(&self, host: Option<&str>, path: &str) -> Option<(usize, usize)> {
        self.routes
            .iter()
            .find(|(route, _)| below(path, &route.path) && is_host(host, route.host.as_deref()))
            .map(|(route, api)| (*api, route.path.len()))
    }

    /// What is served, in words, at most some of it.
    pub(crate) fn listed(&self) -> String {
        const MOST: usize = 20;
        let mut paths: Vec<_> =
            self.routes.iter().take(MOST).map(|(route, _)| route.to_string()).collect();
        paths.sort();
        if self.routes.len() > MOST {
            paths.push(format!("and {} more", self.routes.len() - MOST));
        }
        paths.join(", ")
    }
}

/// Whether a path is the context path or below it: `/a` is no beginning of `/ab`.
fn below(path: &str, context: &str) -> bool {
    path.strip_prefix(context).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_host(host: Option<&str>, wanted: Option<&str>) -> bool {
    let Some(wanted) = wanted else { return true };
    let Some(host) = host.map(without_port) else {
        return false;
    };
    match wanted.strip_prefix('*') {
        Some(domain) => {
            let at = host.len().saturating_sub(domain.len());
            at > 0 && host.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(domain))
        }
        None => host.eq_ignore_ascii_case(wanted),
    }
}

fn without_port(host: &str) -> &str {
    match host.rfind(':') {
        // The colons of an IPv6 address are before its bracket.
        Some(at) if !host[at..].contains(']') => &host[..at],
        _ => host,
    }
}

/// The host a request is for, with its port: of HTTP/2 in the URI, else in the header.
pub(crate) fn host_of<B>(request: &Request<B>) -> Option<&str> {
    match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => request.headers().get(HOST)?.to_str().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;

    fn routes(all: &[(Option<&str>, &str)]) -> Routes {
        let api = |(host, path): &(Option<&str>, &str)| {
            Arc::new(Api::new(path, vec![Route::new(*host, path).unwrap()], Endpoints::default()))
        };
        Routes::new(&all.iter().map(api).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_longest_context_path_wins_on_segment_boundaries() {
        let routes = routes(&[(None, "/"), (None, "/a"), (None, "/a/b")]);
        assert_eq!(routes.find(None, "/a/b/c"), Some((2, 4)));
        assert_eq!(routes.find(None, "/a/bc"), Some((1, 2)));
        assert_eq!(routes.find(None, "/ab"), Some((0, 0)));
        assert_eq!(routes.find(None, "/a"), Some((1, 2)));
        assert_eq!(routes.find(None, "*"), None);
    }

    #[test]
    fn a_host_goes_before_a_path() {
        let routes =
            routes(&[(None, "/a/b"), (Some("x.example"), "/a"), (Some("*.example"), "/a")]);
        assert_eq!(routes.find(Some("X.example:80"), "/a/b").unwrap().0, 1);
        assert_eq!(routes.find(Some("y.example"), "/a/b").unwrap().0, 2);
        assert_eq!(routes.find(Some("example"), "/a/b").unwrap().0, 0);
        assert_eq!(routes.find(Some("[::1]:80"), "/a"), None);
        assert_eq!(routes.find(None, "/a"), None);
    }

    #[test]
    fn two_apis_on_one_path_are_refused_by_name() {
        let apis: Vec<_> = ["one", "two"]
            .map(|name| Api::new(name, vec![Route::new(None, "/a").unwrap()], Endpoints::default()))
            .map(Arc::new)
            .into();
        let error = Routes::new(&apis).err().unwrap().to_string();
        assert!(
            error.contains("two") && error.contains("\"one\"") && error.contains("/a"),
            "{error}"
        );
    }
}
