//! OpenAI's chat format: `usage.prompt_tokens` and `completion_tokens`.
//!
//! Spoken by Chat Completions, legacy completions, embeddings, Assistants' runs, and by
//! nearly every other vendor. All details are subsets of their count, except for the
//! outliers that `reconcile` tells by the total.

use serde::Deserialize;
use token_tracking_core::{Anomaly, Count, Lenient, Notes, Usage};

use crate::profile::Gap;
use crate::reconcile::{Reported, reconcile};
use crate::wire::{InputDetails, OutputDetails, Seconds, ServerTools, first, part};

/// A usage object, with every vendor's own spellings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChatUsage {
    prompt_tokens: Count,
    completion_tokens: Count,
    total_tokens: Count,
    prompt_tokens_details: Lenient<InputDetails>,
    /// Mistral and Assistants; without the `s`.
    prompt_token_details: Lenient<InputDetails>,
    completion_tokens_details: Lenient<OutputDetails>,
    /// Writer.
    completion_token_details: Lenient<OutputDetails>,
    /// Mistral.
    num_cached_tokens: Count,
    /// DeepSeek.
    prompt_cache_hit_tokens: Count,
    /// Together, Moonshot.
    cached_tokens: Count,
    /// Venice, Doubleword.
    cache_read_input_tokens: Count,
    cache_creation_input_tokens: Count,
    /// GitHub Copilot, Perplexity.
    reasoning_tokens: Count,
    /// Mistral's audio, and its tools: outside `prompt_tokens`.
    prompt_audio_seconds: Lenient<Seconds>,
    connector_tokens: Count,
    /// OpenRouter.
    server_tool_use_details: Lenient<ServerTools>,
    /// Perplexity.
    num_search_queries: Count,
    pub(crate) service_tier: Lenient<String>,
}

/// The last usage object of a body.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    last: ChatUsage,
    /// It came from `usage` itself, which beats Groq's copy.
    anchored: bool,
    /// No choice was still being written in its chunk.
    pub(crate) settled: bool,
}

impl ChatUsage {
    pub(crate) fn has_counts(&self) -> bool {
        let counts = [self.prompt_tokens, self.completion_tokens, self.total_tokens];
        counts.iter().any(|count| *count != Count::Absent) || self.seconds().is_some()
    }

    fn seconds(&self) -> Option<rust_decimal::Decimal> {
        self.prompt_audio_seconds.0?.0
    }

    /// The counts in their normal form.
    pub(crate) fn usage(&self, gap: Gap, model: Option<&str>, notes: &mut Notes) -> Usage {
        let details = part(&self.prompt_tokens_details);
        let singular = part(&self.prompt_token_details);
        let output_details = part(&self.completion_tokens_details);
        let reasoning = first([
            output_details.reasoning_tokens,
            part(&self.completion_token_details).reasoning_tokens,
            self.reasoning_tokens,
        ]);
        let cached = first([
            details.cached_tokens,
            singular.cached_tokens,
            self.num_cached_tokens,
            self.prompt_cache_hit_tokens,
            self.cached_tokens,
            self.cache_read_input_tokens,
        ]);
        let written = first([
            details.cache_write_tokens,
            singular.cache_write_tokens,
            self.cache_creation_input_tokens,
        ]);
        let searches = first([
            part(&self.server_tool_use_details).web_search_requests,
            self.num_search_queries,
        ]);
        let reported = Reported {
            prompt: self.prompt_tokens.get(notes),
            completion: self.completion_tokens.get(notes),
            total: self.total_tokens.get(notes),
            reasoning: reasoning.get(notes),
        };
        let (input, output) = reconcile(&reported, self.gap(gap, model));
        let mut usage = Usage {
            input,
            output,
            total: reported.total,
            cache_read: cached.get(notes),
            cache_write: written.get(notes),
            input_audio: first([details.audio_tokens, singular.audio_tokens]).get(notes),
            input_image: details.image_tokens.get(notes),
            input_video: details.video_tokens.get(notes),
            reasoning: reported.reasoning,
            output_audio: output_details.audio_tokens.get(notes),
            output_image: output_details.image_tokens.get(notes),
            accepted_prediction: output_details.accepted_prediction_tokens.get(notes),
            rejected_prediction: output_details.rejected_prediction_tokens.get(notes),
            ..Usage::default()
        };
        usage.units.web_searches = searches.get(notes);
        usage.units.seconds = self.seconds();
        usage
    }

    /// The profile's rule, or the one that the body itself calls for.
    fn gap(&self, profile: Gap, model: Option<&str>) -> Gap {
        // Mistral, Codestral, Mixtral, Voxtral: the whole family's names.
        let named = model.is_some_and(|name| name.contains("stral") || name.contains("xtral"));
        let mistral = named || self.connector_tokens != Count::Absent || self.seconds().is_some();
        match profile {
            Gap::Unattributed if mistral => Gap::Sent,
            Gap::Unattributed if model.is_some_and(|model| model.contains("gemini")) => {
                Gap::Received
            }
            rule => rule,
        }
    }
}

impl Tally {
    /// A document's usage object, the first of its body.
    pub(crate) fn new(usage: ChatUsage, anchored: bool, settled: bool) -> Self {
        Self { last: usage, anchored, settled }
    }

    /// A later document's usage object: the last one wins, and they are never summed.
    pub(crate) fn replace(&mut self, next: Self, notes: &mut Notes) {
        if self.anchored && !next.anchored {
            self.settled |= next.settled;
            return;
        }
        let fell = |before: Count, now: Count| matches!((before, now), (Count::Value(before), Count::Value(now)) if now < before);
        if fell(self.last.prompt_tokens, next.last.prompt_tokens)
            || fell(self.last.completion_tokens, next.last.completion_tokens)
        {
            notes.anomaly(Anomaly::CountDecreased);
        }
        *self = next;
    }

    pub(crate) fn counts(&self) -> &ChatUsage {
        &self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, gap: Gap, model: &str) -> Usage {
        let usage: ChatUsage = serde_json::from_str(json).unwrap();
        usage.usage(gap, Some(model), &mut Notes::default())
    }

    #[test]
    fn the_total_tells_what_is_outside() {
        let cases = [
            // xAI: reasoning outside completion.
            (
                r#"{"prompt_tokens":12,"completion_tokens":2,"total_tokens":34,
                "completion_tokens_details":{"reasoning_tokens":20}}"#,
                Gap::Unattributed,
                12,
                22,
            ),
            // Mistral: audio outside prompt.
            (
                r#"{"prompt_tokens":11,"completion_tokens":15,"total_tokens":401}"#,
                Gap::Sent,
                386,
                15,
            ),
            // Gemini: thinking in nothing but the total.
            (
                r#"{"prompt_tokens":35,"completion_tokens":12,"total_tokens":109}"#,
                Gap::Received,
                35,
                74,
            ),
            // Legacy completions leave a zero out.
            (r#"{"prompt_tokens":11,"total_tokens":11}"#, Gap::Unattributed, 11, 0),
            // Nobody's: as given.
            (
                r#"{"prompt_tokens":1,"completion_tokens":2,"total_tokens":9}"#,
                Gap::Unattributed,
                1,
                2,
            ),
        ];
        for (json, gap, input, output) in cases {
            let usage = read(json, gap, "m");
            assert_eq!((usage.input, usage.output), (Some(input), Some(output)), "{json}");
        }
        let compat = r#"{"prompt_tokens":35,"completion_tokens":12,"total_tokens":109}"#;
        assert_eq!(read(compat, Gap::Unattributed, "gemini-2.5-pro").output, Some(74));
    }

    #[test]
    fn one_odd_field_does_not_lose_the_others() {
        let json = r#"{"prompt_tokens":"7","completion_tokens":5.0,"prompt_tokens_details":[1],
            "completion_tokens_details":{"reasoning_tokens":{},"audio_tokens":1}}"#;
        let usage: ChatUsage = serde_json::from_str(json).unwrap();
        let mut notes = Notes::default();
        let usage = usage.usage(Gap::Unattributed, None, &mut notes);
        assert_eq!((usage.input, usage.output, usage.output_audio), (None, Some(5), Some(1)));
        assert!(notes.reasons.contains(token_tracking_core::Reason::NotACount));
    }
}
