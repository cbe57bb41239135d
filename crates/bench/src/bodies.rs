//! The bodies, made by code: the same on every machine, and nobody's recordings.

use std::fmt::Write as _;

use crate::answer::Shape;

/// A provider's answer.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its name in tables and in the file of budgets.
    pub name: &'static str,
    /// Where its model and counts are.
    pub shape: Shape,
    /// Whether it is a stream of server-sent events; else it is one JSON document.
    pub stream: bool,
    /// The bytes.
    pub text: String,
}

impl Body {
    fn document(name: &'static str, shape: Shape, text: String) -> Self {
        Self { name, shape, stream: false, text }
    }

    fn stream(name: &'static str, shape: Shape, text: String) -> Self {
        Self { name, shape, stream: true, text }
    }

    /// The `Content-Type` it is sent with.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        if self.stream { "text/event-stream" } else { "application/json" }
    }
}

/// All bodies, from a short answer to streams.
#[must_use]
pub fn all() -> Vec<Body> {
    vec![
        chat_1_kb(),
        chat_20_kb(),
        text(),
        unicode_escapes(),
        tool_arguments(),
        logprobs(),
        embeddings(),
        chat_stream(2_000),
        messages_stream(750),
        responses_stream(2_000),
    ]
}

/// The answer that most calls get.
#[must_use]
pub fn chat_1_kb() -> Body {
    Body::document("chat 1 KB", Shape::Chat, chat(&words(360), ""))
}

/// A long answer.
#[must_use]
pub fn chat_20_kb() -> Body {
    Body::document("chat 20 KB", Shape::Chat, chat(&words(19_800), ""))
}

/// Much text.
#[must_use]
pub fn text() -> Body {
    Body::document("1 MB text", Shape::Chat, chat(&words(1_000_000), ""))
}

/// Text of a vendor that escapes whatever is not ASCII.
#[must_use]
pub fn unicode_escapes() -> Body {
    let content = r"\u4f60\u597d\u4e16\u754c, ".repeat(1_000_000 / 26);
    Body::document("1 MB \\u escapes", Shape::Chat, chat(&content, ""))
}

/// A call of a tool: JSON in a string, with its quotes escaped.
#[must_use]
pub fn tool_arguments() -> Body {
    let mut arguments = String::new();
    let mut line = 0;
    while arguments.len() < 1_000_000 {
        line += 1;
        let _ = write!(
            arguments,
            r#"{{\"file\":\"src/mod_{line}.rs\",\"line\": {line},\"text\":\"let x = \\\"a\\\";\"}},"#
        );
    }
    let calls = format!(
        r#","tool_calls":[{{"id":"call_1","type":"function","function":{{"name":"edit","arguments":"{arguments}"}}}}]"#
    );
    Body::document("1 MB tool arguments", Shape::Chat, chat("", &calls))
}

/// An answer with the probability of each token.
#[must_use]
pub fn logprobs() -> Body {
    let mut tokens = String::new();
    let mut at = 0;
    while tokens.len() < 1_000_000 {
        at += 1;
        let comma = if at > 1 { "," } else { "" };
        let _ = write!(
            tokens,
            r#"{comma}{{"token":"tok{at}","logprob":-0.0{at},"bytes":[84,104,101],"top_logprobs":[{{"token":" a","logprob":-1.{at},"bytes":[32,97]}}]}}"#
        );
    }
    let content = format!(r#""logprobs":{{"content":[{tokens}]}}"#);
    let text = chat("x", "").replace(r#""logprobs":null"#, &content);
    Body::document("1 MB logprobs", Shape::Chat, text)
}

/// A hundred texts as vectors.
#[must_use]
pub fn embeddings() -> Body {
    let mut random = Random(1);
    let mut data = String::new();
    for index in 0..100 {
        let comma = if index > 0 { "," } else { "" };
        let _ = write!(data, r#"{comma}{{"object":"embedding","index":{index},"embedding":["#);
        for at in 0..1_536 {
            let comma = if at > 0 { "," } else { "" };
            let _ = write!(data, "{comma}{:.16}", random.below(1 << 24) as f64 / 1e8 - 0.08);
        }
        data += "]}";
    }
    let text = format!(
        r#"{{"object":"list","data":[{data}],"model":"text-embedding-3-small","usage":{{"prompt_tokens":1117,"total_tokens":1117}}}}"#
    );
    Body::document("3 MB embeddings", Shape::Embeddings, text)
}

/// A stream of Chat Completions with this many events before the one with the usage.
#[must_use]
pub fn chat_stream(events: usize) -> Body {
    let mut text = String::new();
    for at in 0..events {
        text += "data: ";
        text += &chat_chunk(
            &format!(
                r#"[{{"index":0,"delta":{{"content":"{}"}},"logprobs":null,"finish_reason":null}}]"#,
                WORDS[at % WORDS.len()]
            ),
            &format!(r#""usage":null,"obfuscation":"{}""#, obfuscation(at)),
        );
        text += "\n\n";
    }
    let usage = r#""usage":{"prompt_tokens":1117,"completion_tokens":46,"total_tokens":1163}"#;
    let _ = write!(text, "data: {}\n\ndata: [DONE]\n\n", chat_chunk("[]", usage));
    Body::stream("SSE chat", Shape::Chat, text)
}

/// A stream of Anthropic's Messages.
#[must_use]
pub fn messages_stream(events: usize) -> Body {
    let mut text = String::from(concat!(
        "event: message_start\n",
        r#"data: {"type":"message_start","message":{"id":"msg_014p7gG3wDgGV9EUtLvnow3U","#,
        r#""type":"message","role":"assistant","model":"claude-sonnet-4-20250514","#,
        r#""stop_sequence":null,"usage":{"input_tokens":472,"output_tokens":2},"content":[],"#,
        r#""stop_reason":null}}"#,
        "\n\n",
        "event: content_block_start\n",
        r#"data: {"type":"content_block_start","index":0,"#,
        r#""content_block":{"type":"text","text":""}}"#,
        "\n\n",
    ));
    for at in 0..events {
        let _ = write!(
            text,
            "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\
             \"delta\":{{\"type\":\"text_delta\",\"text\":\"{}\"}}}}\n\n",
            WORDS[at % WORDS.len()]
        );
    }
    text += concat!(
        "event: content_block_stop\n",
        r#"data: {"type":"content_block_stop","index":0}"#,
        "\n\n",
        "event: message_delta\n",
        r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn","#,
        r#""stop_sequence":null},"usage":{"output_tokens":89}}"#,
        "\n\n",
        "event: message_stop\n",
        "data: {\"type\":\"message_stop\"}\n\n",
    );
    Body::stream("SSE Anthropic", Shape::Messages, text)
}

/// A stream of the Responses API.
#[must_use]
pub fn responses_stream(events: usize) -> Body {
    let mut text = String::new();
    let mut event = |name: &str, rest: &str| {
        let _ = write!(text, "event: {name}\ndata: {{\"type\":\"{name}\",{rest}}}\n\n");
    };
    let response = concat!(
        r#""response":{"id":"resp_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654","#,
        r#""object":"response","created_at":1741290958,"model":"gpt-4.1-2025-04-14","#,
        r#""parallel_tool_calls":true,"temperature":1.0,"tool_choice":"auto","tools":[],"#,
    );
    event("response.created", &format!(r#"{response}"status":"in_progress","usage":null}}"#));
    for at in 0..events {
        event(
            "response.output_text.delta",
            &format!(
                r#""sequence_number":{at},"item_id":"msg_67c9fdcf37fc8190ba82116e33fb28c5","output_index":0,"content_index":0,"delta":"{}","logprobs":[],"obfuscation":"{}""#,
                WORDS[at % WORDS.len()],
                obfuscation(at)
            ),
        );
    }
    let output = words(events * 5);
    event(
        "response.completed",
        &format!(
            r#"{response}"output":[{{"type":"message","role":"assistant","content":[{{"type":"output_text","text":"{output}"}}]}}],"status":"completed","usage":{{"input_tokens":37,"input_tokens_details":{{"cached_tokens":0}},"output_tokens":11,"output_tokens_details":{{"reasoning_tokens":0}},"total_tokens":48}}}}"#
        ),
    );
    Body::stream("SSE Responses", Shape::Responses, text)
}

/// What a token is, of a stream: escapes among them.
const WORDS: [&str; 10] =
    ["The", " quick", " brown", " fox", r#" \"x\""#, " jumps", r"\n", " over", " lazy", " dogs"];

/// Padding of a varying length, as OpenAI sends it.
fn obfuscation(at: usize) -> &'static str {
    &"aB3dE5gH7jK9mN"[..at * 7 % 14]
}

fn chat(content: &str, more: &str) -> String {
    format!(
        r#"{{"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion","created":1741570283,"model":"gpt-4o-2024-08-06","choices":[{{"index":0,"message":{{"role":"assistant","content":"{content}","refusal":null,"annotations":[]{more}}},"logprobs":null,"finish_reason":"stop"}}],"usage":{{"prompt_tokens":1117,"completion_tokens":46,"total_tokens":1163,"prompt_tokens_details":{{"cached_tokens":0,"audio_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}},"service_tier":"default","system_fingerprint":"fp_fc9f1d7035"}}"#
    )
}

fn chat_chunk(choices: &str, rest: &str) -> String {
    format!(
        r#"{{"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion.chunk","created":1741570283,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_fc9f1d7035","choices":{choices},{rest}}}"#
    )
}

fn words(bytes: usize) -> String {
    const PLAIN: [&str; 9] =
        ["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dogs,", "sleeps."];
    let mut random = Random(12_345);
    let mut text = String::new();
    while text.len() < bytes {
        text += PLAIN[random.below(PLAIN.len())];
        text += if random.below(17) == 0 { r"\n\n" } else { " " };
    }
    text
}

/// A linear congruential generator: not good, but the same everywhere.
struct Random(u32);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % bound
    }
}
