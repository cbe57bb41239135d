//! A request's body on its way to a target, and what became of it.
//!
//! Where a target took nothing of it, since no connection came about, the body comes back
//! and may go to another target. Once a byte of it was taken, it never does.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{Either, Full};
use hyper::body::Incoming;

use crate::timeouts::BoxError;

/// The client's body, or one that the gateway has made of it.
pub(crate) type Source = Either<Incoming, Full<Bytes>>;

/// What is known of a body that was sent.
pub(crate) struct Upload {
    since: Instant,
    /// Microseconds after `since` at which something of it was last taken.
    moved: AtomicU64,
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
            touched: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            returned: Mutex::new(None),
        });
        let sent = Sent { body: Some(body), upload: Arc::clone(&upload) };
        (upload, sent)
    }

    /// When something of it was last taken; else when it was made.
    pub(crate) fn last_moved(&self) -> Instant {
        self.since + std::time::Duration::from_micros(self.moved.load(Ordering::Relaxed))
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
        let next = ready!(Pin::new(body).poll_frame(cx));
        let upload = &*sent.upload;
        let after = upload.since.elapsed().as_micros();
        upload.moved.store(u64::try_from(after).unwrap_or(u64::MAX), Ordering::Relaxed);
        upload.broken.store(matches!(next, Some(Err(_))), Ordering::Relaxed);
        Poll::Ready(next)
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
