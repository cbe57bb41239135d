//! Schemas of types, in the one shape that all of ours have: draft 2019-09, no nulls, one line
//! per paragraph; and references taken out of them.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// JSON Schema (draft 2019-09) of what is read as this type.
#[must_use]
pub fn schema_of<T: JsonSchema>() -> Value {
    root_of::<T>(settings())
}

/// JSON Schema (draft 2019-09) of what this type is written as.
#[must_use]
pub fn schema_of_written<T: JsonSchema>() -> Value {
    root_of::<T>(settings().for_serialize())
}

fn root_of<T: JsonSchema>(mut settings: SchemaSettings) -> Value {
    settings.meta_schema = Some("https://json-schema.org/draft/2019-09/schema".into());
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    simplify(&mut schema);
    schema
}

/// How schemas are generated here.
pub(crate) fn settings() -> SchemaSettings {
    let mut settings = SchemaSettings::draft2019_09();
    settings.meta_schema = None;
    settings
}

/// Takes null out of a schema, since an optional property is one that may be left out and
/// forms cannot write null; line ends out of its descriptions; and formats of numbers, which
/// are words of OpenAPI and say nothing to a form.
pub(crate) fn simplify(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(simplify),
        Value::Object(object) => {
            drop_null_types(object);
            join_lines(object);
            if matches!(object.get("type").and_then(Value::as_str), Some("number" | "integer")) {
                object.remove("format");
            }
            for (keyword, inner) in object {
                if !is_data(keyword) {
                    simplify(inner);
                }
            }
        }
        _ => {}
    }
}

/// Whether a keyword holds values, not schemas.
pub(crate) fn is_data(keyword: &str) -> bool {
    matches!(keyword, "const" | "default" | "enum" | "examples")
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
        merge(object, only);
    }
}

/// Adds what a schema lacks: what a field says of itself is nearer than what its type says.
fn merge(object: &mut Map<String, Value>, others: Map<String, Value>) {
    for (keyword, value) in others {
        object.entry(keyword).or_insert(value);
    }
}

/// How many schemas an inlined one may have: references into references multiply.
const MAX_SCHEMAS: usize = 100_000;

/// The schema with its references to its own definitions replaced by these. A definition
/// inside itself stays a reference, and then the definitions stay too; so does everything
/// where the whole would have more than 100,000 schemas.
#[must_use]
pub fn inlined(schema: &Value) -> Value {
    let mut inliner = Inliner { root: schema, open: Vec::new(), left: MAX_SCHEMAS, kept: false };
    let mut result = inliner.walk(schema);
    if inliner.left == 0 {
        return schema.clone();
    }
    if let (false, Value::Object(object)) = (inliner.kept, &mut result) {
        object.remove("$defs");
        object.remove("definitions");
    }
    result
}

struct Inliner<'a> {
    root: &'a Value,
    /// The references that are being replaced.
    open: Vec<&'a str>,
    left: usize,
    /// A reference could not be replaced.
    kept: bool,
}

impl<'a> Inliner<'a> {
    fn walk(&mut self, schema: &'a Value) -> Value {
        if self.left == 0 {
            return Value::Null;
        }
        self.left -= 1;
        match schema {
            Value::Array(schemas) => schemas.iter().map(|schema| self.walk(schema)).collect(),
            Value::Object(object) => {
                let mut result = Map::new();
                for (keyword, inner) in object {
                    match (keyword.as_str(), inner) {
                        // Definitions are walked where they are referred to.
                        ("$defs" | "definitions", _) if std::ptr::eq(schema, self.root) => {
                            result.insert(keyword.clone(), inner.clone());
                        }
                        ("$ref", Value::String(name)) => match self.target(name) {
                            Some(target) => {
                                if let Value::Object(target) = target {
                                    merge(&mut result, target);
                                }
                            }
                            None => {
                                self.kept = true;
                                result.insert(keyword.clone(), inner.clone());
                            }
                        },
                        _ if is_data(keyword) => {
                            result.insert(keyword.clone(), inner.clone());
                        }
                        _ => {
                            let inner = self.walk(inner);
                            result.insert(keyword.clone(), inner);
                        }
                    }
                }
                result.into()
            }
            other => other.clone(),
        }
    }

    /// What a reference stands for, itself inlined.
    fn target(&mut self, name: &'a str) -> Option<Value> {
        let pointer = name.strip_prefix('#')?;
        if self.open.contains(&name) {
            return None;
        }
        let target = self.root.pointer(pointer)?;
        self.open.push(name);
        let inlined = self.walk(target);
        self.open.pop();
        Some(inlined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced_and_what_stands_beside_them_stays() {
        let schema = json!({
            "properties": { "a": { "$ref": "#/$defs/A", "title": "mine" }, "c": { "const": {"$ref": "#"} } },
            "$defs": { "A": { "title": "A", "items": { "$ref": "#/$defs/B" } }, "B": { "type": "string" } },
        });
        let expected = json!({
            "properties": {
                "a": { "title": "mine", "items": { "type": "string" } },
                "c": { "const": { "$ref": "#" } },
            },
        });
        assert_eq!(inlined(&schema), expected);
    }

    #[test]
    fn what_is_recursive_or_elsewhere_stays_a_reference() {
        let schema = json!({
            "$ref": "#/$defs/Tree",
            "properties": { "x": { "$ref": "https://example.com/x" } },
            "$defs": { "Tree": { "items": { "$ref": "#/$defs/Tree" } } },
        });
        let inlined = inlined(&schema);
        assert_eq!(inlined["items"]["$ref"], "#/$defs/Tree");
        assert_eq!(inlined["properties"]["x"]["$ref"], "https://example.com/x");
        assert!(inlined["$defs"]["Tree"].is_object());
    }

    #[test]
    fn references_that_multiply_are_left_alone() {
        let mut definitions = Map::new();
        for level in 0..40 {
            let next = json!({ "$ref": format!("#/$defs/{}", level + 1) });
            definitions.insert(level.to_string(), json!({ "allOf": [next, next] }));
        }
        let schema = json!({ "$ref": "#/$defs/0", "$defs": definitions });
        assert_eq!(inlined(&schema), schema);
    }
}
