//! The pointer of a configuration: which notation it is in, and its compiled form.

mod dotted;
mod json_path;
mod json_pointer;
mod literal;

use std::fmt;

use crate::convert::{self, ConvertError};
use crate::error::ElError;
use crate::expression;
use crate::path::{MAX_SEGMENTS, Path, whole_document};

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
        if expression::opens_somewhere(text) {
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
/// All notations find the same value and convert it by the same rules, those of
/// the gateway's expression engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    text: String,
    notation: Notation,
    json_pointer: String,
}

impl Pointer {
    /// The longest text of a pointer, in characters.
    pub const MAX_CHARS: usize = 10_000;
    /// The most steps of a path.
    pub const MAX_SEGMENTS: usize = MAX_SEGMENTS;

    /// Compiles the text of a pointer.
    ///
    /// # Errors
    /// When the text is no pointer, or one that this version cannot evaluate.
    pub fn parse(text: &str) -> Result<Self, ElError> {
        let notation = Notation::of(text);
        match compile(text, notation) {
            Ok(path) => {
                let json_pointer = path.into_pointer();
                Ok(Self { text: text.to_owned(), notation, json_pointer })
            }
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

    /// The RFC 6901 path, in the response document, of the value to capture.
    ///
    /// It has at least one segment, and none is `*`.
    #[must_use]
    pub fn json_pointer(&self) -> String {
        self.json_pointer.clone()
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
fn compile(text: &str, notation: Notation) -> Result<Path, ElError> {
    // An expression has its own limit, without the template around it.
    let limit = Pointer::MAX_CHARS * if notation == Notation::Expression { 2 } else { 1 };
    if text.encode_utf16().count() > limit {
        return Err(ElError::unsupported(
            0..text.len(),
            format!("a pointer may have at most {} characters", Pointer::MAX_CHARS),
            "a shorter pointer",
        ));
    }
    let path = match notation {
        Notation::Expression => expression::parse(text)?,
        Notation::JsonPointer => json_pointer::parse(text)?,
        Notation::JsonPath => json_path::parse(text)?,
        Notation::Dotted => {
            literal::refuse(text)?;
            dotted::parse(text)?
        }
    };
    if path.is_root() { Err(whole_document(0..text.len())) } else { Ok(path) }
}
