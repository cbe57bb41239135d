//! The facts of one exchange that an extractor may look at, lent by the host.

use http::{HeaderMap, Method, StatusCode, header};

use crate::{Details, Instant, SystemTime};

/// One request and its answer's head, as the host knows them when the answer begins.
///
/// Only the status and the response headers are always known; a command line over
/// a recorded body knows nothing else.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Exchange<'a> {
    /// Status of the response.
    pub status: StatusCode,
    /// Headers of the response.
    pub headers: &'a HeaderMap,
    /// The request, where the host has it.
    pub request: Option<Request<'a>>,
    /// Name of the API that served it.
    pub api: Option<&'a str>,
    /// Name of the application that called.
    pub application: Option<&'a str>,
    /// Named attributes for the record; at most [`Exchange::MAX_ATTRIBUTES`] are kept.
    pub attributes: &'a [(String, String)],
    /// What only some hosts know.
    pub details: Details<'a>,
    /// When the request began, for the latencies; the meter's making where absent.
    pub started: Option<Instant>,
    /// Wall-clock time for the record's timestamp; the meter's making where absent.
    pub timestamp: Option<SystemTime>,
}

/// The request's side of an [`Exchange`].
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its path as the client sent it, without the query.
    pub path: &'a str,
    /// Its headers.
    pub headers: &'a HeaderMap,
}

impl<'a> Exchange<'a> {
    /// How many attributes a record keeps.
    pub const MAX_ATTRIBUTES: usize = 16;
    /// How many bytes of an attribute's value a record keeps.
    pub const MAX_ATTRIBUTE_BYTES: usize = 256;

    /// An exchange of which only the response's head is known.
    #[must_use]
    pub fn new(status: StatusCode, headers: &'a HeaderMap) -> Self {
        Self {
            status,
            headers,
            request: None,
            api: None,
            application: None,
            attributes: &[],
            details: Details::default(),
            started: None,
            timestamp: None,
        }
    }

    /// Adds the request.
    #[must_use]
    pub fn with_request(
        mut self,
        method: &'a Method,
        path: &'a str,
        headers: &'a HeaderMap,
    ) -> Self {
        self.request = Some(Request { method, path, headers });
        self
    }

    /// Adds the API's name.
    #[must_use]
    pub fn with_api(mut self, api: &'a str) -> Self {
        self.api = Some(api);
        self
    }

    /// Adds the application's name.
    #[must_use]
    pub fn with_application(mut self, application: &'a str) -> Self {
        self.application = Some(application);
        self
    }

    /// Adds named attributes.
    #[must_use]
    pub fn with_attributes(mut self, attributes: &'a [(String, String)]) -> Self {
        self.attributes = attributes;
        self
    }

    /// Adds what only some hosts know.
    #[must_use]
    pub fn with_details(mut self, details: Details<'a>) -> Self {
        self.details = details;
        self
    }

    /// Adds when the request began.
    #[must_use]
    pub fn with_started(mut self, started: Instant, timestamp: SystemTime) -> Self {
        self.started = Some(started);
        self.timestamp = Some(timestamp);
        self
    }

    /// The response's content type, where it is text.
    #[must_use]
    pub fn content_type(&self) -> Option<&'a str> {
        self.headers.get(header::CONTENT_TYPE)?.to_str().ok()
    }

    /// All of the response's content codings in the order they were applied, joined
    /// with commas. A value that is not text reads as `?`, which no decoder knows.
    #[must_use]
    pub fn content_encoding(&self) -> Option<String> {
        let mut values = self.headers.get_all(header::CONTENT_ENCODING).iter().peekable();
        values.peek()?;
        let texts: Vec<_> = values.map(|value| value.to_str().unwrap_or("?")).collect();
        Some(texts.join(","))
    }

    /// Whether the response can have a body at all.
    #[must_use]
    pub fn has_body(&self) -> bool {
        let head = self.request.is_some_and(|request| request.method == Method::HEAD);
        !head
            && !self.status.is_informational()
            && self.status != StatusCode::NO_CONTENT
            && self.status != StatusCode::NOT_MODIFIED
    }
}
