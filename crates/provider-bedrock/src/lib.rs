//! Token tracking for Amazon Bedrock.
//!
//! | API | sent | received | in a stream |
//! |---|---|---|---|
//! | [Converse] | `usage.inputTokens` + `cacheReadInputTokens` + `cacheWriteInputTokens` | `usage.outputTokens` | [ConverseStream]: the `metadata` event, the last |
//! | [InvokeModel], any model | `X-Amzn-Bedrock-Input-Token-Count` + `-Cache-Read-Input-` + `-Cache-Write-Input-` | `X-Amzn-Bedrock-Output-Token-Count` | `amazon-bedrock-invocationMetrics` in the last chunk |
//! | InvokeModel, Claude | as Messages: `usage.input_tokens` + both caches | `usage.output_tokens` | `message_start`, then `message_delta` |
//! | InvokeModel, Nova | as Converse | as Converse | `metadata.usage` |
//! | InvokeModel, Titan | `inputTextTokenCount` | `results[].tokenCount` | `totalOutputTextTokenCount` |
//! | InvokeModel, Llama | `prompt_token_count` | `generation_token_count` | cumulative |
//! | imported models, OpenAI-compatible endpoints | as OpenAI | as OpenAI | as OpenAI |
//!
//! The input leaves the [cache] out everywhere, so it is added. What AWS counted is laid over
//! what the model says, field by field: AWS charges for it, and of some models it is all
//! there is. Streams are AWS event streams, and their exceptions are errors.
//!
//! Converse names no model: `requested_model` is the id or ARN of the path. With a prompt
//! router the model is the one it chose. [`CountTokens`] is not consumption.
//!
//! ```
//! use serde_json::json;
//! use token_tracking_provider_bedrock::PLUGIN;
//!
//! let body = r#"{"output": {}, "usage": {"inputTokens": 30, "outputTokens": 628, "totalTokens": 1658,
//!     "cacheReadInputTokens": 1000, "cacheWriteInputTokens": 0}}"#;
//! let record = token_tracking_testkit::record(&PLUGIN, json!({}), body);
//! assert_eq!(record.usage.input, Some(1_030)); // the cache stands beside inputTokens
//! assert_eq!((record.usage.total, record.usage.output), (Some(1_658), Some(628)));
//! ```
//!
//! [Converse]: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
//! [ConverseStream]: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
//! [cache]: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
//! [`CountTokens`]: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
//! [InvokeModel]: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html

mod config;
mod extract;

use token_tracking_core::{Built, Error, ExtractorPlugin};
use token_tracking_dialects::Dialects;

pub use config::BedrockConfig;

/// The plugin.
#[derive(Debug)]
pub struct Bedrock;

impl ExtractorPlugin for Bedrock {
    const TYPE: &'static str = "BEDROCK";
    const TITLE: &'static str = "Amazon Bedrock";
    const DESCRIPTION: &'static str =
        "Amazon Bedrock: Converse and InvokeModel of any model, buffered and streamed.";
    type Config = BedrockConfig;
    type Extractor = Dialects;

    fn build(_config: Self::Config) -> Result<Built<Self::Extractor>, Error> {
        Ok(Dialects::new(extract::PROFILE).into())
    }
}

token_tracking_core::plugin!(Bedrock);
