//! Token tracking for Claude, from Anthropic, Vertex AI or Bedrock.
//!
//! | API | sent | received | in a stream |
//! |---|---|---|---|
//! | [Messages] | `usage.input_tokens` + `cache_creation_input_tokens` + `cache_read_input_tokens` | `usage.output_tokens` | `message_start`, then [`message_delta`] lays its fields over it |
//! | [OpenAI-compatible] | `usage.prompt_tokens` | `usage.completion_tokens` | the last chunk |
//!
//! What was written to the [cache] is split into five minutes and one hour by
//! `cache_creation`; thinking is `output_tokens_details.thinking_tokens`, inside what was
//! received. With a [compaction] among `usage.iterations` the counts are the sum over the
//! iterations, since the top level leaves it out; an [advisor]'s tokens are another model's
//! and are only told in a detail. [`count_tokens`] is not consumption.
//!
//! A stream that ends before its first `message_delta` gives a lower bound: `partial`.
//!
//! The original policy's `CLAUDE` read Gemini's fields. Gemini's answers are therefore
//! counted here too, with the note `shape-mismatch`.
//!
//! ```
//! use serde_json::json;
//! use token_tracking_provider_anthropic::PLUGIN;
//!
//! let body = r#"{"type": "message", "model": "claude-sonnet-4-6", "usage": {"input_tokens": 21,
//!     "cache_creation_input_tokens": 1200, "cache_read_input_tokens": 3400, "output_tokens": 33}}"#;
//! let record = token_tracking_testkit::record(&PLUGIN, json!({}), body);
//! assert_eq!(record.usage.input, Some(4_621)); // the caches stand beside input_tokens
//! assert_eq!(record.usage.cache_read, Some(3_400));
//! assert_eq!(record.usage.output, Some(33));
//! ```
//!
//! [Messages]: https://platform.claude.com/docs/en/api/messages
//! [`message_delta`]: https://platform.claude.com/docs/en/build-with-claude/streaming
//! [compaction]: https://platform.claude.com/docs/en/build-with-claude/compaction
//! [cache]: https://platform.claude.com/docs/en/build-with-claude/prompt-caching
//! [advisor]: https://platform.claude.com/docs/en/agents-and-tools/tool-use/advisor-tool
//! [`count_tokens`]: https://platform.claude.com/docs/en/build-with-claude/token-counting
//! [OpenAI-compatible]: https://platform.claude.com/docs/en/api/openai-sdk

mod config;
mod extract;

use token_tracking_core::{Built, Error, ExtractorPlugin};
use token_tracking_dialects::Dialects;

pub use config::AnthropicConfig;

/// The plugin.
#[derive(Debug)]
pub struct Anthropic;

impl ExtractorPlugin for Anthropic {
    const TYPE: &'static str = "CLAUDE";
    const TITLE: &'static str = "Claude by Anthropic";
    const DESCRIPTION: &'static str = "Claude from Anthropic, Vertex AI or Bedrock: Messages, and its OpenAI-compatible endpoint.";
    type Config = AnthropicConfig;
    type Extractor = Dialects;

    fn build(_config: Self::Config) -> Result<Built<Self::Extractor>, Error> {
        Ok(Dialects::new(extract::PROFILE).into())
    }
}

token_tracking_core::plugin!(Anthropic);
