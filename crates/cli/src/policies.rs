//! Policies from a type's name or from a file.

use token_tracking_core::Registry;
use token_tracking_policy::{Policy, PolicyConfig, Problem, Problems};

use crate::failure::Failure;

/// The policy of a type that needs no configuration.
pub(crate) fn quick(name: &str, registry: &Registry) -> Result<Policy, String> {
    Policy::quick(name, registry).map_err(|problems| {
        let said = spoken(&problems);
        match registry.get(name) {
            Ok(_) => format!("the type {name} needs a policy that tells it more:\n{said}"),
            Err(_) => said,
        }
    })
}

/// The policy of a configuration's text; `source` is what its problems are called by.
pub(crate) fn compile(text: &str, source: &str, registry: &Registry) -> Result<Policy, Problems> {
    let decoded = PolicyConfig::from_text(text, source)?;
    let policy = Policy::compile(&decoded.value, registry)?;
    for warning in decoded.warnings.iter().chain(policy.warnings()) {
        tracing::warn!("{}", without_severity(warning));
    }
    Ok(policy)
}

/// The policy in a file.
pub(crate) fn load(file: &str, registry: &Registry) -> Result<Policy, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::unreadable(file, &error))?;
    compile(&text, file, registry).map_err(|problems| {
        Failure::input(format!("the policy {file} cannot be used\n{problems:#}"))
    })
}

/// Problems of a configuration that nobody wrote down: what and what to type instead,
/// without places.
fn spoken(problems: &Problems) -> String {
    let sentences = problems.0.iter().map(|problem| {
        let parts = [
            Some(problem.message.clone()),
            problem.expected.as_ref().map(|expected| format!("expected {expected}")),
            problem.suggestion.clone(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    });
    sentences.collect::<Vec<_>>().join("\n")
}

fn without_severity(problem: &Problem) -> String {
    problem.to_string().replacen("warning: ", "", 1)
}
