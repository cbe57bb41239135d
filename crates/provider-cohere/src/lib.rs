//! Token tracking for Cohere.
//!
//! | API | sent | received | in a stream |
//! |---|---|---|---|
//! | [chat] v2 | `usage.tokens.input_tokens` + `image_tokens` | `usage.tokens.output_tokens` | `message-end`, in `delta.usage` |
//! | [chat v1] | the same in `meta` | the same in `meta` | `stream-end`, in `response.meta` |
//! | [embed], generate | `meta.billed_units.input_tokens` + `image_tokens` | `meta.billed_units.output_tokens` | |
//! | [rerank] | | | `meta.billed_units.search_units` |
//! | [OpenAI-compatible] | `usage.prompt_tokens` | `usage.completion_tokens` | the last chunk |
//!
//! `tokens` are what the model read, with Cohere's own preamble; `billed_units` are what
//! is charged. Both are kept, and the latter are priced. Cached tokens are inside the
//! tokens sent, reasoning inside those received. No body names its model.
//!
//! ```
//! use serde_json::json;
//! use token_tracking_provider_cohere::PLUGIN;
//!
//! let body = r#"{"id": "c1", "message": {}, "usage": {"tokens": {"input_tokens": 69, "output_tokens": 12},
//!     "billed_units": {"input_tokens": 7, "output_tokens": 12}}}"#;
//! let record = token_tracking_testkit::record(&PLUGIN, json!({}), body);
//! assert_eq!(record.usage.input, Some(69)); // with the preamble
//! assert_eq!(record.usage.output, Some(12));
//! ```
//!
//! [chat]: https://docs.cohere.com/reference/chat
//! [chat v1]: https://docs.cohere.com/v1/reference/chat
//! [embed]: https://docs.cohere.com/reference/embed
//! [rerank]: https://docs.cohere.com/reference/rerank
//! [OpenAI-compatible]: https://docs.cohere.com/docs/compatibility-api

mod config;
mod extract;

use token_tracking_core::{Built, Error, ExtractorPlugin};
use token_tracking_dialects::Dialects;

pub use config::CohereConfig;

/// The plugin.
#[derive(Debug)]
pub struct Cohere;

impl ExtractorPlugin for Cohere {
    const TYPE: &'static str = "COHERE";
    const TITLE: &'static str = "Cohere";
    const DESCRIPTION: &'static str =
        "Cohere: chat of both versions, embeddings, reranking, and the OpenAI-compatible endpoint.";
    type Config = CohereConfig;
    type Extractor = Dialects;

    fn build(_config: Self::Config) -> Result<Built<Self::Extractor>, Error> {
        Ok(Dialects::new(extract::PROFILE).into())
    }
}

token_tracking_core::plugin!(Cohere);
