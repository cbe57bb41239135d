//! A body that goes out part by part with pauses, and may break off.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

/// Parts to send, with a pause before each but the first.
#[derive(Debug)]
pub(super) struct Paced {
    parts: VecDeque<Bytes>,
    pause: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    breaks_off: bool,
}

impl Paced {
    /// One part, with its length said.
    pub(super) fn whole(bytes: Bytes) -> Self {
        let parts = VecDeque::from([bytes]);
        Self { parts, pause: Duration::ZERO, sleep: None, breaks_off: false }
    }

    /// These parts. With a cut, that many and half of the next, then the connection breaks.
    pub(super) fn stream(
        parts: impl Iterator<Item = Bytes>,
        pause: Duration,
        cut: Option<usize>,
    ) -> Self {
        let mut parts: VecDeque<_> = parts.collect();
        if let Some(cut) = cut {
            parts.truncate(cut.saturating_add(1));
            if let Some(last) = parts.back_mut() {
                last.truncate(last.len() / 2);
            }
        }
        Self { parts, pause, sleep: None, breaks_off: cut.is_some() }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(sleep) = &mut self.sleep {
            ready!(sleep.as_mut().poll(cx));
            self.sleep = None;
        }
        let Some(part) = self.parts.pop_front() else {
            // An error makes hyper close the connection without the end of the body.
            return Poll::Ready(self.breaks_off.then(|| {
                self.breaks_off = false;
                Err(io::Error::from(io::ErrorKind::ConnectionReset))
            }));
        };
        // Also before breaking off, so that the last part has left by then.
        if !self.pause.is_zero() && (!self.parts.is_empty() || self.breaks_off) {
            self.sleep = Some(Box::pin(tokio::time::sleep(self.pause)));
        }
        Poll::Ready(Some(Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.is_empty() && !self.breaks_off
    }

    fn size_hint(&self) -> SizeHint {
        // A stream does not know its length.
        if self.pause.is_zero() && !self.breaks_off {
            return SizeHint::with_exact(self.parts.iter().map(|part| part.len() as u64).sum());
        }
        SizeHint::default()
    }
}
