//! Texts, which Java counts in UTF-16 units.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// A text: a part of the body, or one that was made.
#[derive(Clone)]
pub enum Text<'a> {
    /// A part of something that lives as long as the evaluation.
    Borrowed(&'a str),
    /// A text of its own.
    Shared(Rc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self::Shared(text.into())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// The length of a text in UTF-16 units.
pub(crate) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// The byte offset of a UTF-16 index. `Err(true)` when it is beyond the end, `Err(false)`
/// when it is inside a surrogate pair.
pub(crate) fn offset(text: &str, index: usize) -> Result<usize, bool> {
    if text.is_ascii() {
        return if index <= text.len() { Ok(index) } else { Err(true) };
    }
    let mut units = 0;
    for (at, c) in text.char_indices() {
        match units {
            units if units == index => return Ok(at),
            units if units > index => return Err(false),
            _ => units += c.len_utf16(),
        }
    }
    match units {
        units if units == index => Ok(text.len()),
        units if units > index => Err(false),
        _ => Err(true),
    }
}

/// The UTF-16 index of a byte offset.
pub(crate) fn index(text: &str, offset: usize) -> usize {
    length(&text[..offset])
}

/// The UTF-16 unit at an index.
pub(crate) fn unit(text: &str, index: usize) -> Option<u16> {
    if text.is_ascii() {
        return text.as_bytes().get(index).map(|&byte| u16::from(byte));
    }
    text.encode_utf16().nth(index)
}
