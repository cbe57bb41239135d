//! What the vendors answer, whole and streamed, in the order of `sdk/calls.py`.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::envoy::Answer;

const EVENTS: &str = "text/event-stream";

/// The answers; each call's number is its place.
#[must_use]
pub fn all() -> Vec<Answer> {
    vec![
        zipped(whole("chat", chat(false))),
        stream("chat", &chat_chunks()),
        whole("responses", response("completed", true)),
        typed_stream("responses", &response_events()),
        whole("embeddings", embeddings()),
        whole("messages", message()),
        zipped(typed_stream("messages", &message_events())),
        whole("generate-content", content("It is 4 degrees.", Some("STOP"))),
        stream("generate-content", &[content("It is", None), content(" 4.", Some("STOP"))]),
        whole("mistral", chat(true)),
        stream("mistral", &mistral_chunks()),
    ]
}

fn whole(name: &str, body: Value) -> Answer {
    Answer::new(name, "application/json", body.to_string())
}

fn stream(name: &str, events: &[Value]) -> Answer {
    let mut text: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    if name != "generate-content" {
        text += "data: [DONE]\n\n";
    }
    Answer::new(&format!("{name}, streamed"), EVENTS, text)
}

/// A stream whose events are named after their type.
fn typed_stream(name: &str, events: &[Value]) -> Answer {
    let event = |event: &Value| {
        let name = event["type"].as_str().unwrap_or_default();
        format!("event: {name}\ndata: {event}\n\n")
    };
    let text: String = events.iter().map(event).collect();
    Answer::new(&format!("{name}, streamed"), EVENTS, text)
}

fn zipped(answer: Answer) -> Answer {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&answer.body).expect("into memory");
    let body = encoder.finish().expect("into memory").into();
    Answer { body, content_encoding: Some("gzip"), ..answer }
}

fn chat(mistral: bool) -> Value {
    let mut body = json!({
        "id": "chat-1", "object": "chat.completion", "created": 1_760_000_000,
        "model": if mistral { "mistral-small-latest" } else { "gpt-5-mini-2025-08-07" },
        "choices": [{
            "index": 0, "finish_reason": "stop",
            "message": { "role": "assistant", "content": "It is 4 °C in Oslo." },
        }],
        "usage": { "prompt_tokens": 21, "completion_tokens": 90, "total_tokens": 111 },
    });
    if !mistral {
        body["usage"]["prompt_tokens_details"] = json!({ "cached_tokens": 8, "audio_tokens": 0 });
        body["usage"]["completion_tokens_details"] = json!({ "reasoning_tokens": 64 });
    }
    body
}

fn chunk(model: &str, delta: Option<&str>) -> Value {
    let choice = |text| {
        let delta = json!({ "role": "assistant", "content": text });
        json!([{ "index": 0, "delta": delta, "finish_reason": null }])
    };
    json!({
        "id": "chat-2", "object": "chat.completion.chunk", "created": 1_760_000_000,
        "model": model, "choices": delta.map_or_else(|| json!([]), choice),
    })
}

fn chat_chunks() -> Vec<Value> {
    let model = "gpt-5-mini-2025-08-07";
    let mut last = chunk(model, None);
    last["usage"] = json!({
        "prompt_tokens": 21, "completion_tokens": 77, "total_tokens": 98,
        "prompt_tokens_details": { "cached_tokens": 16 },
        "completion_tokens_details": { "reasoning_tokens": 64 },
    });
    vec![chunk(model, Some("It is ")), chunk(model, Some("4 °C.")), last]
}

fn mistral_chunks() -> Vec<Value> {
    let model = "mistral-small-latest";
    let mut last = chunk(model, Some("."));
    last["choices"][0]["finish_reason"] = json!("stop");
    last["usage"] = json!({ "prompt_tokens": 13, "completion_tokens": 9, "total_tokens": 22 });
    vec![chunk(model, Some("It is ")), chunk(model, Some("4 °C")), last]
}

fn response(status: &str, usage: bool) -> Value {
    let usage = json!({
        "input_tokens": 36, "input_tokens_details": { "cached_tokens": 4 },
        "output_tokens": 87, "output_tokens_details": { "reasoning_tokens": 80 },
        "total_tokens": 123,
    })
    .as_object()
    .filter(|_| usage)
    .map_or(Value::Null, |usage| json!(usage));
    json!({
        "id": "resp_1", "object": "response", "created_at": 1_760_000_000, "status": status,
        "model": "gpt-5-mini-2025-08-07", "parallel_tool_calls": true, "tool_choice": "auto",
        "tools": [], "usage": usage,
        "output": if status == "completed" { json!([{
            "id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
            "content": [{ "type": "output_text", "text": "Hello!", "annotations": [] }],
        }]) } else { json!([]) },
    })
}

fn response_events() -> Vec<Value> {
    vec![
        json!({
            "type": "response.created", "sequence_number": 0,
            "response": response("in_progress", false),
        }),
        json!({
            "type": "response.output_text.delta", "sequence_number": 1, "item_id": "msg_1",
            "output_index": 0, "content_index": 0, "delta": "Hello!", "logprobs": [],
        }),
        json!({
            "type": "response.completed", "sequence_number": 2,
            "response": response("completed", true),
        }),
    ]
}

fn embeddings() -> Value {
    json!({
        "object": "list", "model": "text-embedding-3-small",
        // Base64, as the SDK asks for.
        "data": [{ "object": "embedding", "index": 0, "embedding": "AACAPwAAAEA=" }],
        "usage": { "prompt_tokens": 5, "total_tokens": 5 },
    })
}

fn message() -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": [{ "type": "text", "text": "It is 4 °C." }],
        "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {
            "input_tokens": 12, "cache_creation_input_tokens": 300,
            "cache_read_input_tokens": 1_024, "output_tokens": 15, "service_tier": "standard",
        },
    })
}

fn message_events() -> Vec<Value> {
    let mut begun = message();
    begun["content"] = json!([]);
    begun["stop_reason"] = Value::Null;
    begun["usage"]["output_tokens"] = json!(1);
    vec![
        json!({ "type": "message_start", "message": begun }),
        json!({
            "type": "content_block_start", "index": 0,
            "content_block": { "type": "text", "text": "" },
        }),
        json!({ "type": "ping" }),
        json!({
            "type": "content_block_delta", "index": 0,
            "delta": { "type": "text_delta", "text": "It is 4 °C." },
        }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({
            "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null },
            "usage": { "output_tokens": 15 },
        }),
        json!({ "type": "message_stop" }),
    ]
}

fn content(text: &str, finish: Option<&str>) -> Value {
    let mut candidate =
        json!({ "content": { "role": "model", "parts": [{ "text": text }] }, "index": 0 });
    if let Some(finish) = finish {
        candidate["finishReason"] = json!(finish);
    }
    json!({
        "candidates": [candidate], "modelVersion": "gemini-2.5-flash", "responseId": "r-1",
        "usageMetadata": {
            "promptTokenCount": 11, "candidatesTokenCount": 6, "thoughtsTokenCount": 40,
            "totalTokenCount": 57,
        },
    })
}
