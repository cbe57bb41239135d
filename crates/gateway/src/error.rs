//! What stops a gateway from starting, each with the place and what to do about it.

use std::fmt;
use std::io;

use token_tracking_policy::{Document, Problem};

/// One thing that is wrong, or not implemented, in an API definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// The file, or the API's name where it came from no file.
    pub source: String,
    /// Line and column in it, from 1, where its text is known.
    pub place: Option<(u32, u32)>,
    /// JSON Pointer to the place; empty for the whole.
    pub pointer: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What was expected there.
    pub expected: Option<String>,
    /// What to do or to write instead.
    pub suggestion: Option<String>,
}

impl Finding {
    pub(crate) fn new(source: &str, pointer: &str, message: impl Into<String>) -> Self {
        Self {
            source: source.to_owned(),
            pointer: pointer.to_owned(),
            message: message.into(),
            ..Self::default()
        }
    }

    /// The same, with its line and column in a text.
    pub(crate) fn located(mut self, document: &Document) -> Self {
        let mut problem = Problem::error(&*self.pointer, "");
        document.locate(&mut problem);
        self.place = problem.line.zip(problem.column);
        self
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    pub(crate) fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        match (&*self.pointer, self.place) {
            ("", _) => {}
            (pointer, Some(_)) => write!(f, ": {pointer}")?,
            (pointer, None) => write!(f, "#{pointer}")?,
        }
        write!(f, ": {}", self.message)?;
        if let Some(expected) = &self.expected {
            write!(f, "; expected {expected}")?;
        }
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; {suggestion}")?;
        }
        Ok(())
    }
}

/// Findings, all that there are, in the order of the definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(pub Vec<Finding>);

impl fmt::Display for Findings {
    /// One a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, finding) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "  {finding}")?;
        }
        Ok(())
    }
}

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// A definition cannot be read.
    #[error("cannot read the API definition {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A folder of definitions has none.
    #[error("the folder {path} holds no API definition; expected files *.json, *.yaml or *.yml")]
    EmptyFolder {
        /// The folder.
        path: String,
    },
    /// A definition is not one, or two contradict each other.
    #[error("the API definitions are not valid:\n{0}")]
    Invalid(Findings),
    /// A definition asks for what this gateway does not do.
    #[error(
        "the API definitions use what this gateway does not implement:\n{0}\n\
         Serving them without it could open what they protect. Disable these parts, \
         or ask to ignore them (--ignore-unsupported)."
    )]
    Unsupported(Findings),
    /// A tracking configuration does not compile, and the settings are strict.
    #[error("tracking configurations that do not compile (strict):\n{0}")]
    Misconfigured(Findings),
    /// A setting that only the gateway can judge is wrong.
    #[error("the settings cannot be used: {0}")]
    Settings(String),
    /// There is nothing to serve.
    #[error("no API to serve; name a definition file, or a target with its type")]
    NoApis,
    /// The address to listen on cannot be had.
    #[error("cannot listen on {address}: {source}; {advice}")]
    Listen {
        /// The address, as configured.
        address: String,
        /// What the system said.
        source: io::Error,
        /// What to do about it.
        advice: &'static str,
    },
    /// TLS to the clients cannot be set up.
    #[error("cannot serve over TLS: {0}")]
    ListenTls(String),
    /// TLS to the providers cannot be set up.
    #[error("cannot set up TLS to the targets: {0}")]
    Tls(String),
    /// The listener failed while serving.
    #[error("the listener failed: {0}")]
    Serve(io::Error),
}
