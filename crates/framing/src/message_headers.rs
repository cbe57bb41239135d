//! The headers of one message of an AWS event stream.
//!
//! A header is the length of its name in one byte, the name, a type in one byte, and a value
//! whose length is given by the type or stands before it in two bytes.

use crate::bounded::Bounded;
use crate::sniff::Label;

/// Longest header name that means something here: `:exception-type`.
const NAME_BYTES: usize = 16;
/// The most bytes that are kept of a value.
const VALUE_BYTES: usize = 64;

/// Reads the headers of a message. Keeps 64 bytes each of the names of its event and of its
/// exception; all other headers are skipped as they come.
#[derive(Clone, Debug)]
pub(crate) struct Headers {
    at: At,
    name: Bounded<NAME_BYTES>,
    value: Bounded<VALUE_BYTES>,
    /// The present value is text.
    is_text: bool,
    event_type: Bounded<VALUE_BYTES>,
    /// Of an exception or of an error.
    exception_type: Bounded<VALUE_BYTES>,
    pub(crate) is_exception: bool,
    /// Whether the payload may be JSON: the content type says so, or there is none.
    pub(crate) is_json: bool,
}

/// What is expected next, and how many bytes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    NameLength,
    Name(u8),
    Type,
    /// The high byte of the value's length, and then the low one.
    LengthHigh,
    LengthLow(u8),
    Value(u16),
}

/// The headers are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadHeaders;

impl Headers {
    /// Before the first header of a message.
    pub(crate) const START: Self = Self {
        at: At::NameLength,
        name: Bounded::EMPTY,
        value: Bounded::EMPTY,
        is_text: false,
        event_type: Bounded::EMPTY,
        exception_type: Bounded::EMPTY,
        is_exception: false,
        is_json: true,
    };

    /// The type of the event, or of the exception.
    pub(crate) fn name(&self) -> Option<&str> {
        if self.is_exception { self.exception_type.text() } else { self.event_type.text() }
    }

    /// Whether the payload is an object that holds the document in base64.
    pub(crate) fn is_chunk(&self) -> bool {
        !self.is_exception && self.event_type.whole() == Some(b"chunk")
    }

    /// Reads on in the headers.
    pub(crate) fn push(&mut self, mut rest: &[u8]) -> Result<(), BadHeaders> {
        while let Some((&byte, after)) = rest.split_first() {
            let used = match self.at {
                At::NameLength => {
                    (self.name, self.value) = (Bounded::EMPTY, Bounded::EMPTY);
                    // A name has at least one byte.
                    self.at = match byte {
                        0 => return Err(BadHeaders),
                        length => At::Name(length),
                    };
                    1
                }
                At::Name(left) => {
                    let piece = &rest[..rest.len().min(usize::from(left))];
                    self.name.append(piece);
                    // It is no longer than what is left, which fits a byte.
                    self.at = match left - piece.len() as u8 {
                        0 => At::Type,
                        left => At::Name(left),
                    };
                    piece.len()
                }
                At::Type => {
                    self.is_text = byte == 7;
                    self.at = match byte {
                        // true, false
                        0 | 1 => self.header_ends(),
                        // byte, short, int, long
                        2..=5 => At::Value(1 << (byte - 2)),
                        // bytes, string
                        6 | 7 => At::LengthHigh,
                        // timestamp, UUID
                        8 | 9 => At::Value(8 << (byte - 8)),
                        _ => return Err(BadHeaders),
                    };
                    1
                }
                At::LengthHigh => {
                    self.at = At::LengthLow(byte);
                    1
                }
                At::LengthLow(high) => {
                    self.at = match u16::from_be_bytes([high, byte]) {
                        0 => self.header_ends(),
                        length => At::Value(length),
                    };
                    1
                }
                At::Value(left) => {
                    let piece = &rest[..rest.len().min(usize::from(left))];
                    self.value.append(piece);
                    self.at = match left - piece.len() as u16 {
                        0 => self.header_ends(),
                        left => At::Value(left),
                    };
                    piece.len()
                }
            };
            rest = after.get(used - 1..).unwrap_or_default();
        }
        Ok(())
    }

    /// The headers end here.
    pub(crate) fn finish(&self) -> Result<(), BadHeaders> {
        match self.at {
            At::NameLength => Ok(()),
            _ => Err(BadHeaders),
        }
    }

    fn header_ends(&mut self) -> At {
        if self.is_text {
            match self.name.whole() {
                Some(b":event-type") => self.event_type = self.value,
                Some(b":exception-type" | b":error-code") => self.exception_type = self.value,
                Some(b":message-type") => {
                    // An error is an exception that the service's model does not know.
                    self.is_exception = matches!(self.value.whole(), Some(b"exception" | b"error"));
                }
                Some(b":content-type") if !self.value.is_empty() => {
                    self.is_json = Label::of(self.value.text()).is_json();
                }
                _ => {}
            }
        }
        At::NameLength
    }
}
