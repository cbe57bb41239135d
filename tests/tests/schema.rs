//! The schemas say enough for a form and an editor, and the truth about what is written.
//! That `schemas/` is not stale is tested in `crates/cli/tests/schemas.rs`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use token_tracking_cli::settings::{Configuration, ExtProcSettings, Settings};
use token_tracking_core::RecordLine;
use token_tracking_gateway::definition_schema;
use token_tracking_policy::{form, schema_of_written, schema_text};

fn schema() -> Value {
    form(&token_tracking_bundle::registry())
}

/// All that are written to `schemas/`, by their names there.
fn schemas() -> [(&'static str, Value); 6] {
    let registry = token_tracking_bundle::registry();
    [
        ("policy.schema.json", token_tracking_policy::schema(&registry)),
        ("policy.form.json", schema()),
        ("record.schema.json", schema_of_written::<RecordLine<'_>>()),
        ("api-definition.schema.json", definition_schema(&registry)),
        ("gateway.schema.json", Settings::schema()),
        ("ext-proc.schema.json", ExtProcSettings::schema()),
    ]
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn files(folder: PathBuf, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|_| panic!("{}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(end));
    files.sort();
    files
}

fn read(file: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn the_texts_say_what_the_values_say_and_the_readme_names_each() {
    let readme = std::fs::read_to_string(root().join("schemas/README.md")).unwrap();
    for (name, schema) in schemas() {
        assert_eq!(serde_json::from_str::<Value>(&schema_text(&schema)).unwrap(), schema);
        assert!(readme.contains(&format!("`{name}`")), "schemas/README.md: {name}");
    }
    assert_eq!(files(root().join("schemas"), ".json").len(), schemas().len());
}

#[test]
fn the_form_has_no_reference() {
    assert!(!schema().to_string().contains("$ref"));
    let registry = token_tracking_bundle::registry();
    let schema = token_tracking_policy::schema(&registry);
    assert_eq!(schema["properties"]["extraction"]["$ref"], "#/$defs/Extraction");
    assert_eq!(schema["$defs"]["Extraction"], form(&registry)["properties"]["extraction"]);
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
                } else if !matches!(
                    keyword.as_str(),
                    "const" | "default" | "enum" | "examples" | "if" | "then"
                ) {
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
    for (name, schema) in schemas() {
        let mut seen = 0;
        properties(&schema, "", &mut |pointer, property| {
            seen += 1;
            let refers = property.get("$ref").is_some();
            let description = property["description"].as_str().unwrap_or_default();
            assert!(
                !description.trim().is_empty() || refers,
                "{name}{pointer} has no description: give it a doc comment"
            );
            if name == "policy.form.json" {
                let title = property["title"].as_str().unwrap_or_default();
                assert!(!title.is_empty(), "{pointer} has no title: #[schemars(title = \"…\")]");
                let example = property["examples"].get(0);
                assert!(example.is_some(), "{pointer} has no example: #[schemars(example = …)]");
            }
        });
        assert!(seen > 6, "{name}: only {seen} properties were seen");
    }
}

/// A form fills defaults in. What must be chosen has none, and what may be left out says what
/// holds then.
#[test]
fn what_may_be_left_out_has_a_default_and_no_default_is_refused() {
    let schema = schema();
    for part in ["extraction", "pricing"] {
        for branch in schema["properties"][part]["oneOf"].as_array().unwrap() {
            let required = branch["required"].as_array().unwrap();
            for (name, property) in branch["properties"].as_object().unwrap() {
                let default = property.get("default");
                if required.contains(&name.as_str().into()) {
                    assert_ne!(default, Some(&json!("")), "{name}: an empty text is no choice");
                } else {
                    let description = property["description"].as_str().unwrap();
                    let says = description.contains("Without it");
                    let cure = "give it extend(\"default\" = …), or say what holds \"Without it\"";
                    assert!(default.is_some() || says, "{name} may be left out: {cure}");
                }
            }
        }
    }
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
fn they_are_schemas_of_draft_2019_09() {
    for (name, schema) in schemas() {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2019-09/schema", "{name}");
        assert!(jsonschema::draft201909::meta::is_valid(&schema), "{name}");
    }
}

#[test]
fn the_examples_and_defaults_of_a_field_are_valid_in_it() {
    let mut seen = 0;
    for (name, schema) in schemas() {
        let schema = token_tracking_policy::inlined(&schema);
        properties(&schema, "", &mut |pointer, property| {
            let validator = jsonschema::draft201909::new(property).unwrap();
            let examples = property["examples"].as_array().into_iter().flatten();
            for value in examples.chain(property.get("default")) {
                seen += 1;
                assert!(validator.is_valid(value), "{name}{pointer}: {value}");
            }
        });
        for example in schema["examples"].as_array().into_iter().flatten() {
            assert!(jsonschema::draft201909::is_valid(&schema, example), "{name}: {example}");
        }
    }
    assert!(seen > 60, "only {seen} examples were seen");
}

/// Refuses what the schema does not list.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            if object.contains_key("properties") {
                object.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(schemas) => schemas.iter_mut().for_each(close),
        _ => {}
    }
}

#[test]
fn every_recorded_record_is_what_its_schema_says() {
    let mut schema = schema_of_written::<RecordLine<'_>>();
    close(&mut schema);
    let validator = jsonschema::draft201909::new(&schema).unwrap();
    let mut seen = 0;
    for provider in files(root().join("crates"), "") {
        let fixtures = provider.join("fixtures");
        if !fixtures.is_dir() {
            continue;
        }
        for file in files(fixtures, ".snap.json") {
            // A snapshot leaves out what is different each time.
            let mut record = read(&file);
            record["timestamp"] = json!("2026-02-03T04:05:06.789Z");
            record["latency"] = json!({"first_byte_ms": 1.5, "total_ms": 2});
            let errors: Vec<_> = validator.iter_errors(&record).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", file.display());
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} records were seen");
}

#[test]
fn the_default_settings_are_what_their_schema_says() {
    fn check<S: Configuration>() {
        let schema = S::schema();
        let settings = serde_json::to_value(S::default()).unwrap();
        assert!(jsonschema::draft201909::is_valid(&schema, &settings), "{settings}");
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert_eq!(property["default"], settings[name], "{name}");
        }
    }
    check::<Settings>();
    check::<ExtProcSettings>();
}
