//! Many expressions: a line of JSON each, and a line for each answer, in order.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufWriter, Write as _};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value as Json, json};
use token_tracking_el::{ElError, ErrorKind, Expression, Value};

use super::Wanted;
use super::fixture::Fixture;
use crate::failure::Failure;

/// One question.
#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    id: Json,
    expression: String,
    /// The Java class that is asked for.
    #[serde(default)]
    r#type: String,
    /// The name of a file in the folder of contexts, without `.json`.
    #[serde(default)]
    context: Option<String>,
}

/// Answers standard input.
pub(super) fn run(contexts: Option<&Path>) -> Result<(), Failure> {
    let mut fixtures: HashMap<String, Fixture> = HashMap::new();
    let nothing = Fixture::default();
    let mut out = BufWriter::new(io::stdout().lock());
    for (number, line) in io::stdin().lock().lines().enumerate() {
        let line = line.map_err(|error| Failure::unreadable("standard input", &error))?;
        if line.trim().is_empty() {
            continue;
        }
        let case: Case = serde_json::from_str(&line)
            .map_err(|error| Failure::input(format!("line {}: {error}", number + 1)))?;
        let fixture = match &case.context {
            None => &nothing,
            Some(name) => {
                if !fixtures.contains_key(name) {
                    fixtures.insert(name.clone(), read(contexts, name)?);
                }
                fixtures.get(name).unwrap_or(&nothing)
            }
        };
        let result = answer(&case, fixture);
        writeln!(out, r#"{{"id":{},"result":{result}}}"#, case.id)?;
    }
    out.flush()?;
    Ok(())
}

fn read(contexts: Option<&Path>, name: &str) -> Result<Fixture, Failure> {
    let Some(folder) = contexts else {
        return Err(Failure::usage("the lines name contexts: say where they are with --contexts"));
    };
    if name.contains(['/', '\\']) {
        return Err(Failure::input(format!("{name:?} is no name of a context")));
    }
    super::read_context(&folder.join(format!("{name}.json")))
}

fn answer(case: &Case, fixture: &Fixture) -> String {
    let wanted = match case.r#type.as_str() {
        "Long" => Wanted::Count,
        "String" => Wanted::Text,
        "Boolean" => Wanted::Condition,
        _ => Wanted::Value,
    };
    let expression = match Expression::parse(&case.expression) {
        Ok(expression) => expression,
        Err(error) => return refused(&error, "parse"),
    };
    match super::evaluate(&expression, wanted, fixture) {
        Ok(Value::Null) => json!({"null": true}).to_string(),
        Ok(value) => {
            format!(r#"{{"value":{},"java":{}}}"#, value.to_json(), json!(value.java_type()))
        }
        Err(error) => refused(&error, "eval"),
    }
}

/// `parse` and `eval` where the original engine fails as well.
fn refused(error: &ElError, phase: &str) -> String {
    let word = match error.kind {
        ErrorKind::Syntax | ErrorKind::Evaluation => phase,
        _ => "unsupported",
    };
    json!({"error": word, "message": error.to_string()}).to_string()
}
