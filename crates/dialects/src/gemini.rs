//! Gemini and Vertex: `usageMetadata`.
//!
//! What was sent is the prompt (cached content inside) and, beside it, tool results;
//! what was received is the candidates and, beside them, thoughts. In a stream every
//! chunk has the whole object; fields shrink, grow and vanish from one to the next, so
//! the last object is taken as it is.

use serde::Deserialize;
use serde_json::value::RawValue;
use token_tracking_core::{Count, Lenient, Notes, Usage, add};

/// The object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct UsageMetadata {
    prompt_token_count: Count,
    candidates_token_count: Count,
    /// Live's word for candidates.
    response_token_count: Count,
    thoughts_token_count: Count,
    tool_use_prompt_token_count: Count,
    cached_content_token_count: Count,
    total_token_count: Count,
    prompt_tokens_details: Details,
    /// Embeddings of the Gemini API; without the `s`.
    prompt_token_details: Details,
    candidates_tokens_details: Details,
    response_tokens_details: Details,
    service_tier: Lenient<String>,
}

type Details = Lenient<Vec<Lenient<ModalityCount>>>;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ModalityCount {
    modality: Modality,
    token_count: Count,
}

/// A modality by its name, or by its number where enums are asked for as numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Modality {
    Image,
    Video,
    Audio,
    Document,
    /// Text, and whatever comes next.
    #[default]
    Other,
}

impl<'de> Deserialize<'de> for Modality {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        Ok(match text.trim_matches('"') {
            "IMAGE" | "image" | "2" => Self::Image,
            "VIDEO" | "video" | "3" => Self::Video,
            "AUDIO" | "audio" | "4" => Self::Audio,
            "DOCUMENT" | "document" | "5" => Self::Document,
            _ => Self::Other,
        })
    }
}

/// The last object of a body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    last: UsageMetadata,
    /// Candidates were being written, so that an absent count may be a zero.
    generating: bool,
    /// A text was shown, so that an absent count is no zero.
    shown: bool,
    /// Nothing was still being written in its chunk.
    pub(crate) settled: bool,
}

impl UsageMetadata {
    /// Whether there is a count beside the total, which a cache's size also has.
    pub(crate) fn has_parts(&self) -> bool {
        [
            self.prompt_token_count,
            self.candidates_token_count,
            self.response_token_count,
            self.thoughts_token_count,
            self.tool_use_prompt_token_count,
            self.cached_content_token_count,
        ]
        .iter()
        .any(|count| *count != Count::Absent)
    }

    pub(crate) fn has_total(&self) -> bool {
        self.total_token_count != Count::Absent
    }
}

impl Tally {
    /// The embeddings of `predict` count only what was sent.
    pub(crate) fn of_predictions(sent: u64) -> Self {
        let last =
            UsageMetadata { prompt_token_count: Count::Value(sent), ..UsageMetadata::default() };
        Self { last, settled: true, ..Self::default() }
    }

    /// A later chunk's object takes the place of the one before, as a whole.
    pub(crate) fn replace(&mut self, last: UsageMetadata, settled: bool, generating: bool) {
        self.last = last;
        self.settled = settled;
        self.generating |= generating;
    }

    /// A text was seen.
    pub(crate) fn show(&mut self) {
        self.shown = true;
    }

    pub(crate) fn service_tier(&self) -> Option<&str> {
        self.last.service_tier.0.as_deref()
    }

    /// The counts in their normal form.
    pub(crate) fn usage(&self, notes: &mut Notes) -> Usage {
        let last = &self.last;
        let prompt = last.prompt_token_count.get(notes);
        let tool_use = last.tool_use_prompt_token_count.get(notes);
        let written = last.candidates_token_count.get(notes);
        let written = written.or(last.response_token_count.get(notes));
        let thoughts = last.thoughts_token_count.get(notes);
        let total = last.total_token_count.get(notes);
        let mut input = prompt.map(|prompt| prompt.saturating_add(tool_use.unwrap_or(0)));
        let rest = total.zip(input).map(|(total, input)| total.saturating_sub(input));
        let output = match (written, thoughts) {
            (None, None) => self.unwritten(rest),
            (None, thoughts) => rest.max(thoughts),
            (written, thoughts) => add(written, thoughts),
        };
        if input.is_none() {
            // proto3 leaves zeros out; what the total leaves is what was sent.
            input = total.zip(output).and_then(|(total, output)| total.checked_sub(output));
        }
        let parts = |details: &[&Details], modality, notes: &mut Notes| {
            let counts = details.iter().flat_map(|d| d.0.iter().flatten());
            counts.filter_map(|count| count.0.as_ref()).fold(None, |sum, count| {
                if count.modality == modality {
                    add(sum, count.token_count.get(notes))
                } else {
                    sum
                }
            })
        };
        let sent = [&last.prompt_tokens_details, &last.prompt_token_details];
        let received = [&last.candidates_tokens_details, &last.response_tokens_details];
        Usage {
            input,
            output,
            total,
            cache_read: last.cached_content_token_count.get(notes),
            input_audio: parts(&sent, Modality::Audio, notes),
            input_image: parts(&sent, Modality::Image, notes),
            input_video: parts(&sent, Modality::Video, notes),
            input_document: parts(&sent, Modality::Document, notes),
            tool_use,
            reasoning: thoughts,
            output_audio: parts(&received, Modality::Audio, notes),
            output_image: parts(&received, Modality::Image, notes),
            ..Usage::default()
        }
    }

    /// What was received where neither candidates nor thoughts are counted: what the
    /// total leaves, or the zero that proto3 leaves out. But Gemma shows a text and
    /// counts none of it, and embeddings write nothing.
    fn unwritten(&self, rest: Option<u64>) -> Option<u64> {
        match rest {
            Some(rest) if rest > 0 => Some(rest),
            _ if self.shown => None,
            Some(zero) => Some(zero),
            None => self.generating.then_some(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(json: &str, shown: bool) -> Usage {
        let mut tally = Tally::default();
        tally.replace(serde_json::from_str(json).unwrap(), true, true);
        if shown {
            tally.show();
        }
        tally.usage(&mut Notes::default())
    }

    #[test]
    fn thoughts_and_tool_results_are_beside() {
        let usage = usage(
            r#"{"promptTokenCount":22,"candidatesTokenCount":3,"thoughtsTokenCount":57,
                "toolUsePromptTokenCount":100,"totalTokenCount":182,
                "promptTokensDetails":[{"modality":2,"tokenCount":7},{"modality":"AUDIO","tokenCount":5}, null]}"#,
            true,
        );
        assert_eq!((usage.input, usage.output, usage.total), (Some(122), Some(60), Some(182)));
        assert_eq!((usage.input_image, usage.input_audio), (Some(7), Some(5)));
    }

    #[test]
    fn an_absent_count_is_zero_unless_text_was_shown() {
        let blocked = r#"{"promptTokenCount":8,"totalTokenCount":8}"#;
        assert_eq!(usage(blocked, false).output, Some(0));
        assert_eq!(usage(blocked, true).output, None);
        assert_eq!(usage(r#"{"promptTokenCount":8,"totalTokenCount":20}"#, true).output, Some(12));
        let unsent = usage(r#"{"candidatesTokenCount":18,"thoughtsTokenCount":58}"#, true);
        assert_eq!((unsent.input, unsent.output), (None, Some(76)));
    }
}
