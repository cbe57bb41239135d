//! Formats without a usage object: their counts stand bare in the document.
//!
//! | who | sent | received | its stream |
//! |---|---|---|---|
//! | [Ollama] | `prompt_eval_count` | `eval_count` | the last line, `"done": true` |
//! | Titan on Bedrock | `inputTextTokenCount` | `totalOutputTextTokenCount`, or the sum of `results[].tokenCount` | cumulative |
//! | Llama on Bedrock | `prompt_token_count` | `generation_token_count` | sent in the first chunk, then `null`; received cumulative |
//! | watsonx | sum of `results[].input_token_count` | sum of `results[].generated_token_count` | sent in the first event, then 0; received cumulative |
//!
//! Old Ollama leaves `prompt_eval_count` out where the prompt was cached: then what was
//! sent is unknown, not 0.
//!
//! [Ollama]: https://github.com/ollama/ollama/blob/main/docs/api.md

use token_tracking_core::{Anomaly, Captured, Count, Notes, PathId, Usage, add};

use crate::profile::Dialect;
use crate::roots::Roots;

/// The counts so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tally {
    pub(crate) dialect: Dialect,
    input: Option<u64>,
    output: Option<u64>,
    /// The last document said that it is the last.
    pub(crate) settled: bool,
}

/// Whose bare counts a document has.
pub(crate) fn recognise(roots: &Roots, c: &Captured<'_>) -> Option<Dialect> {
    let any = |paths: &[PathId]| paths.iter().any(|path| c.has(*path));
    if any(&[roots.eval_count, roots.prompt_eval_count]) {
        Some(Dialect::Ollama)
    } else if any(&[
        roots.titan_input,
        roots.titan_output,
        roots.titan_results,
        roots.llama_prompt,
        roots.llama_generation,
    ]) {
        Some(Dialect::Bedrock)
    } else if any(&[roots.watsonx_input, roots.watsonx_generated]) {
        Some(Dialect::Watsonx)
    } else {
        None
    }
}

impl Tally {
    /// The counts of one document.
    pub(crate) fn read(
        dialect: Dialect,
        roots: &Roots,
        c: &Captured<'_>,
        notes: &mut Notes,
    ) -> Self {
        let mut sum = |path| {
            c.raw_all(path).fold(None, |sum, raw| {
                let count = serde_json::from_slice::<Count>(raw).unwrap_or(Count::NotACount);
                add(sum, count.get(notes))
            })
        };
        let (input, output) = match dialect {
            Dialect::Ollama => (sum(roots.prompt_eval_count), sum(roots.eval_count)),
            Dialect::Watsonx => (sum(roots.watsonx_input), sum(roots.watsonx_generated)),
            _ => (
                sum(roots.titan_input).or_else(|| sum(roots.llama_prompt)),
                sum(roots.titan_output)
                    .or_else(|| sum(roots.titan_results))
                    .or_else(|| sum(roots.llama_generation)),
            ),
        };
        let says = |path, text: &str| c.raw_all(path).any(|raw| raw == text.as_bytes());
        let open = says(roots.done, "false")
            || says(roots.stop_reason, "null")
            || says(roots.titan_completion, "null")
            || says(roots.watsonx_stop, "\"not_finished\"");
        Self { dialect, input, output, settled: !open }
    }

    /// Adds a later document: what was sent is said once, what was received is cumulative.
    pub(crate) fn follow(&mut self, next: Self, notes: &mut Notes) {
        if next.output < self.output && next.output.is_some() {
            notes.anomaly(Anomaly::CountDecreased);
        }
        self.input = self.input.max(next.input);
        self.output = next.output.or(self.output);
        self.settled = next.settled;
    }

    /// The counts in their normal form.
    pub(crate) fn usage(&self) -> Usage {
        Usage { input: self.input, output: self.output, ..Usage::default() }
    }
}
