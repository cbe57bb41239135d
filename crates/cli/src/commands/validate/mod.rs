//! `token-tracking validate`: every problem of policies, API definitions and settings.

mod kind;

use std::io::Read;

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use token_tracking_cli::settings::{Configuration, ExtProcSettings, Settings};
use token_tracking_core::Registry;
use token_tracking_gateway::Definition;
use token_tracking_policy::{Document, Problem, Problems, Severity, validate_text};

use crate::failure::Failure;
use crate::output;
use kind::Kind;

const EXAMPLES: &str = "\
Examples:
  token-tracking validate policy.json
  token-tracking validate apis/*.json && token-tracking serve --api apis
  token-tracking validate --json - < policy.json
  token-tracking validate --schema other/policy.schema.json policy.yaml";

/// Check policies, API definitions and settings; silent where all is well
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Policies, API definitions, settings of `serve` or `ext-proc`, JSON or YAML; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// Write the problems as a JSON list to standard output
    #[arg(long)]
    json: bool,
    /// Check against this JSON Schema, such as another bundle's, and not against the types
    /// of this program
    #[arg(long, value_name = "FILE")]
    schema: Option<String>,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let registry = token_tracking_bundle::registry();
    let schema = args.schema.as_deref().map(read_schema).transpose()?;
    let mut problems = Vec::new();
    for file in &args.files {
        match read(file) {
            Ok(text) => match &schema {
                Some(schema) => problems.extend(check_schema(&text, file, schema)),
                None => problems.extend(check(&text, file, &registry)),
            },
            Err(why) => problems.push(sourced(Problem::error("", why), file)),
        }
    }
    if args.json {
        output::print_json(&problems)?;
    } else {
        problems.iter().for_each(show);
    }
    match problems.iter().any(Problem::is_error) {
        true => Err(Failure::Input(None)),
        false => Ok(()),
    }
}

fn read(file: &str) -> Result<String, String> {
    let read = if file == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    read.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => format!("cannot be read: {error}"),
    })
}

/// A schema to check against.
fn read_schema(file: &str) -> Result<Value, Failure> {
    let read = read(file).and_then(|text| {
        let document = Document::read(&text, file).map_err(|problems| problems.to_string())?;
        Ok(document.value().clone())
    });
    read.map_err(|why| Failure::input(format!("the schema {file}: {why}")))
}

fn check_schema(text: &str, source: &str, schema: &Value) -> Vec<Problem> {
    match Document::read_leniently(text, source) {
        Ok((document, mut problems)) => {
            problems.extend(document.check(schema));
            problems
        }
        Err(Problems(problems)) => problems,
    }
}

fn check(text: &str, source: &str, registry: &Registry) -> Vec<Problem> {
    let (document, twice) = match Document::read_leniently(text, source) {
        Ok(read) => read,
        Err(Problems(problems)) => return problems,
    };
    let mut problems = match Kind::of(document.value()) {
        // It looks for them itself.
        Kind::Policy => return validate_text(text, source, registry),
        Kind::Definition => Definition::check(document.value(), registry),
        Kind::Settings => Settings::check(document.value()),
        Kind::ExtProc => ExtProcSettings::check(document.value()),
    };
    problems.iter_mut().for_each(|problem| document.locate(problem));
    problems.extend(twice);
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems
}

fn sourced(mut problem: Problem, source: &str) -> Problem {
    problem.source = Some(source.to_owned());
    problem
}

fn show(problem: &Problem) {
    let colour = match problem.severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
    };
    let style = colour.on_default() | Style::new().bold().get_effects();
    let word = problem.severity.to_string();
    let text = format!("{problem:#}");
    let painted = text.replacen(&format!("{word}:"), &format!("{style}{word}:{style:#}"), 1);
    anstream::eprintln!("{painted}");
}
