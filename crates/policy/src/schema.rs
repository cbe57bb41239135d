//! The schema of the configuration, from the plugins of a registry.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use token_tracking_core::{Descriptor, Registry};

use crate::pricing::FlatPricing;
use crate::shape::settings;

/// JSON Schema (draft 2019-09) of the configuration: what a form is drawn from.
#[must_use]
pub fn schema(registry: &Registry) -> Value {
    let mut generator = settings().into_generator();
    let branches: Vec<_> =
        registry.iter().map(|plugin| extraction_branch(plugin, &mut generator)).collect();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "title": "AI token tracking",
        "description": "Counts the tokens that calls of language models use, and what they cost.",
        "type": "object",
        "properties": {
            "extraction": {
                "title": "Response body parsing",
                "description": "How the tokens sent and received are found in a response.",
                "type": "object",
                "oneOf": branches,
            },
            "pricing": {
                "title": "Cost",
                "description": "What a token costs. Without it, costs are not computed.",
                "type": "object",
                "oneOf": [no_pricing(), flat_pricing(&mut generator)],
            },
        },
    });
    // Only what is recursive cannot be inlined.
    let definitions = generator.take_definitions(true);
    if !definitions.is_empty() {
        schema["$defs"] = Value::Object(definitions);
    }
    simplify(&mut schema);
    schema
}

/// A plugin's branch: its configuration, and `type` before it.
fn extraction_branch(plugin: &Descriptor, generator: &mut SchemaGenerator) -> Value {
    let config = plugin.schema(generator).to_value();
    let describe = format!("Selects {}.", plugin.title());
    let branch = with_type(config, plugin.type_name(), &describe, true);
    titled(branch, plugin.title(), plugin.description())
}

fn no_pricing() -> Value {
    let branch = with_type(json!({}), "none", "Costs are not computed.", true);
    titled(branch, "No cost calculation", "Tokens are counted, costs are not computed.")
}

fn flat_pricing(generator: &mut SchemaGenerator) -> Value {
    let config = FlatPricing::json_schema(generator).to_value();
    let describe = "Costs are computed from prices; may be left out.";
    let mut branch = with_type(config, "pricing", describe, false);
    if let Some(Value::Object(properties)) = branch.get_mut("properties") {
        for property in properties.values_mut().filter_map(Value::as_object_mut) {
            // "double" is a word of OpenAPI, and says nothing to a form.
            property.remove("format");
        }
    }
    titled(branch, "Cost calculation", "Cost is tokens × price ÷ unit, computed exactly.")
}

/// Adds the property `type` to the schema of an object.
fn with_type(config: Value, name: &str, description: &str, required: bool) -> Map<String, Value> {
    let Value::Object(mut branch) = config else {
        // `true`: a configuration without any shape.
        return with_type(json!({}), name, description, required);
    };
    let mut properties = Map::new();
    properties.insert("type".to_owned(), json!({ "const": name, "description": description }));
    if let Some(Value::Object(others)) = branch.remove("properties") {
        properties.extend(others);
    }
    let mut names: Vec<Value> = if required { vec!["type".into()] } else { Vec::new() };
    if let Some(Value::Array(others)) = branch.remove("required") {
        names.extend(others);
    }
    branch.insert("properties".to_owned(), properties.into());
    branch.insert("required".to_owned(), names.into());
    // Said once, where the branches begin.
    branch.remove("type");
    branch.remove("$schema");
    branch
}

fn titled(mut branch: Map<String, Value>, title: &str, description: &str) -> Value {
    branch.insert("title".to_owned(), title.into());
    branch.insert("description".to_owned(), description.into());
    Value::Object(branch)
}

/// Takes null out of a schema, since an optional property is one that may be left out and
/// forms cannot write null; and line ends out of its descriptions.
pub(crate) fn simplify(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(simplify),
        Value::Object(object) => {
            drop_null_types(object);
            join_lines(object);
            for (keyword, inner) in object {
                // These hold values, not schemas.
                if !matches!(&**keyword, "const" | "default" | "enum" | "examples") {
                    simplify(inner);
                }
            }
        }
        _ => {}
    }
}

/// Doc comments are wrapped for the source; a paragraph of the form is one line.
fn join_lines(object: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = object.get_mut("description") {
        let paragraphs: Vec<_> = text.split("\n\n").map(|text| text.replace('\n', " ")).collect();
        *text = paragraphs.join("\n\n");
    }
}

fn drop_null_types(object: &mut Map<String, Value>) {
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &**types {
            object["type"] = only.clone();
        }
    }
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let Some(Value::Array(any)) = object.get_mut("anyOf") else {
        return;
    };
    any.retain(|schema| *schema != json!({ "type": "null" }));
    if let [Value::Object(only)] = &**any {
        let only = only.clone();
        object.remove("anyOf");
        for (keyword, value) in only {
            // What the field says of itself is nearer than what its type says.
            object.entry(keyword).or_insert(value);
        }
    }
}
