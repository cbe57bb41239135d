//! How bodies are told apart, cut, and judged.

use token_tracking_framing::{Format, Trouble};

use crate::support::Reading;

/// Content type, body, format, the `/n` of each document, malformed, truncated.
type Case<'a> = (&'a str, &'a str, Option<Format>, &'a [&'a str], u64, bool);

#[test]
#[rustfmt::skip]
fn bodies_and_what_becomes_of_them() {
    use Format::{Json, JsonArray, JsonSequence, Sse};
    let cases: &[Case<'_>] = &[
        // whole
        ("application/json", "", None, &[], 0, false),
        ("application/json", " \n", None, &[], 0, false),
        ("application/json", "{\"n\":1}", Some(Json), &["1"], 0, false),
        ("application/json", "{}", Some(Json), &["-"], 0, false),
        ("application/json", "42", Some(Json), &["-"], 0, false),
        ("application/json", "\"x\"", Some(Json), &["-"], 0, false),
        ("application/json", "[]", Some(JsonArray), &[], 0, false),
        ("application/json", "[{\"n\":1},2,{\"n\":3}]", Some(JsonArray), &["1", "3"], 0, false),
        ("application/json", "{\"n\":1}{\"n\":2}", Some(JsonSequence), &["1", "2"], 0, false),
        ("application/json", "{\"n\":1} trailing", Some(Json), &["1"], 0, false),
        ("application/json", "{\"n\":1}}", Some(Json), &["1"], 0, false),
        ("application/json", "{\"n\":1}{oops", Some(Json), &["1"], 0, false),
        ("application/x-ndjson", "{\"n\":1}", Some(JsonSequence), &["1"], 0, false),
        ("application/x-ndjson", "{\"n\":1}\n\n5\n", Some(JsonSequence), &["1", "-"], 0, false),
        ("application/json-seq", "\x1e{\"n\":1}\n", Some(JsonSequence), &["1"], 0, false),
        // the label is wrong
        ("text/event-stream", " {\"n\":1}", Some(Json), &["1"], 0, false),
        ("Application/Octet-Stream", "{\"n\":1}", Some(Json), &["1"], 0, false),
        ("application/json", "data: {\"n\":1}\n\n", Some(Sse), &["1"], 0, false),
        ("", "event: x\ndata: {\"n\":1}\n\n", Some(Sse), &["1"], 0, false),
        ("audio/mpeg", ":\n\ndata: {\"n\":1}\n\n", Some(Sse), &["1"], 0, false),
        ("TEXT/EVENT-STREAM; charset=utf-8", "id:1\ndata:{\"n\":1}", Some(Sse), &["1"], 0, false),
        // broken
        ("application/json", "nope", Some(Json), &[], 1, false),
        ("application/json", "{\"n\":1,}", Some(Json), &[], 1, false),
        ("application/json", "{\"n\" 1}", Some(Json), &[], 1, false),
        ("application/json", "{\"n\":1 \"m\":2}", Some(Json), &[], 1, false),
        ("application/json", "{n:1}", Some(Json), &[], 1, false),
        ("application/json", "{,}", Some(Json), &[], 1, false),
        ("application/json", "{\"n\":1]", Some(Json), &[], 1, false),
        ("application/json", "{\"n\":}", Some(Json), &[], 1, false),
        ("application/json", "{\"n\":+1}", Some(Json), &[], 1, false),
        ("application/json", "{\"n\":01}", Some(Json), &[], 1, false),
        ("application/json", "{\"n\":1.}", Some(Json), &[], 1, false),
        ("application/json", "{\"n\":1e}", Some(Json), &[], 1, false),
        ("application/json", "{\"n\":-}", Some(Json), &[], 1, false),
        ("application/json", "{\"n\":1-2}", Some(Json), &[], 1, false),
        ("application/json", "{\"n\":NaN}", Some(Json), &[], 1, false),
        ("application/json", "{\"n\":tru3}", Some(Json), &[], 1, false),
        ("application/json", "{\"\\x\":1}", Some(Json), &[], 1, false),
        ("application/json", "{\"\\u00g0\":1}", Some(Json), &[], 1, false),
        ("application/json", "[{\"n\":1},]", Some(JsonArray), &["1"], 1, false),
        ("application/json", "[{\"n\":1};{\"n\":2}]", Some(JsonArray), &["1"], 1, false),
        ("application/x-ndjson", "{\"n\":1}\nx\n{\"n\":3}", Some(JsonSequence), &["1", "3"], 1, false),
        ("text/event-stream", "data: x\n\ndata: {\"n\":2}\n\n", Some(Sse), &["2"], 1, false),
        ("text/event-stream", "data: {\"n\":1} x\n\n", Some(Sse), &[], 1, false),
        ("text/event-stream", "data: {\"n\":\n\ndata: 2\n\n", Some(Sse), &["-"], 1, false),
        // cut off
        ("application/json", "{\"n\":1", Some(Json), &[], 0, true),
        ("application/json", "[", Some(JsonArray), &[], 0, true),
        ("application/json", "[{\"n\":1}", Some(JsonArray), &["1"], 0, true),
        ("application/json", "[{\"n\":1},", Some(JsonArray), &["1"], 0, true),
        ("application/json", "-", Some(Json), &[], 0, true),
        ("application/json", "nul", Some(Json), &[], 0, true),
        ("application/x-ndjson", "{\"n\":1}\n{\"n", Some(JsonSequence), &["1"], 0, true),
        ("text/event-stream", "data: {\"n\":1}\n\ndata: {\"n", Some(Sse), &["1"], 0, true),
        ("text/event-stream", "data: {\"n\":1}\n\ndata: [DO", Some(Sse), &["1"], 0, true),
        ("text/event-stream", "data: {\"n\":1}\n\ndata", Some(Sse), &["1"], 0, false),
        ("text/event-stream", "data: {\"n\":1}\n\ndata: ", Some(Sse), &["1"], 0, false),
    ];
    for (content_type, body, format, values, malformed, truncated) in cases {
        let reading = Reading::new(content_type, &["/n"]);
        for outcome in [reading.whole(body), reading.bytes(body)] {
            let what = format!("{content_type}: {body:?}");
            assert_eq!(outcome.format, *format, "{what}");
            assert_eq!(outcome.firsts(), *values, "{what}");
            assert_eq!(outcome.malformed, *malformed, "{what}");
            assert_eq!(outcome.truncated, *truncated, "{what}");
            assert_eq!(outcome.trouble, None, "{what}");
        }
    }
}

#[test]
fn what_is_neither_json_nor_events() {
    for (content_type, body) in [
        ("text/html", "<!DOCTYPE html>"),
        ("text/event-stream", "upstream connect error"),
        ("application/json", "Internal Server Error"),
        ("text/plain", "true"),
        ("text/plain", "\"quoted\""),
        ("", "42"),
        ("text/plain", "date: today"),
        ("text/plain", "dat"),
        ("audio/mpeg", "\u{0}\u{1}"),
        ("application/json", "\u{feff}\u{feff}{}"),
    ] {
        let reading = Reading::new(content_type, &["/n"]);
        for outcome in [reading.whole(body), reading.bytes(body)] {
            assert_eq!(outcome.trouble, Some(Trouble::UnsupportedContent), "{content_type} {body}");
            assert_eq!(outcome.format, None);
            assert!(outcome.documents.is_empty());
        }
    }
}

#[test]
fn json_by_its_label() {
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/problem+json",
        "application/vnd.api+JSON;x=y",
        "text/json",
        "text/x-json",
        "application/stream+json",
        "application/jsonl",
        "application/jsonlines",
        "application/x-jsonlines",
        "application/geo+json-seq",
    ] {
        let outcome = Reading::new(content_type, &["/n"]).whole("7");
        assert_eq!((outcome.documents.len(), outcome.trouble), (1, None), "{content_type}");
    }
}

#[test]
fn documents_come_as_soon_as_they_are_whole() {
    for (content_type, chunks) in [
        ("text/event-stream", ["data: {\"n\":1}\n\n", "data: {\"n\":2}\r\r"]),
        ("application/x-ndjson", ["{\"n\":1}", "\n{\"n\":2}"]),
        ("application/json", ["[{\"n\":1}", ",\r\n{\"n\":2}"]),
        ("application/json", ["{\"n\":1}", " {\"n\":2}"]),
    ] {
        let reading = Reading::new(content_type, &["/n"]);
        let mut reader = reading.reader();
        for (before, chunk) in chunks.iter().enumerate() {
            let mut seen = 0;
            reader.push(chunk.as_bytes(), &mut |event| {
                assert_eq!(event.index(), before as u64);
                seen += 1;
            });
            assert_eq!(seen, 1, "{content_type}: {chunk:?}");
        }
    }
}

#[test]
fn long_names_are_cut_between_characters() {
    let body = format!("event: {}é and more\ndata: 1\n\n", "x".repeat(63));
    let outcome = Reading::new("text/event-stream", &[""]).bytes(body);
    assert_eq!(outcome.documents[0].name.as_deref(), Some("x".repeat(63).as_str()));
}
