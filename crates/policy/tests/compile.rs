//! A compiled policy meters; one that does not compile says all that is wrong.

use http::{HeaderMap, StatusCode};
use serde_json::json;
use token_tracking_core::{End, Exchange, Record, Registry};
use token_tracking_policy::{Policy, PolicyConfig};

fn registry() -> Registry {
    Registry::new()
        .add(&token_tracking_provider_openai::PLUGIN)
        .and_then(|registry| registry.add(&token_tracking_provider_custom::PLUGIN))
        .unwrap()
}

fn meter(policy: &Policy, body: &str) -> Record {
    let headers = HeaderMap::from_iter([(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    )]);
    let mut meter = policy.meter(&Exchange::new(StatusCode::OK, &headers)).unwrap();
    meter.push(body.as_bytes());
    meter.finish(End::Complete)
}

#[test]
fn the_forms_seed_counts_and_prices() {
    let value = json!({
        "extraction": {
            "type": "CUSTOM",
            "inputTokenPointer": "{#response.jsonContent.my_usage.promptUsage}",
            "outputTokenPointer": "/my_usage/responseUsage",
            "modelPointer": "my_model",
        },
        "pricing": {
            "inputPriceValue": 0.4, "inputPriceUnit": 1_000_000,
            "outputPriceValue": 0.8, "outputPriceUnit": 1_000_000,
        },
    });
    let decoded = PolicyConfig::from_value(&value).unwrap();
    assert_eq!(decoded.warnings, []);
    let policy = Policy::compile(&decoded.value, &registry()).unwrap();
    assert_eq!((policy.type_name(), policy.warnings()), ("CUSTOM", &[][..]));
    let body = r#"{"my_model": "m", "my_usage": {"promptUsage": 500000, "responseUsage": 750000}}"#;
    let record = meter(&policy, body);
    let cost = record.cost.unwrap();
    assert_eq!(cost.sent.unwrap().to_string(), "0.2");
    assert_eq!(cost.received.unwrap().to_string(), "0.6");
}

#[test]
fn a_price_beyond_a_decimal_leaves_the_response_unpriced() {
    let value = json!({
        "extraction": {"type": "GPT"},
        "pricing": {
            "inputPriceValue": 1e300, "inputPriceUnit": 1, "outputPriceValue": 1, "outputPriceUnit": 1,
        },
    });
    let policy =
        Policy::compile(&PolicyConfig::from_value(&value).unwrap().value, &registry()).unwrap();
    let record =
        meter(&policy, r#"{"model": "m", "usage": {"prompt_tokens": 1, "completion_tokens": 2}}"#);
    assert_eq!((record.usage.input, record.cost), (Some(1), None));
    let reasons: Vec<_> = record.reasons.iter().map(|reason| reason.code()).collect();
    assert_eq!(reasons, ["unpriced"]);
    assert!(record.details[0].contains("inputPriceValue"), "{:?}", record.details);
}

#[test]
fn unknown_properties_are_dropped_with_a_warning() {
    let value = json!({"extraction": {"type": "GPT", "tpye": 1}});
    let config = PolicyConfig::from_value(&value).unwrap().value;
    let policy = Policy::compile(&config, &registry()).unwrap();
    assert_eq!(policy.warnings().len(), 1);
    assert_eq!(policy.warnings()[0].pointer, "/extraction/tpye");
}

#[test]
fn a_bad_model_pointer_is_a_warning_with_its_line() {
    let text = "extraction:\n  type: CUSTOM\n  inputTokenPointer: /a\n  outputTokenPointer: /b\n  modelPointer: '{#response.jsonContent.b|c}'\n";
    let config = PolicyConfig::from_text(text, "p.yaml").unwrap().value;
    let policy = Policy::compile(&config, &registry()).unwrap();
    let [warning] = policy.warnings() else { panic!("{:?}", policy.warnings()) };
    assert_eq!((warning.line, warning.column), (Some(5), Some(42)), "{warning}");
}

#[test]
fn the_quick_form_takes_a_type_alone() {
    assert_eq!(Policy::quick("GPT", &registry()).unwrap().type_name(), "GPT");
    let problems = Policy::quick("CUSTOM", &registry()).unwrap_err();
    assert_eq!(problems.0.len(), 2, "{problems}");
    let problems = Policy::quick("gpt", &registry()).unwrap_err().to_string();
    assert!(problems.contains("did you mean \"GPT\"?"), "{problems}");
}
