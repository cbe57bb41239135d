//! A definition as a person who mends it wants it checked: everything at once.

use serde_json::Value;
use token_tracking_core::Registry;
use token_tracking_policy::{Problem, Severity, slips, validate_value};

use super::node::{Node, Reader};
use super::{Definition, StepPlan, definition_schema, read};

impl Definition {
    /// Every problem of a value that is meant to be a definition, those of its policies among
    /// them: for a person who mends it. What is wrong below a misspelt name is told as well.
    #[must_use]
    pub fn check(value: &Value, registry: &Registry) -> Vec<Problem> {
        let mut problems = found(value, registry);
        let mut slips = slips(value, &definition_schema(registry));
        if slips.is_empty() {
            return problems;
        }
        for slip in &mut slips {
            // That the right name is missing is said by the wrong one.
            let before = problems.len();
            let meant = slip.meant();
            problems.retain(|problem| problem.pointer != meant);
            if problems.len() < before {
                slip.problem.severity = Severity::Error;
            }
        }
        let mut meant = value.clone();
        slips.iter().for_each(|slip| slip.mend(&mut meant));
        let below = Self::check(&meant, registry).into_iter().map(|mut problem| {
            for slip in &slips {
                problem.pointer = slip.as_written(&problem.pointer);
            }
            problem
        });
        let slips = slips.iter().map(|slip| slip.problem.clone());
        for problem in slips.chain(below.collect::<Vec<_>>()) {
            let same = |other: &Problem| {
                other.pointer == problem.pointer && other.message == problem.message
            };
            if !problems.iter().any(same) {
                problems.push(problem);
            }
        }
        problems
    }
}

/// What reading the definition and compiling its policies finds.
fn found(value: &Value, registry: &Registry) -> Vec<Problem> {
    let mut reader = Reader::new("");
    let definition = read(&mut reader, &Node::root(value));
    let errors = reader.errors.iter().chain(&reader.unsupported);
    let errors = errors.map(|finding| (finding, Severity::Error));
    let warnings = reader.warnings.iter().map(|finding| (finding, Severity::Warning));
    let found = errors.chain(warnings).map(|(finding, severity)| {
        let mut problem = Problem::error(&*finding.pointer, &*finding.message);
        problem.severity = severity;
        problem.expected.clone_from(&finding.expected);
        problem.suggestion.clone_from(&finding.suggestion);
        problem
    });
    let mut problems: Vec<_> = found.collect();
    let flows = definition.iter().flat_map(|definition| &definition.flows);
    for StepPlan { pointer, config, .. } in flows.flat_map(|flow| &flow.steps) {
        problems.extend(validate_value(config, registry).into_iter().map(|mut problem| {
            problem.pointer.insert_str(0, pointer);
            problem
        }));
    }
    problems
}
