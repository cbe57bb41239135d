//! The calls of the demo, and what is expected of each.

use token_tracking_core::Reason;

/// A call through the gateway.
pub(super) struct Call {
    /// The API it goes to; the first part of its path.
    pub(super) api: &'static str,
    /// The rest of the path, with its query.
    pub(super) path: &'static str,
    pub(super) body: &'static str,
    pub(super) gzip: bool,
    pub(super) what: &'static str,
    pub(super) expected: Expected,
}

/// What its record must say. Where a part is `None`, it is not looked at.
pub(super) struct Expected {
    pub(super) status: u16,
    pub(super) model: Option<&'static str>,
    pub(super) sent: Option<u64>,
    pub(super) received: Option<u64>,
    pub(super) cache_read: Option<u64>,
    pub(super) reasoning: Option<u64>,
    pub(super) reason: Option<Reason>,
    /// What sent and received cost together.
    pub(super) cost: Option<&'static str>,
}

/// An API of the demo: its type, and example prices per million tokens.
pub(super) struct Vendor {
    pub(super) api: &'static str,
    pub(super) r#type: &'static str,
    pub(super) sent: f64,
    pub(super) received: f64,
}

/// Example prices, in the order of magnitude of small models in 2026.
pub(super) const VENDORS: [Vendor; 4] = [
    Vendor { api: "openai", r#type: "GPT", sent: 0.40, received: 1.60 },
    Vendor { api: "anthropic", r#type: "CLAUDE", sent: 3.0, received: 15.0 },
    Vendor { api: "gemini", r#type: "GEMINI", sent: 0.30, received: 2.50 },
    Vendor { api: "mistral", r#type: "MISTRAL", sent: 0.40, received: 2.0 },
];

const CHAT: &str =
    r#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"What is a token?"}]}"#;
const CHAT_STREAM: &str = r#"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Are you held back?"}]}"#;
const RESPONSES: &str = r#"{"model":"gpt-5-mini","stream":true,"input":"What is the answer?"}"#;
const MESSAGES: &str = r#"{"model":"claude-sonnet-4-6","max_tokens":256,"messages":[{"role":"user","content":"How much did you read?"}]}"#;
const MESSAGES_STREAM: &str = r#"{"model":"claude-sonnet-4-6","max_tokens":256,"stream":true,"messages":[{"role":"user","content":"How do you count?"}]}"#;
const CONTENTS: &str = r#"{"contents":[{"role":"user","parts":[{"text":"How do you count?"}]}]}"#;
const MISTRAL: &str =
    r#"{"model":"mistral-small-latest","messages":[{"role":"user","content":"Are you zipped?"}]}"#;
const MISTRAL_STREAM: &str = r#"{"model":"mistral-small-latest","stream":true,"messages":[{"role":"user","content":"When do you count?"}]}"#;

/// The calls, in the order in which they are made.
pub(super) fn all() -> Vec<Call> {
    let (mini, sonnet) = ("gpt-4o-mini-2024-07-18", "claude-sonnet-4-6");
    let (flash, small) = ("gemini-2.5-flash", "mistral-small-latest");
    vec![
        call("openai", "/v1/chat/completions", CHAT, "cached tokens")
            .gives(mini, 1_420, 28, "0.0006128")
            .cached(1_280),
        call("openai", "/v1/chat/completions", CHAT_STREAM, "streamed").gives(
            mini,
            24,
            23,
            "0.0000464",
        ),
        call("openai", "/v1/responses", RESPONSES, "streamed, reasoning")
            .gives("gpt-5-mini-2025-08-07", 36, 278, "0.0004592")
            .reasoning(256),
        call("anthropic", "/v1/messages", MESSAGES, "cache read and written")
            .gives(sonnet, 4_621, 33, "0.014358")
            .cached(3_400),
        call("anthropic", "/v1/messages", MESSAGES_STREAM, "streamed")
            .gives(sonnet, 4_618, 27, "0.014259")
            .cached(4_600),
        call("gemini", "/v1beta/models/gemini-2.5-flash:generateContent", CONTENTS, "thoughts")
            .gives(flash, 12, 131, "0.0003311")
            .reasoning(112),
        call(
            "gemini",
            "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
            CONTENTS,
            "streamed, thoughts",
        )
        .gives(flash, 14, 126, "0.0003192")
        .reasoning(96),
        call(
            "gemini",
            "/v1beta/models/gemini-2.5-flash:streamGenerateContent",
            CONTENTS,
            "streamed JSON array",
        )
        .gives(flash, 11, 24, "0.0000633"),
        call("mistral", "/v1/chat/completions", MISTRAL, "gzip")
            .gives(small, 31, 27, "0.0000664")
            .gzipped(),
        call("mistral", "/v1/chat/completions", MISTRAL_STREAM, "streamed").gives(
            small,
            17,
            19,
            "0.0000448",
        ),
        call("openai", "/v1/error", CHAT, "refused").fails(429, Reason::ErrorResponse),
        call("anthropic", "/v1/messages?cut=6", MESSAGES_STREAM, "breaks off")
            .gives(sonnet, 4_618, 2, "0.013884")
            .fails(200, Reason::UpstreamFailed),
    ]
}

fn call(api: &'static str, path: &'static str, body: &'static str, what: &'static str) -> Call {
    let expected = Expected {
        status: 200,
        model: None,
        sent: None,
        received: None,
        cache_read: None,
        reasoning: None,
        reason: None,
        cost: None,
    };
    Call { api, path, body, gzip: false, what, expected }
}

impl Call {
    fn gives(mut self, model: &'static str, sent: u64, received: u64, cost: &'static str) -> Self {
        self.expected.model = Some(model);
        (self.expected.sent, self.expected.received) = (Some(sent), Some(received));
        self.expected.cost = Some(cost);
        self
    }

    fn cached(mut self, tokens: u64) -> Self {
        self.expected.cache_read = Some(tokens);
        self
    }

    fn reasoning(mut self, tokens: u64) -> Self {
        self.expected.reasoning = Some(tokens);
        self
    }

    fn gzipped(mut self) -> Self {
        self.gzip = true;
        self
    }

    fn fails(mut self, status: u16, reason: Reason) -> Self {
        self.expected.status = status;
        self.expected.reason = Some(reason);
        self
    }
}
