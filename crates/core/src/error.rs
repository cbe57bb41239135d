//! Errors of building and configuring; metering itself cannot fail.

use std::error::Error as StdError;
use std::fmt;

/// What kind of mistake an [`Error`] is. New plugins need no new kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A configuration is not what its type expects.
    InvalidConfig,
    /// A type that no linked plugin has.
    UnknownType,
    /// Two plugins claim one type.
    DuplicateType,
    /// Valid, but not built (yet).
    Unsupported,
}

/// Why something could not be built: what is wrong, where, what was expected and
/// what to type instead, each as a named piece of context.
#[derive(Debug)]
pub struct Error(Box<Parts>);

/// Boxed, since an error travels through many results and is rarely there.
#[derive(Debug)]
struct Parts {
    kind: ErrorKind,
    message: String,
    at: Option<String>,
    expected: Option<String>,
    suggestion: Option<String>,
    excerpt: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of this kind that says what is wrong.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            message: message.into(),
            at: None,
            expected: None,
            suggestion: None,
            excerpt: None,
            source: None,
        }))
    }

    /// Says where: a JSON Pointer into the configuration. Called again by an outer
    /// layer, it prefixes what an inner layer said.
    #[must_use]
    pub fn at(mut self, pointer: impl AsRef<str>) -> Self {
        let inner = self.0.at.take().unwrap_or_default();
        self.0.at = Some(format!("{}{inner}", pointer.as_ref()));
        self
    }

    /// Says what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// Says what to type instead.
    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.0.suggestion = Some(suggestion.into());
        self
    }

    /// Shows the offending text, its bad part underlined.
    #[must_use]
    pub fn excerpt(mut self, excerpt: impl Into<String>) -> Self {
        self.0.excerpt = Some(excerpt.into());
        self
    }

    /// Keeps the error that caused this one.
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What kind of mistake it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What is wrong, in one sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// JSON Pointer to the place in the configuration.
    #[must_use]
    pub fn pointer(&self) -> Option<&str> {
        self.0.at.as_deref()
    }

    /// What was expected there.
    #[must_use]
    pub fn expectation(&self) -> Option<&str> {
        self.0.expected.as_deref()
    }

    /// What to type instead.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.0.suggestion.as_deref()
    }

    /// The offending text with its bad part underlined.
    #[must_use]
    pub fn excerpt_text(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }
}

impl fmt::Display for Error {
    /// One line; `{:#}` adds the underlined excerpt on lines of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = &self.0.at {
            write!(f, "{at}: ")?;
        }
        f.write_str(&self.0.message)?;
        if let Some(expected) = &self.0.expected {
            write!(f, "; expected {expected}")?;
        }
        if let Some(suggestion) = &self.0.suggestion {
            write!(f, "; {suggestion}")?;
        }
        match &self.0.excerpt {
            Some(excerpt) if f.alternate() => write!(f, "\n{excerpt}"),
            _ => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
