//! An embedder that takes one provider has one, and says so.

use serde_json::json;
use token_tracking_core::Registry;
use token_tracking_policy::{Policy, PolicyConfig, form};

fn registry() -> Registry {
    Registry::new().add(&token_tracking_provider_openai::PLUGIN).unwrap()
}

#[test]
fn what_is_not_linked_is_refused_with_what_is() {
    let config = json!({"extraction": {"type": "CLAUDE"}});
    let config = PolicyConfig::from_value(&config).unwrap().value;
    let problems = Policy::compile(&config, &registry()).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "error: /extraction/type: unknown extraction type \"CLAUDE\"; expected one of GPT"
    );
}

#[test]
fn what_is_linked_works_and_the_schema_has_nothing_else() {
    assert_eq!(Policy::quick("GPT", &registry()).unwrap().type_name(), "GPT");
    let schema = form(&registry());
    let branches = schema["properties"]["extraction"]["oneOf"].as_array().unwrap();
    assert_eq!(branches.len(), 1);
    assert_eq!(branches[0]["properties"]["type"]["const"], "GPT");
}

#[test]
fn without_any_plugin_the_message_says_that() {
    let text = Policy::quick("GPT", &Registry::new()).unwrap_err().to_string();
    assert!(text.contains("no plugin is linked"), "{text}");
}
