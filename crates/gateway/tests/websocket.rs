//! WebSockets pass both ways, untracked, and each gives one record that says so.

mod common;

use std::time::Duration;

use common::{api, read_head, serve, serve_with};
use token_tracking_core::{End, Provenance, Reason};
use token_tracking_gateway::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// An upstream that agrees, and then sends back what it gets; else a plain answer.
async fn echo(agrees: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = read_head(&mut stream).await.to_ascii_lowercase();
            assert!(head.contains("\r\nupgrade: websocket\r\n"), "{head}");
            assert!(head.contains("\r\nconnection: upgrade\r\n"), "{head}");
            assert!(head.contains("\r\nsec-websocket-key: abc\r\n"), "{head}");
            if agrees {
                let answer = "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\n\
                              upgrade: websocket\r\nsec-websocket-accept: xyz\r\n\r\nfirst";
                stream.write_all(answer.as_bytes()).await.unwrap();
                let (mut read, mut write) = stream.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            } else {
                let answer = "HTTP/1.1 426 Upgrade Required\r\ncontent-length: 2\r\n\r\nno";
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    port
}

const ASK: &str = "GET /gpt/v1/realtime HTTP/1.1\r\nhost: g\r\nconnection: keep-alive, Upgrade\r\n\
                   upgrade: WebSocket\r\nsec-websocket-key: abc\r\n\r\n";

async fn opened(address: std::net::SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(ASK.as_bytes()).await.unwrap();
    let head = read_head(&mut stream).await.to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    assert!(head.contains("\r\nupgrade: websocket\r\n"), "{head}");
    assert!(head.contains("\r\nsec-websocket-accept: xyz\r\n"), "{head}");
    let mut first = [0; 5];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"first", "what came with the head is not lost");
    stream
}

#[tokio::test]
async fn bytes_pass_both_ways_and_a_note_is_on_the_record() {
    let served = serve(vec![api(echo(true).await)]);
    let mut stream = opened(served.address).await;
    for _ in 0..3 {
        stream.write_all(b"\x81\x02hi").await.unwrap();
        let mut back = [0; 4];
        stream.read_exact(&mut back).await.unwrap();
        assert_eq!(&back, b"\x81\x02hi");
    }
    stream.shutdown().await.unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0, "the end passes, too");
    let record = &served.records(1).await[0];
    assert_eq!((record.status, record.end), (101, End::Complete));
    assert_eq!(record.provenance, Provenance::Absent);
    assert!(record.reasons.contains(Reason::UnsupportedContent), "{record:?}");
    assert!(record.details[0].contains("WebSocket"), "{record:?}");
}

#[tokio::test]
async fn a_refusal_of_the_target_is_an_answer_like_any() {
    let served = serve(vec![api(echo(false).await)]);
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(ASK.as_bytes()).await.unwrap();
    let head = read_head(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 426 "), "{head}");
    assert_eq!(served.records(1).await[0].status, 426);
}

#[tokio::test]
async fn an_orderly_end_cuts_them_off_in_the_end() {
    let mut settings = Settings::listening_on("127.0.0.1:0");
    settings.drain_timeout = Duration::from_millis(100);
    let mut served = serve_with(settings, vec![api(echo(true).await)]);
    let mut stream = opened(served.address).await;
    drop(served.stop.take());
    stream.write_all(b"last").await.unwrap();
    let mut back = [0; 4];
    stream.read_exact(&mut back).await.unwrap();
    (&mut served.task).await.unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
    let records = served.memory.records();
    assert_eq!((records.len(), records[0].end), (1, End::Cancelled));
}
