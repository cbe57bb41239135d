//! The original's document of a response, and the body of a bulk request.

use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;
use serde_json::{Map, Value};
use token_tracking_core::{AdditionalMetrics, End, Record};

use super::ElasticsearchSettings;

/// A line that says what to do with the next.
#[derive(Serialize)]
struct Action<'a> {
    index: Place<'a>,
}

#[derive(Serialize)]
struct Place<'a> {
    #[serde(rename = "_index")]
    index: String,
    #[serde(rename = "_id", skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// The fields of `v4-metrics` that a record knows. An absent one is left out.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Document<'a> {
    gateway: &'a str,
    #[serde(rename = "@timestamp")]
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_method: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<&'a str>,
    /// A text, as in the original.
    request_ended: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_response_time_ms: Option<u64>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    custom: Map<String, Value>,
    #[serde(skip_serializing_if = "is_empty")]
    additional_metrics: AdditionalMetrics,
}

fn is_empty(metrics: &AdditionalMetrics) -> bool {
    *metrics == AdditionalMetrics::default()
}

/// The body of a bulk request: two lines for each record.
pub(super) fn bulk(records: &[Arc<Record>], settings: &ElasticsearchSettings) -> Vec<u8> {
    let mut body = Vec::with_capacity(records.len() * 1_024);
    for record in records {
        let day = time(record)[..10].replace('-', ".");
        let index = format!("{}-v4-metrics-{day}", settings.index);
        let action = Action { index: Place { index, id: record.id.as_deref() } };
        line(&mut body, &action);
        line(&mut body, &document(record, &settings.gateway));
    }
    body
}

/// Neither a text nor a number of ours fails to be written as JSON.
fn line(body: &mut Vec<u8>, value: &impl Serialize) {
    body.extend(serde_json::to_vec(value).unwrap_or_default());
    body.push(b'\n');
}

/// RFC 3339 in UTC, with milliseconds. A clock before 1970 or after 9999 has no such form.
fn time(record: &Record) -> String {
    let seconds = record.timestamp.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let last = std::time::Duration::from_secs(253_402_300_799);
    humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + seconds.min(last)).to_string()
}

fn document<'a>(record: &'a Record, gateway: &'a str) -> Document<'a> {
    let milliseconds = |time: std::time::Duration| u64::try_from(time.as_millis()).ok();
    let attributes = record.attributes.iter();
    Document {
        gateway,
        timestamp: time(record),
        request_id: record.id.as_deref(),
        transaction_id: record.id.as_deref(),
        api_id: record.api.as_deref(),
        api_name: record.api.as_deref(),
        application_id: record.application.as_deref(),
        http_method: record.request.as_ref().map(|request| method(request.method.as_str())),
        uri: record.request.as_ref().map(|request| &*request.path),
        request_ended: if record.end == End::Complete { "true" } else { "false" },
        status: record.status,
        gateway_response_time_ms: record.latency.total.and_then(milliseconds),
        custom: attributes.map(|(name, value)| (name.clone(), value.clone().into())).collect(),
        additional_metrics: record.additional_metrics(),
    }
}

/// The original's number of a method: `io.gravitee.common.http.HttpMethod`.
fn method(name: &str) -> u8 {
    let names = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];
    (1..).zip(names).find(|(_, known)| *known == name).map_or(0, |(number, _)| number)
}
