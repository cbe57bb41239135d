//! A request's body on its way to a target, and what became of it.
//!
//! Where a target took nothing of it, since no connection came about, the body comes back
//! and may go to another target. Once a byte of it was taken, it never does.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::timeouts::BoxError;

/// The client's body, or one that the gateway has made of it: what was read ahead, and then
/// what the client still sends.
pub(crate) struct Source {
    ahead: Bytes,
    rest: Option<Incoming>,
}

/// Why a body cannot be read ahead.
pub(crate) enum Unread {
    /// The client fell silent.
    Late,
    /// The client left, or sent what is no body.
    Broken,
}

impl Source {
    pub(crate) fn streamed(body: Incoming) -> Self {
        Self { ahead: Bytes::new(), rest: Some(body) }
    }

    /// Reads the body into memory, unless it has more than `max` bytes: then at most that and
    /// one chunk are held. Gives it where it is whole. Trailers, which a request all but
    /// never has, are dropped.
    pub(crate) async fn read_ahead(
        &mut self,
        max: usize,
        silence: Duration,
    ) -> Result<Option<&mut Bytes>, Unread> {
        let Some(rest) = &mut self.rest else { return Ok(Some(&mut self.ahead)) };
        if rest.size_hint().lower() > u64::try_from(max).unwrap_or(u64::MAX) {
            return Ok(None);
        }
        let mut read = BytesMut::from(&*self.ahead);
        while read.len() <= max {
            let next =
                tokio::time::timeout(silence, rest.frame()).await.map_err(|_| Unread::Late)?;
            let Some(frame) = next else {
                self.rest = None;
                break;
            };
            if let Ok(chunk) = frame.map_err(|_| Unread::Broken)?.into_data() {
                read.extend_from_slice(&chunk);
            }
        }
        self.ahead = read.freeze();
        Ok(self.rest.is_none().then_some(&mut self.ahead))
    }
}

impl Body for Source {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let source = self.get_mut();
        if !source.ahead.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut source.ahead)))));
        }
        let Some(rest) = &mut source.rest else { return Poll::Ready(None) };
        Pin::new(rest).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.ahead.is_empty() && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let ahead = self.ahead.len() as u64;
        let rest = self.rest.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint);
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(ahead));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(ahead));
        }
        hint
    }
}

/// What is known of a body that was sent.
pub(crate) struct Upload {
    since: Instant,
    /// Microseconds after `since` at which something of it was last taken.
    moved: AtomicU64,
    /// Whether the target would take more than the client has sent.
    starved: AtomicBool,
    touched: AtomicBool,
    broken: AtomicBool,
    returned: Mutex<Option<Source>>,
}

impl Upload {
    /// A body to send, and where to ask about it.
    pub(crate) fn new(body: Source) -> (Arc<Self>, Sent) {
        let upload = Arc::new(Self {
            since: Instant::now(),
            moved: AtomicU64::new(0),
            starved: AtomicBool::new(false),
            touched: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            returned: Mutex::new(None),
        });
        let sent = Sent { body: Some(body), upload: Arc::clone(&upload) };
        (upload, sent)
    }

    /// When something of it was last taken; else when it was made.
    pub(crate) fn last_moved(&self) -> Instant {
        self.since + Duration::from_micros(self.moved.load(Ordering::Relaxed))
    }

    /// Whether it is the client that it waits for.
    pub(crate) fn starved(&self) -> bool {
        self.starved.load(Ordering::Relaxed)
    }

    /// Whether the client's side of it failed: it left, or sent what is no body.
    pub(crate) fn broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// The body, where nothing of it was taken and nobody has it any more.
    pub(crate) fn take_back(&self) -> Option<Source> {
        self.returned.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A body that is being sent.
pub(crate) struct Sent {
    body: Option<Source>,
    upload: Arc<Upload>,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let sent = self.get_mut();
        let Some(body) = &mut sent.body else { return Poll::Ready(None) };
        sent.upload.touched.store(true, Ordering::Relaxed);
        let next = Pin::new(body).poll_frame(cx);
        let upload = &*sent.upload;
        upload.starved.store(next.is_pending(), Ordering::Relaxed);
        let next = ready!(next);
        let after = upload.since.elapsed().as_micros();
        upload.moved.store(u64::try_from(after).unwrap_or(u64::MAX), Ordering::Relaxed);
        upload.broken.store(matches!(next, Some(Err(_))), Ordering::Relaxed);
        Poll::Ready(next.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        if !self.upload.touched.load(Ordering::Relaxed) {
            let mut returned = self.upload.returned.lock().unwrap_or_else(PoisonError::into_inner);
            *returned = self.body.take();
        }
    }
}
