//! Where a body is cut into chunks never matters.

use crate::support::Reading;

const POINTERS: [&str; 9] =
    ["/usage", "/usage/a", "/model", "/choices/*/text", "/choices/1", "/n", "", "/é😀", "/t"];

const DOCUMENT: &str = concat!(
    "\u{feff} {\"model\" : \"gp\\\"t\\\\-\\ud83d\\ude00 é😀\" ,\"us\\u0061ge\":{\"b\":[1,{\"a\":7}],",
    "\"a\":-1.5e+10 },\"choices\":[{\"text\":\"a]}\"},{\"text\":\"\\\\\"},null,{\"text\":3}],",
    "\"n\":null,\"t\":[true,false],\"\\u00e9\\uD83D\\uDE00\":12 , \"usage\":{\"a\" : 2}}\n "
);

fn same_at_every_split(content_type: &str, body: &[u8]) {
    let reading = Reading::new(content_type, &POINTERS);
    let whole = reading.whole(body);
    assert_eq!(reading.bytes(body), whole, "byte by byte: {}", body.escape_ascii());
    for at in 0..=body.len() {
        let (a, b) = body.split_at(at);
        assert_eq!(reading.chunks([a, b]), whole, "cut at {at}: {}", body.escape_ascii());
        assert_eq!(reading.chunks([a, b"", b]), whole, "an empty chunk at {at}");
    }
}

#[test]
fn a_document_in_full() {
    let outcome = Reading::new("application/json", &POINTERS).whole(DOCUMENT);
    let values = &outcome.documents[0].values;
    let raw = |at: usize| values[at].raw.as_deref();
    assert_eq!(raw(0), Some("{\"a\" : 2}"), "the last of two equal keys wins");
    assert_eq!(raw(1), Some("2"));
    assert_eq!(raw(2), Some("\"gp\\\"t\\\\-\\ud83d\\ude00 é😀\""));
    assert_eq!(values[3].all, ["\"a]}\"", "\"\\\\\"", "3"]);
    assert_eq!(raw(4), Some("{\"text\":\"\\\\\"}"));
    assert_eq!(raw(5), Some("null"));
    assert_eq!(raw(6), Some(DOCUMENT.trim_start_matches('\u{feff}').trim()));
    assert_eq!(raw(7), Some("12"));
    assert_eq!(raw(8), Some("[true,false]"));
    assert!(!outcome.truncated);
}

#[test]
fn json_bodies() {
    for body in [
        DOCUMENT,
        "",
        " \r\n",
        "42",
        "-0.5E-7 ",
        "\"x\"",
        "true",
        "nul",
        "{\"usage\":1",
        "{\"usage\":1}garbage",
        "{\"n\":1} {\"n\":2}\n[3]",
        "{\"n\":1} {\"n\":oops",
        "[{\"n\":1},[{\"n\":0}],7,\"x\",{\"n\":2}]",
        "[{\"n\":1},{\"n\":2}\n,{\"n\":",
        "[{\"n\":1} {\"n\":2}]",
        "[]",
        "[{\"n\":1},]",
        "{\"n\":01}",
        "{\"bad\\q\":1}",
        "<html>",
        "\u{feff}",
    ] {
        same_at_every_split("application/json", body.as_bytes());
        same_at_every_split("", body.as_bytes());
    }
}

#[test]
fn sequences() {
    let body = "{\"n\":1}\n{\"n\":2}\r\n\n{\"n\":tru}\n{\"n\":4}\n[{\"n\":5}]\n6\nnull\n{\"n\":7";
    same_at_every_split("application/x-ndjson", body.as_bytes());
    let body = "\x1e{\"n\":1}\n\x1e{\"n\":\n\x1e{\"n\":3}\n\x1e{\"n\":4}\n";
    same_at_every_split("application/json-seq", body.as_bytes());
}

#[test]
fn event_streams() {
    let one = concat!(
        ": hello\n",
        "id: 7\n",
        "event: usage\u{e9}\n",
        "data: {\"n\":1,\n",
        "data:\"usage\":{\"a\":\n",
        "data: 5}}\n",
        "\n",
        "data:{\"n\":2}\n\n",
        "data\n\n",
        "data: \n\n",
        "retry: 10\n\n",
        "event: only a name\n\n",
        "data: nonsense\n\n",
        "data: {\"n\":\n\n",
        "database: {\"n\":9}\n\n",
        "data: [{\"n\":3}]\n\n",
        "data: 4\n\n",
        "data: {\"n\":5}\n",
        "data: {\"n\":6}\n",
        "data: [DONE]\n\n",
        "data:  [DONE] \n\n",
        "data: [DONE\n\n",
        "event: last\ndata: {\"n\":7}",
    );
    for ends in ["\n", "\r\n", "\r"] {
        let body = one.replace('\n', ends);
        same_at_every_split("text/event-stream", body.as_bytes());
        same_at_every_split("application/json", body.as_bytes());
        let mut marked = b"\xEF\xBB\xBF\n".to_vec();
        marked.extend_from_slice(body.as_bytes());
        same_at_every_split("text/event-stream", &marked);

        let outcome = Reading::new("text/event-stream", &["/n"]).whole(&body);
        assert_eq!(outcome.firsts(), ["1", "2", "-", "-", "5", "6", "7"], "with {ends:?}");
        assert_eq!(outcome.malformed, 3, "with {ends:?}");
        assert!(outcome.done && !outcome.truncated);
        assert_eq!(outcome.documents[0].name.as_deref(), Some("usageé"));
        assert_eq!(outcome.documents[1].name, None, "a name is of one event");
        assert_eq!(outcome.documents[6].name.as_deref(), Some("last"));
    }
}
