//! Whatever stands where the counts are looked for: no panic, and a record.

use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use token_tracking_core::{End, Exchange, Provenance, Tracker};
use token_tracking_provider_openai::PLUGIN;

const ROOTS: &[&str] = &[
    "usage",
    "usageMetadata",
    "message",
    "response",
    "interaction",
    "x_groq",
    "usage_info",
    "predictions",
    "model",
    "id",
    "type",
    "object",
    "choices",
    "candidates",
    "error",
    "outputs",
];
const KEYS: &[&str] = &[
    "usage",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation",
    "ephemeral_5m_input_tokens",
    "iterations",
    "type",
    "promptTokenCount",
    "candidatesTokenCount",
    "totalTokenCount",
    "promptTokensDetails",
    "prompt_tokens_details",
    "cached_tokens",
    "modality",
    "tokenCount",
    "total_input_tokens",
    "finishReason",
    "finish_reason",
    "seconds",
    "pages_processed",
    "model",
    "status",
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        prop::sample::select(vec!["message", "message_delta", "response", "compaction", "", "é\""])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(KEYS), inner), 0..6).prop_map(object),
        ]
    })
}

fn object(members: Vec<(&'static str, Value)>) -> Value {
    Value::from(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>())
}

proptest! {
    #[test]
    fn anything_gives_a_record(
        documents in prop::collection::vec(
            prop::collection::vec((prop::sample::select(ROOTS), value()), 0..6).prop_map(object),
            1..5,
        ),
    ) {
        let tracker = Tracker::new(PLUGIN.build(json!({})).unwrap().extractor, None);
        let headers = HeaderMap::new();
        let mut meter = tracker.meter(&Exchange::new(StatusCode::OK, &headers)).unwrap();
        for document in &documents {
            meter.push(format!("data: {document}\n\n").as_bytes());
        }
        let record = meter.finish(End::Complete);
        prop_assert_eq!(record.usage.is_empty(), record.provenance == Provenance::Absent);
    }
}
