//! Captured values are what `serde_json` finds at the same place.

use proptest::prelude::*;
use serde_json::Value;

use crate::oracle::{cut, lookup, pointer};
use crate::support::Reading;

/// Keys of documents and of pointers: few, so that they meet, and odd, so that it counts.
const KEYS: [&str; 10] = ["a", "b", "ab", "0", "1", "é", "😀", "", "a/b", "*~\"\\\n"];

/// A document as text, with equal keys in one object too.
#[derive(Clone, Debug)]
enum Doc {
    Scalar(String),
    Array(Vec<Doc>),
    Object(Vec<(usize, Doc)>),
}

fn docs() -> impl Strategy<Value = Doc> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just("\"\\ud83d\\ude00 ]}\\\\\\\" é\"".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| Value::from(n).to_string()),
        Just("-0.5E+07".to_owned()),
        ".{0,8}".prop_map(|text| Value::from(text).to_string()),
    ];
    scalar.prop_map(Doc::Scalar).prop_recursive(5, 48, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Doc::Array),
            prop::collection::vec((0..KEYS.len(), inner), 0..5).prop_map(Doc::Object),
        ]
    })
}

/// How a document is written.
#[derive(Clone, Copy, Debug)]
struct Style {
    /// Every character of a key as `\uXXXX`.
    escaped: bool,
    space: &'static str,
}

fn write(doc: &Doc, style: Style, out: &mut String) {
    let space = style.space;
    match doc {
        Doc::Scalar(text) => out.push_str(text),
        Doc::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(space);
                write(item, style, out);
                out.push_str(space);
            }
            out.push(']');
        }
        Doc::Object(members) => {
            out.push('{');
            for (at, (key, item)) in members.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(space);
                if style.escaped {
                    let units = KEYS[*key].encode_utf16().map(|unit| format!("\\u{unit:04X}"));
                    out.push_str(&format!("\"{}\"", units.collect::<String>()));
                } else {
                    out.push_str(&Value::from(KEYS[*key]).to_string());
                }
                out.push_str(&format!("{space}:{space}"));
                write(item, style, out);
                out.push_str(space);
            }
            out.push('}');
        }
    }
}

fn paths() -> impl Strategy<Value = Vec<Vec<Option<&'static str>>>> {
    let segment = prop_oneof![1 => Just(None), 3 => prop::sample::select(&KEYS[..]).prop_map(Some)];
    prop::collection::vec(prop::collection::vec(segment, 0..4), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn captured_as_serde_json_finds_them(
        doc in docs(),
        paths in paths(),
        cuts in prop::collection::vec(any::<usize>(), 0..12),
        escaped: bool,
        space in prop::sample::select(&["", " ", "\r\n\t "][..]),
    ) {
        let mut text = space.to_owned();
        write(&doc, Style { escaped, space }, &mut text);
        text.push_str(space);
        let value: Value = serde_json::from_str(&text).unwrap();
        // In SSE, an array at the root is one document too, and no line ends matter.
        let lines = text.replace("\r\n", "\ndata:");
        let body = format!("data:{lines}\n\n");

        let pointers: Vec<String> = paths.iter().map(|path| pointer(path)).collect();
        let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
        let reading = Reading::new("text/event-stream", &pointers);
        let outcome = reading.chunks(cut(body.as_bytes(), &cuts));
        prop_assert_eq!(&outcome, &reading.whole(&body));
        prop_assert_eq!(outcome.documents.len(), 1);
        prop_assert_eq!(outcome.malformed, 0);

        for (path, seen) in paths.iter().zip(&outcome.documents[0].values) {
            let wanted = lookup(&value, path);
            let all: Vec<Value> =
                seen.all.iter().map(|raw| serde_json::from_str(raw).unwrap()).collect();
            prop_assert_eq!(all.iter().collect::<Vec<_>>(), wanted, "{}", pointer(path));
            prop_assert_eq!(seen.raw.as_ref(), seen.all.last());
            prop_assert!(seen.all.iter().all(|raw| raw.trim() == raw));
        }
    }
}
