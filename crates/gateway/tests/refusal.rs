//! What of a definition is not implemented: found where it is enabled, and only there.

mod common;

use common::{parse, with};
use serde_json::json;

#[test]
fn what_is_not_implemented_and_enabled_is_found() {
    let step = |policy: &str, enabled: bool| json!({ "policy": policy, "enabled": enabled });
    let plan = |security: &str| json!([{ "name": "P", "security": { "type": security } }]);
    for (pointer, value, words) in [
        ("/flows/0/request/-", step("rate-limit", true), "\"rate-limit\" in the phase \"request\""),
        ("/flows/0/response/-", step("transform-headers", true), "\"transform-headers\""),
        ("/flows/0/publish/-", step("mock", true), "\"mock\" in the phase \"publish\""),
        ("/flows/0/subscribe/-", step("mock", true), "\"subscribe\""),
        ("/plans", plan("API_KEY"), "the security \"API_KEY\" of the plan \"P\""),
        ("/plans", json!({ "p": { "security": { "type": "jwt" } } }), "\"jwt\""),
        ("/plans", json!([{ "security": "OAUTH2" }]), "\"OAUTH2\""),
        ("/flows/0/selectors/-", json!({ "type": "channel", "channel": "x" }), "\"channel\""),
        ("/listeners/-", json!({ "type": "kafka" }), "\"kafka\""),
        ("/listeners/0/entrypoints/-", json!({ "type": "sse" }), "\"sse\""),
        ("/listeners/0/cors", json!({ "enabled": true }), "cors"),
        ("/endpointGroups/0/type", json!("kafka"), "an endpoint of the type \"kafka\""),
        ("/endpointGroups/0/endpoints/0/type", json!("mock"), "\"mock\""),
        (
            "/endpointGroups/0/services",
            json!({ "discovery": { "enabled": true } }),
            "\"discovery\"",
        ),
        (
            "/endpointGroups/0/endpoints/0/sharedConfigurationOverride",
            json!({ "headers": [{ "name": "a", "value": "b" }] }),
            "headers added",
        ),
        (
            "/endpointGroups/0/endpoints/0/sharedConfigurationOverride",
            json!("{\"ssl\":{\"trustAll\":true}}"),
            "trustAll",
        ),
        ("/type", json!("message"), "\"message\""),
        ("/flowExecution", json!({ "mode": "BEST_MATCH" }), "best match"),
        ("/flowExecution", json!({ "matchRequired": true }), "matchRequired"),
    ] {
        let definition = parse(&with(pointer, value));
        let [finding] = definition.unsupported() else {
            panic!("{pointer}: {:?}", definition.unsupported())
        };
        let text = finding.to_string();
        assert!(text.contains(words), "{pointer}: {text}");
        assert!(text.starts_with("api.json#/"), "{text}");
    }
}

#[test]
fn what_is_disabled_or_harmless_is_no_finding() {
    for (pointer, value) in [
        ("/flows/0/request/-", json!({ "policy": "rate-limit", "enabled": false })),
        ("/flows/-", json!({ "enabled": false, "request": [{ "policy": "rate-limit" }] })),
        ("/plans", json!([{ "security": { "type": "key-less" } }])),
        ("/plans", json!([{ "status": "staging", "security": { "type": "jwt" } }])),
        ("/plans", json!({})),
        ("/failover", json!({ "enabled": false })),
        ("/services", json!({})),
        ("/analytics", json!({ "enabled": true })),
        ("/flowExecution", json!({ "mode": "default", "matchRequired": false })),
        ("/endpointGroups/0/sharedConfiguration", json!({ "headers": [{ "name": "a" }] })),
        ("/endpointGroups/-", json!({ "type": "kafka" })),
        ("/failover", json!({ "enabled": true, "maxRetries": 1 })),
        ("/flows/0/condition", json!("")),
        ("/flows/0/condition", json!("{#request.headers['X-A'] != null}")),
        ("/flows/0/selectors/-", json!({ "type": "CONDITION", "condition": "{#x}" })),
        ("/flows/0/response/0/condition", json!("{#response.status == 200}")),
    ] {
        let definition = parse(&with(pointer, value));
        assert!(definition.unsupported().is_empty(), "{pointer}: {:?}", definition.unsupported());
    }
}
