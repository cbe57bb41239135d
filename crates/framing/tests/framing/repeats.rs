//! Lines that repeat the one before, but for what nobody wants.

use std::sync::Arc;

use token_tracking_framing::{BodyHead, BodyReader, Level, Limits, Paths};

use crate::support::{Outcome, Reading};

/// A stream of these data lines, read in whole lines and byte by byte, at every level.
fn stream(pointers: &[&str], lines: &[&str]) -> Outcome {
    let body: String = lines.iter().map(|line| format!("{line}\n\n")).collect();
    let reading = Reading::new("text/event-stream", pointers);
    let whole = reading.whole(&body);
    for level in Level::available() {
        let reading = Reading { level, ..reading.clone() };
        assert_eq!(reading.whole(&body), whole, "{level}");
        assert_eq!(reading.bytes(&body), whole, "byte by byte, {level}");
        assert_eq!(reading.chunks(body.as_bytes().chunks(50)), whole, "50 bytes each, {level}");
    }
    whole
}

/// Which events of a stream, given one line a chunk, are known to repeat.
fn repeats(pointers: &[&str], lines: &[&str]) -> Vec<bool> {
    let mut paths = Paths::new();
    for pointer in pointers {
        paths.add(pointer).unwrap();
    }
    let head = BodyHead { content_type: Some("text/event-stream"), ..BodyHead::default() };
    let mut reader = BodyReader::new(head, Arc::new(paths), Limits::default());
    let mut seen = Vec::new();
    for line in lines {
        reader.push(format!("{line}\n\n").as_bytes(), &mut |event| seen.push(event.is_repeat()));
    }
    reader.finish(&mut |_| {});
    seen
}

#[test]
fn a_stream_of_tokens_repeats() {
    let tokens = ["a", "bc", r"\n", r#"\"x\""#, "", r"\\", "\u{e9}", "the end of it"];
    let lines: Vec<String> = tokens
        .iter()
        .enumerate()
        .map(|(at, token)| {
            format!(
                r#"data: {{"id":"c","n":{},"choices":[{{"delta":{{"content":"{token}"}},"end":null}}],"pad":"{token}"}}"#,
                at + 7
            )
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let outcome = stream(&["/id", "/choices/*/end"], &lines);
    assert_eq!((outcome.documents.len(), outcome.malformed), (tokens.len(), 0));
    // Each place that differs is learned from one event.
    let seen = repeats(&["/id", "/choices/*/end"], &lines);
    assert_eq!(seen, [false, false, false, false, true, true, true, true]);
}

#[test]
fn wanted_values_are_never_left_out() {
    let lines =
        ["a", "b", "b", "cd", "", "a"].map(|text| format!(r#"data: {{"t":"{text}","z":1}}"#));
    let lines = lines.each_ref().map(String::as_str);
    assert_eq!(
        stream(&["/t"], &lines).firsts(),
        [r#""a""#, r#""b""#, r#""b""#, r#""cd""#, r#""""#, r#""a""#]
    );
    let lines = [7, 8, 8, 10, 0, 7].map(|n| format!(r#"data: {{"y":1,"n":{n},"z":1}}"#));
    let lines = lines.each_ref().map(String::as_str);
    assert_eq!(stream(&["/n"], &lines).firsts(), ["7", "8", "8", "10", "0", "7"]);
    assert_eq!(stream(&["/z"], &lines).firsts(), ["1"; 6]);
    // Inside a value that is wanted as a whole.
    assert_eq!(stream(&[""], &lines).firsts(), lines.map(|line| &line["data: ".len()..]));
    let lines = ["a", "b", "c", "d"].map(|text| format!(r#"data: {{"u":{{"t":["{text}",1]}}}}"#));
    let lines = lines.each_ref().map(String::as_str);
    let expected = ["a", "b", "c", "d"].map(|text| format!(r#"["{text}",1]"#));
    assert_eq!(stream(&["/u/t"], &lines).firsts(), expected);
}

#[test]
fn what_is_malformed_stays_so() {
    // Each after lines that make the number a place where lines may differ.
    for (number, well_formed) in [
        ("0", true),
        ("12345678901234567890", true),
        ("012", false),
        ("1.", false),
        ("1.5", true),
        ("1e", false),
        ("", false),
        ("-", false),
        ("-3", true),
        ("7 ", true),
        ("7x", false),
        ("\"7\"", true),
    ] {
        let lines = ["7", "8", "9", number, "10"].map(|n| format!(r#"data: {{"n":{n},"z":1}}"#));
        let outcome = stream(&["/z"], &lines.each_ref().map(String::as_str));
        let malformed = u64::from(!well_formed);
        assert_eq!(outcome.malformed, malformed, "{number}");
        assert_eq!(outcome.documents.len() as u64, 5 - malformed, "{number}");
    }
    for (text, well_formed) in
        [(r"\", false), (r#"\"""#, false), (r#"","b":"x"#, true), (r#"","#, false)]
    {
        let lines = ["k", "l", "m", text, "n"].map(|t| format!(r#"data: {{"t":"{t}","z":1}}"#));
        let outcome = stream(&["/z"], &lines.each_ref().map(String::as_str));
        assert_eq!(outcome.documents.len(), if well_formed { 5 } else { 4 }, "{text}");
    }
}

#[test]
fn keys_may_not_differ() {
    let lines = ["x", "y", "u", r"\u0075"].map(|key| format!(r#"data: {{"{key}":1,"z":2}}"#));
    let outcome = stream(&["/u"], &lines.each_ref().map(String::as_str));
    assert_eq!(outcome.firsts(), ["-", "-", "1", "1"]);
}

#[test]
fn a_repeat_has_the_name_of_the_event_before() {
    let line = r#"data: {"a":1}"#;
    let named = format!("event: n\n{line}");
    let lines = [line, line, &named, &named, line, line];
    assert_eq!(repeats(&["/a"], &lines), [false, true, false, true, false, true]);
    let names: Vec<_> = stream(&["/a"], &lines).documents.into_iter().map(|d| d.name).collect();
    let n = Some("n".to_owned());
    assert_eq!(names, [None, None, n.clone(), n, None, None]);
}

#[test]
fn other_events_come_between() {
    let (token, ping) = (r#"data: {"a":1,"t":"x"}"#, r#"data: {"ping":true}"#);
    let broken = r#"data: {"a":2"#;
    let lines = [token, token, ping, token, token, broken, token, ": nothing", token];
    assert_eq!(
        repeats(&["/a"], &lines),
        [false, true, false, false, true, true, true],
        "a comment and a broken event hand out nothing"
    );
    let outcome = stream(&["/a"], &lines);
    assert_eq!(outcome.firsts(), ["1", "1", "-", "1", "1", "1", "1"]);
    assert_eq!(outcome.malformed, 1);
}

#[test]
fn data_on_two_lines_is_no_repeat() {
    let line = r#"data: {"a":1}"#;
    let two = "data: {\"a\":\ndata: 1}";
    let ended = format!("{line}\ndata: x");
    let outcome = stream(&["/a"], &[line, line, two, line, &ended, line]);
    assert_eq!(outcome.firsts(), ["1"; 6]);
    assert_eq!(outcome.malformed, 1);
}
