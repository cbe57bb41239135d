//! The request's side of a record, and the records of answers that never began.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Method, StatusCode, Uri, Version};
use token_tracking_core::{Details, End, Exchange, Meter, NodeFacts, Reason, RecordSink};
use token_tracking_host::Caller;

use crate::api::{Api, Steps};
use crate::forwarding::Peer;
use crate::ids::RequestIds;

/// What nginx writes where the client left before there was a status to send it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// The request's side of a record, kept until the answer's head is there. Dropped before
/// that, since the client left, it gives the record itself.
pub(crate) struct Asked<'a> {
    pub(crate) sink: &'a Arc<dyn RecordSink>,
    /// Whether the answer's head is there, so that the record is somebody else's to give.
    pub(crate) answered: bool,
    pub(crate) steps: Steps<'a>,
    pub(crate) caller: Caller,
    pub(crate) origin: Origin<'a>,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    /// The request's headers; only where somebody looks at them when the answer begins.
    pub(crate) headers: HeaderMap,
    pub(crate) started: (Instant, SystemTime),
}

/// Where a request comes from and where it is served: all of its details but its URL.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) ids: &'a RequestIds,
    pub(crate) peer: Peer,
    pub(crate) version: Version,
    pub(crate) api: &'a Api,
    /// The length of the context path.
    pub(crate) context: usize,
    pub(crate) node: &'a NodeFacts,
}

impl Origin<'_> {
    /// The request's side of an exchange.
    pub(crate) fn exchange<'e>(
        &'e self,
        answer: (StatusCode, &'e HeaderMap),
        (method, uri, headers): (&'e Method, &'e Uri, &'e HeaderMap),
    ) -> Exchange<'e> {
        let host = uri.authority().map(Authority::as_str);
        let host = host.or_else(|| headers.get(HOST)?.to_str().ok());
        Exchange::new(answer.0, answer.1)
            .with_request(method, uri.path(), headers)
            .with_api(&self.api.name)
            .with_details(Details {
                id: Some(&self.ids.request),
                transaction_id: Some(self.ids.transaction()),
                query: uri.query(),
                context_path: uri.path().get(..self.context),
                scheme: Some(self.peer.scheme()),
                host,
                version: Some(self.version),
                remote: Some(self.peer.ip),
                local: self.peer.local,
                told: &[],
                api: Some(&self.api.facts),
                node: Some(self.node),
            })
    }
}

impl Asked<'_> {
    pub(crate) fn exchange<'e>(
        &'e self,
        status: StatusCode,
        headers: &'e HeaderMap,
    ) -> Exchange<'e> {
        let request = (&self.method, &self.uri, &self.headers);
        let mut exchange = self.origin.exchange((status, headers), request);
        exchange.application = self.caller.application.as_deref();
        exchange
            .with_attributes(&self.caller.attributes)
            .with_started(self.started.0, self.started.1)
    }

    /// A meter for what nobody can read; `None` where it is not tracked, or has no body.
    pub(crate) fn unread(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        reason: Reason,
        why: &str,
    ) -> Option<Meter> {
        let exchange = self.exchange(status, headers);
        let switched = status == StatusCode::SWITCHING_PROTOCOLS;
        let readable = switched || exchange.has_body();
        (readable && self.steps.choose(&exchange).is_some())
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
