//! A client's connection: one call after the other, every byte of every answer compared.

use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::answers::Kind;
use crate::upstream::Upstream;

/// What a chat client sends.
const ASKED: &str = "{\"model\":\"gpt-5-mini\",\"stream\":true,\"stream_options\":\
    {\"include_usage\":true},\"messages\":[{\"role\":\"user\",\"content\":\"Tell me about proxies, \
    and be brief, please.\"}]}";

/// A connection that is used again and again.
pub(crate) struct Connection {
    stream: TcpStream,
    read: BytesMut,
    expected: Vec<u8>,
}

/// How the end of an answer is told.
enum Framing {
    Length(usize),
    /// What is left of the chunk at hand.
    Chunked(usize),
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: BytesMut::with_capacity(64 * 1_024), expected: Vec::new() })
    }

    /// Makes a call and takes its answer; `seen` is told of each piece, with the bytes until then.
    ///
    /// # Errors
    /// When there is no answer, or one that differs in any byte.
    pub(crate) async fn call(
        &mut self,
        upstream: &Upstream,
        kind: Kind,
        number: u64,
        mut seen: impl FnMut(usize),
    ) -> anyhow::Result<()> {
        let request = format!(
            "POST /v1/chat/completions/{}/{number} HTTP/1.1\r\nhost: llm.example\r\n\
             authorization: Bearer sk-0123456789\r\ncontent-type: application/json\r\n\
             accept: */*\r\nuser-agent: load\r\ncontent-length: {}\r\n\r\n{ASKED}",
            kind.segment(),
            ASKED.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        upstream.answers.of(kind).body.write(number, &mut self.expected);
        let mut framing = self.head().await?;
        let mut taken = 0;
        loop {
            while let Some(piece) = take(&mut self.read, &mut framing)? {
                let expected = self.expected.get(taken..taken + piece.len());
                ensure!(expected == Some(&piece[..]), "call {number}: the bytes differ");
                taken += piece.len();
                seen(taken);
            }
            if matches!(framing, Framing::Length(0)) {
                break;
            }
            self.more().await?;
        }
        ensure!(taken == self.expected.len(), "call {number}: {taken} bytes, and no more");
        Ok(())
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        self.read.reserve(16 * 1_024);
        ensure!(self.stream.read_buf(&mut self.read).await? > 0, "the connection was closed");
        Ok(())
    }

    /// Reads the answer's head: how its body ends.
    async fn head(&mut self) -> anyhow::Result<Framing> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; 32];
            let mut response = httparse::Response::new(&mut headers);
            if let httparse::Status::Complete(length) = response.parse(&self.read)? {
                ensure!(response.code == Some(200), "the answer is {:?}", response.code);
                let value = |name: &str| {
                    let mut headers = response.headers.iter();
                    let found = headers.find(|header| header.name.eq_ignore_ascii_case(name));
                    found.and_then(|header| std::str::from_utf8(header.value).ok())
                };
                let framing = match (value("content-length"), value("transfer-encoding")) {
                    (Some(length), _) => Framing::Length(length.parse()?),
                    (None, Some("chunked")) => Framing::Chunked(0),
                    _ => bail!("the answer's body has no end"),
                };
                self.read.advance(length);
                return Ok(framing);
            }
            self.more().await?;
        }
    }
}

/// The next piece of a body in what was read; nothing where more must be read, or nothing comes:
/// then the framing is [`Framing::Length`] of 0.
fn take(read: &mut BytesMut, framing: &mut Framing) -> anyhow::Result<Option<BytesMut>> {
    match framing {
        Framing::Length(left) => {
            let length = read.len().min(*left);
            *left -= length;
            Ok((length > 0).then(|| read.split_to(length)))
        }
        Framing::Chunked(left) if *left > 0 => {
            // The line end after a chunk is taken with its last byte.
            if read.len() >= *left + 2 {
                let piece = read.split_to(*left);
                read.advance(2);
                *left = 0;
                return Ok(Some(piece));
            }
            let length = read.len().min(*left - 1);
            *left -= length;
            Ok((length > 0).then(|| read.split_to(length)))
        }
        Framing::Chunked(left) => match httparse::parse_chunk_size(read) {
            Ok(httparse::Status::Complete((line, 0))) => {
                if read.len() < line + 2 {
                    return Ok(None);
                }
                ensure!(&read[line..line + 2] == b"\r\n", "trailers that nobody sent");
                read.advance(line + 2);
                *framing = Framing::Length(0);
                Ok(None)
            }
            Ok(httparse::Status::Complete((line, size))) => {
                read.advance(line);
                *left = usize::try_from(size)?;
                take(read, framing)
            }
            Ok(httparse::Status::Partial) => Ok(None),
            Err(error) => bail!("the answer's chunks are broken: {error}"),
        },
    }
}
