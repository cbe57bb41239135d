//! `token-tracking el`: what an expression is, over a recorded answer.

mod fixture;
mod jsonl;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use token_tracking_el::{ElError, Explained, Expression, Notation, Pointer, Value};

use crate::failure::Failure;
use crate::output;
use fixture::Fixture;

const EXAMPLES: &str = "\
Examples:
  token-tracking el '{#response.jsonContent.usage.in + 1}' answer.json
  token-tracking el --explain '{(#response.jsonContent.usage?.in ?: 0) * 2}' answer.json
  token-tracking el --header 'X-Tokens: 42' \"{#response.headers['X-Tokens'][0]}\"
  token-tracking el --format jsonl --contexts contexts < cases.jsonl";

/// Evaluate an expression over a recorded answer
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The expression, in its braces (plain text around it makes it a text); or a pointer as a
    /// policy has it, such as `/usage/in`
    #[arg(required_unless_present = "format")]
    expression: Option<String>,
    /// The recorded body; `-` is standard input
    body: Option<PathBuf>,
    /// What is asked for, and so converted to
    #[arg(long = "type", value_enum, default_value_t = Wanted::Value)]
    wanted: Wanted,
    /// A header of the answer, as `Name: value`; may be repeated
    #[arg(long, value_name = "HEADER")]
    header: Vec<String>,
    /// The status of the answer
    #[arg(long, default_value_t = 200)]
    status: u16,
    /// The whole exchange, as a JSON file with `request`, `response`, `attributes`, …
    #[arg(long, value_name = "FILE", conflicts_with_all = ["header", "body"])]
    context: Option<PathBuf>,
    /// Show what each step came to
    #[arg(long)]
    explain: bool,
    /// Read questions from standard input, a line of JSON each, and answer with a line each
    #[arg(long, value_enum, conflicts_with_all = ["expression", "context", "explain"])]
    format: Option<Format>,
    /// Where the contexts are that the questions name
    #[arg(long, value_name = "DIR", requires = "format")]
    contexts: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// `{"id", "expression", "type", "context"}` in, `{"id", "result"}` out
    Jsonl,
}

/// What an expression is asked for.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Wanted {
    /// The value as it is
    Value,
    /// A count: Java's Long
    Count,
    /// A text: Java's String
    Text,
    /// True or false: Java's Boolean
    Condition,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    if args.format.is_some() {
        return jsonl::run(args.contexts.as_deref());
    }
    let given = args.expression.as_deref().unwrap_or_default();
    let spelled = spelled_out(given);
    if let Some(spelled) = &spelled {
        tracing::info!("`{given}` is a pointer, evaluated as `{spelled}`");
    }
    let text = spelled.as_deref().unwrap_or(given);
    let fixture = context(args)?;
    let expression = Expression::parse(text).map_err(|error| refused(&error))?;
    for lint in expression.lints() {
        let instead = lint.instead.map(|text| format!(": write `{text}`")).unwrap_or_default();
        tracing::warn!("{}{instead}", lint.message);
    }
    if args.explain {
        let (_, steps) = expression.explain(&fixture);
        output::print(&explained(text, &steps))?;
    }
    let value = evaluate(&expression, args.wanted, &fixture).map_err(|error| refused(&error))?;
    let json = value.to_json();
    match value {
        Value::Null => output::print("null\n"),
        value => output::print(&format!("{json}  {}\n", value.java_type())),
    }
}

/// The expression for a pointer in another notation; without braces there is nothing else to
/// evaluate.
fn spelled_out(text: &str) -> Option<String> {
    let pointer = Pointer::parse(text).ok()?;
    if pointer.notation() == Notation::Expression {
        return None;
    }
    let mut expression = "{#response.jsonContent".to_owned();
    for segment in pointer.path()?.split('/').skip(1) {
        let key = segment.replace("~1", "/").replace("~0", "~");
        let index = key.bytes().all(|byte| byte.is_ascii_digit());
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        expression += &if index && !key.is_empty() {
            format!("[{key}]")
        } else if !key.is_empty() && key.bytes().all(word) && !key.as_bytes()[0].is_ascii_digit() {
            format!(".{key}")
        } else {
            format!("['{}']", key.replace('\'', "''"))
        };
    }
    Some(expression + "}")
}

fn evaluate<'c>(
    expression: &'c Expression,
    wanted: Wanted,
    fixture: &'c Fixture,
) -> Result<Value<'c>, ElError> {
    Ok(match wanted {
        Wanted::Value => expression.eval(fixture)?,
        Wanted::Count => expression.eval_count(fixture)?.map_or(Value::Null, Value::Long),
        Wanted::Text => expression.eval_text(fixture)?.map_or(Value::Null, Value::from),
        Wanted::Condition => expression.eval_condition(fixture)?.map_or(Value::Null, Value::Bool),
    })
}

fn context(args: &Args) -> Result<Fixture, Failure> {
    if let Some(path) = &args.context {
        return read_context(path);
    }
    let mut headers = Vec::new();
    for header in &args.header {
        let Some((name, value)) = header.split_once(':') else {
            return Err(Failure::usage("a header is written as 'Name: value'"));
        };
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let body = match args.body.as_deref() {
        None => None,
        Some(path) => {
            let bytes = if path == Path::new("-") {
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes).map(|_| bytes)
            } else {
                std::fs::read(path)
            };
            let bytes = bytes.map_err(|error| Failure::unreadable(path.display(), &error))?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
    };
    Ok(Fixture::answer(args.status, &headers, body))
}

fn read_context(path: &Path) -> Result<Fixture, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::unreadable(path.display(), &error))?;
    let json = serde_json::from_str(&text)
        .map_err(|error| Failure::input(format!("{} is no JSON: {error}", path.display())))?;
    Ok(Fixture(json))
}

/// The expression with the place of the mistake underlined.
fn refused(error: &ElError) -> Failure {
    let mut text = error.to_string();
    for line in error.underlined().lines() {
        let _ = write!(text, "\n  {line}");
    }
    let _ = write!(text, "\n  expected: {}", error.expected);
    if let Some(suggestion) = &error.suggestion {
        let _ = write!(text, "\n  did you mean {suggestion}?");
    }
    Failure::input(text)
}

/// A row for each step: what was evaluated, and what it came to.
fn explained(text: &str, steps: &[Explained<'_>]) -> String {
    let cut = |text: &str| match text.char_indices().nth(100) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    };
    let rows: Vec<[String; 2]> = steps
        .iter()
        .map(|step| {
            let source = text.get(step.span.clone()).unwrap_or_default();
            let result = match &step.result {
                Ok(Value::Null) => "null".to_owned(),
                Ok(value) => {
                    let json = value.to_json();
                    format!("{}  {}", cut(&json), value.java_type())
                }
                Err(message) => format!("fails: {message}"),
            };
            [cut(source), result]
        })
        .collect();
    output::columns(&rows)
}
