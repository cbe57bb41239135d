//! `schemas/` is what the registered plugins say, and says enough for a form.

use serde_json::Value;
use similar::TextDiff;

fn schema() -> Value {
    token_tracking_policy::schema(&token_tracking_bundle::registry())
}

#[test]
fn the_schema_is_not_stale() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/policy.schema.json");
    let written = std::fs::read_to_string(file).unwrap_or_default();
    // A checkout may have other line ends.
    let written = written.replace("\r\n", "\n");
    let fresh = token_tracking_policy::schema_text(&token_tracking_bundle::registry());
    assert!(
        written == fresh,
        "{}\nschemas/policy.schema.json is stale; run: cargo xtask schema\n",
        TextDiff::from_lines(&written, &fresh)
            .unified_diff()
            .header("schemas/policy.schema.json", "from the plugins")
    );
}

#[test]
fn the_text_says_what_the_value_says() {
    let text = token_tracking_policy::schema_text(&token_tracking_bundle::registry());
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), schema());
}

/// Calls back with the pointer of each schema that is a property, and with it.
fn properties(schema: &Value, pointer: &str, found: &mut dyn FnMut(&str, &Value)) {
    match schema {
        Value::Object(object) => {
            for (keyword, inner) in object {
                let pointer = format!("{pointer}/{keyword}");
                if keyword == "properties" {
                    for (name, property) in inner.as_object().into_iter().flatten() {
                        let pointer = format!("{pointer}/{name}");
                        found(&pointer, property);
                        properties(property, &pointer, found);
                    }
                } else if !matches!(keyword.as_str(), "const" | "default" | "enum" | "examples") {
                    properties(inner, &pointer, found);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                properties(item, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_property_is_described() {
    let mut seen = 0;
    properties(&schema(), "", &mut |pointer, property| {
        seen += 1;
        let description = property["description"].as_str().unwrap_or_default();
        assert!(
            !description.trim().is_empty(),
            "{pointer} has no description: give it a doc comment"
        );
    });
    assert!(seen > 10, "only {seen} properties were seen");
}

#[test]
fn every_branch_has_a_title_a_description_and_its_own_type() {
    let schema = schema();
    for part in ["extraction", "pricing"] {
        let branches = schema["properties"][part]["oneOf"].as_array().unwrap();
        let mut types = Vec::new();
        for branch in branches {
            assert!(branch["title"].is_string() && branch["description"].is_string(), "{branch}");
            types.push(branch["properties"]["type"]["const"].as_str().unwrap());
        }
        let mut sorted = types.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(types, sorted, "{part}: types are sorted, none twice");
    }
}

#[test]
fn no_definition_is_numbered_and_nothing_is_null() {
    let schema = schema();
    for name in schema["$defs"].as_object().into_iter().flatten().map(|(name, _)| name) {
        assert!(
            !name.ends_with(|last: char| last.is_ascii_digit()),
            "{name}: two types have one name; call yours after its plugin"
        );
    }
    let text = schema.to_string();
    for unwanted in ["\"null\"", ":null", "\"format\":\"double\""] {
        assert!(!text.contains(unwanted), "{unwanted}");
    }
}

#[test]
fn fields_for_expressions_say_so() {
    let schema = schema();
    let branches = schema["properties"]["extraction"]["oneOf"].as_array().unwrap();
    let custom = branches.iter().find(|b| b["properties"]["type"]["const"] == "CUSTOM").unwrap();
    for field in ["inputTokenPointer", "outputTokenPointer", "modelPointer"] {
        let property = &custom["properties"][field];
        assert_eq!(property["gioConfig"]["el"], true, "{field}");
        assert!(property["title"].is_string() && property["examples"].is_array(), "{field}");
    }
}

#[test]
fn it_is_a_schema_of_draft_2019_09() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2019-09/schema");
    assert!(jsonschema::draft201909::meta::is_valid(&schema));
}

#[test]
fn the_examples_of_a_field_are_valid_in_it() {
    let mut seen = 0;
    properties(&schema(), "", &mut |pointer, property| {
        let validator = jsonschema::draft201909::new(property).unwrap();
        for example in property["examples"].as_array().into_iter().flatten() {
            seen += 1;
            assert!(validator.is_valid(example), "{pointer}: {example}");
        }
    });
    assert!(seen > 5, "only {seen} examples were seen");
}
