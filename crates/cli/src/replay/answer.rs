//! Which answer a request gets.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Method, StatusCode};
use serde::Deserialize;

use super::body::Paced;

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream; charset=utf-8";

/// What of a request decides about its answer.
pub(super) struct Ask<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
    pub(super) gzip: bool,
}

/// An answer to send.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) gzipped: bool,
    pub(super) body: Paced,
}

macro_rules! recorded {
    ($file:literal) => {
        include_str!(concat!("../demo/bodies/", $file))
    };
}

/// The answer to this request.
pub(super) fn to(ask: &Ask<'_>) -> Answer {
    if *ask.method != Method::POST {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "the replay provider answers POST only");
    }
    let streamed = ask.wants_stream();
    match ask.path {
        "/openai/v1/chat/completions" if streamed => ask.events(recorded!("openai-chat.sse")),
        "/openai/v1/chat/completions" => ask.whole(recorded!("openai-chat.json")),
        "/openai/v1/responses" if streamed => ask.events(recorded!("openai-responses.sse")),
        "/openai/v1/responses" => ask.whole(recorded!("openai-responses.json")),
        "/openai/v1/error" => Answer {
            status: StatusCode::TOO_MANY_REQUESTS,
            ..ask.whole(recorded!("openai-error.json"))
        },
        "/openai/v1/cut" => ask.paced(recorded!("openai-chat.sse"), 8, Some(4)),
        "/openai/v1/slow" => ask.paced(recorded!("openai-chat.sse"), 300, None),
        "/anthropic/v1/messages" if streamed => ask.events(recorded!("anthropic-messages.sse")),
        "/anthropic/v1/messages" => ask.whole(recorded!("anthropic-messages.json")),
        "/mistral/v1/chat/completions" if streamed => ask.events(recorded!("mistral-chat.sse")),
        "/mistral/v1/chat/completions" => ask.whole(recorded!("mistral-chat.json")),
        path if path.starts_with("/gemini/v1beta/models/") => gemini(ask),
        _ => refuse(StatusCode::NOT_FOUND, "the replay provider has no such route"),
    }
}

fn gemini(ask: &Ask<'_>) -> Answer {
    match ask.path.rsplit_once(':').map(|(_, verb)| verb) {
        Some("generateContent") => ask.whole(recorded!("gemini-generate.json")),
        Some("streamGenerateContent") if ask.parameter("alt") == Some("sse") => {
            ask.events(recorded!("gemini-stream.sse"))
        }
        Some("streamGenerateContent") => {
            Answer { content_type: JSON, ..ask.events(recorded!("gemini-stream.json")) }
        }
        _ => refuse(StatusCode::NOT_FOUND, "the replay provider has no such method"),
    }
}

impl<'a> Ask<'a> {
    fn parameter(&self, name: &str) -> Option<&'a str> {
        let mut pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn wants_stream(&self) -> bool {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            stream: bool,
        }
        self.parameter("stream") == Some("true")
            || serde_json::from_slice::<Body>(self.body).is_ok_and(|body| body.stream)
    }

    fn whole(&self, text: &'static str) -> Answer {
        let plain = Bytes::from_static(text.as_bytes());
        let zipped = if self.gzip { gzip(&plain) } else { None };
        Answer {
            status: StatusCode::OK,
            content_type: JSON,
            gzipped: zipped.is_some(),
            body: Paced::whole(zipped.unwrap_or(plain)),
        }
    }

    fn events(&self, text: &'static str) -> Answer {
        self.paced(text, 4, None)
    }

    fn paced(&self, text: &'static str, pause_ms: u64, cut: Option<usize>) -> Answer {
        let pause = self.parameter("pause_ms").and_then(|value| value.parse().ok());
        let cut = self.parameter("cut").and_then(|value| value.parse().ok()).or(cut);
        // At most a minute, and never none: it is a stream.
        let pause = Duration::from_millis(pause.unwrap_or(pause_ms).clamp(1, 60_000));
        Answer {
            status: StatusCode::OK,
            content_type: EVENTS,
            gzipped: false,
            body: Paced::stream(parts(text), pause, cut),
        }
    }
}

/// The events of a recorded stream, or the elements of a recorded array, each with what
/// separates it from the next.
fn parts(text: &'static str) -> impl Iterator<Item = Bytes> {
    let separator = if text.starts_with('[') {
        "\n,\r\n"
    } else if text.contains("\r\n\r\n") {
        "\r\n\r\n"
    } else {
        "\n\n"
    };
    text.split_inclusive(separator).map(|part| Bytes::from_static(part.as_bytes()))
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn refuse(status: StatusCode, why: &str) -> Answer {
    let body = serde_json::json!({ "error": { "type": "replay", "message": why } }).to_string();
    Answer { status, content_type: JSON, gzipped: false, body: Paced::whole(Bytes::from(body)) }
}
