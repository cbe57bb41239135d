//! One request: to its API's target, and the answer back, metered while it passes.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime};

use http::header::{CONNECTION, CONTENT_LENGTH, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version};
use http_body::Body;
use hyper::body::Incoming;
use token_tracking_core::{End, Reason, RecordSink};
use token_tracking_host::{Attributor, Caller};
use tokio::sync::watch;

use crate::answer::{Answer, own};
use crate::api::Api;
use crate::asked::{Asked, Origin};
use crate::checks;
use crate::client::Clients;
use crate::forwarding::Peer;
use crate::headers;
use crate::ids::RequestIds;
use crate::include_usage;
use crate::limits::{Place, Places};
use crate::routes::host_of;
use crate::selector::has_dot_segment;
use crate::send::{Failure, Reached};
use crate::served::Served;
use crate::settings::Settings;
use crate::table::Table;
use crate::tap::Tap;
use crate::timeouts::Timed;
use crate::upgrade::{self, Tunnel};
use crate::upload::{Source, Unread};

/// What all connections share.
pub(crate) struct Proxy {
    /// A request keeps what it began with.
    pub(crate) served: Arc<Served>,
    pub(crate) clients: Clients,
    pub(crate) sink: Arc<dyn RecordSink>,
    pub(crate) settings: Settings,
    pub(crate) attributor: Attributor,
    pub(crate) in_flight: Places,
    /// Whether the shutdown has begun.
    pub(crate) draining: AtomicBool,
    /// Tells tunnels to end.
    pub(crate) closing: watch::Sender<bool>,
}

/// Those of an answer that is not there yet.
fn no_headers() -> &'static HeaderMap {
    static NONE: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);
    &NONE
}

/// Where a request goes.
pub(crate) struct Routed<'a> {
    pub(crate) api: &'a Api,
    /// The length of the context path.
    pub(crate) context: usize,
    pub(crate) ids: &'a RequestIds,
    pub(crate) websocket: bool,
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
        let ids = RequestIds::of(request.headers(), &self.settings.ids);
        let table = self.served.table.load_full();
        let mut answer = match self.route(&table, &request, &ids) {
            Ok(routed) => self.ask(request, peer, routed, place).await,
            Err(refusal) => refusal.map(|body| body.keeping(place, None)),
        };
        if self.settings.ids.to_client || answer.body().is_own() {
            ids.tell(answer.headers_mut(), &self.settings.ids);
        }
        answer
    }

    /// Where a request goes, or the answer of the gateway's own.
    fn route<'t>(
        &self,
        table: &'t Table,
        request: &Request<Incoming>,
        ids: &'t RequestIds,
    ) -> Result<Routed<'t>, Box<Response<Answer>>> {
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
        let Some((api, context)) = table.find(host_of(request), path) else {
            let message = format!("no API is served here; served are: {}", table.routes.listed());
            return Err(Box::new(own(StatusCode::NOT_FOUND, "unknown_path", &message)));
        };
        let rest = path.get(context..).unwrap_or_default();
        if has_dot_segment(rest) {
            let message = "the path has a segment \".\" or \"..\"; send it resolved";
            return Err(Box::new(own(StatusCode::BAD_REQUEST, "dot_segment", message)));
        }
        Ok(Routed { api, context, ids, websocket })
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
        let Routed { api, context, ids, .. } = routed;
        let (version, node) = (request.version(), &self.settings.node);
        let origin = Origin { ids, peer, version, api, context, node };
        let rest = request.uri().path().get(context..).unwrap_or_default();
        let exchange = || {
            let asked = (request.method(), request.uri(), request.headers());
            origin.exchange((StatusCode::OK, no_headers()), asked)
        };
        let steps = api.steps(request.method(), rest, exchange);
        let tracked = !steps.is_empty();
        let named = tracked && !self.attributor.is_silent();
        let caller = if named { self.attributor.of(&exchange()) } else { Caller::default() };
        let kept = steps.read_request_headers().then(|| request.headers().clone());
        let mut asked = Asked {
            sink: &self.sink,
            answered: false,
            steps,
            caller,
            origin,
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: kept.unwrap_or_default(),
            started,
        };
        let switched = routed.websocket.then(|| hyper::upgrade::on(&mut request));
        let mut request = request.map(Source::streamed);
        let mut helped = false;
        let answer = match self.help(&routed, tracked, &mut request).await {
            Ok(help) => {
                helped = help;
                self.try_targets(request, peer, &routed, started.0).await
            }
            Err(failure) => Err(failure),
        };
        asked.answered = true;
        match (answer, switched) {
            (Ok(Reached { response, .. }), Some(client)) if upgrade::agreed(&response) => {
                let why = "a WebSocket, which passes untracked";
                let reason = Reason::UnsupportedContent;
                let meter = asked.unread(response.status(), response.headers(), reason, why);
                let meter = meter.map(|meter| meter.deliver_to(Arc::clone(&self.sink)));
                Tunnel { client, meter, closing: self.closing.subscribe(), place }.open(response)
            }
            (Ok(Reached { response, .. }), _)
                if response.status() == StatusCode::SWITCHING_PROTOCOLS =>
            {
                let why = "the target switched protocols unasked";
                self.failed(&asked, Failure::of_target("upstream_failed", why))
            }
            (Ok(Reached { response, lane, idle }), _) => {
                self.pass(&asked, response, idle, helped).map(|body| body.keeping(place, lane))
            }
            (Err(failure), _) => self.failed(&asked, failure),
        }
    }

    /// Asks for the usage of a stream where that is wanted and the client did not, and says
    /// whether it did.
    async fn help(
        &self,
        routed: &Routed<'_>,
        tracked: bool,
        request: &mut Request<Source>,
    ) -> Result<bool, Failure> {
        let options = &self.settings.include_usage;
        let wanted = routed.api.include_usage.unwrap_or(options.enabled);
        if !wanted || !tracked || !self.concerns(routed, request) {
            return Ok(false);
        }
        let (most, silence) = (options.max_request_bytes, self.settings.timeouts.client);
        let asking = match request.body_mut().read_ahead(most, silence).await {
            Ok(Some(body)) => include_usage::asking(body).map(|asking| *body = asking.into()),
            Ok(None) => None,
            Err(Unread::Late) => return Err(Failure::slow_client(silence)),
            Err(Unread::Broken) => return Err(Failure::bad_body()),
        };
        if asking.is_some() {
            let length = request.body().size_hint().lower();
            include_usage::announce(request.headers_mut(), length);
        }
        Ok(asking.is_some())
    }

    /// Whether a request is for chat completions, as its target would see it.
    fn concerns(&self, routed: &Routed<'_>, request: &Request<Source>) -> bool {
        let rest = request.uri().path().get(routed.context..).unwrap_or_default();
        let uri = routed.api.endpoints.list.first().and_then(|first| first.target.uri(rest, None));
        uri.is_some_and(|uri| {
            include_usage::concerns(request.method(), uri.path(), request.headers())
        })
    }

    /// The target's answer, with a meter on it where it is tracked.
    fn pass(
        &self,
        asked: &Asked<'_>,
        response: Response<Incoming>,
        idle: Duration,
        helped: bool,
    ) -> Response<Answer> {
        let (mut head, body) = response.into_parts();
        let meter = (!asked.steps.is_empty()).then(|| {
            let exchange = asked.exchange(head.status, &head.headers);
            let meter = asked.steps.choose(&exchange)?.meter(&exchange)?;
            Some(meter.deliver_to(Arc::clone(&self.sink)))
        });
        let meter = meter.flatten();
        // After the meter has seen the headers as the target sent them.
        headers::to_client(&mut head.headers);
        head.version = Version::HTTP_11;
        let total = self.settings.timeouts.total;
        let end = total.map(|total| (asked.started.0 + total).into());
        let Origin { api, ids, .. } = asked.origin;
        let body = Tap::new(Timed::new(body, idle, end), meter);
        let body = body.called(Arc::clone(&api.name), Arc::clone(&ids.request));
        if helped && include_usage::answers(head.status, &head.headers) {
            head.headers.remove(CONTENT_LENGTH);
            return Response::from_parts(head, Answer::stripped(body));
        }
        Response::from_parts(head, Answer::passing(body))
    }

    /// An answer instead of the target's, which did not come.
    fn failed(&self, asked: &Asked<'_>, failure: Failure) -> Response<Answer> {
        let Failure { status, kind, why, by_client, .. } = failure;
        let Origin { api, ids, .. } = asked.origin;
        let message = if by_client {
            tracing::debug!(api = %api.name, request = %ids.request, "{why}");
            why.clone()
        } else {
            tracing::warn!(api = %api.name, request = %ids.request, "{why}");
            format!("the target of \"{}\": {why}", api.name)
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
