//! Any text that people write beside policies, such as settings: read as JSON or YAML, and
//! checked against its schema, with the place of each mistake and what to type instead.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;
use token_tracking_core::nearest;

use crate::decode::kind;
use crate::follow::follow;
use crate::generate::inlined;
use crate::problem::{Problem, Problems, Severity, sort};
use crate::text::{Text, escape};

/// A text that is JSON or YAML, and its value.
#[derive(Debug)]
pub struct Document {
    text: Text,
    value: Value,
}

impl Document {
    /// Reads a text; `source` is what its problems are called by, and decides by its extension
    /// whether it is YAML.
    ///
    /// # Errors
    /// When it is neither JSON nor YAML, or says something twice.
    pub fn read(text: &str, source: &str) -> Result<Self, Problems> {
        let (document, mut twice) = Self::read_leniently(text, source)?;
        for problem in &mut twice {
            // Nobody means the first of two; which one counts is a guess.
            problem.severity = Severity::Error;
            problem.suggestion = None;
        }
        if twice.is_empty() { Ok(document) } else { Err(Problems(twice)) }
    }

    /// As [`read`](Self::read), but what is said twice is a warning: the last one counts.
    ///
    /// # Errors
    /// When it is neither JSON nor YAML.
    pub fn read_leniently(text: &str, source: &str) -> Result<(Self, Vec<Problem>), Problems> {
        let (text, value) = Text::read(text, source).map_err(|problem| Problems(vec![*problem]))?;
        let mut twice: Vec<_> = text.duplicates().collect();
        twice.iter_mut().for_each(|problem| text.locate(problem));
        Ok((Self { text, value }, twice))
    }

    /// What it says.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Adds the source, the line and an excerpt to a problem at a pointer.
    pub fn locate(&self, problem: &mut Problem) {
        self.text.locate(problem);
    }

    /// Every mistake that its schema finds, in the order of the text.
    #[must_use]
    pub fn check(&self, schema: &Value) -> Vec<Problem> {
        let mut problems = check(&self.value, schema);
        problems.iter_mut().for_each(|problem| self.locate(problem));
        sort(&mut problems);
        problems
    }
}

/// Every mistake that a schema finds in a value, in no particular order. What the schema calls
/// `writeOnly` is a secret, and not repeated.
#[must_use]
pub fn check(value: &Value, schema: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let schema = follow(&inlined(schema), value, "", &mut found);
    match jsonschema::draft201909::new(&schema) {
        Ok(validator) => {
            found.extend(validator.iter_errors(value).flat_map(|error| problems(&error, &schema)));
        }
        Err(error) => found.push(Problem::error("", format!("the schema is none: {error}"))),
    }
    found
}

/// What one finding of the validator says to a person.
fn problems(error: &ValidationError<'_>, schema: &Value) -> Vec<Problem> {
    let at = error.instance_path().as_str();
    let path = error.schema_path().as_str();
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let place = schema.pointer(parent).unwrap_or(&Value::Null);
    let secret = place["writeOnly"] == true;
    let one = |message: String| {
        let mut problem = Problem::error(at, message);
        // An excerpt would show it.
        problem.excerpt = secret.then(String::new);
        let problem = match expected(error.kind(), place) {
            Some(expected) => problem.expected(expected),
            None => problem,
        };
        vec![match place["examples"].get(0) {
            Some(example) => problem.suggest(format!("for example {example}")),
            None => problem,
        }]
    };
    let given = if secret { "this".to_owned() } else { shown(error.instance()) };
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            unexpected.iter().map(|name| unknown(at, name, place)).collect()
        }
        Kind::Required { property } => one(format!("missing {property}")),
        Kind::Type { .. } => one(format!("{given} is {}", kind(error.instance()))),
        _ => one(format!("{given} is not right")),
    }
}

/// A name that is not known, and the one that was meant.
fn unknown(at: &str, name: &str, place: &Value) -> Problem {
    let known = place["properties"].as_object();
    let known: Vec<&str> = known.into_iter().flat_map(|names| names.keys()).map(|n| &**n).collect();
    let problem =
        Problem::error(format!("{at}/{}", escape(name)), format!("\"{name}\" is not known"))
            .expected(format!("one of {}", known.join(", ")))
            .at_name();
    match nearest(name, &known) {
        Some(near) => problem.suggest(format!("did you mean \"{near}\"?")),
        None => problem,
    }
}

/// What belongs where something else is.
fn expected(error: &Kind, place: &Value) -> Option<String> {
    let list = |values: Vec<&Value>| {
        values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
    };
    match error {
        Kind::Type { .. } => Some(match place["type"].as_str()? {
            "object" => "names with values".to_owned(),
            "array" => "a list".to_owned(),
            "integer" => "a whole number".to_owned(),
            "boolean" => "true or false".to_owned(),
            other => format!("a {other}"),
        }),
        Kind::Enum { options } => Some(list(options.as_array()?.iter().collect())),
        // An enumeration whose values are described.
        Kind::OneOfNotValid { .. } | Kind::AnyOf { .. } => {
            let branches = place["oneOf"].as_array().or_else(|| place["anyOf"].as_array())?;
            let named = branches.iter().flat_map(|branch| match &branch["enum"] {
                Value::Array(values) => values.iter().collect(),
                _ => branch.get("const").into_iter().collect::<Vec<_>>(),
            });
            Some(list(named.collect()))
        }
        Kind::ExclusiveMinimum { limit } => Some(format!("a number greater than {limit}")),
        Kind::Minimum { limit } => Some(format!("at least {limit}")),
        Kind::Maximum { limit } => Some(format!("at most {limit}")),
        Kind::MinLength { limit } => Some(format!("at least {limit} characters")),
        Kind::MaxLength { limit } => Some(format!("at most {limit} characters")),
        Kind::MaxItems { limit } | Kind::MaxProperties { limit } => {
            Some(format!("at most {limit} of them"))
        }
        // An example says more than a pattern.
        Kind::Pattern { .. } if place["examples"].get(0).is_some() => None,
        Kind::Pattern { pattern } => Some(format!("what matches {pattern}")),
        _ => None,
    }
}

/// A value as it was written; a long one not.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.len() > 60 { "this".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object", "additionalProperties": false,
            "properties": {
                "listen": { "type": "string" },
                "wait": { "type": "string", "pattern": "^[0-9]+s$", "examples": ["10s"] },
                "key": { "type": "string", "writeOnly": true },
                "limits": { "$ref": "#/$defs/Limits" },
            },
            "$defs": { "Limits": {
                "type": "object", "additionalProperties": false,
                "properties": {
                    "bytes": { "type": "integer", "minimum": 8 },
                    "how": { "oneOf": [{ "const": "append" }, { "enum": ["pass", "remove"] }] },
                },
            } },
        })
    }

    fn said(text: &str) -> Vec<String> {
        let document = Document::read(text, "t.yaml").unwrap();
        document.check(&schema()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_mistake_has_its_line_and_what_to_type_instead() {
        assert_eq!(said("listen: :80\nwait: 5s\nlimits: { bytes: 8, how: pass }"), [""; 0]);
        assert_eq!(
            said("listn: a\nwait: soon\nlimits:\n  bytes: 1\n  how: keep\n"),
            [
                "t.yaml:1:1: error: /listn: \"listn\" is not known; expected one of key, limits, \
                 listen, wait; did you mean \"listen\"?",
                "t.yaml:2:7: error: /wait: \"soon\" is not right; for example \"10s\"",
                "t.yaml:4:10: error: /limits/bytes: 1 is not right; expected at least 8",
                "t.yaml:5:8: error: /limits/how: \"keep\" is not right; expected \"append\" or \
                 \"pass\" or \"remove\"",
            ]
        );
        let secret = Document::read("key: 1234", "t.yaml").unwrap().check(&schema());
        assert!(!format!("{:#}", secret[0]).contains("1234"), "{:#}", secret[0]);
        assert_eq!(
            said("limits: 5\n"),
            ["t.yaml:1:9: error: /limits: 5 is a number; expected names with values"]
        );
    }

    #[test]
    fn what_is_said_twice_or_is_no_yaml_is_refused() {
        let error = |text| Document::read(text, "t.yaml").unwrap_err().to_string();
        assert!(error("a: [").contains("t.yaml:"), "{}", error("a: ["));
        let twice = Document::read("{\"a\": 1, \"a\": 2}", "t.json").unwrap_err().to_string();
        assert!(twice.starts_with("t.json:1:") && twice.contains("twice"), "{twice}");
    }
}
