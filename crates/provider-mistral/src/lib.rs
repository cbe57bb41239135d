//! Token tracking for Mistral.
//!
//! | API | sent | received | in a stream |
//! |---|---|---|---|
//! | [chat], FIM, agents, embeddings, transcriptions | `usage.total_tokens` - `completion_tokens` | `usage.completion_tokens` | the last chunk, always |
//! | [conversations] | the same | the same | `conversation.response.done` |
//! | [OCR] | | | pages: `usage_info.pages_processed` |
//!
//! `prompt_tokens` leaves out audio, connectors and moderation, which only the total
//! holds: so what was sent is computed from the total. Cached tokens are inside it, in
//! any of three spellings: `prompt_tokens_details.cached_tokens`, `prompt_token_details`,
//! `num_cached_tokens`. Audio also counts seconds, in `prompt_audio_seconds`.
//!
//! ```
//! use serde_json::json;
//! use token_tracking_provider_mistral::PLUGIN;
//!
//! let body = r#"{"model": "voxtral-mini", "usage": {"prompt_tokens": 11, "completion_tokens": 15,
//!     "total_tokens": 401, "prompt_tokens_details": {"audio_tokens": 375}}}"#;
//! let record = token_tracking_testkit::record(&PLUGIN, json!({}), body);
//! assert_eq!(record.usage.input, Some(386)); // the audio is only in the total
//! assert_eq!(record.usage.output, Some(15));
//! ```
//!
//! [chat]: https://docs.mistral.ai/api/endpoint/chat
//! [conversations]: https://docs.mistral.ai/api/endpoint/beta/conversations
//! [OCR]: https://docs.mistral.ai/api/endpoint/ocr

mod config;
mod extract;

use token_tracking_core::{Built, Error, ExtractorPlugin};
use token_tracking_dialects::Dialects;

pub use config::MistralConfig;

/// The plugin.
#[derive(Debug)]
pub struct Mistral;

impl ExtractorPlugin for Mistral {
    const TYPE: &'static str = "MISTRAL";
    const TITLE: &'static str = "Mistral";
    const DESCRIPTION: &'static str =
        "Mistral: chat, FIM, agents, conversations, embeddings, transcriptions, OCR.";
    type Config = MistralConfig;
    type Extractor = Dialects;

    fn build(_config: Self::Config) -> Result<Built<Self::Extractor>, Error> {
        Ok(Dialects::new(extract::PROFILE).into())
    }
}

token_tracking_core::plugin!(Mistral);
