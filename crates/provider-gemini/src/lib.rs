//! Token tracking for Gemini, on the Gemini API and on Vertex AI.
//!
//! | API | sent | received | in a stream |
//! |---|---|---|---|
//! | [generateContent] | `usageMetadata.promptTokenCount` + `toolUsePromptTokenCount` | `candidatesTokenCount` + `thoughtsTokenCount` | every chunk; the last whole object |
//! | [Interactions] | `usage.total_input_tokens` + `total_tool_use_tokens` | `total_output_tokens` + `total_thought_tokens` | `interaction.completed` |
//! | [embedContent], predict | `promptTokenCount`, or the sum of `statistics.token_count` | | |
//! | [OpenAI-compatible] | `usage.prompt_tokens` | `total_tokens` - `prompt_tokens`: thinking is only in the total | the last chunk |
//!
//! [Cached content] is inside what was sent, [thoughts] are beside the candidates. A zero is left out on the wire, so an absent
//! `candidatesTokenCount` is one, unless a text was shown (Gemma counts none of it).
//! [`countTokens`] and cached contents are not consumption.
//!
//! The original policy's `GEMINI` read Claude's fields. Claude's answers are therefore
//! counted here too, with the note `shape-mismatch`.
//!
//! ```
//! use serde_json::json;
//! use token_tracking_provider_gemini::PLUGIN;
//!
//! let body = r#"{"candidates": [], "modelVersion": "gemini-2.5-flash", "usageMetadata": {
//!     "promptTokenCount": 12, "candidatesTokenCount": 19, "thoughtsTokenCount": 112,
//!     "totalTokenCount": 143}}"#;
//! let record = token_tracking_testkit::record(&PLUGIN, json!({}), body);
//! assert_eq!(record.usage.input, Some(12));
//! assert_eq!(record.usage.output, Some(131)); // thoughts stand beside the candidates
//! assert_eq!(record.usage.reasoning, Some(112));
//! ```
//!
//! [generateContent]: https://ai.google.dev/api/generate-content#UsageMetadata
//! [embedContent]: https://ai.google.dev/api/embeddings
//! [Cached content]: https://ai.google.dev/gemini-api/docs/caching
//! [thoughts]: https://ai.google.dev/gemini-api/docs/thinking
//! [`countTokens`]: https://ai.google.dev/api/tokens
//! [Interactions]: https://ai.google.dev/gemini-api/docs/interactions
//! [OpenAI-compatible]: https://ai.google.dev/gemini-api/docs/openai

mod config;
mod extract;

use token_tracking_core::{Built, Error, ExtractorPlugin};
use token_tracking_dialects::Dialects;

pub use config::GeminiConfig;

/// The plugin.
#[derive(Debug)]
pub struct Gemini;

impl ExtractorPlugin for Gemini {
    const TYPE: &'static str = "GEMINI";
    const TITLE: &'static str = "Gemini by Google";
    const DESCRIPTION: &'static str = "Gemini on the Gemini API and on Vertex AI: generateContent, embeddings, Interactions, and its OpenAI-compatible endpoint.";
    type Config = GeminiConfig;
    type Extractor = Dialects;

    fn build(_config: Self::Config) -> Result<Built<Self::Extractor>, Error> {
        Ok(Dialects::new(extract::PROFILE).into())
    }
}

token_tracking_core::plugin!(Gemini);
