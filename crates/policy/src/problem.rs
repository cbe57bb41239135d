//! Problems of a configuration, written for the person who has to mend it.

use std::fmt;

use serde::Serialize;
use token_tracking_core::Error;

/// Whether a problem stops the tracking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// It works, but perhaps not as meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One problem: where, what, and what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whether it stops the tracking.
    pub severity: Severity,
    /// Name of the text it is in; `-` is standard input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Line in that text, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// JSON Pointer to the place in the configuration; empty is all of it.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// What was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What to type instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// The offending text, its bad part underlined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// It is about the name at the place, not about the value.
    #[serde(skip)]
    pub(crate) at_name: bool,
}

impl Problem {
    /// An error at this JSON Pointer.
    #[must_use]
    pub fn error(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, pointer.into(), message.into())
    }

    /// A warning at this JSON Pointer.
    #[must_use]
    pub fn warning(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, pointer.into(), message.into())
    }

    fn new(severity: Severity, pointer: String, message: String) -> Self {
        Self {
            severity,
            source: None,
            line: None,
            column: None,
            pointer,
            message,
            expected: None,
            suggestion: None,
            excerpt: None,
            at_name: false,
        }
    }

    /// Says what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Says what to type instead.
    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// It is about the name at the place, which is then underlined.
    pub(crate) fn at_name(mut self) -> Self {
        self.at_name = true;
        self
    }

    /// What core or a plugin says about the part of the configuration at `base`.
    #[must_use]
    pub fn from_core(severity: Severity, base: &str, error: &Error) -> Self {
        let pointer = format!("{base}{}", error.pointer().unwrap_or_default());
        let mut problem = Self::new(severity, pointer, error.message().to_owned());
        problem.expected = error.expectation().map(str::to_owned);
        problem.suggestion = error.suggestion().map(str::to_owned);
        problem.excerpt = error.excerpt_text().map(str::to_owned);
        problem
    }

    /// Whether it stops the tracking.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    /// One line; `{:#}` adds the underlined excerpt on lines of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{source}:")?;
            if let Some(line) = self.line {
                write!(f, "{line}:{}:", self.column.unwrap_or(1))?;
            }
            f.write_str(" ")?;
        }
        write!(f, "{}: ", self.severity)?;
        if !self.pointer.is_empty() {
            write!(f, "{}: ", self.pointer)?;
        }
        f.write_str(&self.message)?;
        if let Some(expected) = &self.expected {
            write!(f, "; expected {expected}")?;
        }
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; {suggestion}")?;
        }
        match &self.excerpt {
            Some(excerpt) if f.alternate() => {
                excerpt.lines().try_for_each(|line| write!(f, "\n    {line}"))
            }
            _ => Ok(()),
        }
    }
}

/// All problems of a configuration that cannot be used, the warnings among them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Whether any of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Problem::is_error)
    }
}

impl fmt::Display for Problems {
    /// One per line; `{:#}` with their excerpts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            fmt::Display::fmt(problem, f)?;
        }
        Ok(())
    }
}

/// Puts problems in the order of their places in the text.
pub(crate) fn sort(problems: &mut [Problem]) {
    problems.sort_by_key(|problem| (problem.line, problem.column));
}
