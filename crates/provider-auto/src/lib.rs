//! Token tracking for whoever answers: each document says by its shape what it is.
//!
//! | what a document has | it is read as |
//! |---|---|
//! | `usageMetadata` | Gemini |
//! | `usage.prompt_tokens` | OpenAI Chat Completions, and all who copied it |
//! | `usage.input_tokens` with `"type": "message"` or a cache beside it | Anthropic Messages |
//! | `usage.input_tokens` with `"object": "response"` or its details | OpenAI Responses |
//! | `usage.inputTokens`, `amazon-bedrock-invocationMetrics`, headers `X-Amzn-Bedrock-…-Token-Count` | Bedrock |
//! | `usage.tokens`, `usage.billed_units`, `meta.billed_units` | Cohere |
//! | `usage.total_input_tokens` | Gemini Interactions |
//! | `eval_count` | Ollama |
//! | `inputTextTokenCount`; `prompt_token_count`, `generation_token_count` | Titan; Llama |
//! | `usage_info` | Mistral OCR |
//! | `results[].generated_token_count` | watsonx |
//!
//! Counts are looked for at these places and nowhere else: a "usage" deeper down may be
//! the model quoting itself. The provider of the record is the format's owner, so that of
//! chat is `openai`, whoever answered; configure the type where you know it. Tokens that
//! only the total of chat counts are attributed by the model's name: Mistral's are sent,
//! Gemini's received.
//!
//! ```
//! use serde_json::json;
//! use token_tracking_provider_auto::PLUGIN;
//!
//! let body = r#"{"model": "llama3.2", "done": true, "prompt_eval_count": 26, "eval_count": 298}"#;
//! let record = token_tracking_testkit::record(&PLUGIN, json!({}), body);
//! assert_eq!(record.provider.as_deref(), Some("ollama"));
//! assert_eq!((record.usage.input, record.usage.output), (Some(26), Some(298)));
//!
//! // What the model quotes is not what it used.
//! let body = r#"{"message": {"content": {"usage": {"prompt_tokens": 1}}}}"#;
//! assert_eq!(token_tracking_testkit::record(&PLUGIN, json!({}), body).usage.input, None);
//! ```

mod config;
mod extract;

use token_tracking_core::{Built, Error, ExtractorPlugin};
use token_tracking_dialects::Dialects;

pub use config::AutoConfig;

/// The plugin.
#[derive(Debug)]
pub struct Auto;

impl ExtractorPlugin for Auto {
    const TYPE: &'static str = "AUTO";
    const TITLE: &'static str = "Automatic";
    const DESCRIPTION: &'static str =
        "Any of the formats of the other types, and watsonx: each answer is read as what it is.";
    type Config = AutoConfig;
    type Extractor = Dialects;

    fn build(_config: Self::Config) -> Result<Built<Self::Extractor>, Error> {
        Ok(Dialects::new(extract::PROFILE).into())
    }
}

token_tracking_core::plugin!(Auto);
