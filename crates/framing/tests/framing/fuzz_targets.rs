//! What the fuzz targets do with their input: `framing/fuzz` runs them with libFuzzer, and
//! `cargo test` with inputs from proptest and with the inputs that once failed.
//!
//! Of an input the first bytes choose what to do with the rest.

use std::cell::LazyCell;

use serde_json::Value;
use token_tracking_framing::{Level, Limits};

use crate::encoders::{br, deflate, gzip, zlib, zstd};
use crate::messages::raw_message;
use crate::oracle::{cut, lookup, pointer};
use crate::reference;
use crate::support::{Outcome, Reading};

/// Does one target's work with one input; panics where something is wrong.
pub(crate) type Target = fn(&[u8]);

/// All targets by name.
pub(crate) const TARGETS: [(&str, Target); 5] = [
    ("scanner", scanner),
    ("sse", sse),
    ("repeats", repeats),
    ("event_stream", event_stream),
    ("decoders", decoders),
];

type Path = &'static [Option<&'static str>];

/// What is wanted: the whole document first, so that every byte of it is compared.
const WANTED: [&[Path]; 4] = [
    &[&[], &[Some("a")], &[Some("b"), Some("a")], &[Some("a"), None], &[None, Some("b")]],
    &[&[], &[Some("usage"), Some("total")], &[Some("usage")], &[Some("model")]],
    &[&[], &[None, None], &[Some("0")], &[Some("1"), None, Some("a")], &[Some("é")]],
    &[&[]],
];

/// The first bytes of an input.
struct Choice<'a> {
    mode: u8,
    /// Which of [`WANTED`].
    which: usize,
    wanted: &'static [Path],
    cuts: Vec<usize>,
    rest: &'a [u8],
}

fn choose(input: &[u8]) -> Option<Choice<'_>> {
    let (&[mode, wanted, a, b, c, d], rest) = input.split_first_chunk()?;
    let far = |high: u8, low: u8| usize::from(u16::from_be_bytes([high, low]));
    Some(Choice {
        mode,
        which: usize::from(wanted % 4),
        wanted: WANTED[usize::from(wanted % 4)],
        cuts: vec![usize::from(a), usize::from(b), far(a, b), far(c, d)],
        rest,
    })
}

impl Choice<'_> {
    /// A reading of what is wanted. Made once each: that takes longer than to read.
    fn reading<'c>(&self, content_type: &'c str) -> Reading<'c> {
        thread_local! {
            static READINGS: LazyCell<Vec<Reading<'static>>> = LazyCell::new(|| {
                let all = WANTED.iter().map(|wanted| {
                    let pointers: Vec<String> = wanted.iter().map(|path| pointer(path)).collect();
                    let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
                    Reading::new("", &pointers)
                });
                all.collect()
            });
        }
        let reading: Reading<'c> = READINGS.with(|all| all[self.which].clone());
        Reading { content_type: (!content_type.is_empty()).then_some(content_type), ..reading }
    }
}

/// Reads a body whole and in pieces, at every level of vector instructions.
fn everywhere(reading: &Reading<'_>, choice: &Choice<'_>, body: &[u8]) -> Outcome {
    let whole = reading.whole(body);
    let pieces = cut(body, &choice.cuts);
    for level in Level::available() {
        let reading = Reading { level, ..reading.clone() };
        let parts = reading.chunks(pieces.iter().copied());
        assert_eq!(parts, whole, "in pieces, {level:?}");
        if level != Level::best() {
            assert_eq!(reading.whole(body), whole, "{level:?}");
        }
        if choice.mode & 0xC0 == 0xC0 {
            assert_eq!(reading.bytes(body), whole, "byte by byte, {level:?}");
        }
    }
    whole
}

/// The captured values of an event are what is in the document.
fn compare(outcome: &Outcome, at: usize, wanted: &[Path], document: &Value) {
    for (path, seen) in wanted.iter().zip(&outcome.documents[at].values) {
        let parse = |raw: &String| serde_json::from_str(raw).expect("what is captured is JSON");
        let all: Vec<Value> = seen.all.iter().map(parse).collect();
        assert_eq!(all.iter().collect::<Vec<_>>(), lookup(document, path), "{path:?}");
        assert_eq!(seen.raw.as_ref(), seen.all.last(), "{path:?}");
        assert!(!seen.over);
    }
}

/// One document, or what is none, or several.
pub(crate) fn scanner(input: &[u8]) {
    let Some(choice) = choose(input) else { return };
    let content_type = ["application/x-ndjson", "application/json", "", "text/event-stream"];
    let content_type = content_type[usize::from(choice.mode % 4)];
    let outcome = everywhere(&choice.reading(content_type), &choice, choice.rest);
    // Only as lines an array is one document.
    if content_type == "application/x-ndjson"
        && let Ok(document) = serde_json::from_slice(choice.rest)
    {
        assert_eq!(outcome.documents.len(), 1);
        assert_eq!((outcome.malformed, outcome.truncated), (0, false));
        compare(&outcome, 0, choice.wanted, &document);
    }
}

/// Server-sent events.
pub(crate) fn sse(input: &[u8]) {
    let Some(choice) = choose(input) else { return };
    let body = [b":\n", choice.rest].concat();
    let outcome = everywhere(&choice.reading("text/event-stream"), &choice, &body);
    if let Some(events) = reference::sse(&body) {
        same_events(&outcome, choice.wanted, &events);
    }
}

/// Server-sent events of which each is the one before with something else in one place: the
/// lines that come whole are compared with the ones before, those that do not are scanned.
pub(crate) fn repeats(input: &[u8]) {
    let Some(choice) = choose(input) else { return };
    let mut parts = choice.rest.split(|byte| *byte == 0xFF);
    let mut line = parts.next().unwrap_or_default().to_vec();
    let mut body = b":\n".to_vec();
    let event = |line: &[u8], body: &mut Vec<u8>| {
        body.extend([b"data: ", line, b"\n\n"].concat());
    };
    event(&line, &mut body);
    for part in parts {
        if let [at, len, with @ ..] = part {
            let from = usize::from(*at) % (line.len() + 1);
            let to = (from + usize::from(len % 8)).min(line.len());
            line.splice(from..to, with.iter().copied());
        }
        event(&line, &mut body);
    }
    let reading = choice.reading("text/event-stream");
    let outcome = everywhere(&reading, &choice, &body);
    // No line comes whole.
    assert_eq!(reading.bytes(&body), outcome, "byte by byte");
    if let Some(events) = reference::sse(&body) {
        same_events(&outcome, choice.wanted, &events);
    }
}

fn same_events(outcome: &Outcome, wanted: &[Path], events: &[reference::Named]) {
    assert_eq!(outcome.documents.len(), events.len());
    assert_eq!((outcome.malformed, outcome.truncated), (0, false));
    for (at, (name, document)) in events.iter().enumerate() {
        assert_eq!(outcome.documents[at].name, *name);
        compare(outcome, at, wanted, document);
    }
}

/// AWS event streams: raw bytes, or messages with the right lengths and checksums.
pub(crate) fn event_stream(input: &[u8]) {
    let Some(choice) = choose(input) else { return };
    let body = match choice.mode % 4 {
        0 => choice.rest.to_vec(),
        1 => as_messages(choice.rest, b""),
        2 => as_messages(choice.rest, b"\x0B:event-type\x07\0\x05chunk"),
        _ => as_messages(choice.rest, b"\x0D:message-type\x07\0\x09exception"),
    };
    let reading = choice.reading("application/vnd.amazon.eventstream");
    let outcome = everywhere(&reading, &choice, &body);
    if let Some(documents) = reference::messages(&body) {
        same_events(&outcome, choice.wanted, &documents);
    }
}

/// Cuts at the byte 0xFF, into headers (after those given) and payloads by turns.
fn as_messages(input: &[u8], headers: &[u8]) -> Vec<u8> {
    let mut parts = input.split(|byte| *byte == 0xFF);
    let mut body = Vec::new();
    while let Some(block) = parts.next() {
        let block = [headers, block].concat();
        body.extend(raw_message(&block, parts.next().unwrap_or_default()));
    }
    body
}

/// Content codings: of broken bytes, of what was encoded and then cut off, and of bodies as
/// they should be.
pub(crate) fn decoders(input: &[u8]) {
    let Some(choice) = choose(input) else { return };
    let names = ["gzip", "deflate", "br", "zstd", "gzip, zstd", "br, deflate"];
    let name = names[usize::from(choice.mode & 7) % names.len()];
    let mut reading = choice.reading("application/x-ndjson");
    let plain = reading.whole(choice.rest);
    reading = reading.encoded(name);
    reading.limits = Limits { expansion_ratio: 50, expansion_floor: 64 * 1024 };
    if choice.mode & 0x38 != 0x38 {
        // It may give out a little more, or less, before it is found to be broken; and where
        // it is cut off, a decoder may not have come as far as what is broken.
        let whole = reading.whole(choice.rest);
        let pieces = reading.chunks(cut(choice.rest, &choice.cuts));
        let broken = |outcome: &Outcome| outcome.trouble.is_some() || outcome.truncated;
        // Where it has many bytes at once, the crate for br takes a shorter way, which lets
        // some broken streams pass that it refuses in pieces (the reference decoder always does).
        if !name.contains("br") {
            assert_eq!(broken(&pieces), broken(&whole));
        }
        if !broken(&whole) && !broken(&pieces) {
            assert_eq!(pieces, whole);
        }
        return;
    }
    let encoded = match choice.mode & 7 {
        0 | 6 => gzip(choice.rest),
        1 | 7 if choice.wanted.len() == 1 => deflate(choice.rest),
        1 | 7 => zlib(choice.rest),
        2 => br(choice.rest),
        3 => zstd(choice.rest),
        4 => zstd(&gzip(choice.rest)),
        _ => zlib(&br(choice.rest)),
    };
    if !choice.rest.is_empty() {
        assert_eq!(everywhere(&reading, &choice, &encoded), plain);
        let cut_off = choice.cuts[2] % encoded.len();
        everywhere(&reading, &choice, &encoded[..cut_off]);
    }
}
