//! What a plugin's schema says of its part of the form: names, what is mandatory, examples.

use serde_json::{Map, Value};
use token_tracking_core::Descriptor;

use crate::generate::{settings, simplify};

/// The outline of a plugin's configuration.
pub(crate) struct Shape {
    properties: Map<String, Value>,
    required: Vec<String>,
    /// It takes names that it does not list.
    is_open: bool,
}

impl Shape {
    pub(crate) fn of(plugin: &Descriptor) -> Self {
        let mut settings = settings();
        settings.inline_subschemas = true;
        let mut generator = settings.into_generator();
        let mut schema = plugin.schema(&mut generator).to_value();
        simplify(&mut schema);
        let Value::Object(mut schema) = schema else {
            return Self { properties: Map::new(), required: Vec::new(), is_open: true };
        };
        // Anything that can describe further names; plain structs have none of these.
        let is_open = ["$ref", "allOf", "anyOf", "oneOf", "patternProperties"]
            .iter()
            .any(|keyword| schema.contains_key(*keyword))
            || schema.get("additionalProperties").is_some_and(|value| *value != false);
        let required = match schema.remove("required") {
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        let properties = match schema.remove("properties") {
            Some(Value::Object(properties)) => properties,
            _ => Map::new(),
        };
        Self { properties, required, is_open }
    }

    /// The names that the plugin knows; `None` where it takes any.
    pub(crate) fn known(&self) -> Option<Vec<&str>> {
        (!self.is_open).then(|| self.properties.keys().map(String::as_str).collect())
    }

    /// The names that must be there.
    pub(crate) fn required(&self) -> impl Iterator<Item = &str> {
        self.required.iter().map(String::as_str)
    }

    /// A property's description.
    pub(crate) fn description(&self, name: &str) -> Option<&str> {
        self.properties.get(name)?.get("description")?.as_str()
    }

    /// A value that a property could have.
    pub(crate) fn example(&self, name: &str) -> Option<&Value> {
        self.properties.get(name)?.get("examples")?.get(0)
    }
}
