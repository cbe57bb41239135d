//! The schema of the configuration, from the plugins of a registry.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use token_tracking_core::{Descriptor, Registry};

use crate::generate::{inlined, settings, simplify};
use crate::pricing::FlatPricing;

/// JSON Schema (draft 2019-09) of the configuration, for editors and for schemas that refer
/// to its parts: `#/$defs/Extraction` and `#/$defs/Pricing`.
#[must_use]
pub fn schema(registry: &Registry) -> Value {
    let mut generator = settings().into_generator();
    let branches: Vec<_> =
        registry.iter().map(|plugin| extraction_branch(plugin, &mut generator)).collect();
    let extraction = json!({
        "title": "Response body parsing",
        "description": "How the tokens sent and received are found in a response.",
        "type": "object",
        "examples": [{ "type": "GPT" }],
        "oneOf": branches,
    });
    let pricing = json!({
        "title": "Cost",
        "description": "What a token costs. Without it, costs are not computed.",
        "type": "object",
        "default": { "type": "none" },
        "examples": [prices()],
        "oneOf": [no_pricing(), flat_pricing(&mut generator)],
    });
    let mut definitions = generator.take_definitions(true);
    definitions.insert("Extraction".to_owned(), extraction);
    definitions.insert("Pricing".to_owned(), pricing);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "title": "AI token tracking",
        "description": "Counts the tokens that calls of language models use, and what they cost.",
        "type": "object",
        "examples": [{ "extraction": { "type": "GPT" }, "pricing": prices() }],
        "properties": {
            "extraction": { "$ref": "#/$defs/Extraction" },
            "pricing": { "$ref": "#/$defs/Pricing" },
        },
        "$defs": definitions,
    });
    simplify(&mut schema);
    schema
}

/// The same with its references inlined, as renderers of forms want it.
#[must_use]
pub fn form(registry: &Registry) -> Value {
    inlined(&schema(registry))
}

/// Prices as an example.
fn prices() -> Value {
    json!({
        "inputPriceValue": 0.4, "inputPriceUnit": 1_000_000,
        "outputPriceValue": 0.8, "outputPriceUnit": 1_000_000,
    })
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
    let branch = with_type(config, "pricing", describe, false);
    titled(branch, "Cost calculation", "Cost is tokens × price ÷ unit, computed exactly.")
}

/// Adds the property `type` to the schema of an object.
fn with_type(config: Value, name: &str, description: &str, required: bool) -> Map<String, Value> {
    let Value::Object(mut branch) = config else {
        // `true`: a configuration without any shape.
        return with_type(json!({}), name, description, required);
    };
    let mut properties = Map::new();
    let selector = json!({
        "title": "Type", "description": description,
        "const": name, "default": name, "examples": [name],
    });
    properties.insert("type".to_owned(), selector);
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
