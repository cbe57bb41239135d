//! What goes wrong on the wire: each fault ends in exactly one record, and the next request
//! is answered.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{CHAT, EVENTS, api, client, full, post, raw_upstream, serve, upstream};
use http::Response;
use http_body_util::BodyExt;
use token_tracking_core::{End, Reason, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

const ASK: &[u8] = b"GET /gpt HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\r\n";

/// What a client gets of an upstream that sends this, and the one record.
async fn of(answer: impl Into<Vec<u8>>) -> (String, Record) {
    let (port, _) = raw_upstream(answer).await;
    let served = serve(vec![api(port)]);
    let got = served.raw(&String::from_utf8_lossy(ASK)).await;
    let record = served.records(1).await.remove(0);
    (got, record)
}

fn json_of_length(length: usize, body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn a_content_length_that_is_too_large_is_a_broken_answer() {
    let (got, record) = of(json_of_length(CHAT.len() + 10, CHAT)).await;
    assert!(got.ends_with(CHAT) && got.contains(&format!("{}", CHAT.len() + 10)), "{got}");
    assert_eq!(record.end, End::Failed);
    assert!(record.reasons.contains(Reason::UpstreamFailed), "{record:?}");
}

#[tokio::test]
async fn a_content_length_that_is_too_small_ends_the_answer_there() {
    let (got, record) = of(json_of_length(CHAT.len(), &format!("{CHAT}HTTP/1.1 200 OK"))).await;
    assert!(got.ends_with(CHAT), "{got}");
    assert_eq!((record.end, record.usage.output), (End::Complete, Some(34)));
    let (got, record) = of(json_of_length(60, CHAT)).await;
    assert!(got.ends_with(&CHAT[..60]), "{got}");
    assert_eq!((record.end, record.usage.output), (End::Complete, None));
    assert!(!record.reasons.is_empty(), "half a document: {record:?}");
}

#[tokio::test]
async fn heads_that_are_none_are_a_502() {
    let long = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "x".repeat(1 << 20));
    for answer in [
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
        "HTTP/1.1 99999 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
        &long,
    ] {
        let (got, record) = of(answer).await;
        let head = &answer[..answer.len().min(60)];
        assert!(got.starts_with("HTTP/1.1 502 "), "{head}: {got}");
        assert_eq!((record.status, record.end), (502, End::Failed), "{head}");
        assert!(record.reasons.contains(Reason::UpstreamFailed), "{record:?}");
    }
}

#[tokio::test]
async fn chunks_that_are_none_break_an_answer_off() {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let event = EVENTS[0];
    for rest in ["zz\r\n", "fffffffffffffffff\r\n", "5\r\nabcdefgh\r\n", "-1\r\n\r\n", "1\r\n"] {
        let (got, record) = of(format!("{head}{:x}\r\n{event}\r\n{rest}", event.len())).await;
        assert!(got.contains(event) && !got.ends_with("0\r\n\r\n"), "{rest}: {got}");
        assert_eq!(record.end, End::Failed, "{rest}");
        assert!(record.reasons.contains(Reason::UpstreamFailed), "{record:?}");
    }
}

#[tokio::test]
async fn gzip_that_is_none_passes_and_says_so_on_the_record() {
    let body = "\u{1f}\u{8b} certainly not gzip";
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n";
    let (got, record) = of(format!("{head}content-length: {}\r\n\r\n{body}", body.len())).await;
    assert!(got.ends_with(body), "{got}");
    assert_eq!(record.end, End::Complete);
    assert!(record.reasons.contains(Reason::DecodeFailed), "{record:?}");
}

/// Sets what makes the system send a reset instead of an orderly end.
fn reset_on_drop(stream: &TcpStream) {
    stream.set_zero_linger().unwrap();
}

#[tokio::test]
async fn a_reset_of_the_upstream_within_head_or_stream_is_told_from_an_end() {
    let stream_head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    for (sent, status) in [("HTTP/1.1 2", 502), (&*[stream_head, EVENTS[1]].concat(), 200)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (go, may) = oneshot::channel();
        let sent = sent.to_owned();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            common::read_head(&mut stream).await;
            stream.write_all(sent.as_bytes()).await.unwrap();
            let _ = may.await;
            reset_on_drop(&stream);
        });
        let served = serve(vec![api(port)]);
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(ASK).await.unwrap();
        let mut got = Vec::new();
        if status == 200 {
            // The stream has no length: only a reset tells that it is not whole.
            while !String::from_utf8_lossy(&got).contains("total_tokens") {
                stream.read_buf(&mut got).await.unwrap();
            }
        }
        go.send(()).unwrap();
        let _ = stream.read_to_end(&mut got).await;
        assert!(!got.ends_with(b"0\r\n\r\n"), "not a whole answer");
        let record = &served.records(1).await[0];
        assert_eq!((record.status, record.end), (status, End::Failed));
        assert!(record.reasons.contains(Reason::UpstreamFailed), "{record:?}");
        assert_eq!(record.usage.output, (status == 200).then_some(34), "what was seen counts");
    }
}

/// An upstream that never ends, and counts what it was able to send.
async fn endless() -> (u16, Arc<AtomicUsize>, oneshot::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let sent = Arc::new(AtomicUsize::new(0));
    let (closed, is_closed) = oneshot::channel();
    let counted = Arc::clone(&sent);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        common::read_head(&mut stream).await;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"x\":\"";
        stream.write_all(head.as_bytes()).await.unwrap();
        let block = vec![b'x'; 64 * 1024];
        while let Ok(some) = stream.write(&block).await {
            counted.fetch_add(some, Ordering::SeqCst);
        }
        closed.send(()).unwrap();
    });
    (port, sent, is_closed)
}

#[tokio::test]
async fn an_endless_body_passes_until_its_client_leaves() {
    let (port, _, closed) = endless().await;
    let served = serve(vec![api(port)]);
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(ASK).await.unwrap();
    let mut buffer = vec![0; 64 * 1024];
    let mut length = 0;
    while length < 64 << 20 {
        length += stream.read(&mut buffer).await.unwrap();
    }
    drop(stream);
    closed.await.expect("the upstream call is cancelled");
    let record = &served.records(1).await[0];
    assert_eq!(record.end, End::Cancelled);
    assert!(record.reasons.contains(Reason::ClientCancelled), "{record:?}");
}

/// How many bytes an upstream has sent once it can send no more.
async fn settled(sent: &AtomicUsize) -> usize {
    let mut before = usize::MAX;
    while before != sent.load(Ordering::SeqCst) {
        before = sent.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    before
}

/// What is under way when a client takes nothing is in the system's buffers, which grow to
/// some megabytes on each of the two connections, and at most some hundred kilobytes in the
/// gateway. Without backpressure it would never settle.
const UNDER_WAY: usize = 64 << 20;

#[tokio::test]
async fn a_client_that_stalls_stalls_the_upstream() {
    let (port, sent, closed) = endless().await;
    let served = serve(vec![api(port)]);
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(ASK).await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), b'H');
    let before = settled(&sent).await;
    assert!(before < UNDER_WAY, "{before} bytes were read for a client that takes none");
    // It goes on once the client does.
    let mut buffer = vec![0; 1 << 20];
    let mut taken = 0;
    while taken < before + (8 << 20) {
        taken += stream.read(&mut buffer).await.unwrap();
    }
    assert!(sent.load(Ordering::SeqCst) > before);
    drop(stream);
    closed.await.unwrap();
    assert_eq!(served.records(1).await[0].end, End::Cancelled);
}

#[tokio::test]
async fn a_stream_that_stalls_stalls_its_upstream_and_no_other_stream() {
    let (port, sent, closed) = endless().await;
    let other = upstream(|_| async { Response::new(full(CHAT)) }).await;
    let target = format!("http://127.0.0.1:{other}");
    let plain = token_tracking_gateway::Api::quick("other", "/other", &target, None).unwrap();
    let served = serve(vec![api(port), plain]);
    let client = common::h2c_client();
    let stalled = client.request(post(&served.url("/gpt"))).await.unwrap();
    let before = settled(&sent).await;
    assert!(before < UNDER_WAY, "{before} bytes were read for a client that takes none");
    let answer = client.request(post(&served.url("/other"))).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), CHAT);
    drop(stalled);
    closed.await.unwrap();
    assert_eq!(served.records(1).await[0].end, End::Cancelled);
}

#[tokio::test]
async fn a_client_that_resets_gives_one_cancelled_record_and_disturbs_nobody() {
    let (port, _, closed) = endless().await;
    let other = upstream(|_| async { Response::new(full(CHAT)) }).await;
    let target = format!("http://127.0.0.1:{other}");
    let plain = token_tracking_gateway::Api::quick("other", "/other", &target, None).unwrap();
    let served = serve(vec![api(port), plain]);
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(ASK).await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), b'H');
    reset_on_drop(&stream);
    drop(stream);
    closed.await.expect("the upstream call is cancelled");
    assert_eq!(served.records(1).await[0].end, End::Cancelled);
    let answer = client().request(post(&served.url("/other"))).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), CHAT);
}

/// A client that leaves while its request is on its way.
#[tokio::test]
async fn a_request_that_breaks_off_cancels_the_call_and_gives_one_record() {
    let (port, asked) = raw_upstream_that_waits().await;
    let served = serve(vec![api(port)]);
    for rest in
        ["content-length: 10\r\n\r\nhalf", "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"]
    {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        let head = format!("POST /gpt HTTP/1.1\r\nhost: g\r\n{rest}");
        stream.write_all(head.as_bytes()).await.unwrap();
        asked.notified().await;
        drop(stream);
        asked.notified().await;
    }
    for record in served.records(2).await {
        assert_eq!(record.end, End::Cancelled, "{record:?}");
        assert!(record.reasons.contains(Reason::ClientCancelled), "{record:?}");
        assert!(!record.reasons.contains(Reason::UpstreamFailed), "{record:?}");
    }
}

/// Says when it has a head, and again when that connection is gone. It answers nothing.
async fn raw_upstream_that_waits() -> (u16, Arc<tokio::sync::Notify>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(tokio::sync::Notify::new());
    let asking = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            common::read_head(&mut stream).await;
            asking.notify_one();
            let _ = stream.read_to_end(&mut Vec::new()).await;
            asking.notify_one();
        }
    });
    (port, asked)
}
