//! A client that keeps what it gets, and when.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::calls::Call;
use crate::failure::Failure;

pub(super) struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
}

/// An answer as a client sees it.
pub(super) struct Got {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// How many reads the body took.
    pub(super) parts: usize,
    /// From the first part of the body to its end.
    pub(super) spread: Duration,
    /// Whether the connection broke before the end.
    pub(super) broke: bool,
}

impl Client {
    pub(super) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self { pool: Pool::builder(TokioExecutor::new()).build(connector) }
    }

    /// Makes the call at this base URL.
    pub(super) async fn make(&self, base: &str, call: &Call) -> Result<Got, Failure> {
        let url = format!("{base}/{}{}", call.api, call.path);
        let failed = |error: &dyn std::fmt::Display| Failure::start(format!("{url}: {error}"));
        let mut request = Request::post(&url).header(header::CONTENT_TYPE, "application/json");
        if call.gzip {
            request = request.header(header::ACCEPT_ENCODING, "gzip");
        }
        let body = Full::new(Bytes::from_static(call.body.as_bytes()));
        let request = request.body(body).map_err(|error| failed(&error))?;
        let response = self.pool.request(request).await.map_err(|error| failed(&error))?;
        let (head, mut incoming) = response.into_parts();
        let (mut body, mut parts, mut broke, mut first) = (Vec::new(), 0, false, None);
        while let Some(frame) = incoming.frame().await {
            match frame.map(hyper::body::Frame::into_data) {
                Ok(Ok(data)) => {
                    first.get_or_insert_with(Instant::now);
                    parts += 1;
                    body.extend_from_slice(&data);
                }
                Ok(Err(_trailers)) => {}
                Err(_) => {
                    broke = true;
                    break;
                }
            }
        }
        let spread = first.map(|first: Instant| first.elapsed()).unwrap_or_default();
        Ok(Got { status: head.status, headers: head.headers, body, parts, spread, broke })
    }
}

impl Got {
    /// What differs from the other answer, or nothing.
    pub(super) fn difference(&self, other: &Self) -> Option<&'static str> {
        if self.status != other.status {
            return Some("the status differs");
        }
        if end_to_end(&self.headers) != end_to_end(&other.headers) {
            return Some("the headers differ");
        }
        if self.body != other.body {
            return Some("the bytes differ");
        }
        (self.broke != other.broke).then_some("only one of them broke off")
    }
}

/// The headers that must pass as they are: not the connection's own, and not the clock.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [header::DATE, header::CONNECTION, header::TRANSFER_ENCODING] {
        headers.remove(name);
    }
    headers
}
