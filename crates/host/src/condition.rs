//! Conditions: expressions that a request, or its answer, meets or does not.

use std::sync::Arc;

use token_tracking_el::{Expression, Known};

use crate::bodiless;

/// A condition of a flow or of a step.
#[derive(Clone, Debug)]
pub struct Condition(Arc<Expression>);

impl Condition {
    /// Compiles one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self(Arc::new(bodiless(text)?)))
    }

    /// Whether it is met. What comes to neither yes nor no is not, and is said: an answer that
    /// somebody meant to be tracked is not.
    #[must_use]
    pub fn holds(&self, known: &Known<'_>, api: &str, request: &str) -> bool {
        match self.0.eval_condition(known) {
            Ok(met) => met.unwrap_or(false),
            Err(error) => {
                tracing::warn!(%api, request, "a condition is not met, since it fails: {error}");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use token_tracking_el::Message;

    use super::*;

    #[test]
    fn a_condition_is_met_or_not_and_reads_no_body() {
        let headers = [("x-tier", std::borrow::Cow::Borrowed(&b"gold"[..]))];
        let known = Known::default().status(200).headers(Message::Request, headers);
        for (text, met) in [
            ("{#request.headers['X-Tier'][0] == 'gold'}", true),
            ("{#request.headers['X-Tier'][0] == 'tin'}", false),
            ("{#response.status < 300 and true}", true),
            ("{#request.headers['None']}", false),
            ("{#nothing.at.all}", false),
            ("true", true),
        ] {
            assert_eq!(Condition::parse(text).unwrap().holds(&known, "a", "r"), met, "{text}");
        }
        for text in ["{#response.jsonContent.n > 1}", "{#request.content != ''}", "{#a +}"] {
            assert!(Condition::parse(text).is_err(), "{text}");
        }
    }
}
