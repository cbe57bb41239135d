//! Bodies of answers: the target's, or a short one of the gateway's own.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::lanes::Lane;
use crate::limits::Place;
use crate::strip::Strip;
use crate::tap::Tap;
use crate::timeouts::{BoxError, Timed};

/// The body of an answer to a client, and the places that its request takes.
pub(crate) struct Answer {
    body: Kind,
    /// Only held.
    _places: (Option<Place>, Option<Lane>),
}

/// An enum and not a box: it is polled for each chunk.
enum Kind {
    /// The target's, tapped.
    Passing(Tap<Timed<Incoming>>),
    /// The target's without the event that the client did not ask for.
    Stripped(Box<Strip<Tap<Timed<Incoming>>>>),
    /// The gateway's own.
    Own(Full<Bytes>),
}

impl Answer {
    pub(crate) fn passing(body: Tap<Timed<Incoming>>) -> Self {
        Self { body: Kind::Passing(body), _places: (None, None) }
    }

    pub(crate) fn stripped(body: Tap<Timed<Incoming>>) -> Self {
        Self { body: Kind::Stripped(Box::new(Strip::new(body))), _places: (None, None) }
    }

    pub(crate) fn own(body: impl Into<Bytes>) -> Self {
        Self { body: Kind::Own(Full::new(body.into())), _places: (None, None) }
    }

    /// Whether it is the gateway's own.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.body, Kind::Own(_))
    }

    /// Keeps these places until the body has passed.
    pub(crate) fn keeping(mut self, place: Place, lane: Option<Lane>) -> Self {
        self._places = (Some(place), lane);
        self
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.get_mut().body {
            Kind::Passing(body) => Pin::new(body).poll_frame(cx),
            Kind::Stripped(body) => Pin::new(&mut **body).poll_frame(cx),
            Kind::Own(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Kind::Passing(body) => body.is_end_stream(),
            Kind::Stripped(body) => body.is_end_stream(),
            Kind::Own(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Kind::Passing(body) => body.size_hint(),
            Kind::Stripped(body) => body.size_hint(),
            Kind::Own(body) => body.size_hint(),
        }
    }
}

/// An answer of the gateway's own: what went wrong, as JSON.
pub(crate) fn own(status: StatusCode, kind: &str, message: &str) -> Response<Answer> {
    let body = serde_json::json!({ "error": { "type": kind, "message": message } }).to_string();
    let mut response = Response::new(Answer::own(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
