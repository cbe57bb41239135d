//! Recorded streams that end before their end: after each event, in each way.
//!
//! The fixtures of the providers are cut by the conformance kit; here it is the recorded
//! bodies of a corpus, where `TOKEN_TRACKING_SHARED` says where one is.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value;
use token_tracking_bundle::registry;
use token_tracking_core::{End, Exchange, Record, Tracker};
use token_tracking_testkit::{event_ends, exceeding};

/// The most cuts of one body.
const MAX_CUTS: usize = 150;

/// The wire itself says less later on: a proxy that takes cached tokens out of the input in
/// the last event, several responses recorded into one file, and a provider's first guess.
const COUNTS_FALL: [&str; 4] = [
    "stream_message_delta_usage__0",
    "azure-reasoning-encrypted-content.1__0",
    "test_google_model_iter_stream__2",
    "TestInvokeModelWithStreamResponse.test_invoke__0",
];

fn record(tracker: &Tracker, headers: &HeaderMap, body: &[u8], end: End) -> Record {
    let mut meter = tracker.meter(&Exchange::new(StatusCode::OK, headers)).unwrap();
    meter.push(body);
    meter.finish(end)
}

#[test]
fn recorded_streams_cut_after_each_event() {
    let Some(shared) = std::env::var_os("TOKEN_TRACKING_SHARED") else {
        return;
    };
    let corpus = PathBuf::from(shared).join("corpus");
    let auto = registry().get("AUTO").unwrap().build(serde_json::json!({})).unwrap();
    let tracker = Tracker::new(auto.extractor, None);
    let mut failures = BTreeMap::new();
    let mut streams = 0;
    for line in fs::read_to_string(corpus.join("manifest.jsonl")).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if line["streaming"] != true || line["status"] != 200 {
            continue;
        }
        let file = line["file"].as_str().unwrap();
        let body = fs::read(corpus.join(file)).unwrap();
        let mut headers = HeaderMap::new();
        if let Some(content_type) = line["content_type"].as_str() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
        }
        let whole = record(&tracker, &headers, &body, End::Complete);
        let whole_json = whole.to_json();
        streams += 1;
        let falls = COUNTS_FALL.iter().any(|name| file.contains(name));
        for length in event_ends(&body, MAX_CUTS) {
            for end in [End::Complete, End::Cancelled, End::Failed] {
                let cut = record(&tracker, &headers, &body[..length], end);
                let more = exceeding(&cut.to_json(), &whole_json);
                if !more.is_empty() && !falls {
                    failures.insert(
                        file.to_owned(),
                        format!("{more:?} exceed the whole's at {length}"),
                    );
                }
                if cut.usage != whole.usage && cut.reasons.is_empty() && !falls {
                    failures.insert(
                        file.to_owned(),
                        format!("plainly reported, but less, at {length}"),
                    );
                }
            }
        }
    }
    assert!(streams > 100, "{streams} streams");
    let failures: Vec<_> = failures.iter().map(|(file, why)| format!("{file}: {why}")).collect();
    assert!(failures.is_empty(), "{}\n{} failures", failures.join("\n"), failures.len());
}
