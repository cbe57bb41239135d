//! Input that nobody would send in good faith.

use proptest::prelude::*;
use token_tracking_framing::{Limits, Paths};

use crate::oracle::cut;
use crate::support::Reading;

#[test]
fn deep_nesting_needs_no_stack() {
    let deep = 1_000_000;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let body = format!("{{\"x\":{}1{}}}", open.repeat(deep), close.repeat(deep));
        let outcome = Reading::new("application/json", &["/a/a/a", "/x"]).whole(&body);
        assert_eq!((outcome.documents.len(), outcome.truncated), (1, false));
        let outcome = Reading::new("text/event-stream", &["/*/*", "/x"])
            .whole(format!("data: {}\n\n", open.repeat(deep)));
        assert_eq!((outcome.documents.len(), outcome.malformed), (0, 1));
        let outcome = Reading::new("application/json", &["/*/*"]).whole(open.repeat(deep));
        assert!(outcome.truncated);
    }
    let all = "/*".repeat(Paths::MAX_SEGMENTS);
    let body = format!("{{\"x\":{}}}", "[".repeat(deep));
    let outcome = Reading::new("application/json", &[&all, "/x"]).whole(body);
    assert_eq!(outcome.documents.len(), 0);
}

#[test]
fn paths_that_branch_at_every_step_stay_small() {
    let pointers: Vec<String> = (0..8u32)
        .map(|bits| {
            let segment = |at: u32| {
                if at < 3 && bits >> at & 1 == 1 { "/0" } else { "/*" }
            };
            (0..32).map(segment).collect()
        })
        .collect();
    let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
    let body = format!("data: {}1{}\n\n", "[".repeat(32), "]".repeat(32));
    let outcome = Reading::new("text/event-stream", &pointers).bytes(body);
    assert!(outcome.documents[0].values.iter().all(|seen| seen.all == ["1"]));
}

#[test]
fn long_keys_and_half_characters_match_nothing() {
    let body = format!("{{\"{}\":1,\"\\ud800\":2,\"\\ud800a\":3,\"a\":4}}", "a".repeat(100_000));
    let outcome = Reading::new("application/json", &["/a"]).bytes(&body);
    assert_eq!(outcome.firsts(), ["4"]);
}

#[test]
fn equal_keys_without_end() {
    let member = "\"u\":{\"a\":1,\"b\":[1,2]},";
    let body = format!("{{{}\"u\":{{\"b\":[3]}}}}", member.repeat(20_000));
    let outcome = Reading::new("application/json", &["/u/a", "/u/b/*"]).whole(&body);
    let values = &outcome.documents[0].values;
    assert_eq!((values[0].raw.as_deref(), values[1].all.join(" ")), (None, "3".to_owned()));
    assert!(!outcome.over_limit, "what was replaced does not count");
}

#[test]
fn after_the_end_nothing_is_read() {
    let reading = Reading::new("application/json", &["/n"]);
    let mut reader = reading.reader();
    reader.push(b"{\"n\":1}", &mut |_| {});
    assert_eq!(reader.finish(&mut |_| {}).documents, 1);
    reader.push(b"{\"n\":2}", &mut |_| panic!("read after the end"));
    assert_eq!(reader.finish(&mut |_| panic!("handed out twice")).documents, 1);
}

/// Pieces of bodies: put together at random they come further than random bytes do.
const PIECES: [&str; 30] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    "\\u",
    "d83d",
    "\\ude00",
    ":",
    ",",
    "\"a\"",
    "\"b\":",
    "true",
    "nul",
    "-1.5e3",
    "0",
    " ",
    "\n",
    "\r",
    "\n\n",
    "data:",
    "data: ",
    "event: é",
    "[DONE]",
    "\u{feff}",
    "id:1\n",
    "\x1e",
    "{\"a\":1}",
    "data: {\"a\":[1]}\n\n",
];

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40);
    prop_oneof![
        3 => pieces.prop_map(|pieces| pieces.concat().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..300),
    ]
}

const CONTENT_TYPES: [&str; 7] = [
    "application/json",
    "text/event-stream",
    "application/x-ndjson",
    "application/json-seq",
    "",
    "text/html",
    "é;;/+json",
];
const CODINGS: [&str; 7] = ["", "", "gzip", "deflate", "br", "zstd", "zstd, gzip"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_bytes_panic_and_no_cut_matters(
        body in bodies(),
        content_type in prop::sample::select(&CONTENT_TYPES[..]),
        coding in prop::sample::select(&CODINGS[..]),
        cuts in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let mut reading =
            Reading::new(content_type, &["", "/a", "/a/*", "/*/b", "/b/a"]).encoded(coding);
        reading.limits = Limits { expansion_ratio: 10, expansion_floor: 4096 };
        let whole = reading.whole(&body);
        let parts = reading.chunks(cut(&body, &cuts));
        // Broken encoded bytes may give out a little more before they are found out.
        if coding.is_empty() {
            prop_assert_eq!(parts, whole);
        }
    }

    #[test]
    fn no_heads_panic(content_type in ".{0,20}", coding in ".{0,20}", body in bodies()) {
        Reading::new(&content_type, &["/a"]).encoded(&coding).whole(&body);
    }
}
