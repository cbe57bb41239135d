//! The tap: a body that passes every frame on at once and lets a meter read along.
//!
//! # When the meter reads
//!
//! In `poll_frame`, between taking a frame from the target's body and returning it, by
//! reference. hyper's server writes to the socket only when its body has nothing more to
//! give (or its buffer is full): it asks for the next frame first. So a tap that kept a
//! clone of each chunk and metered it at the next poll would still meter before the
//! write, and the last chunk of a body with a known length, after which hyper asks no
//! more, would be metered before the write too, when the body is dropped. The clone would
//! win nothing, and it would pin hyper's read buffer, which is otherwise used again for
//! the next chunk. A scan takes 0.1 to 1 µs per chunk where the write takes 5 to 10.
//!
//! The tap never waits for a second frame, never merges or splits one, and holds none.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use token_tracking_core::{End, SinkMeter};

/// A body with a meter that reads along. The meter ends exactly once: with the body, with
/// its failure, or, when the body is dropped before, as cancelled.
pub(crate) struct Tap<B> {
    body: B,
    /// Boxed: hyper moves a body several times before it is first polled, and a meter
    /// is large.
    meter: Option<Box<SinkMeter>>,
    /// What the log calls the request: its API and its id.
    called: Option<(Arc<str>, Arc<str>)>,
}

impl<B: Body> Tap<B> {
    /// Without a meter, the body only passes.
    pub(crate) fn new(body: B, meter: Option<SinkMeter>) -> Self {
        let mut tap = Self { body, meter: meter.map(Box::new), called: None };
        // hyper never polls an empty body.
        tap.finish_if_ended();
        tap
    }

    /// The same, whose failure is said to the log as of this API and this request.
    pub(crate) fn called(mut self, api: Arc<str>, request: Arc<str>) -> Self {
        self.called = Some((api, request));
        self
    }

    /// A body may know its end before it is asked: after the last byte of a known length
    /// hyper polls no more, and dropping the body then would look like a cancellation.
    fn finish_if_ended(&mut self) {
        if self.body.is_end_stream() {
            self.finish(End::Complete);
        }
    }

    fn finish(&mut self, end: End) {
        if let Some(meter) = self.meter.take() {
            meter.finish(end);
        }
    }
}

impl<B: Body<Data = Bytes, Error: std::fmt::Display> + Unpin> Body for Tap<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let tap = self.get_mut();
        let next = ready!(Pin::new(&mut tap.body).poll_frame(cx));
        match &next {
            Some(Ok(frame)) => {
                if let (Some(chunk), Some(meter)) = (frame.data_ref(), &mut tap.meter) {
                    meter.push(chunk);
                }
                if frame.is_trailers() {
                    // Nothing comes after trailers, and hyper does not ask either.
                    tap.finish(End::Complete);
                } else {
                    tap.finish_if_ended();
                }
            }
            Some(Err(error)) => {
                if let Some((api, request)) = tap.called.take() {
                    tracing::warn!(%api, %request, "the answer broke off: {error}");
                }
                tap.finish(End::Failed);
            }
            None => tap.finish(End::Complete),
        }
        Poll::Ready(next)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::task::Waker;

    use http::{HeaderMap, StatusCode};
    use token_tracking_core::{Exchange, Meter};
    use token_tracking_report::Memory;

    use super::*;

    type Next = Poll<Option<Result<Frame<Bytes>, &'static str>>>;

    /// A body that gives what it is told; at its end where the script is.
    struct Script {
        frames: VecDeque<Next>,
        knows_its_end: bool,
    }

    impl Body for Script {
        type Data = Bytes;
        type Error = &'static str;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Next {
            self.frames.pop_front().unwrap_or(Poll::Ready(None))
        }

        fn is_end_stream(&self) -> bool {
            self.knows_its_end && self.frames.is_empty()
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(42)
        }
    }

    fn data(text: &'static str) -> Next {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(text.as_bytes())))))
    }

    fn tap(frames: impl Into<VecDeque<Next>>, knows_its_end: bool) -> (Tap<Script>, Arc<Memory>) {
        let memory = Arc::new(Memory::new(10));
        let headers = HeaderMap::new();
        let meter = Meter::misconfigured(&Exchange::new(StatusCode::OK, &headers), "a test");
        let meter = meter.deliver_to(Arc::clone(&memory) as _);
        (Tap::new(Script { frames: frames.into(), knows_its_end }, Some(meter)), memory)
    }

    fn poll(tap: &mut Tap<Script>) -> Next {
        Pin::new(tap).poll_frame(&mut Context::from_waker(Waker::noop()))
    }

    fn ends(memory: &Memory) -> Vec<End> {
        memory.records().iter().map(|record| record.end).collect()
    }

    #[test]
    fn an_empty_body_ends_when_it_is_made() {
        let (tap, memory) = tap([], true);
        assert_eq!(ends(&memory), [End::Complete]);
        drop(tap);
        assert_eq!(ends(&memory), [End::Complete], "exactly once");
    }

    #[test]
    fn a_body_of_known_length_ends_with_its_last_byte() {
        let (mut tap, memory) = tap([data("a"), data("b")], true);
        assert_eq!(tap.size_hint().exact(), Some(42), "hyper sees the length");
        let _ = poll(&mut tap);
        assert!(!tap.is_end_stream() && ends(&memory).is_empty());
        let _ = poll(&mut tap);
        assert!(tap.is_end_stream());
        drop(tap);
        assert_eq!(ends(&memory), [End::Complete]);
    }

    #[test]
    fn a_chunked_body_ends_with_none_or_trailers_and_may_be_polled_again() {
        let (mut chunked, memory) = tap([data("a"), Poll::Pending], false);
        assert!(poll(&mut chunked).is_ready());
        assert!(poll(&mut chunked).is_pending());
        assert!(ends(&memory).is_empty());
        assert!(matches!(poll(&mut chunked), Poll::Ready(None)));
        assert!(matches!(poll(&mut chunked), Poll::Ready(None)));
        assert_eq!(ends(&memory), [End::Complete]);

        let trailers = Poll::Ready(Some(Ok(Frame::trailers(HeaderMap::new()))));
        let (mut with_trailers, memory) = tap([data("a"), trailers], false);
        let _ = (poll(&mut with_trailers), poll(&mut with_trailers));
        drop(with_trailers);
        assert_eq!(ends(&memory), [End::Complete]);
    }

    #[test]
    fn a_failure_and_a_drop_are_told_apart() {
        let (mut failing, memory) = tap([data("a"), Poll::Ready(Some(Err("reset")))], false);
        let _ = (poll(&mut failing), poll(&mut failing));
        drop(failing);
        assert_eq!(ends(&memory), [End::Failed]);

        let (mut dropped, memory) = tap([data("a"), data("b")], false);
        let _ = poll(&mut dropped);
        drop(dropped);
        assert_eq!(ends(&memory), [End::Cancelled]);
    }
}
