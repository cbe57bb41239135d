//! From a request to the head of a target's answer, in time.

use std::pin::pin;
use std::time::Duration;

use http::header::HOST;
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use tokio::time::{Instant, timeout_at};

use crate::client::{CONNECT, Client, Protocol, describe};
use crate::forward::{Proxy, Routed};
use crate::forwarding::{HostHeader, Peer};
use crate::headers;
use crate::lanes::Lane;
use crate::target::Target;
use crate::upgrade;
use crate::upload::{Sent, Source, Upload};

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

    fn no_target() -> Self {
        Self::of_target("no_target", "there is none")
    }

    fn long_uri() -> Self {
        Self {
            status: StatusCode::URI_TOO_LONG,
            ..Self::of_client("uri_too_long", "the path and the query are too long for the target")
        }
    }

    pub(crate) fn bad_body() -> Self {
        Self::of_client("bad_body", "the request's body broke off, or is not framed as HTTP")
    }

    pub(crate) fn slow_client(silence: Duration) -> Self {
        Self {
            status: StatusCode::REQUEST_TIMEOUT,
            ..Self::of_client("slow_body", format!("nothing of the request's body in {silence:?}"))
        }
    }

    fn of_client(kind: &'static str, why: impl Into<String>) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self { status, kind, why: why.into(), by_client: true, unsent: false }
    }

    fn of_error(error: &legacy::Error, upload: &Upload) -> Self {
        if upload.broken() {
            return Self::bad_body();
        }
        let unsent = error.is_connect();
        let kind = if unsent { "upstream_unreachable" } else { "upstream_failed" };
        Self { unsent, ..Self::of_target(kind, describe(error)) }
    }

    fn late(why: String) -> Self {
        let status = StatusCode::GATEWAY_TIMEOUT;
        Self { status, kind: "upstream_timeout", why, by_client: false, unsent: false }
    }
}

/// A target's answer.
pub(crate) struct Reached {
    pub(crate) response: Response<Incoming>,
    pub(crate) lane: Option<Lane>,
    /// How long its body may be silent.
    pub(crate) idle: Duration,
}

/// How long who is waited for: a client's body, a target's head, and both together.
#[derive(Clone, Copy)]
struct Patience {
    client: Duration,
    first_byte: Duration,
    end: Option<Instant>,
}

impl Proxy {
    /// The answer of the first target that a connection comes about with. Once a request is
    /// on its way it is never sent again: it costs tokens, and only its client knows whether
    /// it may be asked twice.
    pub(crate) async fn try_targets(
        &self,
        request: Request<Source>,
        peer: Peer,
        routed: &Routed<'_>,
        started: std::time::Instant,
    ) -> Result<Reached, Failure> {
        let timeouts = &self.settings.timeouts;
        let end = timeouts.total.map(|total| (started + total).into());
        let host = match request.uri().authority() {
            Some(authority) => HeaderValue::from_str(authority.as_str()).ok(),
            None => request.headers().get(HOST).cloned(),
        };
        let (mut head, body) = request.into_parts();
        let rest = head.uri.path().get(routed.context..).unwrap_or_default();
        let (mut headers, mut body) = (std::mem::take(&mut head.headers), body);
        let endpoints = &routed.api.endpoints;
        let mut tried = Vec::new();
        let mut next = endpoints.choose(&tried);
        loop {
            let chosen = next.and_then(|index| Some((index, endpoints.list.get(index)?)));
            let (index, endpoint) = chosen.ok_or_else(Failure::no_target)?;
            let target = &endpoint.target;
            let uri = target.uri(rest, head.uri.query()).ok_or_else(Failure::long_uri)?;
            let protocol = self.protocol(target, routed.websocket);
            let last = endpoints.list.len() == tried.len() + 1;
            let spare = (!last).then(|| headers.clone());
            let named = protocol == Protocol::Http1 || !target.is_https();
            let forwarding = &self.settings.forwarding;
            headers::to_target(
                &mut headers,
                peer,
                host.clone(),
                forwarding,
                named && protocol != Protocol::Http2,
            );
            routed.ids.tell(&mut headers, &self.settings.ids);
            if routed.websocket {
                upgrade::ask(&mut headers);
            }
            let (upload, sent) = Upload::new(body);
            // The version says nothing: the connection decides.
            let mut request = Request::new(sent);
            *request.method_mut() = head.method.clone();
            *request.uri_mut() = uri;
            *request.headers_mut() = headers;
            let shared =
                protocol == Protocol::Http2 || protocol == Protocol::Auto && target.is_https();
            let lane = shared.then(|| target.lanes().take(self.settings.pool.streams));
            let client = self.clients.of(protocol, lane.as_ref());
            let own = endpoint.timeouts;
            let first_byte = own.read.unwrap_or(timeouts.first_byte);
            let patience = Patience { client: timeouts.client, first_byte, end };
            let sending = send(client, request, &upload, patience);
            let sent = CONNECT.scope(own.connect, sending).await;
            let failure = match sent {
                Ok(response) => {
                    let idle = own.read.unwrap_or(timeouts.idle);
                    return Ok(Reached { response, lane, idle });
                }
                Err(failure) => failure,
            };
            if failure.unsent {
                endpoints.failed(index);
            }
            let unsent = if failure.unsent { upload.take_back() } else { None };
            let (Some(again), Some(spare)) = (unsent, spare) else { return Err(failure) };
            tried.push(index);
            next = endpoints.choose(&tried);
            if next.is_none() {
                return Err(failure);
            }
            let (api, request) = (&routed.api.name, &routed.ids.request);
            tracing::warn!(%api, %request, "trying another target: {}", failure.why);
            (headers, body) = (spare, again);
        }
    }

    /// The protocol to ask a target in.
    fn protocol(&self, target: &Target, websocket: bool) -> Protocol {
        let keeps_host = self.settings.forwarding.host == HostHeader::Client;
        match target.protocol() {
            // HTTP/2 names the host in the URL, which is the target's.
            _ if websocket => Protocol::Http1,
            Protocol::Auto if keeps_host => Protocol::Http1,
            protocol => protocol,
        }
    }
}

/// Sends a request, and waits for the answer's head: so long after the last byte of the
/// request was taken as the timeouts say, and in any case not longer than `end`. Who is
/// waited for while a request is on its way may change: it is looked at when the shorter of
/// the two timeouts is over.
async fn send(
    client: &Client,
    request: Request<Sent>,
    upload: &Upload,
    Patience { client: for_client, first_byte, end }: Patience,
) -> Result<Response<Incoming>, Failure> {
    let silence = || if upload.starved() { for_client } else { first_byte };
    let moved = || Instant::from_std(upload.last_moved());
    let mut answer = pin!(client.request(request));
    loop {
        let first = moved() + for_client.min(first_byte);
        let look = if Instant::now() < first { first } else { moved() + silence() };
        let until = end.map_or(look, |end| end.min(look));
        if let Ok(answer) = timeout_at(until, answer.as_mut()).await {
            return answer.map_err(|error| Failure::of_error(&error, upload));
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            return Err(Failure::late("no answer within the total timeout".to_owned()));
        }
        if Instant::now() >= moved() + silence() {
            return Err(if upload.starved() {
                Failure::slow_client(for_client)
            } else {
                Failure::late(format!("no answer within {first_byte:?}"))
            });
        }
    }
}
