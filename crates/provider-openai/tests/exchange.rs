//! What depends on the request, and on how a stream ended, rather than on one body.

use http::{HeaderMap, Method, StatusCode};
use token_tracking_core::{Anomaly, End, Exchange, Provenance, Reason, Record, Tracker};
use token_tracking_provider_openai::PLUGIN;

fn record(method: &Method, path: &str, body: &str, end: End) -> Record {
    let tracker = Tracker::new(PLUGIN.build(serde_json::json!({})).unwrap().extractor, None);
    let headers = HeaderMap::new();
    let exchange = Exchange::new(StatusCode::OK, &headers).with_request(method, path, &headers);
    let mut meter = tracker.meter(&exchange).unwrap();
    meter.push(body.as_bytes());
    meter.finish(end)
}

fn stream(chunks: &[(u64, &str)], end: End) -> Record {
    let body: String = chunks
        .iter()
        .map(|(tokens, finish)| {
            format!(
                "data: {{\"choices\":[{{\"finish_reason\":{finish}}}],\"usage\":\
                 {{\"prompt_tokens\":5,\"completion_tokens\":{tokens}}}}}\n\n"
            )
        })
        .collect();
    record(&Method::POST, "/v1/chat/completions", &body, end)
}

#[test]
fn a_stored_answer_is_not_consumed_again() {
    let body = r#"{"id":"resp_1","object":"response","background":false,"status":"completed",
        "usage":{"input_tokens":7,"output_tokens":2,"total_tokens":9}}"#;
    let fetched = record(&Method::GET, "/v1/responses/resp_1", body, End::Complete);
    assert!(fetched.usage.is_empty());
    assert!(fetched.reasons.contains(Reason::NotConsumption));
    let made = record(&Method::POST, "/v1/responses", body, End::Complete);
    assert_eq!(made.usage.input, Some(7));
    // A GET that does not name the answer makes it: the method alone says nothing.
    let made = record(&Method::GET, "/my-llm", body, End::Complete);
    assert_eq!(made.usage.input, Some(7));
    // Fetching is the only way to learn what a background answer consumed.
    let background = body.replace("\"background\":false", "\"background\":true");
    let fetched = record(&Method::GET, "/v1/responses/resp_1", &background, End::Complete);
    assert_eq!(fetched.usage.input, Some(7));
}

#[test]
fn a_running_count_is_partial_until_a_choice_ends() {
    let broken = stream(&[(1, "null"), (2, "null")], End::Cancelled);
    assert_eq!(broken.provenance, Provenance::Partial);
    assert_eq!(broken.usage.output, Some(2));
    assert!(broken.anomalies.is_empty());
    let ended = stream(&[(1, "null"), (3, "\"stop\"")], End::Complete);
    assert_eq!(ended.provenance, Provenance::Reported);
    assert_eq!(ended.usage.output, Some(3));
}

#[test]
fn a_running_count_that_falls_is_odd() {
    let record = stream(&[(4, "null"), (3, "\"stop\"")], End::Complete);
    assert!(record.anomalies.contains(Anomaly::CountDecreased));
    assert_eq!(record.usage.output, Some(3));
}

#[test]
fn the_only_count_of_a_stream_is_its_last_word() {
    // Some gateways end without a finish reason.
    let body = "data: {\"choices\":[{\"finish_reason\":null}]}\n\n\
                data: {\"choices\":[{\"finish_reason\":null}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}}\n\n";
    let record = record(&Method::POST, "/v1/chat/completions", body, End::Complete);
    assert_eq!(record.provenance, Provenance::Reported);
}
