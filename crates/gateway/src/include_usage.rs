//! Opt-in help: asks for the usage of a stream where its client did not.
//!
//! OpenAI's chat completions report the usage of a stream only to who asks for it with
//! `stream_options: {"include_usage": true}`
//! (<https://platform.openai.com/docs/api-reference/chat/create#chat_create-stream_options>).
//! The gateway puts that into the request, and takes the event that comes of it, one with
//! `choices: []` and the usage, out of the answer again. The other events keep a
//! `"usage": null` that the provider then puts into each. A client that says anything about
//! `include_usage` itself, also no, has its way.

use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue,
    TRAILER,
};
use http::{HeaderMap, Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Whether streams are asked for their usage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct IncludeUsage {
    /// Adds `stream_options.include_usage` to OpenAI chat completions that lack it, and
    /// removes the event that comes of it. Off, no request is ever read or changed.
    #[schemars(example = false)]
    pub enabled: bool,
    /// Requests up to this size, in bytes, are held in memory to be read, and helped; longer
    /// ones pass as they are.
    #[schemars(example = 4_194_304)]
    pub max_request_bytes: usize,
}

impl Default for IncludeUsage {
    fn default() -> Self {
        Self { enabled: false, max_request_bytes: 4 * 1024 * 1024 }
    }
}

/// Headers that say what the body's bytes are: it cannot be changed under them.
const DIGESTS: [HeaderName; 3] = [
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-md5"),
];

/// Whether a request may be one that can be helped, by its head.
pub(crate) fn concerns(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    method == Method::POST
        && path.trim_end_matches('/').ends_with("/chat/completions")
        && is(headers, "application/json")
        && !headers.contains_key(CONTENT_ENCODING)
        && !headers.contains_key(TRAILER)
        && !DIGESTS.iter().any(|name| headers.contains_key(name))
}

/// The request's body with the question in it; `None` where it is there, answered, or
/// nothing that would be understood.
pub(crate) fn asking(body: &[u8]) -> Option<Vec<u8>> {
    const QUESTION: &str = "\"include_usage\":true";
    let request: Request<'_> = serde_json::from_slice(body).ok()?;
    if request.stream != Some(true) {
        return None;
    }
    let Some(options) = request.stream_options else {
        // A request with `stream` is an object that is not empty.
        let end = body.iter().rposition(|b| *b == b'}')?;
        let member = format!(",\"stream_options\":{{{QUESTION}}}");
        return Some(spliced(body, end..end, &member));
    };
    let text = options.get();
    // The value is a part of the body, which it was read from.
    let at = text.as_ptr().addr().checked_sub(body.as_ptr().addr())?;
    if text == "null" {
        return Some(spliced(body, at..at + text.len(), &format!("{{{QUESTION}}}")));
    }
    let options: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).ok()?;
    if options.contains_key("include_usage") {
        return None;
    }
    let comma = if options.is_empty() { "" } else { "," };
    Some(spliced(body, at + 1..at + 1, &format!("{QUESTION}{comma}")))
}

/// Fits the headers of a request to its changed body. An answer that is compressed could
/// not be changed back.
pub(crate) fn announce(headers: &mut HeaderMap, length: u64) {
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
}

/// Whether an answer can have the event that is to be removed.
pub(crate) fn answers(status: StatusCode, headers: &HeaderMap) -> bool {
    let plain = headers.get_all(CONTENT_ENCODING).iter().all(|coding| coding == "identity");
    status.is_success() && is(headers, "text/event-stream") && plain
}

/// Whether the data of an event is a chunk without choices, but with the usage.
pub(crate) fn is_usage_only(data: &[u8]) -> bool {
    serde_json::from_slice::<Chunk<'_>>(data).is_ok_and(|chunk| {
        chunk.choices.is_empty() && chunk.usage.is_some_and(|usage| usage.get().starts_with('{'))
    })
}

#[derive(Deserialize)]
struct Request<'a> {
    stream: Option<bool>,
    /// `null` is read as such, and not as absent.
    #[serde(borrow, default, deserialize_with = "present")]
    stream_options: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Chunk<'a> {
    choices: Vec<serde::de::IgnoredAny>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
}

fn present<'de: 'a, 'a, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

fn is(headers: &HeaderMap, media_type: &str) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(media_type)
}

fn spliced(body: &[u8], at: std::ops::Range<usize>, text: &str) -> Vec<u8> {
    let mut new = Vec::with_capacity(body.len() + text.len());
    new.extend_from_slice(&body[..at.start]);
    new.extend_from_slice(text.as_bytes());
    new.extend_from_slice(&body[at.end..]);
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(body: &str) -> Option<String> {
        asking(body.as_bytes()).map(|new| String::from_utf8(new).unwrap())
    }

    #[test]
    fn the_question_is_put_where_it_is_missing_and_nothing_else_changes() {
        for (body, expected) in [
            (
                r#" {"model": "x" , "stream":true } "#,
                r#" {"model": "x" , "stream":true ,"stream_options":{"include_usage":true}} "#,
            ),
            (
                r#"{"stream_options": null, "stream":true}"#,
                r#"{"stream_options": {"include_usage":true}, "stream":true}"#,
            ),
            (
                r#"{"stream":true,"stream_options":{ }}"#,
                r#"{"stream":true,"stream_options":{"include_usage":true }}"#,
            ),
            (
                r#"{"stream\u005foptions":{"include_obfuscation":false},"stream":true,"x":"}"}"#,
                r#"{"stream\u005foptions":{"include_usage":true,"include_obfuscation":false},"stream":true,"x":"}"}"#,
            ),
        ] {
            assert_eq!(asked(body).as_deref(), Some(expected));
        }
    }

    #[test]
    fn who_says_something_about_it_or_nothing_that_is_understood_is_left_alone() {
        for body in [
            "",
            "{}",
            "[true]",
            "{\"stream\":false}",
            "{\"stream\":null}",
            "{\"stream\":\"true\"}",
            "{\"stream\":true",
            "{\"stream\":true,\"stream\":true}",
            "{\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
            "{\"stream\":true,\"stream_options\":{\"include_usage\":false}}",
            "{\"stream\":true,\"stream_options\":{\"include_usage\":null}}",
            "{\"stream\":true,\"stream_options\":[]}",
            "{\"stream\":true,\"stream_options\":\"\"}",
            "{\"stream\":true} {}",
        ] {
            assert_eq!(asked(body), None, "{body}");
        }
    }

    #[test]
    fn only_the_event_that_was_asked_for_is_one() {
        assert!(is_usage_only(br#"{"id":"c","choices":[],"usage":{"total_tokens":1}}"#));
        for data in [
            r#"{"choices":[],"usage":null}"#,
            r#"{"choices":[],"prompt_filter_results":[]}"#,
            r#"{"choices":[{}],"usage":{"total_tokens":1}}"#,
            r#"{"usage":{"total_tokens":1}}"#,
            "[DONE]",
            "",
        ] {
            assert!(!is_usage_only(data.as_bytes()), "{data}");
        }
    }
}
