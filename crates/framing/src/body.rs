//! The whole way of one body: content decoding, framing, scanning.

use std::sync::Arc;

use crate::encoding::Decoding;
use crate::event_stream::EventStream;
use crate::scan::Scan;
use crate::sequence::Sequence;
use crate::simd::Level;
use crate::sniff::{Kind, Label, Sniffer};
use crate::sse::Sse;
use crate::{Event, Paths};

/// What a body's headers say of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct BodyHead<'a> {
    /// The `Content-Type` value; parameters are ignored.
    pub content_type: Option<&'a str>,
    /// The `Content-Encoding` value, codings in the order they were applied.
    pub content_encoding: Option<&'a str>,
}

/// Bounds of one body's reading.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most decoded bytes per encoded byte, once [`Limits::expansion_floor`] is passed.
    pub expansion_ratio: u64,
    /// Decoded bytes that are always allowed, whatever the ratio.
    pub expansion_floor: u64,
}

impl Default for Limits {
    /// 1,000 to 1 beyond the first 16 MiB: twice what honest JSON compresses to.
    fn default() -> Self {
        Self { expansion_ratio: 1_000, expansion_floor: 16 << 20 }
    }
}

/// How a body is cut into documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON document.
    Json,
    /// One JSON array whose elements are documents (Gemini's streams).
    JsonArray,
    /// JSON documents one after the other: NDJSON and concatenated JSON.
    JsonSequence,
    /// Server-sent events.
    Sse,
    /// Messages of an AWS event stream; of the `chunk` events of Bedrock's models the
    /// documents are those inside, in base64.
    EventStream,
}

/// What kept a body from being read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A `Content-Encoding` that is not known, or whose feature is off; the coding's name.
    UnsupportedEncoding(String),
    /// The encoded bytes are broken.
    DecodeFailed,
    /// More decoded bytes than [`Limits`] allow.
    ExpansionLimit,
    /// Neither JSON nor events nor messages: HTML, text, audio, an image.
    UnsupportedContent,
}

/// What became of a body.
#[derive(Clone, Debug, Default)]
pub struct BodyEnd {
    /// How it was cut, once that was known.
    pub format: Option<Format>,
    /// Complete documents handed out.
    pub documents: u64,
    /// Documents or events that were not well formed.
    pub malformed: u64,
    /// It ended inside a document.
    pub truncated: bool,
    /// A captured value was over its limit.
    pub over_limit: bool,
    /// The stream said `[DONE]`.
    pub done: bool,
    /// What stopped the reading early.
    pub trouble: Option<Trouble>,
}

/// Reads one body: give it the chunks, it hands out the documents.
///
/// Memory, beside the captured values (see [`Paths`]): under 1 KiB, for server-sent events 2 KiB
/// more and the captured values once more (see `repeat.rs`), and for an encoded body
/// the decoder with its window (gzip and deflate 32 KiB, zstd at most 8 MiB, br at most
/// 16 MiB) and an output buffer of 16 KiB. None of it grows with the body.
pub struct BodyReader {
    /// `None` once reading was given up, or ended.
    decoding: Option<Decoding>,
    reading: Reading,
    end: BodyEnd,
}

/// The decoded side of a body.
struct Reading {
    label: Label,
    scan: Scan,
    framing: Framing,
}

/// How a body is cut, once that is known.
enum Framing {
    Unknown(Sniffer),
    Json(Sequence),
    Events(Sse),
    // Half a kilobyte large and rare, so boxed.
    Messages(Box<EventStream>),
    Unsupported,
}

impl BodyReader {
    /// A reader for a body with this head, that captures these paths.
    #[must_use]
    pub fn new(head: BodyHead<'_>, paths: Arc<Paths>, limits: Limits) -> Self {
        let label = Label::of(head.content_type);
        let (decoding, trouble) = match Decoding::new(head.content_encoding, limits) {
            Ok(decoding) => (Some(decoding), None),
            Err(trouble) => (None, Some(trouble)),
        };
        Self {
            decoding,
            reading: Reading {
                label,
                scan: Scan::new(paths),
                framing: Framing::Unknown(Sniffer::new(label)),
            },
            end: BodyEnd { trouble, ..BodyEnd::default() },
        }
    }

    /// For tests: reads at this level of vector instructions, with the same result.
    #[doc(hidden)]
    #[must_use]
    pub fn at_level(mut self, level: Level) -> Self {
        self.reading.scan.set_level(level);
        self
    }

    /// Reads the next chunk, of any length. Each document that it completes goes to `on_event`.
    pub fn push(&mut self, chunk: &[u8], on_event: &mut dyn FnMut(Event<'_>)) {
        let Some(decoding) = &mut self.decoding else {
            return;
        };
        let reading = &mut self.reading;
        let decoded = decoding.push(chunk, &mut |piece| reading.push(piece, on_event));
        if let Err(trouble) = decoded {
            self.end.trouble = Some(trouble);
        } else if matches!(reading.framing, Framing::Unsupported) {
            self.end.trouble = Some(Trouble::UnsupportedContent);
        } else if !reading.is_broken() {
            return;
        }
        self.decoding = None;
    }

    /// Ends the body: hands out what was complete but for its terminator, and says how it went.
    /// What is pushed after that is not read.
    pub fn finish(&mut self, on_event: &mut dyn FnMut(Event<'_>)) -> BodyEnd {
        let cut = self.decoding.take().is_some_and(|decoding| decoding.is_unfinished());
        let reading = &mut self.reading;
        self.end.truncated |= reading.finish(on_event) || cut;
        if matches!(reading.framing, Framing::Unsupported) {
            self.end.trouble.get_or_insert(Trouble::UnsupportedContent);
        }
        self.end.documents = reading.scan.documents;
        self.end.malformed = reading.scan.malformed;
        self.end.over_limit = reading.scan.over_limit;
        match &reading.framing {
            Framing::Json(sequence) => {
                self.end.format = Some(sequence.format(self.end.documents));
            }
            Framing::Events(events) => {
                self.end.format = Some(Format::Sse);
                self.end.done = events.done;
            }
            Framing::Messages(_) => self.end.format = Some(Format::EventStream),
            Framing::Unknown(_) | Framing::Unsupported => {}
        }
        std::mem::take(&mut self.end)
    }
}

impl std::fmt::Debug for BodyReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BodyReader").field("end", &self.end).finish_non_exhaustive()
    }
}

impl Reading {
    fn push(&mut self, piece: &[u8], on_event: &mut dyn FnMut(Event<'_>)) {
        let mut rest = piece;
        if let Framing::Unknown(sniffer) = &mut self.framing {
            let (used, kind) = sniffer.push(piece);
            let Some(kind) = kind else { return };
            rest = &piece[used..];
            // Of JSON nothing is.
            let held = (!sniffer.held().is_empty()).then(|| sniffer.clone());
            self.choose(kind);
            if let Some(held) = held {
                self.frame(held.held(), on_event);
            }
        }
        self.frame(rest, on_event);
    }

    fn choose(&mut self, kind: Kind) {
        // Each written where it belongs, not moved there: a body of JSON is soon read.
        match (kind, self.label) {
            (Kind::Json, Label::Sequence(separator)) => {
                self.framing = Framing::Json(Sequence::new(Some(separator)));
            }
            (Kind::Json, _) => self.framing = Framing::Json(Sequence::new(None)),
            (Kind::Events, _) => self.framing = Framing::Events(Sse::new()),
            (Kind::Messages, _) => self.framing = Framing::Messages(Box::new(EventStream::new())),
            (Kind::Unsupported, _) => self.framing = Framing::Unsupported,
        }
    }

    fn frame(&mut self, piece: &[u8], on_event: &mut dyn FnMut(Event<'_>)) {
        match &mut self.framing {
            Framing::Json(sequence) => sequence.push(piece, &mut self.scan, on_event),
            Framing::Events(events) => events.push(piece, &mut self.scan, on_event),
            Framing::Messages(messages) => messages.push(piece, &mut self.scan, on_event),
            Framing::Unknown(_) | Framing::Unsupported => {}
        }
    }

    fn is_broken(&self) -> bool {
        match &self.framing {
            Framing::Json(sequence) => sequence.is_broken(),
            Framing::Messages(messages) => messages.is_broken(),
            Framing::Unknown(_) | Framing::Events(_) | Framing::Unsupported => false,
        }
    }

    /// Ends the body; whether it was truncated.
    fn finish(&mut self, on_event: &mut dyn FnMut(Event<'_>)) -> bool {
        if let Framing::Unknown(sniffer) = &self.framing
            && let Some(kind) = sniffer.finish()
        {
            let held = sniffer.clone();
            self.choose(kind);
            self.frame(held.held(), on_event);
        }
        match &mut self.framing {
            Framing::Json(sequence) => sequence.finish(&mut self.scan, on_event),
            Framing::Events(events) => events.finish(&mut self.scan, on_event),
            Framing::Messages(messages) => messages.finish(),
            Framing::Unknown(_) | Framing::Unsupported => false,
        }
    }
}
