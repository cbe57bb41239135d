//! What a body is, by its content type and by its first bytes: labels are often wrong.

use crate::event_stream::{PRELUDE_BYTES, Prelude};

/// The longest start of a body that is held back: that of an AWS event stream. Of text it
/// is no more than `event:`, or a BOM.
const HELD_BYTES: usize = PRELUDE_BYTES;
const BOM: &[u8] = b"\xEF\xBB\xBF";
const FIELDS: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];
/// Stands before each document of `application/json-seq` (RFC 7464).
const RECORD_SEPARATOR: u8 = 0x1E;

/// What the `Content-Type` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// One JSON document.
    Json,
    /// JSON documents, and the byte that separates them.
    Sequence(u8),
    /// Server-sent events.
    EventStream,
    /// Messages of an AWS event stream.
    Messages,
    /// Something else, or nothing.
    Other,
}

impl Label {
    /// Reads a `Content-Type` value; its parameters do not matter.
    pub(crate) fn of(content_type: Option<&str>) -> Self {
        match content_type {
            // The usual ones as they are usually written.
            Some("application/json") => return Self::Json,
            Some("text/event-stream" | "text/event-stream; charset=utf-8") => {
                return Self::EventStream;
            }
            _ => {}
        }
        let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let subtype = essence.rsplit('/').next().unwrap_or_default();
        let subtype = strip_x(subtype).unwrap_or(subtype);
        let suffix = subtype.rsplit('+').next().unwrap_or_default();
        let is = |names: &[&str]| names.iter().any(|name| subtype.eq_ignore_ascii_case(name));
        if is(&["event-stream"]) {
            Self::EventStream
        } else if is(&["vnd.amazon.eventstream"]) {
            Self::Messages
        } else if suffix.eq_ignore_ascii_case("json-seq") {
            Self::Sequence(RECORD_SEPARATOR)
        } else if is(&["ndjson", "jsonl", "jsonlines", "json-lines", "stream+json"]) {
            Self::Sequence(b'\n')
        } else if suffix.eq_ignore_ascii_case("json") {
            Self::Json
        } else {
            Self::Other
        }
    }

    /// Whether it says JSON, of one document or of several.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Sequence(_))
    }
}

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Json,
    Events,
    Messages,
    Unsupported,
}

/// Looks at a body's first bytes. Holds back at most 12 of them.
#[derive(Clone, Debug)]
pub(crate) struct Sniffer {
    label: Label,
    held: [u8; HELD_BYTES],
    held_len: usize,
    /// Something other than a BOM came: from then on a BOM is none.
    begun: bool,
}

impl Sniffer {
    pub(crate) fn new(label: Label) -> Self {
        Self { label, held: [0; HELD_BYTES], held_len: 0, begun: false }
    }

    /// The bytes that were held back: they come before what [`Sniffer::push`] left.
    pub(crate) fn held(&self) -> &[u8] {
        &self.held[..self.held_len]
    }

    /// Reads on until it is known what the body is; how many bytes that used.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> (usize, Option<Kind>) {
        for (at, &byte) in chunk.iter().enumerate() {
            if self.held_len == 0 {
                // Held bytes are judged again with this one; a lone byte needs no copy.
                if let b' ' | b'\t' | b'\r' | b'\n' = byte {
                    self.begun = true;
                    continue;
                }
                if let Some(kind) = self.first(byte) {
                    return (at, Some(kind));
                }
            }
            if let Some(kind) = self.hold(byte) {
                return (at + 1, Some(kind));
            }
        }
        (chunk.len(), None)
    }

    /// The body ends before it was known what it is: `None` when nothing but space came.
    pub(crate) fn finish(&self) -> Option<Kind> {
        match (self.held_len, self.label) {
            (0, _) => None,
            (_, Label::EventStream) => Some(Kind::Events),
            (_, Label::Messages) => Some(Kind::Messages),
            _ => Some(Kind::Unsupported),
        }
    }

    /// What the first byte says, where it says it alone.
    fn first(&self, byte: u8) -> Option<Kind> {
        match byte {
            b'{' | b'[' => Some(Kind::Json),
            b':' => Some(Kind::Events),
            _ if self.label == Label::Sequence(byte) => Some(Kind::Json),
            b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' if self.label.is_json() => {
                Some(Kind::Json)
            }
            0xEF if !self.begun => None,
            // Lengths come first, and no message is as long as its first byte could say.
            _ if is_length(byte) && !self.begun => None,
            // Broken, but meant to be messages.
            _ if self.label == Label::Messages && !byte.is_ascii_graphic() => Some(Kind::Messages),
            _ if FIELDS.iter().any(|field| field[0] == byte) => None,
            _ => Some(Kind::Unsupported),
        }
    }

    /// One more byte of a prelude, of a BOM, or of a field's name.
    fn hold(&mut self, byte: u8) -> Option<Kind> {
        let Some(place) = self.held.get_mut(self.held_len) else {
            return Some(Kind::Unsupported);
        };
        *place = byte;
        self.held_len += 1;
        let held = self.held();
        if is_length(self.held[0]) {
            let prelude = self.held_len == PRELUDE_BYTES;
            let right = prelude && Prelude::read(&self.held).is_some();
            return match (right, self.label) {
                _ if !prelude => None,
                (true, _) | (_, Label::Messages) => Some(Kind::Messages),
                _ => Some(Kind::Unsupported),
            };
        }
        if held == BOM && !self.begun {
            self.held_len = 0;
            self.begun = true;
            None
        } else if FIELDS.contains(&held) {
            Some(Kind::Events)
        } else if FIELDS.iter().any(|field| field.starts_with(held))
            || (BOM.starts_with(held) && !self.begun)
        {
            None
        } else {
            Some(Kind::Unsupported)
        }
    }
}

/// Whether this can be the first byte of a message's length, and of no text.
fn is_length(byte: u8) -> bool {
    byte <= 1
}

/// The name of a subtype that is marked as unregistered.
fn strip_x(subtype: &str) -> Option<&str> {
    let (mark, name) = subtype.split_at_checked(2)?;
    mark.eq_ignore_ascii_case("x-").then_some(name)
}
