//! The reqwest client, against a server on this machine.

mod support;

use std::sync::Arc;

use bytes::Bytes;
use embedder::client::{MeteredStream, metered};
use futures_util::{StreamExt, stream};
use support::{ANSWERS, Answer, Records};
use token_tracking_core::{End, Exchange, Provenance};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A provider that answers once: a head, then the chunks, each when its turn has come.
async fn provider(head: String, chunks: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let _ = connection.read(&mut [0; 4096]).await.unwrap();
        answer(&mut connection, &head, &chunks).await
    });
    url
}

async fn answer(to: &mut TcpStream, head: &str, chunks: &[Vec<u8>]) -> std::io::Result<()> {
    to.set_nodelay(true)?;
    to.write_all(format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{head}\r\n\r\n").as_bytes())
        .await?;
    for chunk in chunks {
        to.write_all(chunk).await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Chunked, as a stream is.
async fn streaming(answer: &Answer, chunks: &[&[u8]], whole: bool) -> String {
    let head = format!("content-type: {}\r\ntransfer-encoding: chunked", answer.content_type);
    let mut framed: Vec<Vec<u8>> = Vec::new();
    for chunk in chunks {
        framed.push([format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    }
    if whole {
        framed.push(b"0\r\n\r\n".to_vec());
    }
    provider(head, framed).await
}

#[tokio::test]
async fn every_byte_passes_and_counts_once() {
    for answer in &ANSWERS {
        let records = Records::default();
        let url = streaming(answer, &answer.chunks(), true).await;
        let response = reqwest::get(url).await.unwrap();
        let mut passed = Vec::new();
        let mut chunks = metered(response, &answer.tracker(), records.sink());
        while let Some(chunk) = chunks.next().await {
            passed.extend_from_slice(&chunk.unwrap());
        }
        assert_eq!(passed, answer.body.as_bytes(), "{}", answer.name);
        drop(chunks);
        answer.check(&records);
    }
}

#[tokio::test]
async fn a_known_length_ends_with_its_last_byte() {
    let answer = &ANSWERS[0];
    let records = Records::default();
    let length = answer.body.len();
    let head = format!("content-type: application/json\r\ncontent-length: {length}");
    let url = provider(head, vec![answer.body.into()]).await;
    let response = reqwest::get(url).await.unwrap();
    let mut chunks = metered(response, &answer.tracker(), records.sink());
    let mut read = 0;
    while read < length {
        read += chunks.next().await.unwrap().unwrap().len();
    }
    // Who knows the length stops here, and never sees the end.
    drop(chunks);
    answer.check(&records);
}

#[tokio::test]
async fn dropped_midway_and_broken_off() {
    let answer = &ANSWERS[3];
    let chunks = answer.chunks();
    let half = &chunks[..chunks.len() / 2];

    let records = Records::default();
    let url = streaming(answer, &chunks, true).await;
    let response = reqwest::get(url).await.unwrap();
    let mut stream = metered(response, &answer.tracker(), records.sink());
    stream.next().await.unwrap().unwrap();
    assert!(records.ends().is_empty());
    drop(stream);
    assert_eq!(records.the_only().end, End::Cancelled);

    let records = Records::default();
    let url = streaming(answer, half, false).await;
    let response = reqwest::get(url).await.unwrap();
    let mut stream = metered(response, &answer.tracker(), records.sink());
    let mut failed = 0;
    while let Some(chunk) = stream.next().await {
        failed += usize::from(chunk.is_err());
    }
    drop(stream);
    assert_eq!(failed, 1, "the error passes");
    assert_eq!(records.the_only().end, End::Failed);
    assert_eq!(records.the_only().provenance, Provenance::Partial);
}

#[tokio::test]
async fn any_stream_of_bytes_will_do() {
    let answer = &ANSWERS[2];
    for length in [None, Some(answer.body.len() as u64)] {
        let records = Records::default();
        let headers = http::HeaderMap::new();
        let exchange = Exchange::new(http::StatusCode::OK, &headers);
        let meter = answer.tracker().meter(&exchange).unwrap().deliver_to(records.sink());
        let chunks = answer.chunks().into_iter();
        let chunks = stream::iter(chunks.map(|chunk| Ok::<_, Arc<str>>(Bytes::from_static(chunk))));
        let passed: Vec<_> = MeteredStream::new(chunks, length, Some(meter)).collect().await;
        let passed: Vec<_> = passed.into_iter().map(Result::unwrap).collect();
        assert_eq!(passed, answer.chunks(), "chunk by chunk");
        answer.check(&records);
    }
}
