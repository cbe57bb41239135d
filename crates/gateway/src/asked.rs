//! The request's side of a record, and the records of answers that never began.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use http::{HeaderMap, Method, StatusCode, Uri};
use token_tracking_core::{End, Exchange, Meter, Reason, RecordSink};

use crate::api::Api;
use crate::tracking::Tracking;

/// What nginx writes where the client left before there was a status to send it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// The request's side of a record, kept until the answer's head is there. Dropped before
/// that, since the client left, it gives the record itself.
pub(crate) struct Asked<'a> {
    pub(crate) api: &'a Api,
    pub(crate) sink: &'a Arc<dyn RecordSink>,
    /// Whether the answer's head is there, so that the record is somebody else's to give.
    pub(crate) answered: bool,
    pub(crate) tracking: Option<&'a Tracking>,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    /// The request's headers; only where an answer may be metered.
    pub(crate) headers: HeaderMap,
    pub(crate) started: (Instant, SystemTime),
}

impl Asked<'_> {
    pub(crate) fn exchange<'e>(
        &'e self,
        status: StatusCode,
        headers: &'e HeaderMap,
    ) -> Exchange<'e> {
        Exchange::new(status, headers)
            .with_request(&self.method, self.uri.path(), &self.headers)
            .with_api(&self.api.name)
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
