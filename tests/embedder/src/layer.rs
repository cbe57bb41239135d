//! A tower layer: what the service inside answers is metered while it passes.
//!
//! ```
//! use std::sync::Arc;
//! use embedder::layer::MeterLayer;
//! use token_tracking_core::{Record, Tracker};
//!
//! let tracker = Tracker::of(&token_tracking_provider_openai::PLUGIN)?;
//! let sink = Arc::new(|record: Record| println!("{}", record.to_json_line()));
//! let app: axum::Router = axum::Router::new().layer(MeterLayer::new(tracker, sink));
//! # Ok::<(), token_tracking_core::Error>(())
//! ```

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use token_tracking_core::{End, Exchange, Instant, RecordSink, SinkMeter, SystemTime, Tracker};
use tower_layer::Layer;
use tower_service::Service;

/// Meters the answers of a service: one record each.
#[derive(Clone)]
pub struct MeterLayer {
    tracker: Tracker,
    sink: Arc<dyn RecordSink>,
}

impl MeterLayer {
    pub fn new(tracker: Tracker, sink: Arc<dyn RecordSink>) -> Self {
        Self { tracker, sink }
    }
}

impl<S> Layer<S> for MeterLayer {
    type Service = Metered<S>;

    fn layer(&self, service: S) -> Metered<S> {
        Metered { service, layer: self.clone() }
    }
}

/// A service whose answers are metered.
#[derive(Clone)]
pub struct Metered<S> {
    service: S,
    layer: MeterLayer,
}

impl<S, In, Out> Service<Request<In>> for Metered<S>
where
    S: Service<Request<In>, Response = Response<Out>>,
    Out: Body<Data = Bytes>,
{
    type Response = Response<MeteredBody<Out>>;
    type Error = S::Error;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<In>) -> Self::Future {
        let asked = Asked {
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            at: (Instant::now(), SystemTime::now()),
        };
        Answering { answer: self.service.call(request), asked, layer: self.layer.clone() }
    }
}

/// What the request said, kept until its answer begins.
struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    at: (Instant, SystemTime),
}

pin_project! {
    /// An answer that has not begun.
    pub struct Answering<F> {
        #[pin]
        answer: F,
        asked: Asked,
        layer: MeterLayer,
    }
}

impl<F, Out, E> Future for Answering<F>
where
    F: Future<Output = Result<Response<Out>, E>>,
    Out: Body<Data = Bytes>,
{
    type Output = Result<Response<MeteredBody<Out>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.answer.poll(cx))?;
        let asked = this.asked;
        let exchange = Exchange::new(response.status(), response.headers())
            .with_request(&asked.method, asked.uri.path(), &asked.headers)
            .with_started(asked.at.0, asked.at.1);
        let meter = this.layer.tracker.meter(&exchange);
        let meter = meter.map(|meter| meter.deliver_to(Arc::clone(&this.layer.sink)));
        Poll::Ready(Ok(response.map(|body| MeteredBody::new(body, meter))))
    }
}

pin_project! {
    /// A body that passes every frame on as it comes, after its meter has read it. Dropped before its
    /// end, its record says `cancelled`.
    pub struct MeteredBody<B> {
        #[pin]
        body: B,
        meter: Option<SinkMeter>,
    }
}

impl<B: Body<Data = Bytes>> MeteredBody<B> {
    pub fn new(body: B, mut meter: Option<SinkMeter>) -> Self {
        // A body that is known to be empty is never polled.
        if body.is_end_stream() {
            finish(&mut meter, End::Complete);
        }
        Self { body, meter }
    }
}

impl<B: Body<Data = Bytes>> Body for MeteredBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        let next = ready!(this.body.as_mut().poll_frame(cx));
        match &next {
            Some(Ok(frame)) => {
                if let (Some(chunk), Some(meter)) = (frame.data_ref(), &mut *this.meter) {
                    meter.push(chunk);
                }
                // After the last byte of a known length, or after trailers, nobody polls again.
                if this.body.is_end_stream() || frame.is_trailers() {
                    finish(this.meter, End::Complete);
                }
            }
            Some(Err(_)) => finish(this.meter, End::Failed),
            None => finish(this.meter, End::Complete),
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

fn finish(meter: &mut Option<SinkMeter>, end: End) {
    if let Some(meter) = meter.take() {
        meter.finish(end);
    }
}
