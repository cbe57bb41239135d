//! Token tracking for Ollama.
//!
//! | API | sent | received | in a stream |
//! |---|---|---|---|
//! | [chat], [generate] | `prompt_eval_count` | `eval_count` | the last line, `"done": true` |
//! | [embed] | `prompt_eval_count` | | |
//! | [OpenAI-compatible] | `usage.prompt_tokens` | `usage.completion_tokens` | the last chunk, if asked for |
//! | [Anthropic-compatible] | as Messages | as Messages | as Messages |
//!
//! Old versions leave `prompt_eval_count` out where the prompt was cached ([issue 2068]):
//! then what was sent is unknown, not 0. An error may come in the middle of a stream.
//!
//! ```
//! use serde_json::json;
//! use token_tracking_provider_ollama::PLUGIN;
//!
//! let body = r#"{"model": "llama3.2", "done": false, "message": {"content": "Hi"}}
//! {"model": "llama3.2", "done": true, "prompt_eval_count": 26, "eval_count": 3}"#;
//! let record = token_tracking_testkit::record(&PLUGIN, json!({}), body);
//! assert_eq!((record.usage.input, record.usage.output), (Some(26), Some(3)));
//! assert!(record.streaming);
//! ```
//!
//! [chat]: https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-chat-completion
//! [generate]: https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-completion
//! [embed]: https://github.com/ollama/ollama/blob/main/docs/api.md#generate-embeddings
//! [OpenAI-compatible]: https://github.com/ollama/ollama/blob/main/docs/openai.md
//! [Anthropic-compatible]: https://docs.ollama.com/api/anthropic-compatibility
//! [issue 2068]: https://github.com/ollama/ollama/issues/2068

mod config;
mod extract;

use token_tracking_core::{Built, Error, ExtractorPlugin};
use token_tracking_dialects::Dialects;

pub use config::OllamaConfig;

/// The plugin.
#[derive(Debug)]
pub struct Ollama;

impl ExtractorPlugin for Ollama {
    const TYPE: &'static str = "OLLAMA";
    const TITLE: &'static str = "Ollama";
    const DESCRIPTION: &'static str = "Ollama: its own chat, generate and embed, and the OpenAI- and Anthropic-compatible endpoints.";
    type Config = OllamaConfig;
    type Extractor = Dialects;

    fn build(_config: Self::Config) -> Result<Built<Self::Extractor>, Error> {
        Ok(Dialects::new(extract::PROFILE).into())
    }
}

token_tracking_core::plugin!(Ollama);
