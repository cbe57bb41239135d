//! Anthropic Messages: `usage.input_tokens` without the cache, and what streams add to it.
//!
//! `input_tokens`, `cache_creation_input_tokens` and `cache_read_input_tokens` are beside
//! each other: what was sent is their sum. In a stream `message_start` has the first
//! word, and each `message_delta` overwrites the fields that it has: its counts are
//! cumulative and may rise as well as fall, so they are neither added nor compared.

use serde::Deserialize;
use token_tracking_core::{Count, Lenient, Notes, Usage, add};

use crate::wire::{ServerTools, part};

/// A usage object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MessagesUsage {
    input_tokens: Count,
    output_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation: Lenient<CacheCreation>,
    output_tokens_details: Lenient<OutputTokensDetails>,
    server_tool_use: Lenient<ServerTools>,
    iterations: Lenient<Vec<Lenient<Iteration>>>,
    service_tier: Lenient<String>,
}

/// How long what was written to the cache lives.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct CacheCreation {
    ephemeral_5m_input_tokens: Count,
    ephemeral_1h_input_tokens: Count,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct OutputTokensDetails {
    thinking_tokens: Count,
}

/// One pass of several that made an answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Iteration {
    r#type: Lenient<String>,
    model: Lenient<String>,
    input_tokens: Count,
    output_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_read_input_tokens: Count,
}

/// What the events said, laid over each other field by field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    over: MessagesUsage,
    /// A buffered message, or the `message_delta` that ends one, was there.
    pub(crate) settled: bool,
}

impl MessagesUsage {
    pub(crate) fn has_counts(&self) -> bool {
        let counts = [
            self.input_tokens,
            self.output_tokens,
            self.cache_creation_input_tokens,
            self.cache_read_input_tokens,
        ];
        counts.iter().any(|count| *count != Count::Absent)
    }
}

impl Tally {
    /// A message begins, or is there in full: whatever was before does not count.
    pub(crate) fn start(usage: MessagesUsage, settled: bool) -> Self {
        Self { over: usage, settled }
    }

    /// A `message_delta`.
    pub(crate) fn overlay(&mut self, delta: MessagesUsage) {
        fn lay(under: &mut Count, over: Count) {
            if over != Count::Absent {
                *under = over;
            }
        }
        fn lay_part<T>(under: &mut Lenient<T>, over: Lenient<T>) {
            if over.0.is_some() {
                *under = over;
            }
        }
        let over = &mut self.over;
        lay(&mut over.input_tokens, delta.input_tokens);
        lay(&mut over.output_tokens, delta.output_tokens);
        lay(&mut over.cache_creation_input_tokens, delta.cache_creation_input_tokens);
        lay(&mut over.cache_read_input_tokens, delta.cache_read_input_tokens);
        lay_part(&mut over.cache_creation, delta.cache_creation);
        lay_part(&mut over.output_tokens_details, delta.output_tokens_details);
        lay_part(&mut over.server_tool_use, delta.server_tool_use);
        lay_part(&mut over.iterations, delta.iterations);
        lay_part(&mut over.service_tier, delta.service_tier);
        self.settled = true;
    }

    /// The model of the hop that served the answer after another declined it.
    pub(crate) fn fallback_model(&self) -> Option<&str> {
        let served = self.iterations().filter(|it| it.kind() == "fallback_message").last()?;
        served.model.0.as_deref()
    }

    pub(crate) fn service_tier(&self) -> Option<&str> {
        self.over.service_tier.0.as_deref()
    }

    /// The counts in their normal form.
    pub(crate) fn usage(&self, notes: &mut Notes) -> Usage {
        let counts = self.counts(notes);
        let split = part(&self.over.cache_creation);
        let (short, long) = (
            split.ephemeral_5m_input_tokens.get(notes),
            split.ephemeral_1h_input_tokens.get(notes),
        );
        let cache_write = counts.written.or(add(short, long));
        // A delta may zero the whole and say nothing of its split, which is then old.
        let split_holds = add(short, long) <= cache_write;
        let cached = add(cache_write, counts.read).unwrap_or(0);
        let mut usage = Usage {
            input: counts.input.map(|input| input.saturating_add(cached)),
            output: counts.output,
            cache_read: counts.read,
            cache_write,
            cache_write_5m: short.filter(|_| split_holds),
            cache_write_1h: long.filter(|_| split_holds),
            reasoning: part(&self.over.output_tokens_details).thinking_tokens.get(notes),
            ..Usage::default()
        };
        usage.units.web_searches = part(&self.over.server_tool_use).web_search_requests.get(notes);
        usage
    }

    /// Whether the counts are a sum over iterations, of which the top level leaves some out.
    pub(crate) fn is_summed(&self) -> bool {
        let has = |kind| self.iterations().any(|it| it.kind() == kind);
        has("compaction") && !has("fallback_message")
    }

    fn iterations(&self) -> impl Iterator<Item = &Iteration> {
        self.over.iterations.0.iter().flatten().filter_map(|it| it.0.as_ref())
    }

    /// The top level's counts; with compaction the sum over the iterations, since the
    /// top level leaves the compaction itself out. An advisor has a bill of its own.
    fn counts(&self, notes: &mut Notes) -> Counts {
        let over = &self.over;
        let top = Counts {
            input: over.input_tokens.get(notes),
            output: over.output_tokens.get(notes),
            written: over.cache_creation_input_tokens.get(notes),
            read: over.cache_read_input_tokens.get(notes),
        };
        for advisor in self.iterations().filter(|it| it.kind() == "advisor_message") {
            advisor.mention(notes);
        }
        if !self.is_summed() {
            return top;
        }
        let passes = self.iterations().filter(|it| it.kind() != "advisor_message");
        let sum = passes.fold(Counts::default(), |sum, it| Counts {
            input: add(sum.input, it.input_tokens.get(notes)),
            output: add(sum.output, it.output_tokens.get(notes)),
            written: add(sum.written, it.cache_creation_input_tokens.get(notes)),
            read: add(sum.read, it.cache_read_input_tokens.get(notes)),
        });
        Counts {
            input: sum.input.or(top.input),
            output: sum.output.or(top.output),
            written: sum.written.or(top.written),
            read: sum.read.or(top.read),
        }
    }
}

/// Counts that are beside each other.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    input: Option<u64>,
    output: Option<u64>,
    written: Option<u64>,
    read: Option<u64>,
}

impl Iteration {
    fn kind(&self) -> &str {
        self.r#type.0.as_deref().unwrap_or_default()
    }

    /// Tells of an advisor's tokens, which the record's counts do not hold: they are
    /// another model's, at another price.
    fn mention(&self, notes: &mut Notes) {
        let cached = add(
            self.cache_creation_input_tokens.get(notes),
            self.cache_read_input_tokens.get(notes),
        );
        let input = add(self.input_tokens.get(notes), cached).unwrap_or(0);
        let output = self.output_tokens.get(notes).unwrap_or(0);
        let model = self.model.0.as_deref().unwrap_or("another model");
        let model: String = model.chars().take(128).collect();
        if notes.details.len() < Notes::MAX_DETAILS {
            notes.details.push(format!(
                "an advisor ({model}) read {input} and wrote {output} tokens beside these counts"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(json: &str) -> MessagesUsage {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_delta_overwrites_only_what_it_has() {
        let mut tally = Tally::start(
            wire(
                r#"{"input_tokens":10,"cache_read_input_tokens":55,"output_tokens":1,
                     "cache_creation_input_tokens":7,
                     "cache_creation":{"ephemeral_5m_input_tokens":7,"ephemeral_1h_input_tokens":0}}"#,
            ),
            false,
        );
        tally.overlay(wire(r#"{"output_tokens":40}"#));
        let usage = tally.usage(&mut Notes::default());
        assert_eq!((usage.input, usage.output), (Some(72), Some(40)));
        assert_eq!(usage.cache_write_5m, Some(7));
        tally.overlay(wire(r#"{"input_tokens":30,"cache_read_input_tokens":0,"cache_creation_input_tokens":0,"output_tokens":41}"#));
        let usage = tally.usage(&mut Notes::default());
        assert_eq!((usage.input, usage.output), (Some(30), Some(41)));
        assert_eq!(
            (usage.cache_read, usage.cache_write, usage.cache_write_5m),
            (Some(0), Some(0), None)
        );
    }

    #[test]
    fn compaction_is_outside_the_top_level() {
        let tally = Tally::start(
            wire(
                r#"{"input_tokens":45,"output_tokens":1234,"iterations":[
                {"type":"compaction","input_tokens":180,"output_tokens":35},
                {"type":"message","input_tokens":23,"output_tokens":10},
                {"type":"advisor_message","model":"other","input_tokens":9,"output_tokens":9}, 7]}"#,
            ),
            true,
        );
        let mut notes = Notes::default();
        let usage = tally.usage(&mut notes);
        assert_eq!((usage.input, usage.output), (Some(203), Some(45)));
        assert_eq!(notes.details.len(), 1);
    }

    #[test]
    fn a_fallback_names_who_served() {
        let tally = Tally::start(
            wire(
                r#"{"input_tokens":4,"output_tokens":2,"iterations":[
                {"type":"message","model":"first"},{"type":"fallback_message","model":"second"}]}"#,
            ),
            true,
        );
        assert_eq!(tally.fallback_model(), Some("second"));
        assert_eq!(tally.usage(&mut Notes::default()).input, Some(4));
    }
}
