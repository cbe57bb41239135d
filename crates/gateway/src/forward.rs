//! One request: to its API's target, and the answer back, metered while it passes.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use hyper::body::Incoming;
use token_tracking_core::{End, Exchange, Meter, Reason, RecordSink};

use crate::answer::{Answer, own};
use crate::api::Api;
use crate::client::{Client, describe};
use crate::headers;
use crate::routes::{Routes, host_of};
use crate::selector::has_dot_segment;
use crate::tap::Tap;
use crate::tracking::Tracking;

/// What all connections share.
pub(crate) struct Proxy {
    pub(crate) apis: Vec<Api>,
    pub(crate) routes: Routes,
    pub(crate) client: Client,
    pub(crate) sink: Arc<dyn RecordSink>,
}

/// What nginx writes where the client left before there was a status to send it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// The request's side of a record, kept until the answer's head is there. Dropped before
/// that, since the client left, it gives the record itself.
struct Asked<'a> {
    api: &'a Api,
    sink: &'a Arc<dyn RecordSink>,
    /// Whether the answer's head is there, so that the record is somebody else's to give.
    answered: bool,
    tracking: Option<&'a Tracking>,
    method: Method,
    uri: Uri,
    /// The request's headers; only where an answer may be metered.
    headers: HeaderMap,
    started: (Instant, SystemTime),
}

impl Proxy {
    /// Answers a request. What goes wrong is an answer too.
    pub(crate) async fn handle(
        &self,
        request: Request<Incoming>,
        peer: IpAddr,
    ) -> Response<Answer> {
        let started = (Instant::now(), SystemTime::now());
        if request.method() == Method::CONNECT || headers::asks_for_upgrade(request.headers()) {
            return own(
                StatusCode::NOT_IMPLEMENTED,
                "upgrade_not_supported",
                "this gateway does not pass on upgrades (WebSocket, CONNECT) yet; \
                 send the request without Upgrade",
            );
        }
        let path = request.uri().path();
        let Some((index, context)) = self.routes.find(host_of(&request), path) else {
            let message = format!("no API is served here; served are: {}", self.routes.listed());
            return own(StatusCode::NOT_FOUND, "unknown_path", &message);
        };
        let (Some(api), Some(rest)) = (self.apis.get(index), path.get(context..)) else {
            return own(StatusCode::NOT_FOUND, "unknown_path", "no API is served here");
        };
        if has_dot_segment(rest) {
            let message = "the path has a segment \".\" or \"..\"; send it resolved";
            return own(StatusCode::BAD_REQUEST, "dot_segment", message);
        }
        let target = api.target().and_then(|target| target.uri(rest, request.uri().query()));
        let Some(target) = target else {
            let message = "the path and the query are too long for the target's URL";
            return own(StatusCode::URI_TOO_LONG, "uri_too_long", message);
        };
        let tracking = api.tracking(request.method(), rest);
        let mut asked = Asked {
            api,
            sink: &self.sink,
            answered: false,
            tracking,
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: tracking.map(|_| request.headers().clone()).unwrap_or_default(),
            started,
        };
        let answer = self.client.request(to_target(request, target, peer)).await;
        asked.answered = true;
        match answer {
            Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                self.failed(&asked, "upstream_failed", "the target switched protocols unasked")
            }
            Ok(response) => self.pass(&asked, response),
            Err(error) => {
                let kind =
                    if error.is_connect() { "upstream_unreachable" } else { "upstream_failed" };
                self.failed(&asked, kind, &describe(&error))
            }
        }
    }

    /// The target's answer, with a meter on it where it is tracked.
    fn pass(&self, asked: &Asked<'_>, response: Response<Incoming>) -> Response<Answer> {
        let (mut head, body) = response.into_parts();
        let meter = asked.tracking.and_then(|tracking| {
            let meter = tracking.meter(&asked.exchange(head.status, &head.headers))?;
            Some(meter.deliver_to(Arc::clone(&self.sink)))
        });
        // After the meter has seen the headers as the target sent them.
        headers::to_client(&mut head.headers);
        head.version = Version::HTTP_11;
        Response::from_parts(head, Answer::Passing(Tap::new(body, meter)))
    }

    /// An answer instead of the target's, which did not come.
    fn failed(&self, asked: &Asked<'_>, kind: &str, why: &str) -> Response<Answer> {
        tracing::warn!(api = %asked.api.name, "{why}");
        let message = format!("the target of \"{}\": {why}", asked.api.name);
        let answer = own(StatusCode::BAD_GATEWAY, kind, &message);
        let exchange = asked.exchange(answer.status(), answer.headers());
        if asked.tracking.is_some() && exchange.has_body() {
            self.sink.record(Meter::unreachable(&exchange, why).finish(End::Failed));
        }
        answer
    }
}

impl Asked<'_> {
    fn exchange<'e>(&'e self, status: StatusCode, headers: &'e HeaderMap) -> Exchange<'e> {
        Exchange::new(status, headers)
            .with_request(&self.method, self.uri.path(), &self.headers)
            .with_api(&self.api.name)
            .with_started(self.started.0, self.started.1)
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if self.answered || self.tracking.is_none() {
            return;
        }
        let status = StatusCode::from_u16(CLIENT_CLOSED_REQUEST).unwrap_or_default();
        let headers = HeaderMap::new();
        let exchange = self.exchange(status, &headers);
        if exchange.has_body() {
            let why = "the client left before the answer began";
            let meter = Meter::unread(&exchange, Reason::ClientCancelled, why);
            self.sink.record(meter.finish(End::Cancelled));
        }
    }
}

/// The client's request as it goes to the target.
fn to_target(request: Request<Incoming>, target: Uri, peer: IpAddr) -> Request<Incoming> {
    let host = host_of(&request).and_then(|host| HeaderValue::from_str(host).ok());
    let (mut head, body) = request.into_parts();
    headers::to_target(&mut head.headers, peer, host);
    head.uri = target;
    // The connection decides: HTTP/2 where TLS agreed on it.
    head.version = Version::HTTP_11;
    // What the listener's hyper kept there is about the client's connection.
    head.extensions.clear();
    Request::from_parts(head, body)
}
