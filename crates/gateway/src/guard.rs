//! A client's connection that does not wait forever: for its first bytes, nor for a
//! client that takes nothing.
//!
//! hyper bounds the time of a request's head, but only once it knows the protocol, and
//! not that of writing.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// What an HTTP/2 client begins with (RFC 9113 §3.4). Whatever differs is HTTP/1.1.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream with both guards.
pub(crate) struct Guarded<S> {
    stream: S,
    /// While the protocol is not known: how much of the preface there was, and the timer.
    opening: Option<(usize, Pin<Box<Sleep>>)>,
    /// How long the client may take nothing.
    patience: Duration,
    /// Until when it must take something; nothing waits without it.
    until: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> Guarded<S> {
    pub(crate) fn new(stream: S, opening: Duration, patience: Duration) -> Self {
        let timer = Box::pin(tokio::time::sleep(opening));
        Self { stream, opening: Some((0, timer)), patience, until: None, timer: None }
    }

    /// Looks at the first bytes, until they tell the protocol.
    fn seen(&mut self, bytes: &[u8]) {
        let Some((matched, _)) = &mut self.opening else { return };
        let rest = &PREFACE[*matched..];
        if bytes.len() < rest.len() && rest.starts_with(bytes) && !bytes.is_empty() {
            *matched += bytes.len();
        } else {
            self.opening = None;
        }
    }

    /// What came of a write; an error where the client has taken nothing for too long.
    fn written<T>(
        &mut self,
        cx: &mut Context<'_>,
        wrote: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if wrote.is_ready() {
            self.until = None;
            return wrote;
        }
        let patience = self.patience;
        let until = *self.until.get_or_insert_with(|| Instant::now() + patience);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        loop {
            ready!(timer.as_mut().poll(cx));
            if Instant::now() >= until {
                let why = format!("the client took nothing within {patience:?}");
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)));
            }
            timer.as_mut().reset(until);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let guarded = self.get_mut();
        let before = buf.filled().len();
        match Pin::new(&mut guarded.stream).poll_read(cx, buf) {
            Poll::Ready(read) => {
                guarded.seen(&buf.filled()[before..]);
                Poll::Ready(read)
            }
            Poll::Pending => {
                let Some((_, timer)) = &mut guarded.opening else { return Poll::Pending };
                timer.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let guarded = self.get_mut();
        let wrote = Pin::new(&mut guarded.stream).poll_write(cx, bytes);
        guarded.written(cx, wrote)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let guarded = self.get_mut();
        let wrote = Pin::new(&mut guarded.stream).poll_write_vectored(cx, bytes);
        guarded.written(cx, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let guarded = self.get_mut();
        let flushed = Pin::new(&mut guarded.stream).poll_flush(cx);
        guarded.written(cx, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let guarded = self.get_mut();
        let shut = Pin::new(&mut guarded.stream).poll_shutdown(cx);
        guarded.written(cx, shut)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const SOON: Duration = Duration::from_millis(20);
    const LATE: Duration = Duration::from_secs(3_600);

    #[tokio::test]
    async fn a_client_that_does_not_say_which_protocol_is_left() {
        for opening in [&b""[..], b"P", b"PRI * HTTP"] {
            let (mut client, server) = tokio::io::duplex(1_024);
            client.write_all(opening).await.unwrap();
            let mut all = Vec::new();
            let error = Guarded::new(server, SOON, LATE).read_to_end(&mut all).await.unwrap_err();
            assert_eq!((error.kind(), &*all), (io::ErrorKind::TimedOut, opening));
        }
    }

    #[tokio::test]
    async fn one_that_has_said_it_is_hypers_to_wait_for() {
        for opening in [&b"POST"[..], b"GET / HTTP/1.0\r\n\r\n", PREFACE] {
            let (mut client, server) = tokio::io::duplex(1_024);
            let mut server = Guarded::new(server, SOON, LATE);
            let (first, rest) = opening.split_at(2);
            let mut read = vec![0; opening.len()];
            client.write_all(first).await.unwrap();
            server.read_exact(&mut read[..2]).await.unwrap();
            client.write_all(rest).await.unwrap();
            server.read_exact(&mut read[2..]).await.unwrap();
            assert_eq!(read, opening);
            let waiting = tokio::time::timeout(3 * SOON, server.read_u8()).await;
            assert!(waiting.is_err(), "it waits");
        }
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_left() {
        let (_client, server) = tokio::io::duplex(16);
        let mut server = Guarded::new(server, LATE, SOON);
        let error = server.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
