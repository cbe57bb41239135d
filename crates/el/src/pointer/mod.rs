//! The pointer of a configuration: which notation it is in, and its compiled form.

mod dotted;
mod json_path;
mod json_pointer;
mod literal;

use std::fmt;

use crate::context::{Captured, Context, Kind};
use crate::convert::{self, ConvertError};
use crate::error::ElError;
use crate::expression::Expression;
use crate::lint::Lint;
use crate::path::{MAX_SEGMENTS, whole_document};
use crate::plan::{Keep, ReadPath, Reads};
use crate::syntax::template;

/// The notation that a pointer is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notation {
    /// `{#response.jsonContent.usage.prompt_tokens}`
    Expression,
    /// `/usage/prompt_tokens`, RFC 6901
    JsonPointer,
    /// `$.usage.prompt_tokens`, the definite paths of RFC 9535
    JsonPath,
    /// `usage.prompt_tokens`
    Dotted,
}

impl Notation {
    /// The notation of a text, by its looks alone; the text need not be valid.
    ///
    /// Contains `{#`, `{(` or `{T` (spaces may follow the brace) → expression;
    /// begins with `/` → JSON Pointer; begins with `$` → JSONPath; else → dotted.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if template::opens_somewhere(text) {
            Self::Expression
        } else if text.starts_with('/') {
            Self::JsonPointer
        } else if text.starts_with('$') {
            Self::JsonPath
        } else {
            Self::Dotted
        }
    }
}

impl fmt::Display for Notation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expression => "expression",
            Self::JsonPointer => "JSON Pointer",
            Self::JsonPath => "JSONPath",
            Self::Dotted => "dotted path",
        })
    }
}

/// A compiled pointer: where in a response a value is.
///
/// A path and an expression find the same value where both can say it, and convert it by
/// the same rules, those of the gateway's expression engine.
#[derive(Clone, Debug)]
pub struct Pointer {
    text: String,
    notation: Notation,
    target: Target,
}

#[derive(Clone, Debug)]
enum Target {
    /// One place.
    Path([ReadPath; 1]),
    Expression(Box<Expression>),
}

impl Pointer {
    /// The longest text of a pointer, in characters.
    pub const MAX_CHARS: usize = 10_000;
    /// The most steps of a path.
    pub const MAX_SEGMENTS: usize = MAX_SEGMENTS;

    /// Compiles the text of a pointer.
    ///
    /// # Errors
    /// When the text is no pointer, can only stand for itself, or is an expression that
    /// this version does not have.
    pub fn parse(text: &str) -> Result<Self, ElError> {
        let notation = Notation::of(text);
        match compile(text, notation) {
            Ok(target) => Ok(Self { text: text.to_owned(), notation, target }),
            Err(mut error) => {
                let fits = |text: &String| compile(text, Notation::of(text)).is_ok();
                error.suggestion = error.suggestion.filter(fits);
                Err(error.in_text(text))
            }
        }
    }

    /// The text that was parsed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The notation of the text.
    #[must_use]
    pub fn notation(&self) -> Notation {
        self.notation
    }

    /// The RFC 6901 path of the value, where the pointer is nothing but a path: then the
    /// value is what is there, and [`Pointer::to_count`] and [`Pointer::to_text`] convert
    /// it without an evaluation. It has at least one segment, and none is `*`.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match &self.target {
            Target::Path([path]) => Some(&path.pointer),
            Target::Expression(expression) => {
                let code = expression.only()?;
                code.plan.path(&code.ast)
            }
        }
    }

    /// What of the response's body the pointer reads.
    #[must_use]
    pub fn reads(&self) -> Reads<'_> {
        match &self.target {
            Target::Path(paths) => Reads::Paths(paths),
            Target::Expression(expression) => expression.reads(),
        }
    }

    /// What is likely a mistake, though it is valid.
    #[must_use]
    pub fn lints(&self) -> Vec<Lint> {
        match &self.target {
            Target::Path(_) => Vec::new(),
            Target::Expression(expression) => expression.lints(),
        }
    }

    /// Whether it asks for this variable, such as `request`.
    #[must_use]
    pub fn uses_variable(&self, name: &str) -> bool {
        match &self.target {
            Target::Path(_) => name == "response",
            Target::Expression(expression) => expression.uses_variable(name),
        }
    }

    /// The value, of an exchange, as a count.
    ///
    /// # Errors
    /// As [`Expression::eval_count`].
    pub fn eval_count(&self, context: &dyn Context) -> Result<Option<i64>, ElError> {
        match &self.target {
            Target::Path(_) => self.at_path(context, convert::to_long),
            Target::Expression(expression) => expression.eval_count(context),
        }
    }

    /// The value, of an exchange, as a text.
    ///
    /// # Errors
    /// As [`Expression::eval_text`].
    pub fn eval_text(&self, context: &dyn Context) -> Result<Option<String>, ElError> {
        match &self.target {
            Target::Path(_) => self.at_path(context, convert::to_text),
            Target::Expression(expression) => expression.eval_text(context),
        }
    }

    /// Converts what was captured at the one path.
    fn at_path<T>(
        &self,
        context: &dyn Context,
        convert: impl Fn(&[u8]) -> Result<Option<T>, ConvertError>,
    ) -> Result<Option<T>, ElError> {
        let span = 0..self.text.len();
        let wrong = |error: ElError| Err(error.in_text(&self.text));
        match context.captured(0) {
            Some(Captured::Absent | Captured::Kind(Kind::Null)) => Ok(None),
            Some(Captured::Value(raw)) => match convert(raw) {
                Ok(value) => Ok(value),
                Err(error) => wrong(ElError::evaluation(span, error.to_string())),
            },
            Some(Captured::TooLong) => {
                wrong(ElError::limit(span, "the value is too long to be kept"))
            }
            Some(Captured::Kind(_)) | None => {
                wrong(ElError::unavailable(span, "the value was not captured"))
            }
        }
    }

    /// A captured raw JSON value as a count; see [`convert::to_long`].
    ///
    /// # Errors
    /// When the value is not a count.
    pub fn to_count(&self, raw: impl AsRef<[u8]>) -> Result<Option<i64>, ConvertError> {
        convert::to_long(raw.as_ref())
    }

    /// A captured raw JSON value as a text; see [`convert::to_text`].
    ///
    /// # Errors
    /// When the value is not a text.
    pub fn to_text(&self, raw: impl AsRef<[u8]>) -> Result<Option<String>, ConvertError> {
        convert::to_text(raw.as_ref())
    }
}

/// Everything but the check of the suggestion, which itself needs this.
fn compile(text: &str, notation: Notation) -> Result<Target, ElError> {
    if notation == Notation::Expression {
        let expression = Expression::parse(text)?;
        if expression.is_literal() {
            return Err(never_an_expression(text));
        }
        return Ok(Target::Expression(Box::new(expression)));
    }
    if text.encode_utf16().count() > Pointer::MAX_CHARS {
        return Err(ElError::unsupported(
            0..text.len(),
            format!("a pointer may have at most {} characters", Pointer::MAX_CHARS),
            "a shorter pointer",
        ));
    }
    let path = match notation {
        Notation::JsonPointer => json_pointer::parse(text)?,
        Notation::JsonPath => json_path::parse(text)?,
        _ => {
            literal::refuse(text)?;
            dotted::parse(text)?
        }
    };
    if path.is_root() {
        return Err(whole_document(0..text.len()));
    }
    Ok(Target::Path([ReadPath { pointer: path.into_pointer(), keep: Keep::Value }]))
}

/// `{(1)` and `{({1,{2}})}`: they open like an expression, and are plain text.
fn never_an_expression(text: &str) -> ElError {
    let start = template::opening(text).map_or(0, |(open, _)| open);
    ElError::literal(
        start..text.len(),
        "the gateway cannot pair these braces and takes the text as it stands",
        "`{#response.jsonContent.…}`, with its closing brace",
    )
}
