//! Server-sent events: lines to events, with the data going straight to the scanner.

use memchr::memchr2;

use crate::bounded::Bounded;
use crate::event::Event;
use crate::repeat::Repeat;
use crate::scan::Scan;
use crate::scanner::Status;
use crate::skip::is_whitespace;

/// The most bytes kept of an event's name.
const NAME_BYTES: usize = 64;
/// What ends a stream of OpenAI's kind; it is no JSON.
const DONE: &[u8] = b"[DONE]";
/// Longest field name that means something here: `event`.
const FIELD_BYTES: usize = 5;

/// Reads an event stream. Holds a name of at most 64 bytes, and of all lines the one that
/// repeats, with the bounds of [`Repeat`].
#[derive(Clone, Debug)]
pub(crate) struct Sse {
    line: Line,
    field: [u8; FIELD_BYTES],
    field_len: usize,
    /// After CR: an LF belongs to it.
    after_cr: bool,
    pub(crate) name: Bounded<NAME_BYTES>,
    pub(crate) data: Data,
    /// Made when the first line comes whole.
    pub(crate) repeat: Option<Box<Repeat>>,
    /// The name of the event before, if that had the captures of `repeat`.
    pub(crate) before: Option<Bounded<NAME_BYTES>>,
    /// Bytes of `[DONE]` that the data is so far; `None` when it is something else.
    pub(crate) done_mark: Option<usize>,
    /// The stream said `[DONE]`.
    pub(crate) done: bool,
}

/// Where in a line the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// In the field's name; `field_len` is 0 at the line's start.
    Field,
    /// After the colon: one space does not count.
    Colon(Field),
    Value(Field),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Data,
    Event,
    /// A comment, `id`, `retry`, or unknown.
    Other,
}

/// What the data of the present event is so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// No data line yet.
    None,
    /// In a document, or before it.
    Document,
    Complete,
    /// Complete, with the captures of [`Sse::repeat`]; `true` if it was not even scanned.
    Kept(bool),
    Malformed,
}

impl Sse {
    pub(crate) fn new() -> Self {
        Self {
            line: Line::Field,
            field: [0; FIELD_BYTES],
            field_len: 0,
            after_cr: false,
            name: Bounded::EMPTY,
            data: Data::None,
            repeat: None,
            before: None,
            done_mark: Some(0),
            done: false,
        }
    }

    pub(crate) fn push(
        &mut self,
        chunk: &[u8],
        scan: &mut Scan,
        on_event: &mut dyn FnMut(Event<'_>),
    ) {
        let mut rest = chunk;
        while let Some(&byte) = rest.first() {
            if std::mem::take(&mut self.after_cr) && byte == b'\n' {
                rest = &rest[1..];
                continue;
            }
            if self.line == Line::Field && self.field_len == 0 {
                let next = self.repeated_events(rest, scan, on_event);
                if next.len() < rest.len() {
                    rest = next;
                    continue;
                }
            }
            rest = match self.line {
                Line::Value(field) => {
                    let mut repeated = Err(None);
                    if field == Field::Data {
                        repeated = self.repeated(rest, scan);
                    }
                    let end = match repeated {
                        Ok(end) => end,
                        Err(miss) => {
                            let Some(end) = memchr2(b'\n', b'\r', rest) else {
                                self.value(field, rest, scan);
                                return;
                            };
                            match miss {
                                Some(miss) => self.scan_line(&rest[..end], miss, scan),
                                None => self.value(field, &rest[..end], scan),
                            }
                            end
                        }
                    };
                    self.line_ends(rest[end], scan, on_event);
                    &rest[end + 1..]
                }
                Line::Colon(field) => {
                    self.line = Line::Value(field);
                    rest.strip_prefix(b" ").unwrap_or(rest)
                }
                // The two that nearly all lines are.
                Line::Field if self.field_len == 0 && rest.starts_with(b"data: ") => {
                    self.field_is(Field::Data, scan, on_event);
                    self.line = Line::Value(Field::Data);
                    &rest[b"data: ".len()..]
                }
                Line::Field if self.field_len == 0 && rest.starts_with(b"event: ") => {
                    self.field_is(Field::Event, scan, on_event);
                    self.line = Line::Value(Field::Event);
                    &rest[b"event: ".len()..]
                }
                Line::Field => {
                    match byte {
                        b':' => self.field_ends(scan, on_event),
                        b'\n' | b'\r' => self.line_ends(byte, scan, on_event),
                        _ => {
                            if let Some(place) = self.field.get_mut(self.field_len) {
                                *place = byte;
                            }
                            self.field_len = (self.field_len + 1).min(FIELD_BYTES + 1);
                        }
                    }
                    &rest[1..]
                }
            };
        }
    }

    /// Ends the body, and with it the last event; whether it was truncated.
    pub(crate) fn finish(&mut self, scan: &mut Scan, on_event: &mut dyn FnMut(Event<'_>)) -> bool {
        let done_begun = self.done_mark.is_some_and(|have| have > 0 && have < DONE.len());
        let in_document = self.data == Data::Document
            && !scan.is_fresh()
            && self.done_mark != Some(DONE.len())
            && scan.finish() == Status::More;
        if done_begun || in_document {
            self.next_event();
            return true;
        }
        self.dispatch(scan, on_event);
        false
    }

    /// A colon: the field's name is known.
    fn field_ends(&mut self, scan: &mut Scan, on_event: &mut dyn FnMut(Event<'_>)) {
        let field = match self.field.get(..self.field_len) {
            Some(b"data") => Field::Data,
            Some(b"event") => Field::Event,
            _ => Field::Other,
        };
        self.field_is(field, scan, on_event);
    }

    fn field_is(&mut self, field: Field, scan: &mut Scan, on_event: &mut dyn FnMut(Event<'_>)) {
        self.field_len = 0;
        self.line = Line::Colon(field);
        match field {
            Field::Data => self.data_line(scan, on_event),
            Field::Event => self.name.clear(),
            Field::Other => {}
        }
    }

    fn line_ends(&mut self, byte: u8, scan: &mut Scan, on_event: &mut dyn FnMut(Event<'_>)) {
        self.after_cr = byte == b'\r';
        if self.line == Line::Field {
            if self.field_len == 0 {
                self.dispatch(scan, on_event);
            } else {
                // A line without a colon is a name with an empty value.
                self.field_ends(scan, on_event);
            }
        }
        self.line = Line::Field;
    }

    /// A data line begins: the first of its event, or one more.
    fn data_line(&mut self, scan: &mut Scan, on_event: &mut dyn FnMut(Event<'_>)) {
        // Two whole documents on two lines are no JSON together: some servers leave out
        // the blank line between events.
        if matches!(self.data, Data::Complete | Data::Kept(_)) || self.done_mark == Some(DONE.len())
        {
            self.dispatch(scan, on_event);
        }
        if self.data == Data::None {
            scan.start();
            self.data = Data::Document;
        } else {
            self.value(Field::Data, b"\n", scan);
        }
    }

    pub(crate) fn value(&mut self, field: Field, piece: &[u8], scan: &mut Scan) {
        match field {
            Field::Data => {
                self.match_done(piece);
                self.data = self.scan(piece, scan);
            }
            Field::Event => self.name.append(piece),
            Field::Other => {}
        }
    }

    fn scan(&self, piece: &[u8], scan: &mut Scan) -> Data {
        let after = match self.data {
            Data::Document => match scan.push(piece) {
                (_, Status::More) => return Data::Document,
                (_, Status::Malformed) => return Data::Malformed,
                (used, Status::Complete) => &piece[used..],
            },
            Data::Complete | Data::Kept(_) => piece,
            other => return other,
        };
        let complete = if self.data == Data::Document { Data::Complete } else { self.data };
        if after.iter().all(|byte| is_whitespace(*byte)) { complete } else { Data::Malformed }
    }

    fn match_done(&mut self, piece: &[u8]) {
        let Some(mut have) = self.done_mark else {
            return;
        };
        for byte in piece {
            if DONE.get(have) == Some(byte) {
                have += 1;
            } else if !is_whitespace(*byte) || (1..DONE.len()).contains(&have) {
                self.done_mark = None;
                return;
            }
        }
        self.done_mark = Some(have);
    }

    /// The event ends: hands out its document.
    fn dispatch(&mut self, scan: &mut Scan, on_event: &mut dyn FnMut(Event<'_>)) {
        let complete = match self.data {
            Data::None => None,
            _ if self.done_mark == Some(DONE.len()) => {
                self.done = true;
                None
            }
            Data::Document if scan.is_fresh() => None,
            Data::Document => Some(scan.finish() == Status::Complete),
            Data::Complete => Some(true),
            Data::Kept(unscanned) => {
                self.emit_kept(unscanned, scan, on_event);
                None
            }
            Data::Malformed => Some(false),
        };
        match complete {
            Some(true) => {
                self.before = None;
                scan.emit(self.name.kept(), on_event);
            }
            Some(false) => scan.malformed += 1,
            None => {}
        }
        self.next_event();
    }

    fn next_event(&mut self) {
        self.data = Data::None;
        self.done_mark = Some(0);
        self.name.clear();
    }
}
