//! The schema of API definitions and their reader agree: what the schema accepts is read.

use jsonschema::Validator;
use serde_json::{Value, json};
use token_tracking_bundle::registry;
use token_tracking_gateway::{Definition, definition_schema};

fn validator() -> Validator {
    jsonschema::draft201909::new(&definition_schema(&registry())).unwrap()
}

/// A definition with everything that is read.
fn whole() -> Value {
    json!({
        "id": "a", "name": "A", "definitionVersion": "4.0.0", "type": "proxy",
        "listeners": [{"type": "http", "paths": [{"path": "/a", "host": "a.example"}],
                       "entrypoints": [{"type": "http-proxy"}]}],
        "endpointGroups": [{"name": "g", "type": "http-proxy",
            "loadBalancer": {"type": "round-robin"},
            "endpoints": [{"name": "e", "type": "http-proxy", "weight": 1,
                "configuration": {"target": "https://localhost:1/v1"}}]}],
        "flows": [{"name": "f", "enabled": true,
            "selectors": [{"type": "http", "path": "/", "pathOperator": "EQUALS",
                           "methods": ["POST"]}],
            "response": [{"name": "s", "enabled": true, "policy": "ai-prompt-token-tracking",
                "configuration": {"extraction": {"type": "GPT"}, "pricing": {"type": "none"}}}]}],
        "plans": {"open": {"name": "open", "status": "published",
                           "security": {"type": "key-less"}}},
        "analytics": {}
    })
}

/// As it is exported.
fn exported() -> Value {
    let mut api = whole();
    let plans = api.as_object_mut().unwrap().remove("plans").unwrap();
    api["definitionVersion"] = json!("V4");
    api["type"] = json!("PROXY");
    json!({ "api": api, "plans": [plans["open"]], "export": {} })
}

/// Pointers of everything in a value.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(name, inner)| places(inner, &format!("{at}/{name}"), found));
        }
        Value::Array(list) => {
            let list = list.iter().enumerate();
            list.for_each(|(index, inner)| places(inner, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

/// Each place left out, and with a value of each kind.
fn variations(base: &Value) -> Vec<Value> {
    let mut pointers = Vec::new();
    places(base, "", &mut pointers);
    let mut all = vec![base.clone()];
    for pointer in pointers {
        let odd = [json!(0), json!("x"), json!(""), json!({}), json!([]), json!(true), json!([{}])];
        for value in odd {
            let mut changed = base.clone();
            *changed.pointer_mut(&pointer).unwrap() = value;
            all.push(changed);
        }
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        let mut without = base.clone();
        if let Some(Value::Object(object)) = without.pointer_mut(parent)
            && object.remove(name).is_some()
        {
            all.push(without);
        }
    }
    all
}

#[test]
fn what_the_schema_accepts_is_read() {
    let validator = validator();
    let (mut accepted, mut refused) = (0, 0);
    for definition in [whole(), exported()] {
        assert!(validator.is_valid(&definition), "{:?}", validator.validate(&definition));
        for changed in variations(&definition) {
            if !validator.is_valid(&changed) {
                refused += 1;
                continue;
            }
            accepted += 1;
            let in_a_string = |at: &str| changed.pointer(at).is_some_and(Value::is_string);
            let target = "/endpointGroups/0/endpoints/0/configuration";
            if in_a_string(target) || in_a_string(&format!("/api{target}")) {
                continue; // JSON in a string, which no schema looks into.
            }
            if let Err(error) = Definition::from_value(&changed, "a") {
                // Rules that no editor needs to know: what a URL, a path and a method are.
                let said = error.to_string();
                let known = ["context path", "is no URL", "no method", "host", "port"];
                assert!(known.iter().any(|rule| said.contains(rule)), "{said}\n{changed}");
            }
        }
    }
    assert!(accepted > 100 && refused > 400, "{accepted} accepted, {refused} refused");
}

#[test]
fn the_policy_inside_is_checked_as_a_policy() {
    let validator = validator();
    for (configuration, valid) in [
        (json!({"extraction": {"type": "GPT"}}), true),
        (json!("{\"extraction\": {\"type\": \"GPT\"}}"), true),
        (json!({"extraction": {"type": "GTP"}}), false),
        (json!({"extraction": {"type": "GPT"}, "pricing": {"inputPriceUnit": "1"}}), false),
    ] {
        let mut definition = whole();
        definition["flows"][0]["response"][0]["configuration"] = configuration.clone();
        assert_eq!(validator.is_valid(&definition), valid, "{configuration}");
        definition["flows"][0]["response"][0]["policy"] = json!("another");
        assert!(validator.is_valid(&definition), "another policy's configuration is its own");
    }
}

#[test]
fn the_original_definitions_are_valid_but_for_what_their_own_form_refuses() {
    let Some(shared) = std::env::var_os("TOKEN_TRACKING_SHARED") else {
        eprintln!("skipped: TOKEN_TRACKING_SHARED is not set");
        return;
    };
    let validator = validator();
    let mut seen = 0;
    for entry in std::fs::read_dir(std::path::Path::new(&shared).join("gravitee/apis")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        // Their units are numbers in quotes, which the gateway reads and the form refuses.
        let text = text.replace("\"1000000\"", "1000000");
        let definition: Value = serde_json::from_str(&text).unwrap();
        if definition.get("listeners").is_some() {
            assert!(validator.is_valid(&definition), "{:?}", validator.validate(&definition));
            seen += 1;
        }
    }
    assert!(seen >= 12, "{seen}");
}
