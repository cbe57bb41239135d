//! Token tracking for OpenAI, and for all who speak its formats.
//!
//! | API | sent | received | in a stream |
//! |---|---|---|---|
//! | [Chat Completions], completions, embeddings | `usage.prompt_tokens` | `usage.completion_tokens` | the last chunk with a usage; only with `stream_options.include_usage` |
//! | [Responses], compaction | `usage.input_tokens` | `usage.output_tokens` | `response.completed`, `response.incomplete` |
//! | images, transcriptions, speech | `usage.input_tokens` | `usage.output_tokens` | the event that ends it |
//!
//! Cached, written, audio and image tokens are inside what was sent, reasoning inside
//! what was received; `cached_tokens`, `cache_write_tokens` and `reasoning_tokens` are read
//! beside them, and the other vendors' spellings of the same. Where the total shows that
//! a vendor counts reasoning beside `completion_tokens` (xAI), it is added.
//!
//! A chunk with `"usage": null` says nothing, which is not zero. Without
//! [`include_usage`] a stream has no counts, and the record says `no-usage`.
//!
//! ```
//! use serde_json::json;
//! use token_tracking_provider_openai::PLUGIN;
//!
//! let body = r#"{"model": "gpt-5-mini-2025-08-07", "usage": {"prompt_tokens": 36, "completion_tokens": 278,
//!     "total_tokens": 314, "completion_tokens_details": {"reasoning_tokens": 256}}}"#;
//! let record = token_tracking_testkit::record(&PLUGIN, json!({}), body);
//! assert_eq!(record.usage.output, Some(278)); // with the reasoning
//! assert_eq!(record.usage.reasoning, Some(256));
//! ```
//!
//! [Chat Completions]: https://platform.openai.com/docs/api-reference/chat/object
//! [`include_usage`]: https://platform.openai.com/docs/api-reference/chat/create
//! [Responses]: https://platform.openai.com/docs/api-reference/responses/object

mod config;
mod extract;

use token_tracking_core::{Built, Error, ExtractorPlugin};
use token_tracking_dialects::Dialects;

pub use config::OpenAiConfig;

/// The plugin.
#[derive(Debug)]
pub struct OpenAi;

impl ExtractorPlugin for OpenAi {
    const TYPE: &'static str = "GPT";
    const TITLE: &'static str = "ChatGPT by OpenAI";
    const DESCRIPTION: &'static str = "OpenAI, Azure OpenAI and every vendor with their formats: chat, Responses, embeddings, images, audio.";
    type Config = OpenAiConfig;
    type Extractor = Dialects;

    fn build(_config: Self::Config) -> Result<Built<Self::Extractor>, Error> {
        Ok(Dialects::new(extract::PROFILE).into())
    }
}

token_tracking_core::plugin!(OpenAi);
