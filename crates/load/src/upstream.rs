//! The provider behind all contenders: HTTP/1.1 over plain sockets, since a server that costs as
//! much as a proxy would leave the proxies unsaturated.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::answers::{Answers, Kind};

/// Connections of a load; a call's number modulo this is its connection.
pub(crate) const CONNECTIONS: usize = 64;

/// The pause before each event of a paced stream.
pub(crate) const PACE: Duration = Duration::from_millis(4);

/// The provider, and what its clients share with it.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    pub(crate) answers: Answers,
    /// Whether held streams go on.
    pub(crate) go_on: watch::Sender<bool>,
    began: Instant,
    /// When the last event was sent to each connection of a load, in nanoseconds.
    sent: [AtomicU64; CONNECTIONS],
}

impl Upstream {
    /// Takes an address and answers there for as long as the runtime lives.
    pub(crate) async fn start() -> anyhow::Result<Arc<Self>> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port is free")?;
        let upstream = Arc::new(Self {
            address: listener.local_addr()?,
            answers: Answers::new(),
            go_on: watch::Sender::new(false),
            began: Instant::now(),
            sent: [const { AtomicU64::new(0) }; CONNECTIONS],
        });
        let shared = Arc::clone(&upstream);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                // It ends with an error when a proxy closes its connection.
                tokio::spawn(async move { shared.serve(stream).await });
            }
        });
        Ok(upstream)
    }

    /// How long ago the last event of a paced stream was sent.
    pub(crate) fn since_sent(&self, number: u64) -> Duration {
        let sent = Duration::from_nanos(self.sent[slot(number)].load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(sent)
    }

    async fn serve(&self, mut stream: TcpStream) -> anyhow::Result<()> {
        stream.set_nodelay(true)?;
        let mut read = BytesMut::with_capacity(16 * 1_024);
        let mut text = Vec::new();
        while let Some((kind, number)) = request(&mut stream, &mut read).await? {
            let wire = &self.answers.of(kind).wire;
            wire.write(number, &mut text);
            let mut begin = 0;
            for (piece, end) in wire.ends.iter().enumerate() {
                match kind {
                    Kind::Paced => {
                        tokio::time::sleep(PACE).await;
                        let now = u64::try_from(self.began.elapsed().as_nanos())?;
                        self.sent[slot(number)].store(now, Ordering::Relaxed);
                    }
                    // After the head and two events.
                    Kind::Held if piece == 3 => {
                        self.go_on.subscribe().wait_for(|go_on| *go_on).await?;
                    }
                    _ => {}
                }
                stream.write_all(&text[begin..*end]).await?;
                begin = *end;
            }
        }
        Ok(())
    }
}

fn slot(number: u64) -> usize {
    usize::try_from(number).unwrap_or_default() % CONNECTIONS
}

/// Reads a request with its body, and says what it asks for; `None` at the end.
async fn request(
    stream: &mut TcpStream,
    read: &mut BytesMut,
) -> anyhow::Result<Option<(Kind, u64)>> {
    let (head, length, asked) = loop {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut headers);
        if let httparse::Status::Complete(head) = request.parse(read)? {
            let length = request.headers.iter().find(|header| {
                assert!(!header.name.eq_ignore_ascii_case("transfer-encoding"), "no length");
                header.name.eq_ignore_ascii_case("content-length")
            });
            let length =
                length.and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
            break (head, length.unwrap_or(0usize), asked(request.path.unwrap_or_default())?);
        }
        if stream.read_buf(read).await? == 0 {
            return Ok(None);
        }
    };
    while read.len() < head + length {
        if stream.read_buf(read).await? == 0 {
            bail!("the request's body broke off");
        }
    }
    read.advance(head + length);
    Ok(Some(asked))
}

/// What the path's last two segments say.
fn asked(path: &str) -> anyhow::Result<(Kind, u64)> {
    let mut segments = path.rsplit('/');
    let number = segments.next().and_then(|number| number.parse().ok());
    let kind = segments.next().and_then(Kind::of);
    kind.zip(number).with_context(|| format!("the path {path} asks for no answer"))
}
