//! The AWS event stream: `application/vnd.amazon.eventstream`, binary messages with checksums.
//!
//! A message is a prelude (its length, that of its headers, and the CRC of the two, four
//! bytes each), the headers, the payload, and the CRC of all before it. A payload goes to
//! the scanner as it comes; its document is handed out once the checksum has been found right.

use crc32fast::Hasher;

use crate::envelope::{Document, Envelope};
use crate::event::Event;
use crate::message_headers::Headers;
use crate::scan::Scan;

/// Bytes of a prelude with its checksum.
pub(crate) const PRELUDE_BYTES: usize = 12;
const CRC_BYTES: usize = 4;
/// The longest header block: AWS's own bound.
const MAX_HEADERS: u32 = 128 * 1024;
/// The longest message: AWS's bound for the payload, 24 MiB (it was 16), and what is around
/// it. Nothing is held of it, so this only tells noise from messages.
const MAX_MESSAGE: u32 = (24 << 20) + MAX_HEADERS + (PRELUDE_BYTES + CRC_BYTES) as u32;

/// Reads an event stream. Holds a prelude or a checksum, and what [`Headers`] keeps.
#[derive(Clone, Debug)]
pub(crate) struct EventStream {
    at: At,
    /// The bytes of a prelude or of a checksum, so far.
    held: [u8; PRELUDE_BYTES],
    held_len: usize,
    crc: Hasher,
    /// Bytes of the payload after the headers.
    payload: u32,
    headers: Headers,
    /// The document of the present message.
    document: Document,
    /// Made for the first chunk event.
    envelope: Option<Envelope>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Prelude,
    /// In the headers, of which this many bytes are left.
    Headers(u32),
    Payload(u32),
    Crc,
    /// After what was no message: with no way to go on, as lengths cannot be trusted.
    Broken,
}

/// The lengths in a prelude: of the headers, and of the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prelude {
    headers: u32,
    payload: u32,
}

impl Prelude {
    /// Reads a prelude; `None` when it is none.
    pub(crate) fn read(bytes: &[u8; PRELUDE_BYTES]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, crc @ ..] = *bytes;
        let message = u32::from_be_bytes([a, b, c, d]);
        let headers = u32::from_be_bytes([e, f, g, h]);
        let right = crc32fast::hash(&bytes[..8]) == u32::from_be_bytes(crc);
        let around = (PRELUDE_BYTES + CRC_BYTES) as u32;
        let payload = message.checked_sub(around)?.checked_sub(headers)?;
        let plausible = message <= MAX_MESSAGE && headers <= MAX_HEADERS;
        (right && plausible).then_some(Self { headers, payload })
    }
}

impl EventStream {
    pub(crate) fn new() -> Self {
        Self {
            at: At::Prelude,
            held: [0; PRELUDE_BYTES],
            held_len: 0,
            crc: Hasher::new(),
            payload: 0,
            headers: Headers::START,
            document: Document::None,
            envelope: None,
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
        while !rest.is_empty() {
            let piece;
            (piece, rest) = rest.split_at(rest.len().min(self.wanted()));
            match self.at {
                At::Prelude => self.prelude(piece, scan),
                At::Headers(left) => self.headers(piece, left, scan),
                At::Payload(left) => {
                    self.crc.update(piece);
                    self.payload(piece, scan);
                    self.at = match left - piece.len() as u32 {
                        0 => At::Crc,
                        left => At::Payload(left),
                    };
                }
                At::Crc => self.crc(piece, scan, on_event),
                At::Broken => return,
            }
        }
    }

    /// Ends the body; whether it was truncated.
    pub(crate) fn finish(&self) -> bool {
        match self.at {
            At::Prelude => self.held_len > 0,
            At::Broken => false,
            At::Headers(_) | At::Payload(_) | At::Crc => true,
        }
    }

    /// The most bytes that the next step can use.
    fn wanted(&self) -> usize {
        match self.at {
            At::Prelude => PRELUDE_BYTES - self.held_len,
            At::Crc => CRC_BYTES - self.held_len,
            At::Headers(left) | At::Payload(left) => left as usize,
            At::Broken => usize::MAX,
        }
    }

    /// Holds bytes of a prelude or of a checksum.
    fn hold(&mut self, piece: &[u8]) {
        self.held[self.held_len..][..piece.len()].copy_from_slice(piece);
        self.held_len += piece.len();
    }

    fn prelude(&mut self, piece: &[u8], scan: &mut Scan) {
        self.hold(piece);
        if self.held_len < PRELUDE_BYTES {
            return;
        }
        self.held_len = 0;
        let Some(prelude) = Prelude::read(&self.held) else {
            return self.broken(scan);
        };
        self.crc.reset();
        self.crc.update(&self.held);
        self.headers = Headers::START;
        self.payload = prelude.payload;
        self.at = At::Headers(prelude.headers);
        if prelude.headers == 0 {
            self.payload_begins();
        }
    }

    fn headers(&mut self, piece: &[u8], left: u32, scan: &mut Scan) {
        self.crc.update(piece);
        let left = left - piece.len() as u32;
        let mut read = self.headers.push(piece);
        if left == 0 {
            read = read.and_then(|()| self.headers.finish());
        }
        self.at = At::Headers(left);
        if read.is_err() {
            self.broken(scan);
        } else if left == 0 {
            self.payload_begins();
        }
    }

    fn payload_begins(&mut self) {
        self.document = Document::None;
        if self.headers.is_chunk() {
            self.envelope.get_or_insert_with(Envelope::new).start();
        }
        self.at = match self.payload {
            0 => At::Crc,
            left => At::Payload(left),
        };
    }

    fn payload(&mut self, piece: &[u8], scan: &mut Scan) {
        if !self.headers.is_json {
            return;
        }
        match &mut self.envelope {
            Some(envelope) if self.headers.is_chunk() => envelope.push(piece, scan),
            _ => self.document.push(piece, scan),
        }
    }

    fn crc(&mut self, piece: &[u8], scan: &mut Scan, on_event: &mut dyn FnMut(Event<'_>)) {
        self.hold(piece);
        if self.held_len < CRC_BYTES {
            return;
        }
        self.held_len = 0;
        self.at = At::Prelude;
        let [a, b, c, d, ..] = self.held;
        if self.crc.clone().finalize() == u32::from_be_bytes([a, b, c, d]) {
            self.message_ends(scan, on_event);
        } else {
            self.broken(scan);
        }
    }

    /// A message is whole: hands out its document.
    fn message_ends(&mut self, scan: &mut Scan, on_event: &mut dyn FnMut(Event<'_>)) {
        let mut document = self.document;
        if let Some(envelope) = &self.envelope
            && self.headers.is_chunk()
            && self.headers.is_json
            && self.payload > 0
        {
            document = envelope.document;
            if !envelope.is_complete() {
                document = Document::Malformed;
            }
        }
        let malformed = match document {
            Document::Begun | Document::Malformed => true,
            // Only in an envelope there may be something else than JSON.
            Document::Text => !self.headers.is_chunk(),
            Document::None | Document::Complete => false,
        };
        scan.malformed += u64::from(malformed);
        let name = self.headers.name().unwrap_or_default();
        if self.headers.is_exception {
            // That there was one counts, whatever it says.
            if document != Document::Complete {
                scan.start();
            }
            scan.emit_exception(name.as_bytes(), on_event);
        } else if document == Document::Complete {
            scan.emit(name.as_bytes(), on_event);
        }
    }

    fn broken(&mut self, scan: &mut Scan) {
        scan.malformed += 1;
        self.at = At::Broken;
    }
}
