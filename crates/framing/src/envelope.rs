//! The payload of a `chunk` event of Bedrock: `{"bytes":"<base64 of the document>","p":"…"}`.

use std::sync::Arc;

use memchr::memchr2;

use crate::Paths;
use crate::base64::Base64;
use crate::key::{Key, KeyRead};
use crate::scan::Scan;
use crate::scanner::Status;
use crate::skip::is_whitespace;

/// The member that holds the document.
const MEMBER: &[u8] = b"bytes";

/// Reads an envelope and sends the document in it to its scan, as it comes. Checks the
/// envelope as the scanner checks a document. Holds no bytes of its own.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    at: At,
    key: Key,
    /// Reads over the other members.
    other: Scan,
    base64: Base64,
    pub(crate) document: Document,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Start,
    /// After `{`: a key or `}`.
    FirstKey,
    /// After a comma.
    Key,
    InKey,
    Colon,
    Value,
    /// In another member's value.
    Other,
    /// In the document's string.
    Text,
    /// In it, after a backslash.
    Backslash,
    /// In it, after `\u`, with this many digits and this value.
    Unicode(u8, u16),
    /// After a member.
    Next,
    End,
    Malformed,
}

/// What the document is so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    /// There is none, or nothing but space of it.
    None,
    /// Something that is not meant to be JSON: agents send plain text so.
    Text,
    Begun,
    Complete,
    Malformed,
}

impl Document {
    /// Reads on in a document.
    pub(crate) fn push(&mut self, mut piece: &[u8], scan: &mut Scan) {
        if *self == Self::None {
            let space = piece.iter().take_while(|byte| is_whitespace(**byte)).count();
            piece = &piece[space..];
            let Some(first) = piece.first() else { return };
            scan.start();
            *self = match first {
                b'{' | b'[' => Self::Begun,
                _ => Self::Text,
            };
        }
        if *self == Self::Begun {
            let (used, status) = scan.push(piece);
            *self = match status {
                Status::More => return,
                Status::Complete => Self::Complete,
                Status::Malformed => Self::Malformed,
            };
            piece = &piece[used..];
        }
        if *self == Self::Complete && !piece.iter().all(|byte| is_whitespace(*byte)) {
            *self = Self::Malformed;
        }
    }
}

impl Envelope {
    pub(crate) fn new() -> Self {
        Self {
            at: At::Start,
            key: Key::default(),
            other: Scan::new(Arc::new(Paths::new())),
            base64: Base64::default(),
            document: Document::None,
        }
    }

    /// Begins an envelope; forgets the one before.
    pub(crate) fn start(&mut self) {
        self.at = At::Start;
        self.document = Document::None;
    }

    /// Whether the envelope ended, and as JSON does.
    pub(crate) fn is_complete(&self) -> bool {
        self.at == At::End
    }

    /// Reads on; what comes of the document goes to `scan`.
    pub(crate) fn push(&mut self, mut rest: &[u8], scan: &mut Scan) {
        while let Some(&byte) = rest.first() {
            let used = match self.at {
                At::Malformed => return,
                At::InKey => self.in_key(rest),
                At::Other => self.in_other(rest),
                At::Text => self.in_text(rest, scan),
                At::Backslash | At::Unicode(..) => {
                    self.at = self.in_escape(byte, scan);
                    1
                }
                _ if is_whitespace(byte) => 1,
                _ => self.token(byte),
            };
            rest = rest.get(used..).unwrap_or_default();
        }
    }

    /// A byte between tokens; how many bytes that used.
    fn token(&mut self, byte: u8) -> usize {
        self.at = match (self.at, byte) {
            (At::Start, b'{') => At::FirstKey,
            (At::FirstKey | At::Next, b'}') => At::End,
            (At::FirstKey | At::Key, b'"') => {
                self.key.start();
                At::InKey
            }
            (At::Colon, b':') => At::Value,
            (At::Value, b'"') if self.key.text() == Some(MEMBER) => {
                // Of two members with this key the last counts.
                self.document = Document::None;
                self.base64 = Base64::default();
                At::Text
            }
            (At::Value, _) => {
                self.other.start();
                self.at = At::Other;
                return 0;
            }
            (At::Next, b',') => At::Key,
            _ => At::Malformed,
        };
        1
    }

    fn in_key(&mut self, rest: &[u8]) -> usize {
        match self.key.read(rest, 0, MEMBER.len()) {
            KeyRead::More => rest.len(),
            KeyRead::End(after) => {
                self.at = At::Colon;
                after
            }
            KeyRead::Malformed(at) => {
                self.at = At::Malformed;
                at
            }
        }
    }

    fn in_other(&mut self, rest: &[u8]) -> usize {
        let (used, status) = self.other.push(rest);
        self.at = match status {
            Status::More => At::Other,
            Status::Complete => At::Next,
            Status::Malformed => At::Malformed,
        };
        used
    }

    fn in_text(&mut self, rest: &[u8], scan: &mut Scan) -> usize {
        let end = memchr2(b'"', b'\\', rest);
        self.digits(&rest[..end.unwrap_or(rest.len())], scan);
        let Some(end) = end else { return rest.len() };
        if rest[end] == b'\\' {
            self.at = At::Backslash;
        } else {
            self.at = At::Next;
            if self.base64.finish().is_err() {
                self.document = Document::Malformed;
            }
        }
        end + 1
    }

    /// Some writers escape `/`, `+` and `=`.
    fn in_escape(&mut self, byte: u8, scan: &mut Scan) -> At {
        let plain = match (self.at, byte) {
            (At::Unicode(digits, value), _) => {
                let Some(digit) = char::from(byte).to_digit(16) else {
                    return At::Malformed;
                };
                let value = value << 4 | digit as u16;
                if digits < 3 {
                    return At::Unicode(digits + 1, value);
                }
                u8::try_from(value).unwrap_or_default()
            }
            (_, b'u') => return At::Unicode(0, 0),
            (_, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => byte,
            _ => return At::Malformed,
        };
        // Of the short escapes only `\/` is for a digit.
        let short = self.at == At::Backslash && plain != b'/';
        self.digits(&[if short { 0 } else { plain }], scan);
        At::Text
    }

    fn digits(&mut self, digits: &[u8], scan: &mut Scan) {
        let document = &mut self.document;
        if *document == Document::Malformed {
            return;
        }
        let decoded = self.base64.push(digits, &mut |piece| document.push(piece, scan));
        if decoded.is_err() {
            *document = Document::Malformed;
        }
    }
}
