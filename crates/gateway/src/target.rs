//! Where an endpoint sends its requests: a URL, and how a request's path is put to it.

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};

use crate::client::Protocol;
use crate::lanes::Lanes;

/// A parsed target: `https://host:port/path?query`.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    scheme: Scheme,
    authority: Authority,
    path: String,
    query: Option<String>,
    protocol: Protocol,
    lanes: Lanes,
}

impl Target {
    /// Reads a target, or says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if ["{#", "{(", "{T"].iter().any(|mark| text.contains(mark)) {
            return Err(format!(
                "the target \"{text}\" is an expression, which is not implemented"
            ));
        }
        let wrong = |why: &str| format!("the target \"{text}\" {why}");
        if !text.is_empty() && !text.contains("://") {
            return Err(wrong("has no scheme"));
        }
        let uri: Uri = text.parse().map_err(|error| wrong(&format!("is not a URL: {error}")))?;
        let parts = uri.into_parts();
        let Some(scheme) = parts.scheme else {
            return Err(wrong("has no scheme"));
        };
        // As with curl and Envoy: HTTP/2 without TLS, with prior knowledge.
        let h2c = scheme.as_str() == "h2c";
        let protocol = if h2c { Protocol::Http2 } else { Protocol::Auto };
        let scheme = if h2c { Scheme::HTTP } else { scheme };
        if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
            return Err(wrong(&format!("has the scheme \"{scheme}\", which is not implemented")));
        }
        let Some(authority) = parts.authority else {
            return Err(wrong("has no host"));
        };
        if authority.as_str().contains('@') {
            return Err(wrong("has a user in it; a user belongs into a header"));
        }
        if authority.host().is_empty() {
            return Err(wrong("has no host"));
        }
        let path = parts.path_and_query.as_ref().map_or("", PathAndQuery::path).to_owned();
        let query = parts.path_and_query.as_ref().and_then(PathAndQuery::query);
        Ok(Self {
            scheme,
            authority,
            path,
            query: query.map(str::to_owned),
            protocol,
            lanes: Lanes::new(),
        })
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The connections that requests share, where that may be HTTP/2.
    pub(crate) fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    /// The same target, asked in this protocol.
    #[must_use]
    pub(crate) fn with_protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    pub(crate) fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Scheme, host and port; no path, which may hold a key.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    /// The same target on another port.
    pub(crate) fn with_port(mut self, port: u16) -> Self {
        if let Ok(authority) = format!("{}:{port}", self.authority.host()).parse() {
            self.authority = authority;
        }
        self
    }

    /// The URL for what follows the context path: the target's path, then that, then both
    /// queries. `None` where that is too long to be a URL.
    pub(crate) fn uri(&self, rest: &str, query: Option<&str>) -> Option<Uri> {
        let base = if rest.is_empty() { &*self.path } else { self.path.trim_end_matches('/') };
        let mut text = String::with_capacity(base.len() + rest.len() + 64);
        text.push_str(base);
        text.push_str(rest);
        if text.is_empty() {
            text.push('/');
        }
        let mut mark = '?';
        for query in [self.query.as_deref(), query].into_iter().flatten() {
            text.push(mark);
            text.push_str(query);
            mark = '&';
        }
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query =
            Some(PathAndQuery::from_maybe_shared(bytes::Bytes::from(text)).ok()?);
        Uri::from_parts(parts).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(target: &str, rest: &str, query: Option<&str>) -> String {
        Target::parse(target).unwrap().uri(rest, query).unwrap().to_string()
    }

    #[test]
    fn the_rest_of_the_path_follows_the_target_path() {
        assert_eq!(joined("http://localhost:8080/gpt", "", None), "http://localhost:8080/gpt");
        assert_eq!(
            joined("http://localhost:8080/gpt", "/x", Some("y")),
            "http://localhost:8080/gpt/x?y"
        );
        assert_eq!(joined("https://api.example", "", None), "https://api.example/");
        assert_eq!(joined("https://api.example/", "/v1", None), "https://api.example/v1");
        assert_eq!(joined("http://h/a/", "", None), "http://h/a/");
        assert_eq!(joined("http://h/a/", "/b%2Fc//", None), "http://h/a/b%2Fc//");
        assert_eq!(joined("http://h/a?k=1", "/b", Some("l=2")), "http://h/a/b?k=1&l=2");
        assert_eq!(joined("http://h/a?k=1", "/b", None), "http://h/a/b?k=1");
        assert_eq!(joined("http://[::1]:99/a", "", Some("")), "http://[::1]:99/a?");
    }

    #[test]
    fn what_is_no_target_is_refused_with_its_reason() {
        for (text, why) in [
            ("", "is not a URL"),
            ("/gpt", "no scheme"),
            ("ftp://h", "scheme \"ftp\""),
            ("grpc://h:1", "scheme \"grpc\""),
            ("http://a:b@h/", "a user"),
            ("{#endpoints['x']}", "an expression"),
        ] {
            let error = Target::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_url_that_is_too_long_is_none() {
        let target = Target::parse("http://h").unwrap();
        assert!(target.uri(&"/x".repeat(40_000), None).is_none());
        assert_eq!(target.with_port(7).origin(), "http://h:7");
    }
}
