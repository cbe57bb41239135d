//! Recorded bodies, where `TOKEN_TRACKING_SHARED` names a folder of them: cut anywhere, under
//! each content coding, they give what serde_json finds in the whole body.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use token_tracking_framing::{Format, Paths};

use crate::encoders::{br, deflate, gzip, zlib, zstd};
use crate::oracle::{cut, lookup, pointer};
use crate::reference;
use crate::support::{Outcome, Reading};

/// Bodies under this length are cut at every position.
const SHORT: usize = 4096;
/// Longer ones are cut this often, in up to six places.
const RANDOM_CUTS: u64 = 200;

/// The whole document, so that every byte is compared, and what providers want.
const WANTED: [&[Option<&str>]; 9] = [
    &[],
    &[Some("model")],
    &[Some("usage")],
    &[Some("usageMetadata"), Some("totalTokenCount")],
    &[Some("message"), Some("usage"), Some("input_tokens")],
    &[Some("response"), Some("usage")],
    &[Some("choices"), None, Some("finish_reason")],
    &[Some("candidates"), Some("0"), Some("finishReason")],
    &[Some("data"), None, Some("index")],
];

struct Body {
    file: String,
    content_type: Option<String>,
    bytes: Vec<u8>,
}

fn bodies() -> Option<Vec<Body>> {
    let shared = std::env::var_os("TOKEN_TRACKING_SHARED").filter(|folder| !folder.is_empty());
    let Some(folder) = shared.map(|shared| PathBuf::from(shared).join("corpus")) else {
        eprintln!("skipped: TOKEN_TRACKING_SHARED is not set");
        return None;
    };
    let manifest = std::fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
    Some(manifest.lines().map(|line| body(&folder, line)).collect())
}

fn body(folder: &Path, line: &str) -> Body {
    let line: Value = serde_json::from_str(line).unwrap();
    let file = line["file"].as_str().unwrap().to_owned();
    let bytes = std::fs::read(folder.join(&file)).unwrap();
    Body { file, content_type: line["content_type"].as_str().map(str::to_owned), bytes }
}

fn reading(content_type: Option<&str>) -> Reading<'_> {
    let mut paths = Paths::new();
    let add = |path: &&[Option<&str>]| paths.add_with_limit(&pointer(path), 2 << 20).unwrap();
    let ids = WANTED.iter().map(add).collect();
    Reading::of(content_type.unwrap_or_default(), paths, ids)
}

/// The documents of the body, found with all of it at hand; `None` of what is broken.
fn documents(format: Format, body: &[u8]) -> Option<Vec<Value>> {
    match format {
        Format::Sse => {
            let events = reference::sse(body)?;
            Some(events.into_iter().map(|(_, document)| document).collect())
        }
        Format::EventStream => {
            let messages = reference::messages(body)?;
            Some(messages.into_iter().map(|(_, document)| document).collect())
        }
        Format::JsonArray => match serde_json::from_slice(body).ok()? {
            Value::Array(documents) => Some(documents),
            _ => None,
        },
        _ => serde_json::Deserializer::from_slice(body).into_iter().collect::<Result<_, _>>().ok(),
    }
}

/// What is captured is what serde_json finds. `false` where there is nothing to compare with.
fn compare(body: &Body, outcome: &Outcome) -> bool {
    let bytes = body.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&body.bytes);
    let Some(documents) = outcome.format.and_then(|format| documents(format, bytes)) else {
        return false;
    };
    assert_eq!(outcome.documents.len(), documents.len(), "{}", body.file);
    for (seen, document) in outcome.documents.iter().zip(&documents) {
        for (path, seen) in WANTED.iter().zip(&seen.values) {
            let parse = |raw: &String| serde_json::from_str::<Value>(raw).unwrap();
            let all: Vec<Value> = seen.all.iter().map(parse).collect();
            assert_eq!(
                all.iter().collect::<Vec<_>>(),
                lookup(document, path),
                "{} {path:?}",
                body.file
            );
            assert!(!seen.over, "{} {path:?}", body.file);
        }
    }
    true
}

/// Cuts the bytes and expects the same each time.
fn same_however_cut(reading: &Reading<'_>, bytes: &[u8], expected: &Outcome, file: &str) {
    if bytes.len() < SHORT {
        for at in 0..=bytes.len() {
            let (a, b) = bytes.split_at(at);
            let outcome = reading.chunks([a, b]);
            assert!(outcome == *expected, "{file} {:?} cut at {at}", reading.content_encoding);
        }
        return;
    }
    // Any sequence does that reaches every part of the body and is the same tomorrow.
    let mut state = bytes.len() as u64;
    let mut random = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap()
    };
    for _ in 0..RANDOM_CUTS {
        let cuts: Vec<usize> = (0..1 + random() % 6).map(|_| random()).collect();
        let outcome = reading.chunks(cut(bytes, &cuts));
        assert!(outcome == *expected, "{file} {:?} cut at {cuts:?}", reading.content_encoding);
    }
}

fn check(body: &Body) -> (Option<Format>, bool) {
    let reading = reading(body.content_type.as_deref());
    let whole = reading.whole(&body.bytes);
    let compared = compare(body, &whole);
    same_however_cut(&reading, &body.bytes, &whole, &body.file);
    for (coding, encoded) in [
        ("gzip", gzip(&body.bytes)),
        ("deflate", zlib(&body.bytes)),
        ("deflate", deflate(&body.bytes)),
        ("br", br(&body.bytes)),
        ("zstd", zstd(&body.bytes)),
    ] {
        let reading = reading.clone().encoded(coding);
        same_however_cut(&reading, &encoded, &whole, &body.file);
    }
    (whole.format, compared)
}

#[test]
fn recorded_bodies_however_cut_and_encoded() {
    let Some(bodies) = bodies() else { return };
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(check(body));
        }
        done
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let mut counts = BTreeMap::<String, (usize, usize)>::new();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for (format, compared) in workers.into_iter().flat_map(|worker| worker.join().unwrap()) {
            let (all, same) = counts.entry(format!("{format:?}")).or_default();
            *all += 1;
            *same += usize::from(compared);
        }
    });
    eprintln!("format: (bodies, of them compared with serde_json) {counts:?}");
    let compared: usize = counts.values().map(|(_, same)| same).sum();
    assert!(compared + 4 > bodies.len(), "all but the broken ones: {counts:?}");
}
