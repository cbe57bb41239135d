//! Amazon Bedrock's own format: the `usage` of Converse, of ConverseStream's `metadata`
//! event, and of Nova's bodies.
//!
//! `inputTokens` leaves the cache out: what was sent is the sum of the three, and that with
//! `outputTokens` is `totalTokens`. Some bodies give the cache's counts twice, under
//! another name. Source: `TokenUsage` in the service model,
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html>.

use serde::Deserialize;
use token_tracking_core::{Count, Lenient, Notes, Usage, add};

use crate::wire::first;

/// A usage object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ConverseUsage {
    input_tokens: Count,
    output_tokens: Count,
    total_tokens: Count,
    cache_read_input_tokens: Count,
    cache_write_input_tokens: Count,
    /// The same once more; Nova has only these.
    cache_read_input_token_count: Count,
    cache_write_input_token_count: Count,
    /// What was written, split by how long it lives.
    cache_details: Lenient<Vec<Lenient<CacheDetail>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CacheDetail {
    ttl: Lenient<String>,
    input_tokens: Count,
}

impl ConverseUsage {
    pub(crate) fn has_counts(&self) -> bool {
        let counts = [self.input_tokens, self.output_tokens, self.total_tokens];
        counts.iter().any(|count| *count != Count::Absent)
    }

    /// The counts in their normal form.
    pub(crate) fn usage(&self, notes: &mut Notes) -> Usage {
        let read =
            first([self.cache_read_input_tokens, self.cache_read_input_token_count]).get(notes);
        let written =
            first([self.cache_write_input_tokens, self.cache_write_input_token_count]).get(notes);
        let cached = add(read, written).unwrap_or(0);
        Usage {
            input: self.input_tokens.get(notes).map(|input| input.saturating_add(cached)),
            output: self.output_tokens.get(notes),
            total: self.total_tokens.get(notes),
            cache_read: read,
            cache_write: written,
            cache_write_5m: self.written_for("5m", notes),
            cache_write_1h: self.written_for("1h", notes),
            ..Usage::default()
        }
    }

    fn written_for(&self, ttl: &str, notes: &mut Notes) -> Option<u64> {
        let details = self.cache_details.0.iter().flatten().filter_map(|detail| detail.0.as_ref());
        let of_ttl = details.filter(|detail| detail.ttl.0.as_deref() == Some(ttl));
        of_ttl.fold(None, |sum, detail| add(sum, detail.input_tokens.get(notes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Usage {
        serde_json::from_str::<ConverseUsage>(json).unwrap().usage(&mut Notes::default())
    }

    #[test]
    fn the_cache_is_beside_the_input_and_counted_once_however_often_it_is_named() {
        let usage = read(
            r#"{"cacheReadInputTokenCount":1028,"cacheReadInputTokens":1028,
                "cacheWriteInputTokenCount":40,"cacheWriteInputTokens":40,
                "cacheDetails":[{"ttl":"1h","inputTokens":30},{"ttl":"5m","inputTokens":10}],
                "inputTokens":12,"outputTokens":185,"totalTokens":1265}"#,
        );
        assert_eq!((usage.input, usage.output, usage.total), (Some(1080), Some(185), Some(1265)));
        assert_eq!((usage.cache_read, usage.cache_write), (Some(1028), Some(40)));
        assert_eq!((usage.cache_write_5m, usage.cache_write_1h), (Some(10), Some(30)));
    }

    #[test]
    fn a_cache_that_nobody_speaks_of_is_unknown() {
        let usage = read(r#"{"inputTokens":7,"outputTokens":78,"totalTokens":85}"#);
        assert_eq!((usage.input, usage.cache_read, usage.cache_write_5m), (Some(7), None, None));
    }
}
