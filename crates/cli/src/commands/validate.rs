//! `token-tracking validate`: every problem of policies and API definitions.

use std::io::Read;

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use token_tracking_core::Registry;
use token_tracking_gateway::{Definition, Finding, GatewayError};
use token_tracking_policy::{Problem, Severity, validate_text};

use crate::failure::Failure;
use crate::output;

const EXAMPLES: &str = "\
Examples:
  token-tracking validate policy.json
  token-tracking validate apis/*.json && token-tracking serve --api apis
  token-tracking validate --json - < policy.json";

/// Check policies and API definitions; silent where all is well
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Policies or API definitions, JSON or YAML; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// Write the problems as a JSON list to standard output
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let registry = token_tracking_bundle::registry();
    let mut problems = Vec::new();
    for file in &args.files {
        match read(file) {
            Ok(text) => problems.extend(check(&text, file, &registry)),
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

fn check(text: &str, source: &str, registry: &Registry) -> Vec<Problem> {
    if is_definition(text) {
        check_definition(text, source, registry)
    } else {
        validate_text(text, source, registry)
    }
}

/// Whether the text is rather an API definition than a policy's configuration.
fn is_definition(text: &str) -> bool {
    const PARTS: [&str; 5] = ["api", "listeners", "endpointGroups", "flows", "definitionVersion"];
    match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            value.get("extraction").is_none() && PARTS.iter().any(|part| value.get(part).is_some())
        }
        // YAML, or broken: only a definition has these words.
        Err(_) => ["listeners", "endpointGroups"].iter().any(|part| text.contains(part)),
    }
}

fn check_definition(text: &str, source: &str, registry: &Registry) -> Vec<Problem> {
    if text.trim_start().starts_with('{')
        && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text)
    {
        let place = |number: usize| u32::try_from(number).ok();
        let mut problem = sourced(Problem::error("", format!("not valid JSON: {error}")), source);
        (problem.line, problem.column) = (place(error.line()), place(error.column()));
        return vec![problem];
    }
    let definition = match Definition::parse(text, source) {
        Ok(definition) => definition,
        Err(GatewayError::Invalid(findings)) => {
            return findings.0.iter().map(|found| from(Severity::Error, found, source)).collect();
        }
        Err(error) => return vec![sourced(Problem::error("", error.to_string()), source)],
    };
    let api = definition.compile(registry);
    let errors = definition.unsupported().iter().chain(api.broken());
    let errors = errors.map(|found| from(Severity::Error, found, source));
    let warnings = api.warnings().iter().map(|found| from(Severity::Warning, found, source));
    errors.chain(warnings).collect()
}

fn from(severity: Severity, finding: &Finding, source: &str) -> Problem {
    let mut problem = sourced(Problem::error(&*finding.pointer, &*finding.message), source);
    problem.severity = severity;
    problem.expected.clone_from(&finding.expected);
    problem.suggestion.clone_from(&finding.suggestion);
    problem
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
