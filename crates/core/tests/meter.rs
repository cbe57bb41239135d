//! The meter's promises: three calls, one record, whatever happens.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, Method, StatusCode, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use token_tracking_core::{
    Anomaly, Built, Captured, Completeness, Cost, Count, End, Error, Exchange, Extraction,
    Extractor, ExtractorPlugin, Meter, Notes, PathId, Pricer, Provenance, Reason, Record,
    RecordSink, Registry, Tracker, Usage, Wanted,
};

/// A provider whose answers are `{"in": 1, "out": 2, "all": 3, "last": true}`.
struct Tiny;

#[derive(Deserialize, Serialize, JsonSchema)]
struct TinyConfig {
    /// Whether the tiny thing is loud.
    #[serde(default)]
    loud: bool,
}

struct TinyExtractor {
    wanted: Wanted,
    fields: [PathId; 3],
    last: PathId,
}

#[derive(Default)]
struct TinyState {
    usage: Usage,
    last: bool,
    notes: Notes,
}

impl ExtractorPlugin for Tiny {
    const TYPE: &'static str = "TINY";
    const TITLE: &'static str = "Tiny";
    const DESCRIPTION: &'static str = "A provider for tests";
    type Config = TinyConfig;
    type Extractor = TinyExtractor;

    fn build(_config: TinyConfig) -> Result<Built<TinyExtractor>, Error> {
        let mut wanted = Wanted::new();
        let fields = ["/in", "/out", "/all"].map(|pointer| wanted.constant(pointer));
        let last = wanted.constant("/last");
        Ok(TinyExtractor { wanted, fields, last }.into())
    }
}

impl Extractor for TinyExtractor {
    type State = TinyState;

    fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    fn start(&self, _exchange: &Exchange<'_>) -> TinyState {
        TinyState::default()
    }

    fn observe(&self, state: &mut TinyState, captured: &Captured<'_>) {
        let mut read = |at: usize| {
            let count: Option<Count> = captured.decode(self.fields[at], &mut state.notes);
            count.and_then(|count| count.get(&mut state.notes))
        };
        let (input, output, total) = (read(0), read(1), read(2));
        state.usage.input = input.or(state.usage.input);
        state.usage.output = output.or(state.usage.output);
        state.usage.total = total.or(state.usage.total);
        state.last |= captured.has(self.last);
    }

    fn finish(&self, state: TinyState, _end: End) -> Extraction {
        let settled = state.last || state.usage.is_empty();
        Extraction {
            usage: state.usage,
            completeness: if settled { Completeness::Final } else { Completeness::Interim },
            notes: state.notes,
            ..Extraction::default()
        }
    }
}

token_tracking_core::plugin!(Tiny);

fn headers(content_type: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
    headers
}

fn tracker(pricer: Option<Arc<dyn Pricer>>) -> Tracker {
    let registry = Registry::discovered().unwrap();
    let built = registry.get("TINY").unwrap().build(serde_json::json!({})).unwrap();
    Tracker::new(built.extractor, pricer)
}

fn meter(content_type: &'static str) -> Meter {
    let headers = headers(content_type);
    tracker(None).meter(&Exchange::new(StatusCode::OK, &headers)).unwrap()
}

fn reasons(record: &Record) -> Vec<&'static str> {
    record.reasons.iter().map(Reason::code).collect()
}

#[test]
fn a_complete_answer_is_reported() {
    let mut meter = meter("application/json");
    meter.push(br#"{"in": 7, "o"#);
    meter.push(br#"ut": 5, "all": 12, "last": true}"#);
    let record = meter.finish(End::Complete);
    assert_eq!((record.usage.input, record.usage.output), (Some(7), Some(5)));
    assert_eq!(record.provenance, Provenance::Reported);
    assert!(record.reasons.is_empty() && record.anomalies.is_empty());
    assert!(!record.streaming);
}

#[test]
fn a_broken_off_stream_is_partial_and_says_why() {
    for (end, reason) in [
        (End::Complete, "truncated"),
        (End::Cancelled, "client-cancelled"),
        (End::Failed, "upstream-failed"),
    ] {
        let mut meter = meter("text/event-stream");
        meter.push(b"data: {\"in\": 7, \"out\": 1}\n\n");
        let record = meter.finish(end);
        assert_eq!(record.provenance, Provenance::Partial, "{end:?}");
        assert_eq!(reasons(&record), [reason]);
        assert_eq!(record.usage.input, Some(7));
        assert!(record.streaming && record.latency.first_token.is_some());
    }
}

#[test]
fn absent_counts_say_why() {
    let cases: [(&str, &[u8], &[&str]); 5] = [
        ("application/json", br#"{"x": 1}"#, &["no-usage"]),
        ("application/json", br#"{"x": "#, &["truncated"]),
        ("application/json", br#"{"x": }"#, &["malformed"]),
        ("text/html", b"<html>", &["unsupported-content"]),
        ("application/json", b"", &["no-usage"]),
    ];
    for (content_type, body, expected) in cases {
        let headers = {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
            headers
        };
        let mut meter = tracker(None).meter(&Exchange::new(StatusCode::OK, &headers)).unwrap();
        meter.push(body);
        let record = meter.finish(End::Complete);
        assert_eq!(record.provenance, Provenance::Absent);
        assert_eq!(reasons(&record), expected, "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn an_error_status_is_never_consumption() {
    let headers = headers("application/json");
    let exchange = Exchange::new(StatusCode::TOO_MANY_REQUESTS, &headers);
    let mut meter = tracker(None).meter(&exchange).unwrap();
    meter.push(br#"{"in": 7, "out": 5, "last": true}"#);
    let record = meter.finish(End::Complete);
    assert!(record.usage.is_empty());
    assert_eq!(reasons(&record), ["error-response"]);
}

#[test]
fn a_value_that_is_not_a_count_is_noted_and_absent() {
    let mut meter = meter("application/json");
    meter.push(br#"{"in": "7", "out": 28.0, "last": true}"#);
    let record = meter.finish(End::Complete);
    assert_eq!((record.usage.input, record.usage.output), (None, Some(28)));
    assert_eq!(reasons(&record), ["not-a-count"]);
}

#[test]
fn a_total_that_does_not_add_up_is_an_anomaly() {
    let mut meter = meter("application/json");
    meter.push(br#"{"in": 7, "out": 5, "all": 13, "last": true}"#);
    let record = meter.finish(End::Complete);
    assert!(record.anomalies.contains(Anomaly::TotalMismatch));
    assert_eq!(record.provenance, Provenance::Reported);
}

#[test]
fn there_is_no_meter_where_there_is_no_body() {
    let headers = headers("application/json");
    for status in [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED] {
        assert!(tracker(None).meter(&Exchange::new(status, &headers)).is_none());
    }
    let request = HeaderMap::new();
    let exchange =
        Exchange::new(StatusCode::OK, &headers).with_request(&Method::HEAD, "/", &request);
    assert!(tracker(None).meter(&exchange).is_none());
}

#[test]
fn an_unknown_coding_is_named() {
    let mut headers = headers("application/json");
    headers.insert(header::CONTENT_ENCODING, "lzw".parse().unwrap());
    let mut meter = tracker(None).meter(&Exchange::new(StatusCode::OK, &headers)).unwrap();
    meter.push(b"anything");
    let record = meter.finish(End::Complete);
    assert_eq!(reasons(&record), ["unsupported-encoding"]);
    assert!(record.details[0].contains("lzw"), "{:?}", record.details);
}

#[derive(Default)]
struct Collected(Mutex<Vec<Record>>);

impl RecordSink for Collected {
    fn record(&self, record: Record) {
        self.0.lock().unwrap().push(record);
    }
}

#[test]
fn a_sink_gets_exactly_one_record() {
    let sink = Arc::new(Collected::default());
    let mut finished = meter("application/json").deliver_to(sink.clone());
    finished.push(br#"{"in": 1, "out": 1, "last": true}"#);
    finished.finish(End::Complete);
    drop(meter("application/json").deliver_to(sink.clone()));
    let ends: Vec<_> = sink.0.lock().unwrap().iter().map(|record| record.end).collect();
    assert_eq!(ends, [End::Complete, End::Cancelled]);
}

#[test]
fn a_misconfigured_policy_still_gives_its_record() {
    let headers = headers("application/json");
    let mut meter =
        Meter::misconfigured(&Exchange::new(StatusCode::OK, &headers), "/extraction/type: unknown");
    meter.push(b"{}");
    let record = meter.finish(End::Complete);
    assert_eq!(reasons(&record), ["misconfigured"]);
    assert_eq!(record.details, ["/extraction/type: unknown"]);
}

struct NoPrice;

impl Pricer for NoPrice {
    fn price(&self, _: &Usage, _: Option<&str>) -> Result<Cost, String> {
        Err("the price is beyond exact decimals".to_owned())
    }
}

#[test]
fn a_failed_price_is_a_reason_and_the_counts_stay() {
    let headers = headers("application/json");
    let tracker = tracker(Some(Arc::new(NoPrice)));
    let mut meter = tracker.meter(&Exchange::new(StatusCode::OK, &headers)).unwrap();
    meter.push(br#"{"in": 1, "out": 1, "last": true}"#);
    let record = meter.finish(End::Complete);
    assert_eq!(reasons(&record), ["unpriced"]);
    assert_eq!(record.usage.input, Some(1));
    assert!(record.cost.is_none());
}

#[test]
fn the_json_line_has_the_designed_names() {
    let mut meter = meter("application/json");
    meter.push(br#"{"in": 7, "out": 5, "last": true}"#);
    let json = meter.finish(End::Complete).to_json();
    assert_eq!(json["end"], "complete");
    assert_eq!(json["provenance"], "reported");
    assert_eq!(json["usage"]["input"], 7);
    assert_eq!(json["reasons"], serde_json::json!([]));
    assert_eq!(json["additional-metrics"]["long_llm-proxy_tokens-sent"], 7);
    assert_eq!(json["additional-metrics"]["long_llm-proxy_tokens-received"], 5);
    assert!(json["additional-metrics"].get("keyword_llm-proxy_model").is_none());
    assert!(json["latency"]["total_ms"].is_number());
    assert!(json["timestamp"].as_str().unwrap().ends_with('Z'));
}
