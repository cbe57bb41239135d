//! API definitions in the original's form: what is read, what is refused, and how.

mod common;

use common::{definition, gpt_step, parse, tracking_step, with};
use serde_json::{Value, json};
use token_tracking_gateway::{Api, Definition, GatewayError};

fn compile(definition: &Value) -> Api {
    parse(definition).compile(&token_tracking_bundle::registry())
}

#[test]
fn the_flat_form_is_read() {
    let api = compile(&definition(gpt_step()));
    assert_eq!(api.name(), "my-api");
    assert_eq!(api.paths().collect::<Vec<_>>(), ["/my-api"]);
    assert_eq!(api.targets().collect::<Vec<_>>(), ["http://localhost:8080"]);
    assert!(api.unsupported().is_empty() && api.broken().is_empty(), "{api:?}");
    let moved = parse(&definition(gpt_step())).with_target_port(7);
    let moved = moved.compile(&token_tracking_bundle::registry());
    assert_eq!(moved.targets().collect::<Vec<_>>(), ["http://localhost:7"]);
}

/// As the management API exports: wrapped, in capitals, plans beside the API.
#[test]
fn the_exported_form_is_read() {
    let mut api = definition(json!([]));
    api["definitionVersion"] = json!("V4");
    api["type"] = json!("PROXY");
    api["listeners"][0]["type"] = json!("HTTP");
    api["listeners"][0]["paths"][0]["host"] = json!("");
    api["endpointGroups"][0]["loadBalancer"] = json!({ "type": "ROUND_ROBIN" });
    let plan = json!({
        "name": "Keyless", "status": "PUBLISHED", "security": { "type": "KEY_LESS" },
        "flows": [{ "enabled": true, "selectors": [], "response": gpt_step() }]
    });
    let closed = json!({ "status": "CLOSED", "security": { "type": "API_KEY" } });
    let export = json!({
        "export": { "date": "2026-01-01" }, "members": [], "metadata": [], "pages": [],
        "plans": [plan, closed], "api": api
    });
    let api = compile(&export);
    assert!(api.unsupported().is_empty(), "{:?}", api.unsupported());
    assert_eq!(api.name(), "my-api");

    let broken_plan = tracking_step(json!({ "extraction": { "type": "NONE_SUCH" } }));
    let mut export = export;
    export["plans"][0]["flows"][0]["response"] = broken_plan;
    let pointer = &compile(&export).broken()[0].pointer.clone();
    assert!(pointer.starts_with("/plans/0/flows/0/response/0/configuration"), "{pointer}");
}

#[test]
fn yaml_is_read() {
    let text = r"
name: my-api
definitionVersion: 4.0.0
listeners:
  - type: http
    paths:
      - path: /my-api
endpointGroups:
  - endpoints:
      - configuration:
          target: https://api.example/v1
flows:
  - response:
      - policy: ai-prompt-token-tracking
        configuration:
          extraction:
            type: GPT
";
    let definition = Definition::parse(text, "api.yaml").unwrap();
    assert_eq!(definition.name(), "my-api");
    assert!(definition.unsupported().is_empty());
    let api = definition.compile(&token_tracking_bundle::registry());
    assert_eq!(api.targets().collect::<Vec<_>>(), ["https://api.example"]);
}

#[test]
fn a_configuration_that_is_json_in_a_string_is_read() {
    let step = tracking_step(json!("{\"extraction\":{\"type\":\"GPT\"}}"));
    let mut definition = definition(step);
    definition["endpointGroups"][0]["endpoints"][0]["configuration"] =
        json!("{\"target\":\"http://h:1\"}");
    let api = compile(&definition);
    assert_eq!(api.targets().collect::<Vec<_>>(), ["http://h:1"]);
    assert!(api.broken().is_empty());
}

#[test]
fn what_is_wrong_is_said_with_place_expectation_and_all_at_once() {
    let target = "/endpointGroups/0/endpoints/0/configuration";
    for (pointer, value, words) in [
        ("/definitionVersion", json!("2.0.0"), &["migrate", "\"V4\""] as &[&str]),
        ("/listeners", json!([]), &["#/listeners", "no path to be served on", "/my-api"]),
        ("/listeners", json!({}), &["#/listeners", "an object", "expected an array"]),
        ("/listeners/0/paths", json!([{ "path": "no" }]), &["/paths/0/path", "\"no\" is no"]),
        ("/listeners/0/paths", json!([{}]), &["/listeners/0/paths/0", "missing"]),
        ("/endpointGroups", json!([]), &["no endpoint"]),
        ("/endpointGroups/0/endpoints", json!([]), &["#/endpointGroups/0/endpoints"]),
        (target, json!({}), &["/configuration/target", "has no target", "for example"]),
        (target, json!({ "target": "ftp://h" }), &["scheme \"ftp\""]),
        (target, json!({ "target": "{#x}" }), &["is an expression"]),
        ("/endpointGroups/0/endpoints/0/weight", json!(-1), &["/weight", "from 0"]),
        ("/flows/0/enabled", json!("yes"), &["#/flows/0/enabled", "true or false"]),
        ("/flows/0/selectors/0/pathOperator", json!("LIKE"), &["\"LIKE\"", "\"EQUALS\""]),
        ("/flows/0/selectors/0/methods", json!(["A B"]), &["/methods/0", "no method"]),
    ] {
        let error = Definition::from_value(&with(pointer, value), "api.json").unwrap_err();
        assert!(matches!(error, GatewayError::Invalid(_)));
        let text = error.to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{pointer}: {text}");
    }
    let mut twice = with("/flows/0/enabled", json!(1));
    twice["listeners"][0]["paths"][0]["path"] = json!("no");
    let error = Definition::from_value(&twice, "api.json").unwrap_err().to_string();
    assert_eq!(error.lines().count(), 3, "both of them: {error}");
}

#[test]
fn what_is_no_definition_at_all_is_refused_without_panic() {
    for text in [
        "",
        "null",
        "[]",
        "1",
        "\"x\"",
        "{",
        "{}",
        "a: [",
        "{\"api\": 1}",
        "{\"listeners\": 1}",
        "\u{0}",
    ] {
        let error = Definition::parse(text, "x").unwrap_err();
        assert!(matches!(error, GatewayError::Invalid(_)), "{text}: {error}");
    }
    let policy = r#"{"extraction": {"type": "GPT"}, "pricing": {"type": "none"}}"#;
    let error = Definition::parse(policy, "x").unwrap_err().to_string();
    assert!(error.contains("a policy's configuration"), "{error}");
    let error = Definition::read("/nowhere/api.json").unwrap_err().to_string();
    assert!(error.contains("/nowhere/api.json"), "{error}");
}

/// The original's own definitions, where the machine has them.
#[test]
fn the_originals_definitions_are_read() {
    let Some(shared) = std::env::var_os("TOKEN_TRACKING_SHARED") else {
        return;
    };
    let folder = std::path::Path::new(&shared).join("gravitee/apis");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !std::fs::read_to_string(&path).unwrap().contains("\"apiVersion\"") {
            assert!(Definition::read(&path).is_err(), "{path:?} is only a policy's configuration");
            continue;
        }
        let definition = Definition::read(&path).unwrap();
        assert!(definition.unsupported().is_empty(), "{path:?}: {:?}", definition.unsupported());
        let api = definition.compile(&token_tracking_bundle::registry());
        println!("{path:?}: broken {:?}, warnings {:?}", api.broken(), api.warnings());
        count += 1;
    }
    assert_eq!(count, 12);
}
