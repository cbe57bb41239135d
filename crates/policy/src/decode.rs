//! Decoding, as lenient as the original gateway: every mistake of a configuration at once.

use serde_json::{Map, Value};
use token_tracking_core::nearest;

use crate::config::{ExtractionConfig, Parts};
use crate::pricing;
use crate::problem::Problem;
use crate::text::{Text, escape};

const MISSING_TYPE: &str = "add \"type\": \"GPT\", or another provider's";

/// The parts of a configuration and its problems. A part is absent only where a
/// problem says why.
pub(crate) fn decode(value: &Value, text: Option<&Text>) -> (Parts, Vec<Problem>) {
    let mut problems = Vec::new();
    let Value::Object(root) = value else {
        let problem = Problem::error("", format!("the configuration is {}", kind(value)))
            .expected("an object with \"extraction\" and, for costs, \"pricing\"");
        return ((None, None), vec![problem]);
    };
    warn_of_unknown(root, "", &["extraction", "pricing"], &mut problems);
    let extraction = extraction(root.get("extraction"), &mut problems);
    let pricing = pricing::decode(root.get("pricing"), text, &mut problems);
    ((extraction, pricing), problems)
}

fn extraction(value: Option<&Value>, problems: &mut Vec<Problem>) -> Option<ExtractionConfig> {
    let object = match value {
        Some(Value::Object(object)) => object,
        None | Some(Value::Null) => {
            problems.push(
                Problem::error("", "missing \"extraction\"")
                    .expected("an object that says how tokens are counted")
                    .suggest("add \"extraction\": {\"type\": \"GPT\"}, or another provider's type"),
            );
            return None;
        }
        Some(other) => {
            let problem = Problem::error("/extraction", format!("this is {}", kind(other)))
                .expected("an object with a \"type\"");
            problems.push(match other {
                Value::String(name) if name.contains(':') => {
                    problem.suggest("put a space after the colon")
                }
                Value::String(name) => {
                    problem.suggest(format!("write {{\"type\": {}}}", Value::from(name.as_str())))
                }
                _ => problem,
            });
            return None;
        }
    };
    let type_name = match object.get("type") {
        Some(Value::String(name)) => name.clone(),
        None => {
            problems.push(
                Problem::error("/extraction", "missing \"type\"")
                    .expected("the type of a provider")
                    .suggest(MISSING_TYPE),
            );
            return None;
        }
        Some(other) => {
            problems.push(
                Problem::error("/extraction/type", format!("the type is {}", kind(other)))
                    .expected("the type of a provider, a string")
                    .suggest("write \"type\": \"GPT\", or another provider's"),
            );
            return None;
        }
    };
    let mut properties = object.clone();
    properties.remove("type");
    Some(ExtractionConfig { type_name, properties })
}

/// Warns of each name that is not known: it has no effect, and is often a slip.
pub(crate) fn warn_of_unknown(
    object: &Map<String, Value>,
    base: &str,
    known: &[&str],
    problems: &mut Vec<Problem>,
) {
    for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
        let problem = Problem::warning(
            format!("{base}/{}", escape(name)),
            format!("unknown property {} has no effect", Value::from(name.as_str())),
        )
        .at_name();
        // Of several that begin so, those that are not there yet: a name that was cut short.
        let cut_short = |known: &&str| name.len() > 2 && known.starts_with(name.as_str());
        let begun = known.iter().copied().filter(cut_short);
        let mut meant: Vec<&str> = begun.filter(|known| !object.contains_key(*known)).collect();
        if meant.is_empty() {
            meant.extend(nearest(name, known));
        }
        problems.push(if meant.is_empty() {
            problem
        } else {
            problem.suggest(format!("did you mean \"{}\"?", meant.join("\" or \"")))
        });
    }
}

/// What a value is, in words.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
