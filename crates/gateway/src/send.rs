//! One try to get an answer's head from a target, in time.

use std::pin::pin;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use crate::client::{Client, describe};
use crate::upload::{Sent, Upload};

/// Why there is no answer of the target.
pub(crate) struct Failure {
    /// What the client is told instead.
    pub(crate) status: StatusCode,
    /// The same as a word.
    pub(crate) kind: &'static str,
    /// The same as a sentence.
    pub(crate) why: String,
    /// Whether it is the client's side that failed.
    pub(crate) by_client: bool,
    /// Whether no connection came about, so that another target may be tried.
    pub(crate) unsent: bool,
}

impl Failure {
    pub(crate) fn of_target(kind: &'static str, why: impl Into<String>) -> Self {
        let status = StatusCode::BAD_GATEWAY;
        Self { status, kind, why: why.into(), by_client: false, unsent: false }
    }

    pub(crate) fn no_target() -> Self {
        Self::of_target("no_target", "there is none")
    }

    pub(crate) fn long_uri() -> Self {
        Self {
            status: StatusCode::URI_TOO_LONG,
            by_client: true,
            ..Self::of_target("uri_too_long", "the path and the query are too long for the target")
        }
    }

    fn late(why: String) -> Self {
        let status = StatusCode::GATEWAY_TIMEOUT;
        Self { status, kind: "upstream_timeout", why, by_client: false, unsent: false }
    }
}

/// Sends a request, and waits for the answer's head: so long after the last byte of the
/// request was taken, and in any case not longer than `end`.
pub(crate) async fn send(
    client: &Client,
    request: Request<Sent>,
    upload: &Upload,
    silence: Duration,
    end: Option<Instant>,
) -> Result<Response<Incoming>, Failure> {
    let mut answer = pin!(client.request(request));
    loop {
        let silent = Instant::from_std(upload.last_moved()) + silence;
        let until = end.map_or(silent, |end| end.min(silent));
        let Ok(answer) = timeout_at(until, answer.as_mut()).await else {
            if end == Some(until) {
                return Err(Failure::late("no answer within the total timeout".to_owned()));
            }
            if Instant::from_std(upload.last_moved()) + silence > until {
                // The request is still on its way.
                continue;
            }
            return Err(Failure::late(format!("no answer within {silence:?}")));
        };
        return answer.map_err(|error| {
            if upload.broken() {
                let status = StatusCode::BAD_REQUEST;
                let why = "the request's body broke off, or is not framed as HTTP".to_owned();
                return Failure { status, kind: "bad_body", why, by_client: true, unsent: false };
            }
            let unsent = error.is_connect();
            let kind = if unsent { "upstream_unreachable" } else { "upstream_failed" };
            Failure { unsent, ..Failure::of_target(kind, describe(&error)) }
        });
    }
}
