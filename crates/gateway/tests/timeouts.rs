//! What takes too long is ended, by whomever it is.

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::{EVENTS, api, client, full, post, raw_upstream, serve_with, sse, upstream};
use http::{Request, Response};
use http_body_util::channel::Channel;
use http_body_util::{BodyExt, Full};
use token_tracking_core::{End, Reason};
use token_tracking_gateway::{Settings, Timeouts};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

const SOON: Duration = Duration::from_millis(50);

fn settings(set: impl FnOnce(&mut Timeouts)) -> Settings {
    let mut settings = Settings::listening_on("127.0.0.1:0");
    set(&mut settings.timeouts);
    settings
}

/// An upstream that takes all of a request, and answers with the first of these events and
/// then, every 10 ms, with the next; without end where there is no more.
async fn slow(events: usize) -> u16 {
    upstream(move |request| async move {
        let _ = request.into_body().collect().await;
        let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
        tokio::spawn(async move {
            for _ in 0..events {
                let _ = sender.send_data(Bytes::from_static(EVENTS[0].as_bytes())).await;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            std::future::pending::<()>().await;
        });
        sse(body.boxed())
    })
    .await
}

#[tokio::test]
async fn silence_before_the_head_is_a_504() {
    let port = upstream(|_| std::future::pending::<Response<_>>()).await;
    for settings in [settings(|t| t.first_byte = SOON), settings(|t| t.total = Some(SOON))] {
        let served = serve_with(settings, vec![api(port)]);
        let answer = client().request(post(&served.url("/gpt"))).await.unwrap();
        assert_eq!(answer.status(), 504);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&body).contains("upstream_timeout"), "{body:?}");
        let record = &served.records(1).await[0];
        assert_eq!((record.status, record.end), (504, End::Failed));
        assert!(record.reasons.contains(Reason::UpstreamFailed), "{record:?}");
    }
}

#[tokio::test]
async fn a_request_that_is_still_on_its_way_is_no_silence() {
    let port = upstream(|request| async move {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Response::new(full(body))
    })
    .await;
    let served = serve_with(settings(|t| t.first_byte = 4 * SOON), vec![api(port)]);
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    let sending = tokio::spawn(async move {
        for _ in 0..12 {
            sender.send_data(Bytes::from_static(b"x")).await.unwrap();
            tokio::time::sleep(SOON / 2).await;
        }
    });
    let client: hyper_util::client::legacy::Client<_, Channel<Bytes, std::io::Error>> =
        hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
            .build_http();
    let request = Request::post(served.url("/gpt")).body(body).unwrap();
    let answer = client.request(request).await.unwrap();
    assert_eq!(answer.status(), 200, "it took longer than the timeout, but never fell silent");
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "x".repeat(12));
    sending.await.unwrap();
}

#[tokio::test]
async fn a_client_that_stops_sending_its_request_is_left() {
    let port = upstream(|request| async move {
        let _ = request.into_body().collect().await;
        Response::new(full(""))
    })
    .await;
    let served = serve_with(settings(|t| t.client = SOON), vec![api(port)]);
    let answer =
        served.raw("POST /gpt HTTP/1.1\r\nhost: g\r\ncontent-length: 10\r\n\r\nhalf").await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    let record = &served.records(1).await[0];
    assert_eq!((record.status, record.end), (408, End::Cancelled));
    assert!(!record.reasons.contains(Reason::UpstreamFailed), "{record:?}");
}

#[tokio::test]
async fn silence_between_chunks_breaks_an_answer_off() {
    let served = serve_with(settings(|t| t.idle = 2 * SOON), vec![api(slow(15).await)]);
    let answer = client().request(post(&served.url("/gpt"))).await.unwrap();
    let mut body = answer.into_body();
    for _ in 0..15 {
        // 150 ms of them: each restarts the clock.
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), EVENTS[0]);
    }
    assert!(body.frame().await.unwrap().is_err(), "broken off, and not ended");
    let record = &served.records(1).await[0];
    assert_eq!(record.end, End::Failed);
    assert!(record.reasons.contains(Reason::UpstreamFailed), "{record:?}");
}

#[tokio::test]
async fn an_answer_without_end_is_broken_off_at_the_total() {
    let served = serve_with(settings(|t| t.total = Some(4 * SOON)), vec![api(slow(10_000).await)]);
    let answer = client().request(post(&served.url("/gpt"))).await.unwrap();
    assert!(answer.into_body().collect().await.is_err());
    assert_eq!(served.records(1).await[0].end, End::Failed);
}

#[tokio::test]
async fn clients_that_say_nothing_or_half_a_head_are_left() {
    let served = serve_with(settings(|t| t.head = SOON), vec![api(1)]);
    for opening in ["", "P", "PRI * HTTP/2.0\r\n", "GET /gpt HTTP/1.1\r\nhost: g\r\nx"] {
        let answer = tokio::time::timeout(Duration::from_secs(10), served.raw(opening)).await;
        let answer = answer.expect("left");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{opening}: {answer}");
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_left_and_gives_a_record() {
    let port = upstream(|_| async { Response::new(full(vec![b' '; 32 << 20])) }).await;
    let served = serve_with(settings(|t| t.client = SOON), vec![api(port)]);
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let ask = b"GET /gpt HTTP/1.1\r\nhost: g\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, ask).await.unwrap();
    let record = &served.records(1).await[0];
    assert_eq!(record.end, End::Cancelled);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(rest.len() < 32 << 20, "not all of it came: {}", rest.len());
}

#[tokio::test]
async fn a_stale_connection_is_replaced_and_a_request_is_never_sent_twice() {
    // It closes each connection after one answer, without saying so.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, mut seen) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = common::read_head(&mut stream).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await.unwrap();
            drop(stream);
            asked.send(head).unwrap();
        }
    });
    let served = serve_with(settings(|_| {}), vec![api(port)]);
    let client = client();
    for _ in 0..5 {
        let request = Request::get(served.url("/gpt")).body(Full::default()).unwrap();
        let answer = client.request(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        seen.recv().await.unwrap();
        // The one thread of this test looks at its sockets while it sleeps.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(seen.try_recv().is_err(), "as many as were asked");

    // One that fails after the request was read is not asked again.
    let (port, head) = raw_upstream("").await;
    let served = serve_with(settings(|_| {}), vec![api(port)]);
    let answer = client.request(post(&served.url("/gpt"))).await.unwrap();
    assert_eq!(answer.status(), 502);
    head.await.unwrap();
}
