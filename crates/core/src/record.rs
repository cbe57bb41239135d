//! The record: what is known of one response, and how it is written as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};

use http::Method;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use schemars::JsonSchema;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::{Anomalies, Anomaly, Cost, End, Reason, Reasons, SystemTime, Usage};

/// Where the counts of a record come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// The provider gave final counts.
    Reported,
    /// The response ended early: what was seen until then.
    Partial,
    /// Estimated; only where that was asked for.
    Estimated,
    /// There are no counts.
    Absent,
}

/// One record per response, exactly once. Serialises into one line of JSON.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Record {
    /// Identity of this record, the same in every reporter, so that a store keeps it once.
    /// Made by the host or when the record is reported; never what a client sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When the request began: RFC 3339 in UTC, with milliseconds.
    #[serde(serialize_with = "rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub timestamp: SystemTime,
    /// Name of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// Name of the calling application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Named attributes; at most 16 of at most 256 bytes.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "map")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub attributes: Vec<(String, String)>,
    /// The request, where the host had it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestFacts>,
    /// Status of the response.
    pub status: u16,
    /// The provider, by its name in OpenTelemetry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The model that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The model that was asked for, where only the request names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_model: Option<String>,
    /// The service tier that was served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<String>,
    /// The provider's id of this response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
    /// Whether the response was a stream of events.
    pub streaming: bool,
    /// How the response ended.
    pub end: End,
    /// Where the counts come from.
    pub provenance: Provenance,
    /// Why it is not plainly `reported`.
    #[serde(serialize_with = "reasons")]
    #[schemars(with = "BTreeSet<Reason>")]
    pub reasons: Reasons,
    /// What is odd about the counts.
    #[serde(serialize_with = "anomalies")]
    #[schemars(with = "BTreeSet<Anomaly>")]
    pub anomalies: Anomalies,
    /// Sentences for a person about the reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// The counts.
    pub usage: Usage,
    /// What it cost, where a price is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// How long it took.
    pub latency: Latency,
}

/// The request's side of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RequestFacts {
    /// Its method.
    #[serde(serialize_with = "method")]
    #[schemars(with = "String")]
    pub method: Method,
    /// Its path, without the query; at most 2,048 bytes.
    pub path: String,
}

/// How long a response took, from the request's beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Latency {
    /// Until the first byte of the body, in milliseconds.
    #[serde(rename = "first_byte_ms", serialize_with = "millis")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub first_byte: Option<Duration>,
    /// Until the first generated content, in milliseconds; only of streams.
    #[serde(rename = "first_token_ms", serialize_with = "millis")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub first_token: Option<Duration>,
    /// Until the end, in milliseconds.
    #[serde(rename = "total_ms", serialize_with = "millis")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub total: Option<Duration>,
}

impl Record {
    /// The metrics under the original policy's names, published under its conditions:
    /// tokens only where both counts are known, the model only where it is not blank,
    /// costs only beside tokens.
    #[must_use]
    pub fn additional_metrics(&self) -> AdditionalMetrics {
        let (Some(sent), Some(received)) = (self.usage.input, self.usage.output) else {
            return AdditionalMetrics::default();
        };
        let double = |amount: Option<Decimal>| amount.and_then(|amount| amount.to_f64());
        AdditionalMetrics {
            tokens_sent: Some(sent),
            tokens_received: Some(received),
            tokens_reasoning: self.usage.reasoning,
            model: self.model.clone().filter(|model| !model.trim().is_empty()),
            provider: self.provider.clone(),
            sent_cost: double(self.cost.as_ref().and_then(|cost| cost.sent)),
            received_cost: double(self.cost.as_ref().and_then(|cost| cost.received)),
        }
    }

    /// The record as one line of JSON, with its `additional-metrics`, without a line end.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        let mut line = Vec::with_capacity(1_024);
        self.write_json_line(&mut line);
        String::from_utf8(line).unwrap_or_default()
    }

    /// Appends what [`Record::to_json_line`] gives: for who writes many.
    pub fn write_json_line(&self, to: &mut Vec<u8>) {
        let length = to.len();
        // No map has a key that is not a string, so this cannot fail; if it did, no half of a
        // line would be left.
        if serde_json::to_writer(&mut *to, &self.line()).is_err() {
            to.truncate(length);
        }
    }

    /// The record with its `additional-metrics`, as it is written.
    #[must_use]
    pub fn line(&self) -> RecordLine<'_> {
        RecordLine { record: self, metrics: self.additional_metrics() }
    }

    /// The record as a JSON value, with its `additional-metrics`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::from_str(&self.to_json_line()).unwrap_or_default()
    }
}

/// What is known of one response: how many tokens were sent and received, by which model,
/// at what cost, and where the numbers come from. A line of JSON; a count that nobody
/// reported is absent, never 0.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Record")]
pub struct RecordLine<'a> {
    /// The record.
    #[serde(flatten)]
    pub record: &'a Record,
    /// The same under the names of the original policy.
    #[serde(rename = "additional-metrics")]
    pub metrics: AdditionalMetrics,
}

/// The original policy's metrics, under its names.
///
/// Source: `AiTokenTrackPolicy` of gravitee-policy-ai-prompt-token-tracking 2.0 and
/// `LlmProxyFields` of Gravitee APIM.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct AdditionalMetrics {
    /// Tokens sent.
    #[serde(rename = "long_llm-proxy_tokens-sent", skip_serializing_if = "Option::is_none")]
    pub tokens_sent: Option<u64>,
    /// Tokens received.
    #[serde(rename = "long_llm-proxy_tokens-received", skip_serializing_if = "Option::is_none")]
    pub tokens_received: Option<u64>,
    /// The part of the received tokens that was reasoning.
    #[serde(rename = "long_llm-proxy_tokens-reasoning", skip_serializing_if = "Option::is_none")]
    pub tokens_reasoning: Option<u64>,
    /// The model.
    #[serde(rename = "keyword_llm-proxy_model", skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The provider.
    #[serde(rename = "keyword_llm-proxy_provider", skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Cost of the tokens sent: the double nearest to the exact amount.
    #[serde(rename = "double_llm-proxy_sent-cost", skip_serializing_if = "Option::is_none")]
    pub sent_cost: Option<f64>,
    /// Cost of the tokens received: the double nearest to the exact amount.
    #[serde(rename = "double_llm-proxy_received-cost", skip_serializing_if = "Option::is_none")]
    pub received_cost: Option<f64>,
}

fn method<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.as_str())
}

fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    // humantime panics on times it cannot write: before 1970 and after 9999.
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let since = since.min(Duration::from_secs(253_402_300_799));
    serializer.collect_str(&humantime::format_rfc3339_millis(UNIX_EPOCH + since))
}

fn millis<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => serializer.serialize_f64(duration.as_micros() as f64 / 1000.0),
        None => serializer.serialize_none(),
    }
}

fn map<S: Serializer>(pairs: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (key, value) in pairs {
        map.serialize_entry(key, value)?;
    }
    map.end()
}

fn reasons<S: Serializer>(set: &Reasons, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(set.iter())
}

fn anomalies<S: Serializer>(set: &Anomalies, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(set.iter())
}
