//! Checking a configuration for a person: every problem at once, with lines.

use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use serde_json::{Value, json};
use token_tracking_core::Registry;

use crate::compile;
use crate::decode::decode;
use crate::problem::{Problem, sort};
use crate::schema::form;
use crate::text::Text;

/// Checks a text as the gateway would read it, and as the form would. Errors stop the
/// tracking; what only the form refuses is a warning.
#[must_use]
pub fn validate_text(text: &str, source: &str, registry: &Registry) -> Vec<Problem> {
    let (text, value) = match Text::read(text, source) {
        Ok(read) => read,
        Err(problem) => return vec![*problem],
    };
    let text = Arc::new(text);
    let mut problems = check(&value, Some(&text), registry);
    problems.extend(text.duplicates());
    problems.iter_mut().for_each(|problem| text.locate(problem));
    sort(&mut problems);
    problems
}

/// As [`validate_text`], for a configuration inside a text: its problems have pointers and no
/// lines.
#[must_use]
pub fn validate_value(value: &Value, registry: &Registry) -> Vec<Problem> {
    check(value, None, registry)
}

fn check(value: &Value, text: Option<&Text>, registry: &Registry) -> Vec<Problem> {
    let ((extraction, _pricing), mut problems) = decode(value, text);
    if let Some(extraction) = &extraction {
        compile::extractor(extraction, registry, &mut problems);
    }
    let form = form(registry);
    check_branch(&form, "extraction", value, &mut problems);
    check_branch(&form, "pricing", value, &mut problems);
    if problems.is_empty()
        && jsonschema::validator_for(&form).is_ok_and(|form| !form.is_valid(value))
    {
        problems.push(Problem::warning("", "the form refuses this configuration"));
    }
    problems
}

/// Checks one part against the branch that its `type` names: of a `oneOf` that fails,
/// a validator can only say that no branch fits.
fn check_branch(form: &Value, part: &str, value: &Value, problems: &mut Vec<Problem>) {
    let Some(config) = value.get(part).filter(|config| config.is_object()) else {
        return;
    };
    // Only a price may leave its type out.
    let name = config.get("type").cloned().unwrap_or_else(|| json!("pricing"));
    let branches = form["properties"][part]["oneOf"].as_array();
    let branch = branches
        .into_iter()
        .flatten()
        .find(|branch| branch.pointer("/properties/type/const") == Some(&name));
    let Some(branch) = branch else { return };
    let mut branch = branch.clone();
    if let Some(definitions) = form.get("$defs") {
        branch["$defs"] = definitions.clone();
    }
    let Ok(validator) = jsonschema::draft201909::new(&branch) else {
        return;
    };
    for error in validator.iter_errors(config) {
        // Decoding and compiling have spoken of these, and better.
        if matches!(
            error.kind(),
            ValidationErrorKind::Required { .. } | ValidationErrorKind::AdditionalProperties { .. }
        ) {
            continue;
        }
        let pointer = format!("/{part}{}", error.instance_path().as_str());
        if !problems.iter().any(|problem| problem.pointer == pointer) {
            problems.push(Problem::warning(pointer, format!("the form refuses this: {error}")));
        }
    }
}
