//! OpenAI's newer format: `usage.input_tokens` and `output_tokens`, cache inside.
//!
//! Spoken by Responses, by its compaction, and by images, transcriptions, speech and
//! realtime. Transcriptions may count seconds instead of tokens.

use serde::Deserialize;
use token_tracking_core::{Count, Lenient, Notes, Usage};

use crate::openai_chat::ChatUsage;
use crate::profile::Gap;
use crate::wire::{InputDetails, OutputDetails, Seconds, first, part};

/// A usage object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ResponsesUsage {
    input_tokens: Count,
    output_tokens: Count,
    total_tokens: Count,
    input_tokens_details: Lenient<InputDetails>,
    /// Audio and realtime; without the `s`.
    input_token_details: Lenient<InputDetails>,
    output_tokens_details: Lenient<OutputDetails>,
    output_token_details: Lenient<OutputDetails>,
    /// Whisper's bill.
    seconds: Lenient<Seconds>,
}

/// The last usage object of a body.
#[derive(Clone, Debug)]
pub(crate) enum Tally {
    /// In its own words.
    Native { last: ResponsesUsage, settled: bool },
    /// Azure serves other makers' models here, with chat's words.
    InChatWords { last: ChatUsage, settled: bool },
}

impl ResponsesUsage {
    pub(crate) fn has_counts(&self) -> bool {
        let counts = [self.input_tokens, self.output_tokens, self.total_tokens];
        counts.iter().any(|count| *count != Count::Absent) || self.seconds().is_some()
    }

    fn seconds(&self) -> Option<rust_decimal::Decimal> {
        self.seconds.0?.0
    }

    fn usage(&self, notes: &mut Notes) -> Usage {
        let input = [part(&self.input_tokens_details), part(&self.input_token_details)];
        let output = [part(&self.output_tokens_details), part(&self.output_token_details)];
        let sent = |of: fn(&InputDetails) -> Count| first(input.iter().map(of));
        let received = |of: fn(&OutputDetails) -> Count| first(output.iter().map(of));
        let mut usage = Usage {
            input: self.input_tokens.get(notes),
            output: self.output_tokens.get(notes),
            total: self.total_tokens.get(notes),
            cache_read: sent(|d| d.cached_tokens).get(notes),
            cache_write: sent(|d| d.cache_write_tokens).get(notes),
            input_audio: sent(|d| d.audio_tokens).get(notes),
            input_image: sent(|d| d.image_tokens).get(notes),
            input_video: sent(|d| d.video_tokens).get(notes),
            reasoning: received(|d| d.reasoning_tokens).get(notes),
            output_audio: received(|d| d.audio_tokens).get(notes),
            output_image: received(|d| d.image_tokens).get(notes),
            ..Usage::default()
        };
        usage.units.seconds = self.seconds();
        if let (Some(total), Some(input), None) = (usage.total, usage.input, usage.output) {
            usage.output = total.checked_sub(input);
        }
        usage
    }
}

impl Tally {
    /// The counts in their normal form.
    pub(crate) fn usage(&self, gap: Gap, model: Option<&str>, notes: &mut Notes) -> Usage {
        match self {
            Self::Native { last, .. } => last.usage(notes),
            Self::InChatWords { last, .. } => last.usage(gap, model, notes),
        }
    }

    pub(crate) fn settled(&self) -> bool {
        match self {
            Self::Native { settled, .. } | Self::InChatWords { settled, .. } => *settled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audio_spells_its_details_in_the_singular() {
        let usage: ResponsesUsage = serde_json::from_str(
            r#"{"type":"tokens","input_tokens":37,"output_tokens":12,"total_tokens":49,
                "input_token_details":{"audio_tokens":30,"text_tokens":7}}"#,
        )
        .unwrap();
        let usage = usage.usage(&mut Notes::default());
        assert_eq!((usage.input, usage.output, usage.input_audio), (Some(37), Some(12), Some(30)));
    }

    #[test]
    fn whisper_counts_seconds() {
        let usage: ResponsesUsage =
            serde_json::from_str(r#"{"type":"duration","seconds":12.50}"#).unwrap();
        assert!(usage.has_counts());
        let usage = usage.usage(&mut Notes::default());
        assert_eq!(usage.units.seconds.map(|s| s.to_string()).as_deref(), Some("12.50"));
        assert_eq!(usage.input, None);
    }
}
