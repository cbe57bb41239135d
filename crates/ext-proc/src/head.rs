//! The head of a request or a response, as Envoy sends it.

use envoy_types::pb::envoy::service::ext_proc::v3::HttpHeaders;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

/// A head: its pseudo-headers, and the others.
#[derive(Default)]
pub(crate) struct Head {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) scheme: Option<String>,
    pub(crate) authority: Option<String>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) headers: HeaderMap,
}

impl Head {
    pub(crate) fn of(sent: HttpHeaders) -> Self {
        let mut head = Self::default();
        for header in sent.headers.map(|map| map.headers).unwrap_or_default() {
            // Envoy uses one of the two, by its version and settings.
            let value = if header.raw_value.is_empty() {
                header.value.into_bytes()
            } else {
                header.raw_value
            };
            let text = || String::from_utf8_lossy(&value).into_owned();
            match header.key.as_str() {
                ":method" => head.method = Method::from_bytes(&value).unwrap_or_default(),
                ":path" => {
                    let text = text();
                    let (path, query) = match text.split_once('?') {
                        Some((path, query)) => (path, Some(query.to_owned())),
                        None => (&*text, None),
                    };
                    (head.path, head.query) = (path.to_owned(), query);
                }
                ":scheme" => head.scheme = Some(text()),
                ":authority" => head.authority = Some(text()),
                ":status" => head.status = StatusCode::from_bytes(&value).ok(),
                key => {
                    let name = HeaderName::from_bytes(key.as_bytes());
                    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_maybe_shared(value)) {
                        // Fails only beyond 32,768 headers.
                        let _ = head.headers.try_append(name, value);
                    }
                }
            }
        }
        head
    }
}
