//! One request: to its API's target, and the answer back, metered while it passes.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use http::header::{CONNECTION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::Either;
use hyper::body::Incoming;
use token_tracking_core::{End, Exchange, Meter, Reason, RecordSink};
use tokio::sync::watch;

use crate::answer::{Answer, own};
use crate::api::Api;
use crate::checks;
use crate::client::{Clients, Protocol};
use crate::forwarding::{HostHeader, Peer};
use crate::headers;
use crate::limits::{Place, Places};
use crate::routes::{Routes, host_of};
use crate::selector::has_dot_segment;
use crate::send::{Failure, send};
use crate::settings::Settings;
use crate::tap::Tap;
use crate::target::Target;
use crate::timeouts::Timed;
use crate::tracking::Tracking;
use crate::upgrade::{self, Tunnel};
use crate::upload::Upload;

/// What all connections share.
pub(crate) struct Proxy {
    pub(crate) apis: Vec<Api>,
    pub(crate) routes: Routes,
    pub(crate) clients: Clients,
    pub(crate) sink: Arc<dyn RecordSink>,
    pub(crate) settings: Settings,
    pub(crate) in_flight: Places,
    /// Tells tunnels to end.
    pub(crate) closing: watch::Sender<bool>,
}

/// What nginx writes where the client left before there was a status to send it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Where a request goes.
struct Routed<'a> {
    api: &'a Api,
    /// The length of the context path.
    context: usize,
    tracking: Option<&'a Tracking>,
    websocket: bool,
}

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
    pub(crate) async fn handle(&self, request: Request<Incoming>, peer: Peer) -> Response<Answer> {
        let Some(place) = self.in_flight.take() else {
            let message = "the gateway answers as many requests as it may; try again soon";
            let mut answer = own(StatusCode::SERVICE_UNAVAILABLE, "too_many_requests", message);
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            return answer;
        };
        match self.route(&request) {
            Ok(routed) => self.ask(request, peer, routed, place).await,
            Err(refusal) => refusal.map(|body| body.keeping(place)),
        }
    }

    /// Where a request goes, or the answer of the gateway's own.
    fn route(&self, request: &Request<Incoming>) -> Result<Routed<'_>, Box<Response<Answer>>> {
        if let Some(refusal) = checks::refuse(request, &self.settings.limits) {
            return Err(Box::new(refusal));
        }
        let websocket = match headers::upgrade(request.headers()).as_deref() {
            None => false,
            Some("websocket") if request.method() == Method::GET => true,
            Some(_) => {
                return Err(Box::new(own(
                    StatusCode::NOT_IMPLEMENTED,
                    "upgrade_not_supported",
                    "of all upgrades only WebSocket passes; send the request without Upgrade",
                )));
            }
        };
        let path = request.uri().path();
        let found = self.routes.find(host_of(request), path);
        let found = found.and_then(|(index, context)| Some((self.apis.get(index)?, context)));
        let Some((api, context)) = found else {
            let message = format!("no API is served here; served are: {}", self.routes.listed());
            return Err(Box::new(own(StatusCode::NOT_FOUND, "unknown_path", &message)));
        };
        let rest = path.get(context..).unwrap_or_default();
        if has_dot_segment(rest) {
            let message = "the path has a segment \".\" or \"..\"; send it resolved";
            return Err(Box::new(own(StatusCode::BAD_REQUEST, "dot_segment", message)));
        }
        Ok(Routed { api, context, tracking: api.tracking(request.method(), rest), websocket })
    }

    /// Asks a target, and passes its answer.
    async fn ask(
        &self,
        mut request: Request<Incoming>,
        peer: Peer,
        routed: Routed<'_>,
        place: Place,
    ) -> Response<Answer> {
        let started = (Instant::now(), SystemTime::now());
        let mut asked = Asked {
            api: routed.api,
            sink: &self.sink,
            answered: false,
            tracking: routed.tracking,
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: routed.tracking.map(|_| request.headers().clone()).unwrap_or_default(),
            started,
        };
        let switched = routed.websocket.then(|| hyper::upgrade::on(&mut request));
        let answer = self.try_targets(request, peer, &routed, started.0).await;
        asked.answered = true;
        match (answer, switched) {
            (Ok(response), Some(client)) if upgrade::agreed(&response) => {
                let why = "a WebSocket, which passes untracked";
                let reason = Reason::UnsupportedContent;
                let meter = asked.unread(response.status(), response.headers(), reason, why);
                let meter = meter.map(|meter| meter.deliver_to(Arc::clone(&self.sink)));
                Tunnel { client, meter, closing: self.closing.subscribe(), place }.open(response)
            }
            (Ok(response), _) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                let why = "the target switched protocols unasked";
                self.failed(&asked, Failure::of_target("upstream_failed", why))
            }
            (Ok(response), _) => self.pass(&asked, response).map(|body| body.keeping(place)),
            (Err(failure), _) => self.failed(&asked, failure),
        }
    }

    /// The answer of the first target that a connection comes about with. Once a request is
    /// on its way it is never sent again: it costs tokens, and only its client knows whether
    /// it may be asked twice.
    async fn try_targets(
        &self,
        request: Request<Incoming>,
        peer: Peer,
        routed: &Routed<'_>,
        started: Instant,
    ) -> Result<Response<Incoming>, Failure> {
        let timeouts = &self.settings.timeouts;
        let end = timeouts.total.map(|total| (started + total).into());
        let host = host_of(&request).and_then(|host| HeaderValue::from_str(host).ok());
        let (mut head, body) = request.into_parts();
        let rest = head.uri.path().get(routed.context..).unwrap_or_default();
        let (mut headers, mut body) = (std::mem::take(&mut head.headers), Either::Left(body));
        let mut left = routed.api.endpoints.len();
        loop {
            left = left.saturating_sub(1);
            let target = routed.api.target().ok_or_else(Failure::no_target)?;
            let uri = target.uri(rest, head.uri.query()).ok_or_else(Failure::long_uri)?;
            let protocol = self.protocol(target, routed.websocket);
            let spare = (left > 0).then(|| headers.clone());
            let named = protocol == Protocol::Http1 || !target.is_https();
            let forwarding = &self.settings.forwarding;
            headers::to_target(
                &mut headers,
                peer,
                host.clone(),
                forwarding,
                named && protocol != Protocol::Http2,
            );
            if routed.websocket {
                upgrade::ask(&mut headers);
            }
            let (upload, sent) = Upload::new(body);
            // The version says nothing: the connection decides.
            let mut request = Request::new(sent);
            *request.method_mut() = head.method.clone();
            *request.uri_mut() = uri;
            *request.headers_mut() = headers;
            let client = self.clients.of(protocol);
            let failure = match send(client, request, &upload, timeouts.first_byte, end).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let unsent = if failure.unsent { upload.take_back() } else { None };
            let (Some(again), Some(spare)) = (unsent, spare) else { return Err(failure) };
            tracing::warn!(api = %routed.api.name, "trying another target: {}", failure.why);
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
        let timeouts = &self.settings.timeouts;
        let end = timeouts.total.map(|total| (asked.started.0 + total).into());
        let body = Timed::new(body, timeouts.idle, end);
        Response::from_parts(head, Answer::passing(Tap::new(body, meter)))
    }

    /// An answer instead of the target's, which did not come.
    fn failed(&self, asked: &Asked<'_>, failure: Failure) -> Response<Answer> {
        let Failure { status, kind, why, by_client, .. } = failure;
        let message = if by_client {
            tracing::debug!(api = %asked.api.name, "{why}");
            why.clone()
        } else {
            tracing::warn!(api = %asked.api.name, "{why}");
            format!("the target of \"{}\": {why}", asked.api.name)
        };
        let mut answer = own(status, kind, &message);
        if by_client {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let (reason, end) = if by_client {
            (Reason::ClientCancelled, End::Cancelled)
        } else {
            (Reason::UpstreamFailed, End::Failed)
        };
        if let Some(meter) = asked.unread(status, answer.headers(), reason, &why) {
            self.sink.record(meter.finish(end));
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
    /// A meter for what nobody can read; `None` where it is not tracked, or has no body.
    fn unread(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        reason: Reason,
        why: &str,
    ) -> Option<Meter> {
        let exchange = self.exchange(status, headers);
        let switched = status == StatusCode::SWITCHING_PROTOCOLS;
        (self.tracking.is_some() && (switched || exchange.has_body()))
            .then(|| Meter::unread(&exchange, reason, why))
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if !self.answered {
            let status = StatusCode::from_u16(CLIENT_CLOSED_REQUEST).unwrap_or_default();
            let why = "the client left before the answer began";
            let meter = self.unread(status, &HeaderMap::new(), Reason::ClientCancelled, why);
            if let Some(meter) = meter {
                self.sink.record(meter.finish(End::Cancelled));
            }
        }
    }
}
