//! A JSON body: one document, several one after the other, or an array of them.

use memchr::memchr;

use crate::body::Format;
use crate::event::Event;
use crate::scan::Scan;
use crate::scanner::Status;
use crate::skip::is_whitespace;

/// Cuts a JSON body into documents. Holds no bytes of its own.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    /// In a labelled sequence, the byte that separates documents.
    separator: Option<u8>,
    at: At,
    /// The root is an array of documents.
    array: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Before the first document.
    Start,
    Document,
    /// After a document.
    Between,
    /// After the `[` of the root: an element or `]`.
    FirstElement,
    /// After a comma in the root array.
    NextElement,
    /// In an element; whether it is an object, and so a document.
    Element(bool),
    AfterElement,
    /// After what was no JSON: up to the next separator.
    Resync(u8),
    /// After the end; what follows does not matter.
    End,
    /// After what was no JSON, with no way to go on.
    Broken,
}

impl Sequence {
    /// For a body whose content type says what separates its documents, or that they are one.
    pub(crate) fn new(separator: Option<u8>) -> Self {
        Self { separator, at: At::Start, array: false }
    }

    /// How the body was cut, as far as it was read.
    pub(crate) fn format(&self, documents: u64) -> Format {
        if self.array {
            Format::JsonArray
        } else if self.separator.is_some() || documents > 1 {
            Format::JsonSequence
        } else {
            Format::Json
        }
    }

    /// Whether nothing more can come of this body.
    pub(crate) fn is_broken(&self) -> bool {
        self.at == At::Broken
    }

    pub(crate) fn push(
        &mut self,
        chunk: &[u8],
        scan: &mut Scan,
        on_event: &mut dyn FnMut(Event<'_>),
    ) {
        let mut rest = chunk;
        while let Some(&byte) = rest.first() {
            let used = match self.at {
                At::End | At::Broken => return,
                At::Resync(separator) => match memchr(separator, rest) {
                    Some(found) => {
                        self.at = At::Between;
                        found
                    }
                    None => return,
                },
                At::Document | At::Element(_) => self.scan(rest, scan, on_event),
                _ if is_whitespace(byte) || self.separator == Some(byte) => 1,
                _ => self.token(byte, scan),
            };
            rest = &rest[used..];
        }
    }

    /// Ends the body; whether it was truncated.
    pub(crate) fn finish(&mut self, scan: &mut Scan, on_event: &mut dyn FnMut(Event<'_>)) -> bool {
        match std::mem::replace(&mut self.at, At::End) {
            At::Document if scan.finish() == Status::Complete => {
                scan.emit(b"", on_event);
                false
            }
            At::Document
            | At::FirstElement
            | At::NextElement
            | At::Element(_)
            | At::AfterElement => true,
            At::Start | At::Between | At::Resync(_) | At::End | At::Broken => false,
        }
    }

    /// A byte between documents; how many bytes that used.
    fn token(&mut self, byte: u8, scan: &mut Scan) -> usize {
        let (at, used) = match (self.at, byte) {
            // Lines are documents, whatever they are; elsewhere an array holds them.
            (At::Start, b'[') if self.separator.is_none() => {
                self.array = true;
                (At::FirstElement, 1)
            }
            (At::FirstElement | At::AfterElement, b']') => (At::End, 1),
            (At::AfterElement, b',') => (At::NextElement, 1),
            (At::AfterElement, _) => {
                scan.malformed += 1;
                (At::Broken, 1)
            }
            (At::FirstElement | At::NextElement, _) => {
                scan.start();
                (At::Element(byte == b'{'), 0)
            }
            // After one document of a plain body, what cannot be another is not our business.
            (At::Between, _) if self.separator.is_none() && !matches!(byte, b'{' | b'[') => {
                (At::End, 1)
            }
            _ => {
                scan.start();
                (At::Document, 0)
            }
        };
        self.at = at;
        used
    }

    /// Reads on in a document; how many bytes that used.
    fn scan(&mut self, rest: &[u8], scan: &mut Scan, on_event: &mut dyn FnMut(Event<'_>)) -> usize {
        let (used, status) = scan.push(rest);
        match (status, self.at) {
            (Status::More, _) => {}
            (Status::Complete, At::Element(object)) => {
                if object {
                    scan.emit(b"", on_event);
                }
                self.at = At::AfterElement;
            }
            (Status::Complete, _) => {
                scan.emit(b"", on_event);
                self.at = At::Between;
            }
            (Status::Malformed, _) => self.at = self.malformed(scan),
        }
        used
    }

    fn malformed(&self, scan: &mut Scan) -> At {
        if let Some(separator) = self.separator {
            scan.malformed += 1;
            return At::Resync(separator);
        }
        if self.array || scan.documents != 1 {
            scan.malformed += 1;
        }
        // Else it stands after the one document of a plain body: ignored, as Jackson does.
        At::Broken
    }
}
