//! Our schema, the original form's rules and the decoder agree on thousands of configurations.
//!
//! The original's rules are stated again here as a predicate. Where
//! `TOKEN_TRACKING_SHARED` names a folder, its `gravitee/schema-form.json` is asked too.

use jsonschema::Validator;
use serde_json::{Value, json};
use token_tracking_policy::PolicyConfig;

/// The original form's verdict.
fn original_accepts(config: &Value) -> bool {
    let accepts = |part: &str, rule: fn(&Value) -> bool| config.get(part).is_none_or(rule);
    config.is_object()
        && accepts("extraction", original_accepts_extraction)
        && accepts("pricing", original_accepts_pricing)
}

fn original_accepts_extraction(extraction: &Value) -> bool {
    let Some(object) = extraction.as_object() else {
        return false;
    };
    let text = |name: &str| object.get(name).is_some_and(Value::is_string);
    match object.get("type").and_then(Value::as_str) {
        Some("GPT") => object.len() == 1,
        Some("GEMINI" | "CLAUDE" | "MISTRAL") => true,
        Some("CUSTOM") => {
            text("inputTokenPointer")
                && text("outputTokenPointer")
                && object.get("modelPointer").is_none_or(Value::is_string)
        }
        _ => false,
    }
}

fn original_accepts_pricing(pricing: &Value) -> bool {
    let Some(object) = pricing.as_object() else {
        return false;
    };
    let positive = |name: &str| object.get(name).and_then(Value::as_f64).is_some_and(|n| n > 0.0);
    match object.get("type") {
        Some(name) if name == "none" => true,
        Some(name) if name != "pricing" => false,
        _ => {
            positive("inputPriceValue")
                && positive("inputPriceUnit")
                && positive("outputPriceValue")
                && positive("outputPriceUnit")
        }
    }
}

/// Where we are stricter on purpose: a currency is one.
fn is_refused_by_an_extension(config: &Value) -> bool {
    let pricing = &config["pricing"];
    let is_code = |value: &Value| {
        value.as_str().is_some_and(|s| s.len() == 3 && s.bytes().all(|b| b.is_ascii_uppercase()))
    };
    pricing["type"] != "none" && pricing.get("currency").is_some_and(|value| !is_code(value))
}

/// Values of every kind, for any field.
fn odd_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(0.4),
        json!(1e300),
        json!(""),
        json!("0.4"),
        json!("Infinity"),
        json!("/usage/input"),
        json!("{#response.jsonContent.usage.input}"),
        json!([]),
        json!(["GPT"]),
        json!({}),
        json!({"type": "GPT"}),
    ]
}

/// The object with one field left out, and with each odd value in each field.
fn variations(base: &Value, more: &[&str]) -> Vec<Value> {
    let object = base.as_object().unwrap();
    let mut all = vec![base.clone()];
    for name in object.keys().map(String::as_str).chain(more.iter().copied()) {
        let mut without = object.clone();
        if without.remove(name).is_some() {
            all.push(without.into());
        }
        for value in odd_values() {
            let mut with = object.clone();
            with.insert(name.to_owned(), value);
            all.push(with.into());
        }
    }
    all
}

fn extractions() -> Vec<Value> {
    let mut all = odd_values();
    let types =
        ["GPT", "GEMINI", "CLAUDE", "MISTRAL", "CUSTOM", "gpt", "Gpt", "OTHER", "", "none", " GPT"];
    for name in types {
        all.extend(variations(
            &json!({ "type": name }),
            &["inputTokenPointer", "extra", "modelPonter"],
        ));
    }
    let custom = json!({"type": "CUSTOM", "inputTokenPointer": "/a", "outputTokenPointer": "/b"});
    all.extend(variations(&custom, &["modelPointer", "extra"]));
    all
}

fn pricings() -> Vec<Value> {
    let prices = json!({
        "inputPriceValue": 0.4, "inputPriceUnit": 1_000_000,
        "outputPriceValue": 0.8, "outputPriceUnit": 1e6,
    });
    let mut all = odd_values();
    all.extend(variations(&prices, &["type", "extra", "currency"]));
    for name in ["none", "pricing", "NONE", "free", ""] {
        all.extend(variations(&json!({ "type": name }), &["inputPriceValue", "extra", "currency"]));
        let mut typed = prices.clone();
        typed["type"] = name.into();
        all.extend(variations(&typed, &["currency"]));
        typed["currency"] = "EUR".into();
        all.push(typed);
    }
    all
}

/// Every extraction with a few pricings, and every pricing with a few extractions.
fn configurations() -> Vec<Value> {
    let mut all = odd_values();
    all.extend([json!({"extra": 1}), json!({"extracton": {"type": "GPT"}})]);
    let (extractions, pricings) = (extractions(), pricings());
    for extraction in &extractions {
        all.push(json!({ "extraction": extraction }));
        for pricing in pricings.iter().step_by(97) {
            all.push(json!({ "extraction": extraction, "pricing": pricing }));
        }
    }
    for pricing in &pricings {
        all.push(json!({ "pricing": pricing }));
        for extraction in [json!({"type": "GPT"}), json!({"type": "CUSTOM"})] {
            all.push(json!({ "extraction": extraction, "pricing": pricing, "extra": null }));
        }
    }
    all
}

fn ours() -> Validator {
    let schema = token_tracking_policy::schema(&token_tracking_bundle::registry());
    jsonschema::draft201909::new(&schema).unwrap()
}

#[test]
fn our_schema_says_what_the_original_says() {
    let ours = ours();
    let configurations = configurations();
    assert!(configurations.len() >= 2_000, "{}", configurations.len());
    let (mut accepted, mut refused, mut stricter) = (0, 0, 0);
    for config in &configurations {
        let expected = original_accepts(config);
        if expected && is_refused_by_an_extension(config) {
            assert!(!ours.is_valid(config), "a currency must be one: {config}");
            stricter += 1;
            continue;
        }
        assert_eq!(ours.is_valid(config), expected, "{config}");
        if expected { accepted += 1 } else { refused += 1 }
    }
    assert!(accepted > 300 && refused > 1_000 && stricter > 10, "{accepted} {refused} {stricter}");
}

/// The types that the original has, as `schemas/README.md` names them.
const ITS_TYPES: [&str; 5] = ["CLAUDE", "CUSTOM", "GEMINI", "GPT", "MISTRAL"];

#[test]
fn each_plugin_beyond_the_original_adds_its_type() {
    let ours = ours();
    let registry = token_tracking_bundle::registry();
    let mut beyond = 0;
    for plugin in registry.iter() {
        let name = plugin.type_name();
        let alone = json!({ "extraction": { "type": name } });
        let config = json!({ "extraction": {
            "type": name, "inputTokenPointer": "/a", "outputTokenPointer": "/b",
        } });
        let known = original_accepts(&config) || original_accepts(&alone);
        assert_eq!(known, ITS_TYPES.contains(&name), "{name}");
        assert!(ours.is_valid(&config) || ours.is_valid(&alone), "{name}");
        beyond += usize::from(!known);
    }
    assert_eq!(beyond + ITS_TYPES.len(), registry.iter().count());
}

#[test]
fn the_predicate_says_what_the_original_file_says() {
    let Some(shared) = std::env::var_os("TOKEN_TRACKING_SHARED") else {
        eprintln!("skipped: TOKEN_TRACKING_SHARED is not set");
        return;
    };
    let file = std::path::Path::new(&shared).join("gravitee/schema-form.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let original = jsonschema::draft201909::new(&schema).unwrap();
    for config in configurations() {
        assert_eq!(original.is_valid(&config), original_accepts(&config), "{config}");
    }
}

#[test]
fn the_decoder_takes_whatever_a_form_can_write() {
    let ours = ours();
    let mut decoded = 0;
    for config in configurations().iter().filter(|config| ours.is_valid(config)) {
        // The original's root demands nothing, but there is nothing to do without this.
        let expected = config.get("extraction").is_some();
        let result = PolicyConfig::from_value(config);
        assert_eq!(result.is_ok(), expected, "{config}: {result:?}");
        decoded += usize::from(expected);
    }
    assert!(decoded > 300, "{decoded}");
}

#[test]
fn what_the_decoder_takes_beyond_the_form_it_warns_of() {
    let ours = ours();
    let registry = token_tracking_bundle::registry();
    for config in configurations().iter().filter(|config| !ours.is_valid(config)) {
        let Ok(config_read) = PolicyConfig::from_value(config) else {
            continue;
        };
        let Ok(policy) = token_tracking_policy::Policy::compile(&config_read.value, &registry)
        else {
            continue;
        };
        let problems = token_tracking_policy::validate_text(&config.to_string(), "-", &registry);
        assert!(!problems.is_empty(), "{config}");
        let said = config_read.warnings.len() + policy.warnings().len();
        assert!(said > 0 || problems.iter().all(|problem| !problem.is_error()), "{config}");
    }
}
