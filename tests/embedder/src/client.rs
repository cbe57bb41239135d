//! A reqwest client: the stream of an answer is metered while it is read.
//!
//! ```no_run
//! use std::sync::Arc;
//! use embedder::client::metered;
//! use futures_util::StreamExt;
//! use token_tracking_core::{Record, Tracker};
//!
//! # async fn ask(client: reqwest::Client, request: reqwest::Request) -> Result<(), Box<dyn std::error::Error>> {
//! let tracker = Tracker::of(&token_tracking_provider_anthropic::PLUGIN)?;
//! let answer = client.execute(request).await?;
//! let sink = Arc::new(|record: Record| println!("{}", record.to_json_line()));
//! let mut chunks = metered(answer, &tracker, sink);
//! while let Some(chunk) = chunks.next().await {
//!     print!("{}", String::from_utf8_lossy(&chunk?));
//! }
//! # Ok(())
//! # }
//! ```

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use token_tracking_core::{End, Exchange, RecordSink, SinkMeter, Tracker};

/// The bytes of an answer, metered while they are read: one record, when it ends or is dropped.
///
/// Where reqwest itself undoes a content coding it takes that header out, so the meter always
/// reads what the header says.
pub fn metered(
    answer: reqwest::Response,
    tracker: &Tracker,
    sink: Arc<dyn RecordSink>,
) -> MeteredStream<impl Stream<Item = reqwest::Result<Bytes>> + Unpin + use<>> {
    let meter = tracker.meter(&Exchange::new(answer.status(), answer.headers()));
    let meter = meter.map(|meter| meter.deliver_to(sink));
    let length = answer.content_length();
    MeteredStream::new(Box::pin(answer.bytes_stream()), length, meter)
}

/// A stream that passes every chunk on as it comes, after its meter has read it.
pub struct MeteredStream<S> {
    stream: S,
    /// How many bytes are still to come, where that is known: a reader who knows it too stops there
    /// and never sees the end.
    left: Option<u64>,
    meter: Option<SinkMeter>,
}

impl<S> MeteredStream<S> {
    pub fn new(stream: S, length: Option<u64>, meter: Option<SinkMeter>) -> Self {
        let mut this = Self { stream, left: length, meter };
        this.finish_after(0);
        this
    }

    fn finish_after(&mut self, read: usize) {
        self.left = self.left.map(|left| left.saturating_sub(read as u64));
        if self.left == Some(0) {
            self.finish(End::Complete);
        }
    }

    fn finish(&mut self, end: End) {
        if let Some(meter) = self.meter.take() {
            meter.finish(end);
        }
    }
}

impl<S, E> Stream for MeteredStream<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    type Item = Result<Bytes, E>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let next = ready!(Pin::new(&mut this.stream).poll_next(cx));
        match &next {
            Some(Ok(chunk)) => {
                if let Some(meter) = &mut this.meter {
                    meter.push(chunk);
                }
                this.finish_after(chunk.len());
            }
            Some(Err(_)) => this.finish(End::Failed),
            None => this.finish(End::Complete),
        }
        Poll::Ready(next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}
