//! A definite path into a document, and its RFC 6901 form.

use std::ops::Range;

use crate::error::ElError;

/// The most segments of a path: the scanner's stack is no deeper.
pub(crate) const MAX_SEGMENTS: usize = 32;

/// Keys and decimal indexes from the root of the document, written as they go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path {
    pointer: String,
    segments: usize,
}

impl Path {
    /// Appends a key or a decimal index found at `span` of the pointer's text.
    pub(crate) fn push(&mut self, key: &str, span: Range<usize>) -> Result<(), ElError> {
        if key == "*" {
            return Err(ElError::unsupported(
                span,
                "a key that is literally `*` cannot be told from a wildcard",
                "the name of a key",
            ));
        }
        if self.segments == MAX_SEGMENTS {
            return Err(ElError::unsupported(
                span,
                format!("a path may have at most {MAX_SEGMENTS} steps"),
                "a shorter path",
            ));
        }
        self.segments += 1;
        self.pointer.push('/');
        for c in key.chars() {
            match c {
                '~' => self.pointer.push_str("~0"),
                '/' => self.pointer.push_str("~1"),
                c => self.pointer.push(c),
            }
        }
        Ok(())
    }

    pub(crate) fn is_root(&self) -> bool {
        self.segments == 0
    }

    /// The path as a JSON Pointer.
    pub(crate) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The path as a JSON Pointer.
    pub(crate) fn into_pointer(self) -> String {
        self.pointer
    }
}

/// The error of a path with no step: it names the whole document.
pub(crate) fn whole_document(span: Range<usize>) -> ElError {
    ElError::unsupported(
        span,
        "this points at the whole document, which is neither a count nor a text",
        "the path of a field inside the document",
    )
}
