//! The text of an answer, as a chat window would show it.

use std::io::Read;

use flate2::read::GzDecoder;
use http::header;
use serde_json::{Deserializer, Value};

use super::client::Got;

/// Where the vendors put text: whole, or a piece of it.
const PLACES: [&str; 6] = [
    "/choices/0/message/content",
    "/choices/0/delta/content",
    "/content/0/text",
    "/delta/text",
    "/delta",
    "/error/message",
];

/// The first characters of the text in an answer.
pub(super) fn of(got: &Got, max: usize) -> String {
    let mut text = String::new();
    for document in documents(&body(got)) {
        if let Some(piece) = PLACES.iter().find_map(|place| document.pointer(place)?.as_str()) {
            text += piece;
        }
        let parts = document.pointer("/candidates/0/content/parts").and_then(Value::as_array);
        for part in parts.into_iter().flatten().filter(|part| part.get("thought").is_none()) {
            text += part.get("text").and_then(Value::as_str).unwrap_or_default();
        }
    }
    if text.chars().nth(max).is_some() {
        text = text.chars().take(max - 1).collect::<String>().trim_end().to_owned();
        text.push('…');
    }
    text
}

fn body(got: &Got) -> String {
    let mut bytes = got.body.clone();
    if got.headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding == "gzip") {
        let mut plain = Vec::new();
        // The demo's own answer, a few hundred bytes.
        if GzDecoder::new(&*bytes).take(1 << 20).read_to_end(&mut plain).is_ok() {
            bytes = plain;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The JSON documents of a body: itself, its elements, or its events.
fn documents(body: &str) -> Vec<Value> {
    let is_stream = body.starts_with("data:") || body.starts_with("event:");
    if is_stream {
        let data = body.lines().filter_map(|line| line.strip_prefix("data:"));
        return data.filter_map(|data| serde_json::from_str(data.trim()).ok()).collect();
    }
    match Deserializer::from_str(body).into_iter::<Value>().next() {
        Some(Ok(Value::Array(elements))) => elements,
        Some(Ok(document)) => vec![document],
        _ => Vec::new(),
    }
}
