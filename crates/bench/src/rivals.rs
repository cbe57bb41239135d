//! The rivals: the libraries one would otherwise take, on whole bodies.
//!
//! Each gets the whole body at once, which a proxy would first have to gather: that copy and
//! its memory are not counted against them. Of a stream they get each event's data.

use serde_json::Value;
use simd_json::prelude::{ValueAsScalar as _, ValueIntoString as _};
use sonic_rs::{JsonValueTrait as _, PointerTree};

use crate::answer::{Answer, ChatUsage, EmbeddingsUsage, Message, Plain, Response, Shape, Typed};
use crate::bodies::Body;

/// `serde_json` into its tree.
#[must_use]
pub fn serde_json_value(body: &Body) -> Answer {
    let [model, sent, received] = body.shape.pointers();
    documents(body, |document| {
        let value: Value = serde_json::from_slice(document).ok()?;
        let count = |pointer| value.pointer(pointer).and_then(Value::as_u64);
        let model = value.pointer(model).and_then(Value::as_str);
        Some(Answer::of(model, count(sent), count(received)))
    })
}

/// `serde_json` into a struct of the wanted fields; all else is ignored.
#[must_use]
pub fn serde_json_typed(body: &Body) -> Answer {
    match body.shape {
        Shape::Chat => typed::<Plain<'_, ChatUsage>>(body),
        Shape::Embeddings => typed::<Plain<'_, EmbeddingsUsage>>(body),
        Shape::Messages => typed::<Message<'_>>(body),
        Shape::Responses => typed::<Response<'_>>(body),
    }
}

fn typed<'a, T: Typed<'a>>(body: &'a Body) -> Answer {
    documents(body, |document| Some(serde_json::from_slice::<T>(document).ok()?.answer()))
}

/// The pointers as `sonic-rs` wants them; made once, as a policy is.
#[must_use]
pub fn pointer_tree(shape: Shape) -> PointerTree {
    let mut tree = PointerTree::new();
    for pointer in shape.pointers() {
        let keys: Vec<&str> = pointer.split('/').skip(1).collect();
        tree.add_path(&keys);
    }
    tree
}

/// `sonic-rs` by its `get_many`, with checks.
#[must_use]
pub fn sonic_rs_get_many(body: &Body, tree: &PointerTree) -> Answer {
    documents(body, |document| {
        let found = sonic_rs::get_many(document, tree).ok()?;
        let [model, sent, received] = found.as_slice() else { return None };
        let count = |value: &Option<sonic_rs::LazyValue<'_>>| value.as_ref()?.as_u64();
        let name = model.as_ref().and_then(|value| value.as_str());
        Some(Answer::of(name, count(sent), count(received)))
    })
}

/// `simd-json` into its tape. It writes into its input, so each body is copied first.
#[must_use]
pub fn simd_json_tape(body: &Body, buffers: &mut SimdJson) -> Answer {
    let [model, sent, received] = body.shape.pointers();
    documents(body, |document| {
        buffers.input.clear();
        buffers.input.extend_from_slice(document);
        let input = &mut buffers.input;
        let tape = simd_json::to_tape_with_buffers(input, &mut buffers.buffers).ok()?;
        let root = tape.as_value();
        let at = |pointer: &str| {
            let mut keys = pointer.split('/').skip(1);
            keys.try_fold(root, |value, key| value.as_object()?.get(key))
        };
        let name = at(model).and_then(|value| value.into_string());
        let count = |pointer| at(pointer).and_then(|value| value.as_u64());
        Some(Answer::of(name, count(sent), count(received)))
    })
}

/// What `simd-json` uses again and again.
#[derive(Default)]
pub struct SimdJson {
    input: Vec<u8>,
    buffers: simd_json::Buffers,
}

/// The limit: the body is copied once.
pub fn memcpy(body: &Body, to: &mut Vec<u8>) {
    to.clear();
    to.extend_from_slice(body.text.as_bytes());
}

/// Reads the documents of a body; what does not decode says nothing, as `[DONE]`.
fn documents<'a>(body: &'a Body, mut read: impl FnMut(&'a [u8]) -> Option<Answer>) -> Answer {
    let bytes = body.text.as_bytes();
    if !body.stream {
        return read(bytes).unwrap_or_default();
    }
    let mut answer = Answer::default();
    let mut from = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        if let Some(data) = bytes[from..end].strip_prefix(b"data: ") {
            answer = answer.then(read(data).unwrap_or_default());
        }
        from = end + 1;
    }
    answer
}
