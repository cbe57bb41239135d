//! Requests that go no further: malformed beyond what hyper refuses, or too large.
//!
//! hyper frames each request anew, so no target ever sees two lengths, a bare line feed or
//! a folded header. What is left is what hyper lets pass and the standard does not.

use http::header::{CONNECTION, EXPECT, HOST, HeaderValue, TRANSFER_ENCODING};
use http::uri::Authority;
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};

use crate::answer::{Answer, own};
use crate::limits::Limits;

/// An answer to a request that goes no further.
pub(crate) fn refuse<B>(request: &Request<B>, limits: &Limits) -> Option<Response<Answer>> {
    let headers = request.headers();
    let (status, kind, message) = if request.method() == Method::CONNECT {
        let message = "this is a gateway to APIs, and no proxy to any host: CONNECT is refused";
        (StatusCode::NOT_IMPLEMENTED, "connect_not_supported", message)
    } else if request.uri().path_and_query().is_some_and(|p| p.as_str().len() > limits.uri_bytes) {
        (StatusCode::URI_TOO_LONG, "uri_too_long", "the path and the query are too long")
    } else if !request.uri().path().starts_with('/') && !asks_the_server(request) {
        (StatusCode::BAD_REQUEST, "bad_path", "a request has a path, which begins with a slash")
    } else if !is_one_host(request) {
        let message = "a request has one Host header, which names a host";
        (StatusCode::BAD_REQUEST, "bad_host", message)
    } else if !is_framed(headers) {
        let message = "the only transfer coding that a request may have is chunked, once";
        (StatusCode::BAD_REQUEST, "bad_transfer_coding", message)
    } else if !is_expected(headers) {
        let message = "the only expectation that can be met is 100-continue";
        (StatusCode::EXPECTATION_FAILED, "unknown_expectation", message)
    } else {
        return None;
    };
    let mut answer = own(status, kind, message);
    if request.version() < Version::HTTP_2 {
        // Where a request is odd, what follows it may be no request.
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Some(answer)
}

/// `OPTIONS *` is about the server as a whole (RFC 9112 §3.2.4).
fn asks_the_server<B>(request: &Request<B>) -> bool {
    request.method() == Method::OPTIONS && request.uri().path() == "*"
}

/// RFC 9112 §3.2.
fn is_one_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.version() != Version::HTTP_11,
        (Some(host), None) => {
            let named = |host: &Authority| !host.as_str().contains('@');
            host.is_empty() || Authority::try_from(host.as_bytes()).is_ok_and(|host| named(&host))
        }
        (Some(_), Some(_)) => false,
    }
}

/// RFC 9112 §6.1.
fn is_framed(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    }
}

/// RFC 9110 §10.1.1.
fn is_expected(headers: &HeaderMap) -> bool {
    headers.get_all(EXPECT).iter().all(|e| e.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}
