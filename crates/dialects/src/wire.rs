//! Parts of usage objects that more than one dialect has.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use token_tracking_core::{Count, Lenient};

/// What the tokens sent were; all of them inside the count of tokens sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct InputDetails {
    pub(crate) cached_tokens: Count,
    pub(crate) cache_write_tokens: Count,
    pub(crate) audio_tokens: Count,
    pub(crate) image_tokens: Count,
    pub(crate) video_tokens: Count,
}

/// What the tokens received were; all of them inside the count of tokens received.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OutputDetails {
    pub(crate) reasoning_tokens: Count,
    pub(crate) audio_tokens: Count,
    pub(crate) image_tokens: Count,
    pub(crate) accepted_prediction_tokens: Count,
    pub(crate) rejected_prediction_tokens: Count,
}

/// Searches that the provider ran.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ServerTools {
    pub(crate) web_search_requests: Count,
}

/// Seconds of audio, digit for digit. Mistral writes `{}` where there was none: that,
/// and whatever else is no number, reads as absent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seconds(pub(crate) Option<Decimal>);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let number = text.parse().or_else(|_| Decimal::from_scientific(text)).ok();
        Ok(Self(number.filter(|seconds: &Decimal| !seconds.is_sign_negative())))
    }
}

/// The first of several spellings that is there at all.
pub(crate) fn first(spellings: impl IntoIterator<Item = Count>) -> Count {
    spellings.into_iter().find(|count| *count != Count::Absent).unwrap_or_default()
}

/// The part's fields, or absent ones where it is missing or of another kind.
pub(crate) fn part<T: Clone + Default>(part: &Lenient<T>) -> T {
    part.0.clone().unwrap_or_default()
}
