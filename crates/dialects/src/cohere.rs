//! Cohere: `usage` of its second version, `meta` of its first, of embeddings and of reranking.
//!
//! `tokens` are what the model read and wrote, with Cohere's own preamble; `billed_units`
//! are what is charged, mostly less. Where there are no `tokens` (embeddings, reranking,
//! generate) the billed ones are all that is known. Cached tokens are inside the tokens
//! sent, reasoning inside those received; image tokens are beside the former.
//! All numbers are typed as floats. Source: `types/usage.py` and `types/api_meta.py` of
//! Cohere's Python SDK, <https://docs.cohere.com/reference/chat>.

use serde::Deserialize;
use token_tracking_core::{Captured, Count, Lenient, Notes, Usage, add};

use crate::roots::Roots;
use crate::wire::part;

/// A usage object, or what `meta` has of one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CohereUsage {
    tokens: Lenient<Tokens>,
    billed_units: Lenient<BilledUnits>,
    cached_tokens: Count,
}

/// What the model read and wrote.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Tokens {
    input_tokens: Count,
    output_tokens: Count,
    reasoning_tokens: Count,
    image_tokens: Count,
}

/// What is charged. In a chat the images are inside the input, in embeddings beside it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct BilledUnits {
    input_tokens: Count,
    output_tokens: Count,
    image_tokens: Count,
    search_units: Count,
}

impl CohereUsage {
    /// What a document's `meta` has, or that of the response in it.
    pub(crate) fn of_meta(roots: &Roots, c: &Captured<'_>, notes: &mut Notes) -> Self {
        let either = |own, inner| if c.has(own) { own } else { inner };
        let tokens = either(roots.meta_tokens, roots.response_meta_tokens);
        let billed = either(roots.meta_billed_units, roots.response_meta_billed_units);
        let cached = either(roots.meta_cached_tokens, roots.response_meta_cached_tokens);
        Self {
            tokens: Lenient(c.decode(tokens, notes)),
            billed_units: Lenient(c.decode(billed, notes)),
            cached_tokens: c.decode(cached, notes).unwrap_or_default(),
        }
    }

    pub(crate) fn has_counts(&self) -> bool {
        let (tokens, billed) = (part(&self.tokens), part(&self.billed_units));
        let counts = [
            tokens.input_tokens,
            tokens.output_tokens,
            billed.input_tokens,
            billed.output_tokens,
            billed.image_tokens,
            billed.search_units,
        ];
        counts.iter().any(|count| *count != Count::Absent)
    }

    /// The counts in their normal form.
    pub(crate) fn usage(&self, notes: &mut Notes) -> Usage {
        let (tokens, billed) = (part(&self.tokens), part(&self.billed_units));
        let billed_input = add(billed.input_tokens.get(notes), billed.image_tokens.get(notes));
        let billed_output = billed.output_tokens.get(notes);
        let image = tokens.image_tokens.get(notes);
        let mut usage = Usage {
            input: add(tokens.input_tokens.get(notes), image).or(billed_input),
            output: tokens.output_tokens.get(notes).or(billed_output),
            billed_input,
            billed_output,
            cache_read: self.cached_tokens.get(notes),
            input_image: image.or(billed.image_tokens.get(notes)),
            reasoning: tokens.reasoning_tokens.get(notes),
            ..Usage::default()
        };
        usage.units.search_units = billed.search_units.get(notes);
        usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Usage {
        serde_json::from_str::<CohereUsage>(json).unwrap().usage(&mut Notes::default())
    }

    #[test]
    fn images_are_beside_the_text_in_tokens_and_inside_it_in_what_a_chat_bills() {
        let usage = read(
            r#"{"billed_units":{"input_tokens":267.0,"output_tokens":66.0},
                "tokens":{"input_tokens":34.0,"output_tokens":70.0,"image_tokens":259.0}}"#,
        );
        assert_eq!(
            (usage.input, usage.input_image, usage.output),
            (Some(293), Some(259), Some(70))
        );
        assert_eq!((usage.billed_input, usage.billed_output), (Some(267), Some(66)));
    }

    #[test]
    fn what_is_billed_stands_in_where_nothing_else_is_said() {
        let usage = read(r#"{"billed_units":{"input_tokens":10,"image_tokens":5}}"#);
        assert_eq!((usage.input, usage.output, usage.input_image), (Some(15), None, Some(5)));
        let usage = read(r#"{"billed_units":{"search_units":1}}"#);
        assert_eq!((usage.input, usage.units.search_units), (None, Some(1)));
    }

    #[test]
    fn a_part_of_another_kind_reads_as_absent() {
        let usage: CohereUsage =
            serde_json::from_str(r#"{"tokens":12,"billed_units":[],"cached_tokens":1}"#).unwrap();
        assert!(!usage.has_counts());
    }
}
