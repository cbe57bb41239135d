//! The layer around an axum service: bytes, frames and trailers as they were, one record each.

mod support;

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use embedder::layer::MeterLayer;
use futures_util::stream;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::{BodyExt, Full, StreamBody};
use support::{ANSWERS, Answer, Records};
use token_tracking_core::{End, Provenance};
use tokio::sync::mpsc;
use tower::{Layer, ServiceExt, service_fn};

/// An axum service with the layer, that answers so.
fn app<F>(answer: &'static Answer, records: &Records, body: F) -> Router
where
    F: Fn() -> Body + Clone + Send + Sync + 'static,
{
    let answering = move || async move {
        Response::builder().header("content-type", answer.content_type).body(body()).unwrap()
    };
    Router::new()
        .route("/v1/chat", get(answering))
        .layer(MeterLayer::new(answer.tracker(), records.sink()))
}

fn request() -> Request<Body> {
    Request::get("/v1/chat?key=1").body(Body::empty()).unwrap()
}

fn frames(answer: &Answer) -> impl stream::Stream<Item = Result<Frame<Bytes>, Infallible>> + use<> {
    let chunks = answer.chunks().into_iter();
    stream::iter(chunks.map(|chunk| Ok(Frame::data(Bytes::from_static(chunk)))))
}

#[tokio::test]
async fn streamed_in_frames_and_whole() {
    for answer in &ANSWERS {
        let streamed = move || Body::new(StreamBody::new(frames(answer)));
        let whole = move || Body::from(answer.body);
        let bodies: [Box<dyn Fn() -> Body + Send + Sync>; 2] =
            [Box::new(streamed), Box::new(whole)];
        for body in bodies {
            let body = std::sync::Arc::new(body);
            let records = Records::default();
            let app = app(answer, &records, move || body());
            let response = app.oneshot(request()).await.unwrap();
            assert!(records.ends().is_empty());
            let passed = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(passed, answer.body.as_bytes(), "{}", answer.name);
            answer.check(&records);
            let asked = records.the_only().request.unwrap();
            assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/v1/chat"));
        }
    }
}

#[tokio::test]
async fn over_a_real_connection() {
    for answer in &ANSWERS {
        let records = Records::default();
        let app = app(answer, &records, move || Body::new(StreamBody::new(frames(answer))));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/chat", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { axum::serve(listener, app).await });
        let passed = reqwest::get(url).await.unwrap().text().await.unwrap();
        assert_eq!(passed, answer.body);
        records.one().await;
        answer.check(&records);
        serving.abort();
    }
}

#[tokio::test]
async fn a_frame_leaves_before_the_next_is_there_and_a_drop_is_cancelled() {
    let answer = &ANSWERS[3];
    let records = Records::default();
    let (sender, receiver) = mpsc::channel::<Bytes>(1);
    let body = StreamBody::new(stream::unfold(receiver, |mut receiver| async {
        let chunk = receiver.recv().await?;
        Some((Ok::<_, Infallible>(Frame::data(chunk)), receiver))
    }));
    let mut body = Some(body);
    let layer = MeterLayer::new(answer.tracker(), records.sink());
    let service = layer.layer(service_fn(move |_: Request<Body>| {
        let response = Response::new(BodyExt::boxed_unsync(body.take().unwrap()));
        std::future::ready(Ok::<_, Infallible>(response))
    }));
    let mut body = service.oneshot(request()).await.unwrap().into_body();
    let chunks = answer.chunks();
    for chunk in &chunks[..chunks.len() / 2] {
        sender.send(Bytes::from_static(chunk)).await.unwrap();
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), *chunk);
    }
    assert!(records.ends().is_empty());
    drop(body);
    assert_eq!(records.the_only().end, End::Cancelled);
    assert_eq!(records.the_only().provenance, Provenance::Partial);
}

#[tokio::test]
async fn a_known_length_ends_with_its_last_byte() {
    let answer = &ANSWERS[2];
    let records = Records::default();
    let app = app(answer, &records, move || Body::from(answer.body));
    let mut body = app.oneshot(request()).await.unwrap().into_body();
    assert_eq!(body.size_hint().exact(), Some(answer.body.len() as u64));
    let _ = body.frame().await.unwrap().unwrap();
    // hyper polls no more, and would seem to have hung up.
    drop(body);
    answer.check(&records);
}

#[tokio::test]
async fn trailers_pass_and_end_the_record() {
    let answer = &ANSWERS[1];
    let records = Records::default();
    let trailers = HeaderMap::from_iter([("x-sum".parse().unwrap(), "7".parse().unwrap())]);
    let given = trailers.clone();
    let app = app(answer, &records, move || {
        let trailers = futures_util::future::ready(Some(Ok(given.clone())));
        Body::new(Full::from(answer.body).with_trailers(trailers))
    });
    let mut body = app.oneshot(request()).await.unwrap().into_body();
    let data = body.frame().await.unwrap().unwrap();
    assert_eq!(data.into_data().unwrap(), answer.body.as_bytes());
    assert!(records.ends().is_empty(), "trailers are still to come");
    assert_eq!(body.frame().await.unwrap().unwrap().into_trailers().unwrap(), trailers);
    drop(body);
    answer.check(&records);
}

#[tokio::test]
async fn nothing_to_read_is_a_record_only_where_there_could_have_been_a_body() {
    for (method, status, expected) in [
        ("GET", StatusCode::OK, &[End::Complete][..]),
        ("GET", StatusCode::NO_CONTENT, &[]),
        ("HEAD", StatusCode::OK, &[]),
    ] {
        let records = Records::default();
        let layer = MeterLayer::new(ANSWERS[0].tracker(), records.sink());
        let service = layer.layer(service_fn(move |_: Request<Body>| async move {
            Response::builder().status(status).body(Body::empty())
        }));
        let request = Request::builder().method(method).body(Body::empty()).unwrap();
        let response = service.oneshot(request).await.unwrap();
        assert!(response.body().is_end_stream());
        // It is never polled.
        drop(response);
        assert_eq!(records.ends(), expected, "{method} {status}");
    }
}

/// A body that breaks off.
struct Broken(bool);

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        let first = std::mem::replace(&mut self.0, false);
        Poll::Ready(Some(if first { Ok(Frame::data("{\"usage\"".into())) } else { Err("reset") }))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(1_000)
    }
}

#[tokio::test]
async fn a_failure_passes_and_the_length_is_seen() {
    let records = Records::default();
    let layer = MeterLayer::new(ANSWERS[0].tracker(), records.sink());
    let service = layer.layer(service_fn(async |_: Request<Body>| {
        Ok::<_, Infallible>(Response::new(Broken(true)))
    }));
    let mut body = service.oneshot(request()).await.unwrap().into_body();
    assert_eq!(body.size_hint().exact(), Some(1_000));
    let mut poll = || Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(poll(), Poll::Ready(Some(Ok(_)))));
    assert!(matches!(poll(), Poll::Ready(Some(Err("reset")))));
    drop(body);
    assert_eq!(records.ends(), [End::Failed]);
}
