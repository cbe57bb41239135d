//! Usage in its normal form: what was sent and received, and the parts of each.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Token counts of one response. Absent is not zero: `None` means that nobody said.
///
/// The parts are inside their total, never on top of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Sent: everything the model read, including cache reads and writes, media and tool prompts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<u64>,
    /// Received: everything the model produced, including reasoning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<u64>,
    /// Total as the provider reported it; never computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Sent tokens that the provider charges for, where it says so apart from what the
    /// model read: Cohere leaves its own preamble out. Priced instead of `input`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed_input: Option<u64>,
    /// Received tokens that the provider charges for, likewise. Priced instead of `output`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed_output: Option<u64>,
    /// Part of input: read from the provider's prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<u64>,
    /// Part of input: written to the provider's prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<u64>,
    /// Part of `cache_write`: kept for five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_5m: Option<u64>,
    /// Part of `cache_write`: kept for one hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_1h: Option<u64>,
    /// Part of input: audio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_audio: Option<u64>,
    /// Part of input: images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_image: Option<u64>,
    /// Part of input: video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_video: Option<u64>,
    /// Part of input: documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_document: Option<u64>,
    /// Part of input: results of tools that the provider ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_use: Option<u64>,
    /// Part of output: reasoning, also called thinking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<u64>,
    /// Part of output: audio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_audio: Option<u64>,
    /// Part of output: images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_image: Option<u64>,
    /// Part of output: predicted tokens that were right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_prediction: Option<u64>,
    /// Part of output: predicted tokens that were wrong; billed all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected_prediction: Option<u64>,
    /// What is counted but is not a token.
    #[serde(default, skip_serializing_if = "Units::is_empty")]
    pub units: Units,
}

/// Counted units that are not tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Units {
    /// Searches of the web that the provider ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_searches: Option<u64>,
    /// Pages read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u64>,
    /// Seconds of audio, exactly as reported.
    #[serde(skip_serializing_if = "Option::is_none", with = "rust_decimal::serde::float_option")]
    #[schemars(with = "Option<f64>")]
    pub seconds: Option<Decimal>,
    /// Search units of a reranker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_units: Option<u64>,
    /// Images made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<u64>,
}

impl Units {
    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Usage {
    /// Whether nothing at all was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The parts of input that no other part holds, by name.
    #[must_use]
    pub fn input_parts(&self) -> [(&'static str, Option<u64>); 7] {
        [
            ("cache_read", self.cache_read),
            ("cache_write", self.cache_write),
            ("input_audio", self.input_audio),
            ("input_image", self.input_image),
            ("input_video", self.input_video),
            ("input_document", self.input_document),
            ("tool_use", self.tool_use),
        ]
    }

    /// The parts of output, by name.
    #[must_use]
    pub fn output_parts(&self) -> [(&'static str, Option<u64>); 5] {
        [
            ("reasoning", self.reasoning),
            ("output_audio", self.output_audio),
            ("output_image", self.output_image),
            ("accepted_prediction", self.accepted_prediction),
            ("rejected_prediction", self.rejected_prediction),
        ]
    }
}

/// Adds two counts that may be absent: absent only where both are. Saturates.
#[must_use]
pub fn add(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (one, other) => one.or(other),
    }
}
