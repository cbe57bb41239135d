//! Which dialect a document speaks, told by where its counts are and how they are named.

use serde::Deserialize;
use serde::de::IgnoredAny;
use token_tracking_core::{Captured, PathId, ValueKind};

use crate::bare;
use crate::profile::{Dialect, Profile};
use crate::roots::Roots;

/// What a document's counts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Chat's usage; `false` for Groq's copy of it.
    Chat(PathId, bool),
    Responses(PathId),
    /// Where a message begins, or is there in full.
    Message(PathId),
    /// What a `message_delta` adds.
    MessageDelta(PathId),
    Gemini,
    Predictions,
    Interaction(PathId),
    Pages,
    Converse(PathId),
    Cohere(PathId),
    CohereMeta,
    Bare(Dialect),
}

/// Which keys a usage object has. All of it is skipped, so nothing is allocated.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Keys {
    prompt_tokens: Present,
    completion_tokens: Present,
    input_tokens: Present,
    output_tokens: Present,
    total_tokens: Present,
    total_input_tokens: Present,
    total_output_tokens: Present,
    cache_creation_input_tokens: Present,
    cache_read_input_tokens: Present,
    input_tokens_details: Present,
    input_token_details: Present,
    seconds: Present,
    /// Cohere.
    tokens: Present,
    billed_units: Present,
    /// Converse.
    #[serde(rename = "inputTokens")]
    converse_input: Present,
    #[serde(rename = "outputTokens")]
    converse_output: Present,
}

#[derive(Clone, Copy, Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(true))
    }
}

/// The counts of a document, if it has any. `before` is what the body spoke so far.
pub(crate) fn recognise(
    roots: &Roots,
    profile: &Profile,
    before: Option<Dialect>,
    captured: &Captured<'_>,
) -> Option<Shape> {
    let c = captured;
    if c.has(roots.usage) {
        return usage(roots, profile, before, c);
    }
    if c.has(roots.usage_metadata) {
        return Some(Shape::Gemini);
    }
    if c.has(roots.message_usage) {
        return Some(Shape::Message(roots.message_usage));
    }
    if c.has(roots.response_usage) {
        return Some(Shape::Responses(roots.response_usage));
    }
    if c.has(roots.interaction_usage) {
        return Some(Shape::Interaction(roots.interaction_usage));
    }
    if c.has(roots.groq_usage) {
        return Some(Shape::Chat(roots.groq_usage, false));
    }
    if c.has(roots.usage_info) {
        return Some(Shape::Pages);
    }
    if c.has(roots.predicted_tokens) {
        return Some(Shape::Predictions);
    }
    if c.has(roots.delta_usage) {
        return Some(Shape::Cohere(roots.delta_usage));
    }
    if c.has(roots.metadata_usage) {
        return Some(Shape::Converse(roots.metadata_usage));
    }
    let meta = [
        roots.meta_tokens,
        roots.meta_billed_units,
        roots.response_meta_tokens,
        roots.response_meta_billed_units,
    ];
    if meta.iter().any(|path| c.has(*path)) {
        return Some(Shape::CohereMeta);
    }
    bare::recognise(roots, c).map(Shape::Bare)
}

/// The dialect of an object at `/usage`.
fn usage(
    roots: &Roots,
    profile: &Profile,
    before: Option<Dialect>,
    c: &Captured<'_>,
) -> Option<Shape> {
    let at = roots.usage;
    let keys: Keys = serde_json::from_slice(c.raw(at)?).unwrap_or_default();
    let object = c.text(roots.object);
    let object = object.as_deref().unwrap_or_default();
    // A run's steps have usage of their own, and the run has their sum.
    if object.starts_with("thread.run.step") {
        return None;
    }
    let plain = keys.input_tokens.0 || keys.output_tokens.0;
    let kind = c.text(roots.kind);
    let kind = kind.as_deref().unwrap_or_default();
    if plain && kind == "message_delta" {
        return Some(Shape::MessageDelta(at));
    }
    if plain && kind == "message" {
        return Some(Shape::Message(at));
    }
    // Azure's Responses may hold chat's words, so the document's kind comes first.
    if object == "response" || object == "response.compaction" || kind.starts_with("response.") {
        return Some(Shape::Responses(at));
    }
    if keys.prompt_tokens.0 || keys.completion_tokens.0 {
        return Some(Shape::Chat(at, true));
    }
    if keys.total_input_tokens.0 || keys.total_output_tokens.0 {
        return Some(Shape::Interaction(at));
    }
    if plain && (keys.cache_creation_input_tokens.0 || keys.cache_read_input_tokens.0) {
        return Some(Shape::Message(at));
    }
    let responses = keys.input_tokens_details.0 || keys.input_token_details.0 || keys.seconds.0;
    if responses || plain && keys.total_tokens.0 {
        return Some(Shape::Responses(at));
    }
    if plain {
        // Both say the same here, so only the label is at stake.
        let responses = match before {
            Some(Dialect::OpenAiResponses) => true,
            Some(Dialect::Anthropic) => false,
            _ => profile.native.contains(&Dialect::OpenAiResponses),
        };
        return Some(if responses { Shape::Responses(at) } else { Shape::Message(at) });
    }
    if keys.converse_input.0 || keys.converse_output.0 {
        return Some(Shape::Converse(at));
    }
    if keys.tokens.0 || keys.billed_units.0 {
        return Some(Shape::Cohere(at));
    }
    keys.total_tokens.0.then_some(Shape::Chat(at, true))
}

/// Whether a document says that something went wrong, though it may say more.
pub(crate) fn is_error(roots: &Roots, c: &Captured<'_>) -> bool {
    if c.has(roots.error) {
        // Some servers always send the key: `false`, `""`.
        return !matches!(c.raw(roots.error), Some(b"false" | b"\"\"" | b"{}" | b"0"));
    }
    let failed = c.is_exception() || c.has(roots.response_error) || c.has(roots.delta_error);
    if failed || c.event_name() == Some("error") {
        return true;
    }
    if c.has(roots.detail) && !c.has(roots.usage) {
        return true;
    }
    // Raw texts, since this looks at every event.
    let kind = c.raw(roots.kind).unwrap_or_default();
    kind == b"\"error\""
        || kind.ends_with(b".error\"")
        || kind == b"\"response.failed\""
        || c.raw(roots.object) == Some(b"\"error\"")
}

/// Whether a document without counts is an error of Bedrock or Cohere: `{"message":"…"}`.
/// In their answers a message is an object.
pub(crate) fn is_bare_message(roots: &Roots, profile: &Profile, c: &Captured<'_>) -> bool {
    let text = |path| c.kind(path) == Some(ValueKind::String);
    (text(roots.message) || text(roots.capital_message))
        && [Dialect::Bedrock, Dialect::Cohere].iter().any(|own| profile.native.contains(own))
}

/// Whether this is a chunk of a chat stream.
pub(crate) fn is_chunk(roots: &Roots, c: &Captured<'_>) -> bool {
    c.raw(roots.object).is_some_and(|object| object.ends_with(b".chunk\""))
}

/// Whether a stream goes on after this document, where its dialect says so. It matters only
/// while there are no counts: then those that the stream was about to say are missing.
pub(crate) fn goes_on(roots: &Roots, c: &Captured<'_>, finished: bool) -> Option<bool> {
    match c.event_name() {
        // Bedrock's chunks and Converse, Cohere.
        Some("chunk") => return Some(!c.has(roots.invocation_metrics)),
        Some("messageStart" | "message-start") => return Some(true),
        Some("metadata" | "message-end") => return Some(false),
        _ => {}
    }
    if let Some(kind) = c.raw(roots.kind) {
        return goes_on_after(kind);
    }
    if is_chunk(roots, c) {
        // `"usage":null` announces a chunk with counts, behind the one that ends the text.
        return Some(!finished || c.kind(roots.usage) == Some(ValueKind::Null));
    }
    // Ollama, Cohere's first version.
    match c.raw(roots.done).or_else(|| c.raw(roots.is_finished))? {
        b"false" => Some(true),
        b"true" => Some(false),
        _ => None,
    }
}

/// [`goes_on`] for an event with this `type`: of Messages, Responses, Interactions, audio, images
/// and Mistral's conversations.
fn goes_on_after(kind: &[u8]) -> Option<bool> {
    let kind = kind.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    match kind {
        b"message_delta" | b"message_stop" | b"response.done" => Some(false),
        b"response.completed" | b"response.incomplete" | b"response.failed" => Some(false),
        b"message_start" => Some(true),
        _ if kind.starts_with(b"response.") || kind.starts_with(b"content_block_") => Some(true),
        _ if [".delta", ".created", ".started", ".start", ".partial_image"]
            .iter()
            .any(|end| kind.ends_with(end.as_bytes())) =>
        {
            Some(true)
        }
        _ if kind.ends_with(b".completed") || kind.ends_with(b".done") => Some(false),
        _ => None,
    }
}

/// Whether an event carries generated content. An event with a `type` says so by it;
/// without one there is no telling, and all do.
pub(crate) fn is_content(roots: &Roots, c: &Captured<'_>) -> bool {
    match c.text(roots.kind) {
        Some(kind) => {
            kind.ends_with("delta") && kind != "message_delta" || kind.ends_with("partial_image")
        }
        // Converse names its events in their heads, Cohere's first version in a field of its own.
        None => match (c.event_name(), c.raw(roots.event_type)) {
            (_, Some(kind)) => kind == b"\"text-generation\"",
            (Some("messageStart" | "messageStop" | "metadata"), _) => false,
            _ => !c.has(roots.error) && !c.is_exception(),
        },
    }
}
