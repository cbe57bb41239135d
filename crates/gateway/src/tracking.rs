//! The tracking of one flow: a policy, or why there is none. All that this crate knows
//! of policies is here.

use std::sync::Arc;

use serde_json::Value;
use token_tracking_core::{Exchange, Meter, Registry};
use token_tracking_policy::{Policy, PolicyConfig, Problem, Problems};

use crate::error::Finding;

/// How the answers of a flow are tracked.
#[derive(Clone)]
pub(crate) enum Tracking {
    /// By a policy.
    Policy(Arc<Policy>),
    /// Not at all: its configuration does not compile. Records say so, and why.
    Broken {
        /// What does not compile.
        why: String,
    },
}

/// What came of compiling a configuration.
pub(crate) struct Compiled {
    pub(crate) tracking: Tracking,
    /// Why it is broken; empty where it is not.
    pub(crate) broken: Vec<Finding>,
    /// What is worth telling the person who wrote it.
    pub(crate) warnings: Vec<Finding>,
}

impl Tracking {
    /// Compiles the configuration at `pointer` of `source`.
    pub(crate) fn compile(
        config: &Value,
        registry: &Registry,
        source: &str,
        pointer: &str,
    ) -> Compiled {
        let finding = |problem: &Problem| Finding {
            source: source.to_owned(),
            place: None,
            pointer: format!("{pointer}{}", problem.pointer),
            message: problem.message.clone(),
            expected: problem.expected.clone(),
            suggestion: problem.suggestion.clone(),
        };
        let findings = |problems: &[Problem], errors: bool| {
            problems.iter().filter(|p| p.is_error() == errors).map(finding).collect()
        };
        match compile(config, registry) {
            Ok((policy, decoding)) => {
                let mut warnings: Vec<Finding> = findings(&decoding, false);
                for warning in findings(policy.warnings(), false) {
                    if !warnings.contains(&warning) {
                        warnings.push(warning);
                    }
                }
                let tracking = Self::Policy(Arc::new(policy));
                Compiled { tracking, broken: Vec::new(), warnings }
            }
            Err(Problems(problems)) => {
                let errors = problems.iter().filter(|problem| problem.is_error());
                let why = errors.map(Problem::to_string).collect::<Vec<_>>().join("; ");
                Compiled {
                    tracking: Self::Broken { why },
                    broken: findings(&problems, true),
                    warnings: findings(&problems, false),
                }
            }
        }
    }

    /// Whether it looks at the request's headers.
    pub(crate) fn reads_request_headers(&self) -> bool {
        match self {
            Self::Policy(policy) => policy.reads_request_headers(),
            Self::Broken { .. } => false,
        }
    }

    /// A meter for the answer that now begins; `None` where there is nothing to meter.
    pub(crate) fn meter(&self, exchange: &Exchange<'_>) -> Option<Meter> {
        match self {
            Self::Policy(policy) => policy.meter(exchange),
            Self::Broken { why } => {
                exchange.has_body().then(|| Meter::misconfigured(exchange, why))
            }
        }
    }
}

/// The policy, and what decoding its configuration warned of.
fn compile(config: &Value, registry: &Registry) -> Result<(Policy, Vec<Problem>), Problems> {
    let decoded = PolicyConfig::from_value(config)?;
    Ok((Policy::compile(&decoded.value, registry)?, decoded.warnings))
}
