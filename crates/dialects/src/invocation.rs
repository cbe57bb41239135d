//! What AWS itself counted of a model's invocation, whatever the model says: headers of a
//! buffered answer, `amazon-bedrock-invocationMetrics` in the last chunk of a stream.
//!
//! For AI21, Cohere, Mistral 7B, embeddings of Cohere and old Claude they are the only
//! counts there are. Elsewhere they equal the model's own, but for a few streams of Claude
//! 3.5 with tools; AWS charges what AWS counted, so its counts are laid over the model's.
//! As in Converse, the input leaves the cache out.

use http::{HeaderMap, HeaderName};
use serde::Deserialize;
use token_tracking_core::{Count, Notes, Usage, add};

// Made once: every response is asked for all of them.
static INPUT: HeaderName = HeaderName::from_static("x-amzn-bedrock-input-token-count");
static OUTPUT: HeaderName = HeaderName::from_static("x-amzn-bedrock-output-token-count");
static CACHE_READ: HeaderName =
    HeaderName::from_static("x-amzn-bedrock-cache-read-input-token-count");
static CACHE_WRITE: HeaderName =
    HeaderName::from_static("x-amzn-bedrock-cache-write-input-token-count");
static SERVICE_TIER: HeaderName = HeaderName::from_static("x-amzn-bedrock-service-tier");

/// Counts beside each other, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Invocation {
    #[serde(rename = "inputTokenCount")]
    input: Count,
    #[serde(rename = "outputTokenCount")]
    output: Count,
    #[serde(rename = "cacheReadInputTokenCount")]
    cache_read: Count,
    #[serde(rename = "cacheWriteInputTokenCount")]
    cache_write: Count,
}

impl Invocation {
    /// What the headers of `InvokeModel` say.
    pub(crate) fn of_headers(headers: &HeaderMap) -> Self {
        // A look at all names costs less than looking for four.
        if !headers.keys().any(|name| name.as_str().starts_with("x-amzn-bedrock-")) {
            return Self::default();
        }
        let count = |name: &HeaderName| match headers.get(name) {
            None => Count::Absent,
            Some(value) => {
                let number = value.to_str().ok().and_then(|text| text.trim().parse().ok());
                number.map_or(Count::NotACount, Count::Value)
            }
        };
        Self {
            input: count(&INPUT),
            output: count(&OUTPUT),
            cache_read: count(&CACHE_READ),
            cache_write: count(&CACHE_WRITE),
        }
    }

    pub(crate) fn has_counts(&self) -> bool {
        self.input != Count::Absent || self.output != Count::Absent
    }

    /// Lays these counts over a model's own, field by field.
    pub(crate) fn lay_over(&self, usage: &mut Usage, notes: &mut Notes) {
        let cached = add(usage.cache_read, usage.cache_write).unwrap_or(0);
        let fresh = usage.input.map(|input| input.saturating_sub(cached));
        let fresh = self.input.get(notes).or(fresh);
        let output = self.output.get(notes);
        if let (Some(said), Some(billed)) = (usage.output, output)
            && said != billed
            && notes.details.len() < Notes::MAX_DETAILS
        {
            notes.details.push(format!(
                "the model says it wrote {said} tokens; AWS counted {billed}, and charges those"
            ));
        }
        usage.output = output.or(usage.output);
        usage.cache_read = self.cache_read.get(notes).or(usage.cache_read);
        if let Some(written) = self.cache_write.get(notes).filter(|w| Some(*w) != usage.cache_write)
        {
            // The model's split is of another whole.
            usage.cache_write = Some(written);
            (usage.cache_write_5m, usage.cache_write_1h) = (None, None);
        }
        let cached = add(usage.cache_read, usage.cache_write).unwrap_or(0);
        usage.input = fresh.map(|fresh| fresh.saturating_add(cached));
    }
}

/// The service tier that `InvokeModel` served.
pub(crate) fn service_tier(headers: &HeaderMap) -> Option<String> {
    let tier = headers.get(&SERVICE_TIER)?.to_str().ok()?;
    (!tier.is_empty()).then(|| tier.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(json: &str) -> Invocation {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_aws_counted_wins_and_what_it_leaves_out_stays() {
        let mut usage = Usage {
            input: Some(713),
            output: Some(130),
            cache_read: Some(10),
            cache_write: Some(1),
            cache_write_5m: Some(1),
            ..Usage::default()
        };
        let mut notes = Notes::default();
        metrics(r#"{"inputTokenCount":702,"outputTokenCount":98}"#)
            .lay_over(&mut usage, &mut notes);
        assert_eq!((usage.input, usage.output), (Some(713), Some(98)));
        assert_eq!((usage.cache_read, usage.cache_write_5m), (Some(10), Some(1)));
        assert_eq!(notes.details.len(), 1);
        let other = r#"{"outputTokenCount":98,"cacheWriteInputTokenCount":5}"#;
        metrics(other).lay_over(&mut usage, &mut notes);
        assert_eq!((usage.input, usage.cache_write_5m), (Some(717), None));
    }

    #[test]
    fn headers_are_read_as_counts_or_not_at_all() {
        let mut headers = HeaderMap::new();
        assert!(!Invocation::of_headers(&headers).has_counts());
        headers.insert("x-amzn-bedrock-input-token-count", "3".parse().unwrap());
        headers.insert("x-amzn-bedrock-cache-read-input-token-count", "9511".parse().unwrap());
        headers.insert("x-amzn-bedrock-output-token-count", "many".parse().unwrap());
        let counts = Invocation::of_headers(&headers);
        let (mut usage, mut notes) = (Usage::default(), Notes::default());
        counts.lay_over(&mut usage, &mut notes);
        assert_eq!((usage.input, usage.output, usage.cache_read), (Some(9514), None, Some(9511)));
        assert!(notes.reasons.contains(token_tracking_core::Reason::NotACount));
    }
}
