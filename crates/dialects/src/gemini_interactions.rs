//! Gemini Interactions: `usage.total_input_tokens`, tool results and thoughts beside.

use serde::Deserialize;
use token_tracking_core::{Count, Lenient, Notes, Usage, add};

use crate::gemini::Modality;

/// A usage object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct InteractionUsage {
    total_input_tokens: Count,
    total_output_tokens: Count,
    total_thought_tokens: Count,
    total_tool_use_tokens: Count,
    total_cached_tokens: Count,
    total_tokens: Count,
    input_tokens_by_modality: Lenient<Vec<Lenient<ModalityTokens>>>,
    output_tokens_by_modality: Lenient<Vec<Lenient<ModalityTokens>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ModalityTokens {
    modality: Modality,
    tokens: Count,
}

impl InteractionUsage {
    pub(crate) fn has_counts(&self) -> bool {
        let counts = [self.total_input_tokens, self.total_output_tokens, self.total_tokens];
        counts.iter().any(|count| *count != Count::Absent)
    }

    /// The counts in their normal form.
    pub(crate) fn usage(&self, notes: &mut Notes) -> Usage {
        let tool_use = self.total_tool_use_tokens.get(notes);
        let thoughts = self.total_thought_tokens.get(notes);
        let beside = |count: Count, beside: Option<u64>, notes: &mut Notes| {
            count.get(notes).map(|count| count.saturating_add(beside.unwrap_or(0)))
        };
        let by = |list: &Lenient<Vec<Lenient<ModalityTokens>>>, modality, notes: &mut Notes| {
            let entries = list.0.iter().flatten().filter_map(|entry| entry.0.as_ref());
            entries
                .filter(|entry| entry.modality == modality)
                .fold(None, |sum, entry| add(sum, entry.tokens.get(notes)))
        };
        Usage {
            input: beside(self.total_input_tokens, tool_use, notes),
            output: beside(self.total_output_tokens, thoughts, notes),
            total: self.total_tokens.get(notes),
            cache_read: self.total_cached_tokens.get(notes),
            input_audio: by(&self.input_tokens_by_modality, Modality::Audio, notes),
            input_image: by(&self.input_tokens_by_modality, Modality::Image, notes),
            input_video: by(&self.input_tokens_by_modality, Modality::Video, notes),
            input_document: by(&self.input_tokens_by_modality, Modality::Document, notes),
            tool_use,
            reasoning: thoughts,
            output_audio: by(&self.output_tokens_by_modality, Modality::Audio, notes),
            output_image: by(&self.output_tokens_by_modality, Modality::Image, notes),
            ..Usage::default()
        }
    }
}
