//! How long things may take, and the answer's body that keeps to it.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use token_tracking_host::duration;
use tokio::time::{Instant, Sleep, sleep_until};

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// How long things may take. Durations are written as `10s` or `1m 30s`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Timeouts {
    /// A connection to a target: name, TCP and TLS together. Then 502.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub connect: Duration,
    /// Silence before the answer's head, since the last byte of the request that was sent.
    /// Then 504. A buffered answer of a reasoning model is one long silence.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub first_byte: Duration,
    /// Silence between two chunks of an answer. Then the answer is broken off.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub idle: Duration,
    /// All of a request and its answer, however lively; no limit where absent.
    #[serde(with = "duration::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "duration::optional::schema")]
    pub total: Option<Duration>,
    /// A client's handshake, and its request's head over HTTP/1.1; so long an unused
    /// connection of a client is kept, too.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub head: Duration,
    /// A client that takes nothing of what is sent to it, and then its connection is closed;
    /// or one that sends nothing of its request's body, and then 408.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub client: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            // What the vendors' SDKs wait, too.
            first_byte: Duration::from_secs(600),
            idle: Duration::from_secs(300),
            total: None,
            head: Duration::from_secs(30),
            client: Duration::from_secs(60),
        }
    }
}

/// A target's body that fails when it is silent for too long, or takes too long.
///
/// The timer is touched once per idle time and not once per chunk: when it fires early, it
/// is set to when it should.
pub(crate) struct Timed<B> {
    body: B,
    idle: Duration,
    /// When all must be over.
    end: Option<Instant>,
    /// Until when the chunk that is awaited must come; none is awaited without it.
    until: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<B> Timed<B> {
    pub(crate) fn new(body: B, idle: Duration, end: Option<Instant>) -> Self {
        Self { body, idle, end, until: None, timer: None }
    }

    /// Ready when the awaited chunk is too late.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<BoxError> {
        let (idle, end) = (self.idle, self.end);
        let until = *self.until.get_or_insert_with(|| {
            let until = Instant::now() + idle;
            end.map_or(until, |end| until.min(end))
        });
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        loop {
            ready!(timer.as_mut().poll(cx));
            if Instant::now() >= until {
                break;
            }
            timer.as_mut().reset(until);
        }
        let why = if end == Some(until) {
            "the answer took longer than the total timeout".to_owned()
        } else {
            format!("no chunk within {idle:?}")
        };
        Poll::Ready(why.into())
    }
}

impl<B> Body for Timed<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let timed = self.get_mut();
        match Pin::new(&mut timed.body).poll_frame(cx) {
            Poll::Ready(next) => {
                timed.until = None;
                if timed.end.is_some_and(|end| Instant::now() >= end) {
                    return Poll::Ready(Some(Err(
                        "the answer took longer than the total timeout".into()
                    )));
                }
                Poll::Ready(next.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => timed.poll_late(cx).map(|late| Some(Err(late))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
