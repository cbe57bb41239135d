//! Answers that end early: each gives exactly one record that says why.

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::{CHAT, EVENTS, api, client, post, raw_upstream, serve, sse, upstream};
use http_body_util::BodyExt;
use http_body_util::channel::Channel;
use token_tracking_core::{End, Reason};
use token_tracking_gateway::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

#[tokio::test]
async fn a_client_that_leaves_gives_one_cancelled_record() {
    let port = upstream(|_| async {
        let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
        tokio::spawn(async move {
            let _ = sender.send_data(Bytes::from_static(EVENTS[0].as_bytes())).await;
            // Silent from here on: the gateway must see the client go all the same.
            std::future::pending::<()>().await;
            drop(sender);
        });
        sse(body.boxed())
    })
    .await;
    let served = serve(vec![api(port)]);
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(b"GET /gpt HTTP/1.1\r\nhost: g\r\n\r\n").await.unwrap();
    let mut seen = vec![0; 1024];
    let mut length = 0;
    while !String::from_utf8_lossy(&seen[..length]).contains("delta") {
        length += stream.read(&mut seen[length..]).await.unwrap();
    }
    drop(stream);
    let record = &served.records(1).await[0];
    assert_eq!(record.end, End::Cancelled);
    assert!(record.reasons.contains(Reason::ClientCancelled), "{record:?}");
}

/// An upstream that says when its request is there, and when the gateway has let go of it.
async fn silent_upstream() -> (u16, oneshot::Receiver<()>, oneshot::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, is_asked) = oneshot::channel();
    let (closed, is_closed) = oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        common::read_head(&mut stream).await;
        asked.send(()).unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        closed.send(()).unwrap();
    });
    (port, is_asked, is_closed)
}

#[tokio::test]
async fn a_client_that_leaves_before_the_answer_cancels_the_call_and_gives_one_record() {
    let (port, asked, closed) = silent_upstream().await;
    let served = serve(vec![api(port)]);
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(b"GET /gpt/x HTTP/1.1\r\nhost: g\r\n\r\n").await.unwrap();
    asked.await.unwrap();
    drop(stream);
    closed.await.expect("the upstream call is cancelled");
    let record = &served.records(1).await[0];
    assert_eq!((record.status, record.end), (499, End::Cancelled));
    assert!(record.reasons.contains(Reason::ClientCancelled), "{record:?}");
    assert!(!record.reasons.contains(Reason::UpstreamFailed), "{record:?}");
    assert_eq!(record.request.as_ref().unwrap().path, "/gpt/x");

    let (port, asked, closed) = silent_upstream().await;
    let served = serve(vec![api(port)]);
    let asking = tokio::spawn(common::h2c_client().request(post(&served.url("/gpt"))));
    asked.await.unwrap();
    asking.abort();
    closed.await.expect("a reset stream cancels, too");
    assert_eq!(served.records(1).await[0].end, End::Cancelled);
}

#[tokio::test]
async fn an_upstream_that_dies_within_its_head_is_a_502_and_one_failed_record() {
    let (port, _) = raw_upstream("HTTP/1.1 200 OK\r\ncontent-ty").await;
    let served = serve(vec![api(port)]);
    let answer = client().request(post(&served.url("/gpt"))).await.unwrap();
    assert_eq!(answer.status(), 502);
    let record = &served.records(1).await[0];
    assert_eq!((record.status, record.end), (502, End::Failed));
    assert!(record.reasons.contains(Reason::UpstreamFailed), "{record:?}");
}

#[tokio::test]
async fn an_upstream_that_dies_gives_one_failed_record_and_a_broken_answer() {
    let cut = &CHAT[..60];
    for head in [
        format!("content-length: {}\r\n\r\n{cut}", CHAT.len()),
        format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{cut}\r\n", cut.len()),
    ] {
        let (port, _) =
            raw_upstream(format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{head}"))
                .await;
        let served = serve(vec![api(port)]);
        let answer = client().request(post(&served.url("/gpt"))).await.unwrap();
        let mut body = answer.into_body();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), cut);
        assert!(body.frame().await.is_none_or(|frame| frame.is_err()), "not a whole answer");
        let record = &served.records(1).await[0];
        assert_eq!(record.end, End::Failed);
        assert!(record.reasons.contains(Reason::UpstreamFailed), "{record:?}");
    }
}

#[tokio::test]
async fn an_orderly_end_waits_for_answers_and_cuts_them_off_in_the_end() {
    let port = upstream(|request| async move {
        let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
        let stuck = request.uri().path() == "/stuck";
        tokio::spawn(async move {
            let _ = sender.send_data(Bytes::from_static(EVENTS[0].as_bytes())).await;
            let wait = if stuck { Duration::from_secs(60) } else { Duration::from_millis(100) };
            tokio::time::sleep(wait).await;
            let _ = sender.send_data(Bytes::from_static(EVENTS[1].as_bytes())).await;
        });
        sse(body.boxed())
    })
    .await;
    let mut settings = Settings::listening_on("127.0.0.1:0");
    settings.drain_timeout = Duration::from_millis(600);
    let mut served = common::serve_with(settings, vec![api(port)]);
    let slow = client().request(post(&served.url("/gpt/slow"))).await.unwrap();
    let stuck = client().request(post(&served.url("/gpt/stuck"))).await.unwrap();
    drop(served.stop.take());
    let slow = slow.into_body().collect().await.map(http_body_util::Collected::<Bytes>::to_bytes);
    assert_eq!(slow.unwrap(), [EVENTS[0], EVENTS[1]].concat(), "an answer in flight ends well");
    assert!(stuck.into_body().collect().await.is_err(), "one without end is cut off");
    (&mut served.task).await.unwrap();
    let ends: Vec<_> = served.records(2).await.iter().map(|record| record.end).collect();
    assert_eq!(ends, [End::Complete, End::Cancelled]);
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody listens any more");
}
