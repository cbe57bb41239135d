//! The documents of a body, and what can be changed in them.

use std::sync::Arc;

use serde_json::Value;
use token_tracking_framing::{BodyHead, BodyReader, Limits, Paths};

/// The most bytes of one document that are kept.
const MAX_DOCUMENT_BYTES: usize = 64 << 20;

/// One document of a body, or one event of a stream.
#[derive(Debug)]
pub(super) struct Document {
    /// The event's name.
    pub(super) name: Option<String>,
    /// Its JSON, on one line.
    pub(super) text: String,
    /// The same, parsed.
    pub(super) value: Value,
}

/// A number or a text in a document.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// Its JSON Pointer.
    pub(super) pointer: String,
    /// What is there.
    pub(super) value: Value,
}

/// Reads a body apart. `None` where one of its documents is too long to keep.
pub(super) fn split(
    content_type: Option<&str>,
    content_encoding: Option<&str>,
    body: &[u8],
) -> Option<Vec<Document>> {
    let mut paths = Paths::new();
    let whole = paths.add_with_limit("", MAX_DOCUMENT_BYTES).ok()?;
    let head = BodyHead { content_type, content_encoding };
    let mut reader = BodyReader::new(head, Arc::new(paths), Limits::default());
    let mut documents = Some(Vec::new());
    let mut keep = |event: token_tracking_framing::Event<'_>| {
        let value = event.raw(whole).and_then(|raw| serde_json::from_slice::<Value>(raw).ok());
        match (&mut documents, value) {
            (Some(documents), Some(value)) => documents.push(Document {
                name: event.name().map(str::to_owned),
                text: value.to_string(),
                value,
            }),
            (all, _) => *all = None,
        }
    };
    reader.push(body, &mut keep);
    reader.finish(&mut keep);
    documents
}

impl Document {
    /// All its numbers and texts.
    pub(super) fn leaves(&self) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        // A list instead of recursion: depth is bounded by serde_json's own limit.
        let mut open = vec![(String::new(), &self.value)];
        while let Some((pointer, value)) = open.pop() {
            match value {
                Value::Object(members) => open.extend(members.iter().rev().map(|(key, value)| {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    (format!("{pointer}/{key}"), value)
                })),
                Value::Array(items) => open.extend(
                    items.iter().enumerate().rev().map(|(i, v)| (format!("{pointer}/{i}"), v)),
                ),
                Value::Number(_) | Value::String(_) => {
                    leaves.push(Leaf { pointer, value: value.clone() });
                }
                Value::Null | Value::Bool(_) => {}
            }
        }
        leaves
    }

    /// The document's text with these leaves changed: counts are one more, texts longer.
    pub(super) fn changed(&self, leaves: &[Leaf]) -> String {
        let mut value = self.value.clone();
        for leaf in leaves {
            let Some(place) = value.pointer_mut(&leaf.pointer) else { continue };
            *place = match &leaf.value {
                Value::Number(number) => match (number.as_u64(), number.as_f64()) {
                    (Some(count), _) => count.saturating_add(1).into(),
                    (None, Some(number)) => (number + 1.0).into(),
                    (None, None) => continue,
                },
                Value::String(text) => format!("{text}~").into(),
                other => other.clone(),
            };
        }
        value.to_string()
    }
}
