//! The fuzz targets, run on stable: see `framing/fuzz` for the long runs.

use std::path::Path;

use proptest::prelude::*;

use crate::fuzz_targets::{TARGETS, repeats};

/// Pieces of all the formats: put together at random they come further than random bytes do.
const PIECES: [&[u8]; 44] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b"\\u",
    b"d83d",
    b"\\ude00",
    b":",
    b",",
    b"\"a\"",
    b"\"b\":",
    b"true",
    b"nul",
    b"-1.5e3",
    b"0",
    b" ",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"data:",
    b"data: ",
    b"event: \xC3\xA9",
    b"event",
    b"[DONE]",
    b"\xEF\xBB\xBF",
    b"id:1\n",
    b"\x1E",
    b"{\"a\":1}",
    b"data: {\"a\":[1]}\n\n",
    b"{\"usage\":{\"total\":7},\"model\":\"m\"}",
    b"\xFF",
    b"\0",
    b"\0\0\0\x10",
    b"\x0B:event-type\x07\0\x05chunk",
    b"{\"bytes\":\"eyJhIjoxfQ==\"}",
    b"\x1F\x8B\x08\0\0\0\0\0\0\x03",
    b"\x78\x9C",
    b"\x28\xB5\x2F\xFD",
    b"\"eyJh",
    b"=",
    b"\x07",
];

fn inputs() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(&PIECES[..]).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 1..12),
        // Blocks of vector instructions are 64 bytes and more.
        1 => (any::<u8>(), 1..300_usize).prop_map(|(byte, len)| vec![byte; len]),
    ];
    (any::<[u8; 6]>(), prop::collection::vec(piece, 0..40))
        .prop_map(|(choice, pieces)| [&choice[..], &pieces.concat()].concat())
}

/// Events as providers send them, and what stands in one place of each next one.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    const EVENTS: [&str; 4] = [
        r#"{"id":"c-1","n":9,"choices":[{"delta":{"content":"a"},"end":null}],"usage":null,"model":"m","pad":"xy"}"#,
        r#"{"type":"delta","seq":10,"a":{"text":"\\\"b","a":[1,2]},"b":{"a":7},"pad":"\u00e9"} "#,
        r#"[{"b":"x","n":120},{"b":[1,{"a":"t"}]},"text",0.5e1]"#,
        r#"{"usage":{"total":12,"k":"v"},"n":-1,"model":"a\tb","z":[],"y":{"q":"\""}}"#,
    ];
    const OTHERS: [&str; 20] = [
        "",
        "x",
        "\"",
        "\\",
        "\\\"",
        "1",
        "0",
        "12",
        ",",
        "}",
        "{",
        "]",
        "e5",
        "-",
        ".",
        ":",
        " ",
        "null",
        "\"k\":1,",
        "long enough to leave the first block of bytes that is looked at, and more",
    ];
    let change = (any::<u8>(), 0..4_u8, prop::sample::select(&OTHERS[..]), 1..4_usize);
    (any::<[u8; 6]>(), prop::sample::select(&EVENTS[..]), prop::collection::vec(change, 0..12))
        .prop_map(|(choice, event, changes)| {
            let mut input = [&choice[..], event.as_bytes()].concat();
            for (at, len, with, times) in changes {
                // The same place again: what comes there then differs from event to event.
                for time in 0..times {
                    let with = with.repeat(usize::from(time > 0) + 1);
                    input.extend([&[0xFF, at.min(0xFE), len], with.as_bytes()].concat());
                }
            }
            input
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn what_repeats_is_as_if_scanned(input in streams()) {
        repeats(&input);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn targets_hold(input in inputs()) {
        for (_, target) in TARGETS {
            target(&input);
        }
    }
}

#[test]
fn what_once_failed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/framing/crashes");
    for (name, target) in TARGETS {
        let Ok(files) = std::fs::read_dir(folder.join(name)) else {
            continue;
        };
        for file in files {
            let path = file.unwrap().path();
            eprintln!("{}", path.display());
            target(&std::fs::read(path).unwrap());
        }
    }
}
