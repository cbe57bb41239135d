//! An answer's body without the usage event that only the gateway asked for.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame};

use crate::include_usage::is_usage_only;

/// An event that is longer passes unread, as it comes. A usage event has some hundred bytes.
const MAX_EVENT: usize = 64 * 1024;

/// A body of events, of which the usage event is left out. An event is held until its end is
/// there, at most [`MAX_EVENT`] bytes; all other bytes pass unchanged.
pub(crate) struct Strip<B: Body> {
    body: B,
    events: Events,
    /// What comes after the bytes that were held: trailers, or a failure.
    after: Option<Result<Frame<Bytes>, B::Error>>,
}

impl<B: Body> Strip<B> {
    pub(crate) fn new(body: B) -> Self {
        Self { body, events: Events::default(), after: None }
    }
}

impl<B> Body for Strip<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Unpin,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let strip = self.get_mut();
        loop {
            if let Some(after) = strip.after.take() {
                return Poll::Ready(Some(after));
            }
            let next = ready!(Pin::new(&mut strip.body).poll_frame(cx));
            let chunk = match next {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(chunk) => strip.events.push(&chunk),
                    Err(frame) => {
                        strip.after = Some(Ok(frame));
                        strip.events.end()
                    }
                },
                Some(Err(error)) => {
                    strip.after = Some(Err(error));
                    strip.events.end()
                }
                None => match strip.events.end() {
                    rest if rest.is_empty() => return Poll::Ready(None),
                    rest => rest,
                },
            };
            if !chunk.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(chunk))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.after.is_none() && self.events.held.is_empty() && self.body.is_end_stream()
    }
}

/// Cuts bytes into events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>):
/// a blank line ends one, and a line ends with LF, CR, or both.
#[derive(Default)]
struct Events {
    /// What there is of an event whose end is not there.
    held: BytesMut,
    /// Whether the event is too long to be held.
    passing: bool,
    /// Whether the line that the next byte is in has a byte already.
    in_line: bool,
    /// Whether the last byte was a CR: a LF then belongs to it.
    after_cr: bool,
    /// Whether the event before was left out.
    left_out: bool,
}

impl Events {
    /// What of the held bytes and of these may pass now.
    fn push(&mut self, chunk: &[u8]) -> Bytes {
        let mut out = BytesMut::with_capacity(self.held.len() + chunk.len());
        let mut start = 0;
        for (i, byte) in chunk.iter().enumerate() {
            let completes_line_end = *byte == b'\n' && std::mem::take(&mut self.after_cr);
            if completes_line_end {
                // Between two events it goes with the one before.
                if self.held.is_empty() && start == i && !self.passing {
                    start = i + 1;
                    if !self.left_out {
                        out.extend_from_slice(&chunk[i..=i]);
                    }
                }
                continue;
            }
            self.after_cr = *byte == b'\r';
            let is_end = matches!(byte, b'\n' | b'\r');
            if is_end && !self.in_line {
                self.complete(&chunk[start..=i], &mut out);
                start = i + 1;
            }
            self.in_line = !is_end;
        }
        let rest = &chunk[start..];
        self.passing |= self.held.len() + rest.len() > MAX_EVENT;
        if self.passing {
            out.extend_from_slice(&self.held.split());
            out.extend_from_slice(rest);
        } else {
            self.held.extend_from_slice(rest);
        }
        out.freeze()
    }

    /// An event is whole, with these as its last bytes.
    fn complete(&mut self, last: &[u8], out: &mut BytesMut) {
        self.held.extend_from_slice(last);
        let event = self.held.split();
        let passing = std::mem::take(&mut self.passing);
        self.left_out = !passing && is_usage_only(&data(&event));
        if !self.left_out {
            out.extend_from_slice(&event);
        }
    }

    /// What is held, since no more comes.
    fn end(&mut self) -> Bytes {
        self.held.split().freeze()
    }
}

/// The data of an event: its `data` lines.
fn data(event: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(event.len());
    for line in event.split(|byte| matches!(byte, b'\n' | b'\r')) {
        if let Some(value) = line.strip_prefix(b"data:") {
            data.extend_from_slice(value);
            data.push(b'\n');
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    const USAGE: &str = "data: {\"choices\":[],\ndata: \"usage\":{\"total_tokens\":3}}\n\n";

    /// What passes of a text that comes in chunks of this size.
    fn stripped(text: &str, size: usize) -> String {
        let mut events = Events::default();
        let mut out = Vec::new();
        for chunk in text.as_bytes().chunks(size) {
            out.extend_from_slice(&events.push(chunk));
        }
        out.extend_from_slice(&events.end());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_the_usage_event_is_left_out_however_it_is_cut() {
        let one = "\u{feff}: hi\nevent: x\ndata: {\"choices\":[{}],\"usage\":null}\n\n";
        let done = "data: [DONE]\n\n";
        for end in ["\n", "\r\n", "\r"] {
            let text = |parts: &[&str]| parts.concat().replace('\n', end);
            for size in 1..200 {
                let all = text(&[one, USAGE, "\n", done, "data: unended"]);
                let expected = text(&[one, "\n", done, "data: unended"]);
                assert_eq!(stripped(&all, size), expected, "{end:?} in chunks of {size}");
                let all = text(&[USAGE, USAGE, one, USAGE]);
                assert_eq!(stripped(&all, size), text(&[one]), "{end:?} in chunks of {size}");
            }
        }
    }

    #[test]
    fn an_event_that_is_too_long_passes_and_the_next_is_read_again() {
        let long = format!("data: {}\n\n", "x".repeat(3 * MAX_EVENT));
        for size in [1_000, MAX_EVENT, usize::MAX] {
            assert_eq!(
                stripped(&[&long, USAGE, "data: y\n\n"].concat(), size),
                long.clone() + "data: y\n\n"
            );
        }
        let mut events = Events::default();
        for _ in 0..10 {
            events.push("x".repeat(MAX_EVENT / 3).as_bytes());
            assert!(events.held.len() <= MAX_EVENT);
        }
    }

    #[test]
    fn a_whole_event_is_not_held() {
        let mut events = Events::default();
        assert_eq!(
            events.push(b"data: a\n\ndata: b\r\n\r\nda"),
            &b"data: a\n\ndata: b\r\n\r\n"[..]
        );
        assert_eq!(events.push(b"ta: c\n\n"), &b"data: c\n\n"[..]);
    }
}
