//! Bodies pass as they come, and each metered answer gives exactly one record.

mod common;

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use common::{CHAT, EVENTS, api, client, full, post, raw_upstream, serve, sse, upstream};
use http::Response;
use http_body_util::BodyExt;
use http_body_util::channel::Channel;
use token_tracking_core::{End, Provenance, Reason};
use tokio::sync::mpsc;

#[tokio::test]
async fn a_buffered_answer_is_the_same_bytes_and_one_record() {
    let port = upstream(|_| async {
        Response::builder().header("content-type", "application/json").body(full(CHAT)).unwrap()
    })
    .await;
    let served = serve(vec![api(port)]);
    let answer = client().request(post(&served.url("/gpt/v1/chat?x=1"))).await.unwrap();
    assert_eq!(answer.headers()["content-length"], CHAT.len().to_string());
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), CHAT);

    let record = &served.records(1).await[0];
    assert_eq!((record.usage.input, record.usage.output), (Some(12), Some(34)), "{record:?}");
    assert_eq!(record.api.as_deref(), Some("chat"));
    let request = record.request.as_ref().unwrap();
    assert_eq!((request.method.as_str(), &*request.path), ("POST", "/gpt/v1/chat"));
    assert_eq!((record.status, record.end), (200, End::Complete));
    assert!(record.latency.total >= record.latency.first_byte && !record.streaming);
}

/// The upstream sends an event only after the client has the one before.
#[tokio::test]
async fn an_event_reaches_the_client_before_the_next_one_is_sent() {
    let (confirm, confirmed) = mpsc::channel::<()>(1);
    let confirmed = std::sync::Arc::new(tokio::sync::Mutex::new(confirmed));
    let port = upstream(move |_| {
        let confirmed = std::sync::Arc::clone(&confirmed);
        async move {
            let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
            tokio::spawn(async move {
                for event in EVENTS {
                    sender.send_data(Bytes::from_static(event.as_bytes())).await.unwrap();
                    confirmed.lock().await.recv().await.unwrap();
                }
            });
            sse(body.boxed())
        }
    })
    .await;
    let served = serve(vec![api(port)]);
    let mut body = client().request(post(&served.url("/gpt"))).await.unwrap().into_body();
    for event in EVENTS {
        let frame = tokio::time::timeout(Duration::from_secs(10), body.frame()).await;
        let frame = frame.expect("held back").unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), event, "the chunks are the upstream's");
        confirm.send(()).await.unwrap();
    }
    assert!(body.frame().await.is_none());
    let record = &served.records(1).await[0];
    assert_eq!((record.usage.input, record.usage.output), (Some(12), Some(34)), "{record:?}");
    assert!(record.streaming && record.latency.first_token.is_some());
    assert_eq!(record.provenance, Provenance::Reported);
}

#[tokio::test]
async fn trailers_pass_over_http1() {
    let (port, head) = raw_upstream(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\
         trailer: x-sum\r\n\r\n{:x}\r\n{CHAT}\r\n0\r\nx-sum: 42\r\n\r\n",
        CHAT.len()
    ))
    .await;
    let served = serve(vec![api(port)]);
    let answer = served
        .raw("GET /gpt HTTP/1.1\r\nhost: g\r\nte: trailers\r\nconnection: te, close\r\n\r\n")
        .await;
    assert!(answer.contains("trailer: x-sum\r\n"), "{answer}");
    assert!(answer.ends_with(&format!("{CHAT}\r\n0\r\nx-sum: 42\r\n\r\n")), "{answer}");
    assert!(head.await.unwrap().contains("te: trailers\r\n"));
    assert_eq!(served.records(1).await[0].end, End::Complete);
}

#[tokio::test]
async fn compressed_bytes_pass_untouched_and_are_counted() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(CHAT.as_bytes()).unwrap();
    let packed = Bytes::from(encoder.finish().unwrap());
    let body = packed.clone();
    let port = upstream(move |request| {
        let body = body.clone();
        async move {
            assert_eq!(request.headers()["accept-encoding"], "gzip, x-own");
            Response::builder()
                .header("content-type", "application/json")
                .header("content-encoding", "gzip")
                .body(full(body))
                .unwrap()
        }
    })
    .await;
    let served = serve(vec![api(port)]);
    let mut request = post(&served.url("/gpt"));
    request.headers_mut().insert("accept-encoding", "gzip, x-own".parse().unwrap());
    let answer = client().request(request).await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert_eq!(answer.headers()["content-length"], packed.len().to_string());
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), packed);
    assert_eq!(served.records(1).await[0].usage.output, Some(34));
}

#[tokio::test]
async fn a_request_body_is_streamed_and_comes_back_byte_by_byte() {
    let port = upstream(|request| async move {
        let body = request.into_body();
        Response::new(body.map_err(std::io::Error::other).boxed())
    })
    .await;
    let served = serve(vec![api(port)]);
    let sent: Bytes = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect::<Vec<_>>().into();
    let request =
        http::Request::post(served.url("/gpt")).body(http_body_util::Full::new(sent.clone()));
    let answer = client().request(request.unwrap()).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), sent);
    assert!(served.records(1).await[0].reasons.contains(Reason::UnsupportedContent));
}
