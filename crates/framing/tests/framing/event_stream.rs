//! AWS event streams: messages with checksums, exceptions, documents in base64.

use proptest::prelude::*;
use token_tracking_framing::{Format, Trouble};

use crate::messages::{Value, chunk, event, message, raw_message};
use crate::oracle::cut;
use crate::support::{Outcome, Reading};

pub(crate) const AWS: &str = "application/vnd.amazon.eventstream";

/// The `/n` of the documents, malformed, truncated.
pub(crate) fn brief(outcome: &Outcome) -> (Vec<&str>, u64, bool) {
    assert_eq!(outcome.format, Some(Format::EventStream));
    assert_eq!(outcome.trouble, None);
    (outcome.firsts(), outcome.malformed, outcome.truncated)
}

fn names(outcome: &Outcome) -> Vec<(Option<&str>, bool)> {
    let all = outcome.documents.iter();
    all.map(|d| (d.name.as_deref(), d.exception)).collect()
}

/// One of everything.
fn stream() -> Vec<u8> {
    let odd = [
        ("a", Value::Bool(true)),
        ("b", Value::Bool(false)),
        ("c", Value::Byte(-1)),
        ("d", Value::Short(-2)),
        ("e", Value::Int(3)),
        ("f", Value::Long(4)),
        ("g", Value::Bytes(b"\x00\xFFbytes")),
        ("empty", Value::Text("")),
        (":event-type", Value::Text("métadata")),
        (":event-type-and-more", Value::Text("other")),
        ("h", Value::Timestamp(5)),
        ("i", Value::Uuid([9; 16])),
    ];
    [
        event("messageStart", "{\"p\":\"abc\",\"n\":1}"),
        message(&odd, b" {\"n\":{\"m\":[2]}} \n"),
        message(&[], b"{\"n\":3}"),
        event("empty", ""),
        chunk("{\"n\":4}"),
        chunk("{\"n\":50}"),
        chunk(" {\"n\":\"\u{e9}~~~???>>>\"}"),
        event("chunk", "{\"p\":\"x\"}"),
    ]
    .concat()
}

#[test]
fn every_split() {
    let body = stream();
    let reading = Reading::new(AWS, &["/n", "/n/m/0"]);
    let whole = reading.whole(&body);
    let values = vec!["1", "{\"m\":[2]}", "3", "4", "50", "\"\u{e9}~~~???>>>\""];
    assert_eq!(brief(&whole), (values, 0, false));
    assert_eq!(whole.documents[1].name.as_deref(), Some("métadata"));
    assert_eq!(whole.documents[2].name, None);
    assert_eq!(whole.documents[3].name.as_deref(), Some("chunk"));
    assert_eq!(reading.bytes(&body), whole);
    for at in 0..=body.len() {
        let (a, b) = body.split_at(at);
        assert_eq!(reading.chunks([a, b]), whole, "cut at {at}");
    }
}

#[test]
fn every_length() {
    let one = [event("a", "{\"n\":1}"), chunk("{\"n\":2}")].concat();
    let first = event("a", "{\"n\":1}").len();
    let reading = Reading::new(AWS, &["/n"]);
    for len in 1..one.len() {
        let outcome = reading.whole(&one[..len]);
        let seen = if len < first { vec![] } else { vec!["1"] };
        assert_eq!(brief(&outcome), (seen, 0, len != first), "{len} bytes");
        assert_eq!(reading.bytes(&one[..len]), outcome);
    }
}

#[test]
fn every_wrong_bit_stops_the_reading() {
    let before = event("a", "{\"n\":1}");
    let broken = chunk("{\"n\":2}");
    let after = event("b", "{\"n\":3}");
    let reading = Reading::new(AWS, &["/n"]);
    for at in 0..broken.len() {
        for bit in 0..8 {
            let mut broken = broken.clone();
            broken[at] ^= 1 << bit;
            let body = [&before[..], &broken, &after].concat();
            let outcome = reading.whole(&body);
            assert_eq!(brief(&outcome), (vec!["1"], 1, false), "{at} {bit}");
            assert_eq!(reading.bytes(&body), outcome);
        }
    }
}

#[test]
fn exceptions() {
    let exception = |kind: &str, payload: &str| {
        let headers = [
            (":exception-type", Value::Text(kind)),
            (":content-type", Value::Text("application/json")),
            (":message-type", Value::Text("exception")),
        ];
        message(&headers, payload.as_bytes())
    };
    let error = [
        (":message-type", Value::Text("error")),
        (":error-code", Value::Text("InternalError")),
        (":error-message", Value::Text("An internal error")),
    ];
    let body = [
        event("messageStart", "{\"n\":1}"),
        exception("throttlingException", "{\"n\":2,\"message\":\"slow\"}"),
        exception("noPayload", ""),
        exception("brokenPayload", "{\"n\":3,"),
        message(&error, b"{\"n\":"),
        exception(&"x".repeat(70), "{\"n\":4}"),
    ]
    .concat();
    let outcome = Reading::new(AWS, &["/n"]).whole(&body);
    let long = "x".repeat(64);
    assert_eq!(brief(&outcome), (vec!["1", "2", "-", "-", "-", "4"], 2, false));
    assert_eq!(
        names(&outcome),
        [
            (Some("messageStart"), false),
            (Some("throttlingException"), true),
            (Some("noPayload"), true),
            (Some("brokenPayload"), true),
            (Some("InternalError"), true),
            (Some(&long), true),
        ]
    );
    assert_eq!(Reading::new(AWS, &["/n"]).bytes(&body), outcome);
}

#[test]
fn payloads_that_are_no_json() {
    let typed = |content_type: &str, payload: &str| {
        let headers =
            [(":content-type", Value::Text(content_type)), (":event-type", Value::Text("chunk"))];
        message(&headers, payload.as_bytes())
    };
    let body = [
        typed("application/octet-stream", "{\"n\":1}"),
        typed("text/plain", "some text"),
        event("broken", "{\"n\":1"),
        event("broken", "{\"n\":1}}"),
        event("broken", "text"),
        typed("application/x-amz-json-1.1; charset=utf-8", "{}"),
        event("right", "{\"n\":2}"),
    ]
    .concat();
    let outcome = Reading::new(AWS, &["/n"]).whole(&body);
    assert_eq!(brief(&outcome), (vec!["2"], 3, false));
}

#[test]
fn what_is_no_message() {
    let prelude = |message: u32, headers: u32| {
        let mut out = message.to_be_bytes().to_vec();
        out.extend_from_slice(&headers.to_be_bytes());
        out.extend_from_slice(&crc32fast::hash(&out).to_be_bytes());
        out.resize(200_000, 0);
        out
    };
    for body in [
        prelude(0, 0),
        prelude(15, 0),
        prelude(16, 1),
        prelude(200_000, 128 * 1024 + 1),
        prelude(26 << 20, 0),
        prelude(u32::MAX, u32::MAX),
        raw_message(b"\0", b"{}"),
        raw_message(b"\x01a\x0A", b"{}"),
        raw_message(b"\x01a", b"{}"),
        raw_message(b"\x05a", b"{}"),
        raw_message(b"\x01a\x07\0", b"{}"),
        raw_message(b"\x01a\x07\0\x02x", b"{}"),
        raw_message(b"\x01a\x09123456789012345", b"{}"),
        vec![0x80; 40],
        vec![0; 40],
    ] {
        let reading = Reading::new(AWS, &["/n"]);
        let outcome = reading.whole(&body);
        let what = body[..body.len().min(40)].escape_ascii();
        assert_eq!(brief(&outcome), (vec![], 1, false), "{what}");
        assert_eq!(reading.bytes(&body), outcome, "{what}");
    }
}

#[test]
fn told_by_its_bytes() {
    let body = stream();
    for content_type in ["", "application/octet-stream", "application/json", AWS] {
        let reading = Reading::new(content_type, &["/n"]);
        assert_eq!(reading.whole(&body).documents.len(), 6, "{content_type}");
        assert_eq!(reading.bytes(&body), reading.whole(&body), "{content_type}");
        // And an error is JSON, whatever its label.
        let error = reading.whole("{\"n\":1}");
        assert_eq!((error.format, error.firsts()), (Some(Format::Json), vec!["1"]));
    }
    let mut broken = body.clone();
    broken[9] ^= 1;
    for body in [&broken[..], &body[..11], b"\0"] {
        let outcome = Reading::new("application/octet-stream", &["/n"]).whole(body);
        assert_eq!(outcome.trouble, Some(Trouble::UnsupportedContent));
        assert_eq!(outcome.format, None);
    }
}

#[test]
fn long_headers_are_skipped_and_bounded() {
    let name = "n".repeat(255);
    let value = "v".repeat(32_000);
    let headers: Vec<(&str, Value<'_>)> = (0..4).map(|_| (&*name, Value::Text(&value))).collect();
    let long = message(&headers, b"{\"n\":1}");
    let reading = Reading::new(AWS, &["/n"]);
    assert_eq!(brief(&reading.whole(&long)), (vec!["1"], 0, false));
    assert_eq!(brief(&reading.bytes(&long)), (vec!["1"], 0, false));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn documents_of_any_kind_at_any_cuts(
        texts in prop::collection::vec((any::<bool>(), ".{0,40}"), 0..6),
        cuts in prop::collection::vec(any::<usize>(), 0..12),
    ) {
        let values: Vec<String> =
            texts.iter().map(|(_, text)| serde_json::Value::from(&**text).to_string()).collect();
        let messages = texts.iter().zip(&values).map(|((inside, _), value)| {
            let document = format!("{{\"n\":{value}}}");
            if *inside { chunk(&document) } else { event("delta", &document) }
        });
        let body = messages.collect::<Vec<_>>().concat();
        let outcome = Reading::new(AWS, &["/n"]).chunks(cut(&body, &cuts));
        prop_assert_eq!(outcome.firsts(), values);
        prop_assert_eq!((outcome.malformed, outcome.truncated), (0, false));
    }
}
