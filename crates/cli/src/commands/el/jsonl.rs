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

/// Answers standard input. What cannot be read as a question is told in the place of its
/// answer, and the others are answered all the same.
pub(super) fn run(contexts: Option<&Path>) -> Result<(), Failure> {
    let mut fixtures: HashMap<String, Fixture> = HashMap::new();
    let mut out = BufWriter::new(io::stdout().lock());
    let mut bad = 0_u64;
    for (number, line) in io::stdin().lock().split(b'\n').enumerate() {
        let line = line.map_err(|error| Failure::unreadable("standard input", &error))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match question(&line, contexts, &mut fixtures)? {
            Ok((id, result)) => writeln!(out, r#"{{"id":{id},"result":{result}}}"#)?,
            Err((id, why)) => {
                bad += 1;
                let error = json!({"line": number + 1, "message": why});
                writeln!(out, r#"{{"id":{id},"error":{error}}}"#)?;
            }
        }
    }
    out.flush()?;
    match bad {
        0 => Ok(()),
        1 => Err(Failure::input("1 line is bad; its error stands in its place")),
        bad => {
            Err(Failure::input(format!("{bad} lines are bad; their errors stand in their places")))
        }
    }
}

/// The id of a line with its answer, or with why it has none.
type Answered = Result<(Json, String), (Json, String)>;

fn question(
    line: &[u8],
    contexts: Option<&Path>,
    fixtures: &mut HashMap<String, Fixture>,
) -> Result<Answered, Failure> {
    let case: Case = match serde_json::from_slice(line) {
        Ok(case) => case,
        Err(error) => return Ok(Err((id_of(line), error.to_string()))),
    };
    let Some(name) = &case.context else {
        let result = answer(&case, &Fixture::default());
        return Ok(Ok((case.id, result)));
    };
    if contexts.is_none() {
        return Err(Failure::usage("the lines name contexts: say where they are with --contexts"));
    }
    if !fixtures.contains_key(name) {
        match read(contexts, name) {
            Ok(fixture) => fixtures.insert(name.clone(), fixture),
            Err(_) => return Ok(Err((case.id, format!("there is no context {name:?} to read")))),
        };
    }
    let result = answer(&case, &fixtures[name]);
    Ok(Ok((case.id, result)))
}

/// The id of a line that does not decode otherwise.
fn id_of(line: &[u8]) -> Json {
    #[derive(Deserialize)]
    struct Id {
        id: Json,
    }
    serde_json::from_slice::<Id>(line).map_or(Json::Null, |line| line.id)
}

fn read(contexts: Option<&Path>, name: &str) -> Result<Fixture, Failure> {
    let folder = contexts.unwrap_or(Path::new("."));
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
