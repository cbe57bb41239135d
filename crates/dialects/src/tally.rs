//! What the documents of one response counted so far, in the dialect they spoke.

use token_tracking_core::{Captured, Count, Notes, Reason};

use crate::cohere::CohereUsage;
use crate::converse::ConverseUsage;
use crate::gemini_interactions::InteractionUsage;
use crate::openai_chat::ChatUsage;
use crate::openai_responses::ResponsesUsage;
use crate::profile::Dialect;
use crate::recognise::Shape;
use crate::roots::Roots;
use crate::{anthropic, bare, gemini, openai_chat, openai_responses};

/// What the documents counted, in their dialect.
#[derive(Debug, Default)]
pub(crate) enum Tally {
    #[default]
    Nothing,
    Chat(openai_chat::Tally),
    Responses(openai_responses::Tally),
    Anthropic(Box<anthropic::Tally>),
    Gemini(Box<gemini::Tally>),
    Interaction(InteractionUsage),
    Pages(Pages),
    Converse(ConverseUsage),
    Cohere(CohereUsage),
    Bare(bare::Tally),
}

/// Mistral OCR.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct Pages {
    pub(crate) pages_processed: Count,
}

/// What else a document tells of its counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk {
    /// A choice or candidate of it is still being written.
    pub(crate) open: bool,
    /// A chunk without counts came before, so that these are no running counts.
    pub(crate) counts_once: bool,
}

impl Tally {
    /// Takes the counts of a document; `false` where there were none after all.
    pub(crate) fn observe(
        &mut self,
        shape: Shape,
        chunk: Chunk,
        roots: &Roots,
        c: &Captured<'_>,
        notes: &mut Notes,
    ) -> bool {
        match shape {
            Shape::Chat(at, anchored) => {
                let Some(usage) = c.decode::<ChatUsage>(at, notes) else {
                    return false;
                };
                if !usage.has_counts() {
                    return false;
                }
                let settled = !chunk.open || chunk.counts_once;
                let next = openai_chat::Tally::new(usage, anchored, settled);
                match self {
                    Tally::Chat(tally) => tally.replace(next, notes),
                    tally => *tally = Tally::Chat(next),
                }
            }
            Shape::Responses(at) => {
                let Some(usage) = c.decode::<ResponsesUsage>(at, notes) else {
                    return false;
                };
                let status = c.text(roots.response_status).or_else(|| c.text(roots.status));
                let settled = !matches!(status.as_deref(), Some("in_progress" | "queued"));
                *self = if usage.has_counts() {
                    Tally::Responses(openai_responses::Tally::Native { last: usage, settled })
                } else {
                    match c.decode::<ChatUsage>(at, notes) {
                        Some(last) if last.has_counts() => {
                            Tally::Responses(openai_responses::Tally::InChatWords { last, settled })
                        }
                        _ => return false,
                    }
                };
            }
            Shape::Message(at) => {
                let Some(usage) = c.decode::<anthropic::MessagesUsage>(at, notes) else {
                    return false;
                };
                let settled = at == roots.usage;
                if !usage.has_counts() && settled {
                    return false;
                }
                *self = Tally::Anthropic(Box::new(anthropic::Tally::start(usage, settled)));
            }
            Shape::MessageDelta(at) => {
                let Some(delta) = c.decode::<anthropic::MessagesUsage>(at, notes) else {
                    return false;
                };
                if !delta.has_counts() {
                    return false;
                }
                match self {
                    Tally::Anthropic(tally) => tally.overlay(delta),
                    tally => {
                        let whole = anthropic::Tally::start(delta, true);
                        *tally = Tally::Anthropic(Box::new(whole));
                    }
                }
            }
            Shape::Gemini => return self.observe_gemini(chunk.open, roots, c, notes),
            Shape::Predictions => {
                let counts = c.raw_all(roots.predicted_tokens);
                let sum = counts.fold(0_u64, |sum, raw| {
                    match serde_json::from_slice::<Count>(raw).unwrap_or(Count::NotACount) {
                        Count::Value(count) => sum.saturating_add(count),
                        other => sum.saturating_add(other.get(notes).unwrap_or(0)),
                    }
                });
                *self = Tally::Gemini(Box::new(gemini::Tally::of_predictions(sum)));
            }
            Shape::Interaction(at) => {
                let Some(usage) = c.decode::<InteractionUsage>(at, notes) else {
                    return false;
                };
                if !usage.has_counts() {
                    return false;
                }
                *self = Tally::Interaction(usage);
            }
            Shape::Pages => {
                let Some(pages) = c.decode::<Pages>(roots.usage_info, notes) else {
                    return false;
                };
                *self = Tally::Pages(pages);
            }
            Shape::Converse(at) => match c.decode::<ConverseUsage>(at, notes) {
                Some(usage) if usage.has_counts() => *self = Tally::Converse(usage),
                _ => return false,
            },
            Shape::Cohere(at) => match c.decode::<CohereUsage>(at, notes) {
                Some(usage) if usage.has_counts() => *self = Tally::Cohere(usage),
                _ => return false,
            },
            Shape::CohereMeta => match CohereUsage::of_meta(roots, c, notes) {
                usage if usage.has_counts() => *self = Tally::Cohere(usage),
                _ => return false,
            },
            Shape::Bare(dialect) => {
                let next = bare::Tally::read(dialect, roots, c, notes);
                match self {
                    Tally::Bare(tally) if tally.dialect == dialect => tally.follow(next, notes),
                    tally => *tally = Tally::Bare(next),
                }
            }
        }
        true
    }

    fn observe_gemini(
        &mut self,
        open: bool,
        roots: &Roots,
        c: &Captured<'_>,
        notes: &mut Notes,
    ) -> bool {
        let Some(usage) = c.decode::<gemini::UsageMetadata>(roots.usage_metadata, notes) else {
            return false;
        };
        let generating = c.has(roots.candidates);
        if !usage.has_parts() {
            // A cache's size is a lone total; early chunks of Vertex have no count at all.
            if usage.has_total() && !generating && matches!(self, Self::Nothing) {
                notes.reason(Reason::NotConsumption);
            }
            if !(usage.has_total() && generating) {
                return false;
            }
        }
        match self {
            Tally::Gemini(tally) => tally.replace(usage, !open, generating),
            tally => {
                let mut first = Box::<gemini::Tally>::default();
                first.replace(usage, !open, generating);
                *tally = Tally::Gemini(first);
            }
        }
        true
    }

    /// The dialect of what was counted.
    pub(crate) fn dialect(&self) -> Option<Dialect> {
        Some(match self {
            Tally::Nothing => return None,
            Tally::Chat(_) => Dialect::OpenAiChat,
            Tally::Responses(_) => Dialect::OpenAiResponses,
            Tally::Anthropic(_) => Dialect::Anthropic,
            Tally::Gemini(_) => Dialect::Gemini,
            Tally::Interaction(_) => Dialect::GeminiInteractions,
            Tally::Pages(_) => Dialect::MistralOcr,
            Tally::Converse(_) => Dialect::Bedrock,
            Tally::Cohere(_) => Dialect::Cohere,
            Tally::Bare(tally) => tally.dialect,
        })
    }

    /// Whether these counts give way to those of AWS: they are a model's own, of one
    /// invocation, and leave the cache out of what was sent as AWS does.
    pub(crate) fn yields_to_aws(&self) -> bool {
        match self {
            Tally::Nothing | Tally::Converse(_) | Tally::Cohere(_) | Tally::Bare(_) => true,
            Tally::Anthropic(tally) => !tally.is_summed(),
            _ => false,
        }
    }
}
