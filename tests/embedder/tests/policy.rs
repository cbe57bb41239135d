//! A configuration that a person wrote, with a price: the policy crate, without its checks of forms.

mod support;

use support::{ANSWERS, Records};
use token_tracking_core::http::{HeaderMap, StatusCode};
use token_tracking_core::{End, Exchange, Registry};
use token_tracking_policy::{Policy, PolicyConfig};

fn registry() -> Registry {
    let registry = Registry::new().add(&token_tracking_provider_openai::PLUGIN).unwrap();
    registry.add(&token_tracking_provider_anthropic::PLUGIN).unwrap()
}

#[test]
fn the_price_is_exact() {
    let text = r#"{ "extraction": { "type": "CLAUDE" }, "pricing": {
        "inputPriceValue": 3, "inputPriceUnit": 1000000,
        "outputPriceValue": 15, "outputPriceUnit": 1000000, "currency": "USD" } }"#;
    let config = PolicyConfig::from_text(text, "policy.json").unwrap().value;
    let policy = Policy::compile(&config, &registry()).unwrap();
    let headers = HeaderMap::new();
    let records = Records::default();
    let meter = policy.meter(&Exchange::new(StatusCode::OK, &headers)).unwrap();
    let mut meter = meter.deliver_to(records.sink());
    meter.push(ANSWERS[2].body.as_bytes());
    meter.finish(End::Complete);
    let cost = &records.the_only().to_json()["cost"];
    assert_eq!(
        (cost["sent"].as_str(), cost["received"].as_str()),
        (Some("0.001575"), Some("0.001155"))
    );
}

#[test]
fn mistakes_have_their_line_and_what_is_not_built_in_says_so() {
    let text = "{ \"extraction\": {\n  \"type\": \"CLUADE\" } }";
    let config = PolicyConfig::from_text(text, "policy.json").unwrap().value;
    assert_eq!(
        Policy::compile(&config, &registry()).unwrap_err().to_string(),
        "policy.json:2:11: error: /extraction/type: unknown extraction type \"CLUADE\"; \
         expected one of CLAUDE, GPT; did you mean \"CLAUDE\"?"
    );
    let yaml = PolicyConfig::from_text("extraction: { type: GPT }", "policy.yaml").unwrap_err();
    assert_eq!(
        yaml.to_string(),
        "policy.yaml:1:1: error: this is YAML, and this program reads JSON only; \
         write it in JSON, or build token-tracking-policy with its feature \"yaml\""
    );
}
