//! What the framer hands out: one JSON document with its captured fields.

use crate::bounded::text;
use crate::capture::{Captures, Slot};
use crate::paths::PathId;

/// What a captured value is, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`
    Null,
}

impl ValueKind {
    /// The kind of the value that begins with this byte.
    pub(crate) fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            b'{' => Self::Object,
            b'[' => Self::Array,
            b'"' => Self::String,
            b't' | b'f' => Self::Bool,
            b'n' => Self::Null,
            b'-' | b'0'..=b'9' => Self::Number,
            _ => return None,
        })
    }
}

/// One JSON document of a body, or one event of a stream, already scanned.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// As far as it was kept.
    pub(crate) name: &'a [u8],
    pub(crate) exception: bool,
    pub(crate) again: bool,
    pub(crate) index: u64,
    pub(crate) captures: &'a Captures,
}

impl<'a> Event<'a> {
    /// The event's name: the `event:` line of SSE; of an AWS event stream the `:event-type`,
    /// and of an exception its type. At most 64 bytes are kept.
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        text(self.name)
    }

    /// Whether an AWS event stream says that it failed with this. Other framings put
    /// errors into documents. It is handed out with whatever payload it has, none included.
    #[must_use]
    pub fn is_exception(&self) -> bool {
        self.exception
    }

    /// Whether the name and all captured values are known to be those of the document
    /// before. It may be `false` although they are, by how the chunks fall: a hint that
    /// there is nothing new, which must change no result.
    #[must_use]
    pub fn is_repeat(&self) -> bool {
        self.again
    }

    /// Position among the documents of this body, from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The raw JSON text of the last value at this path, `null` included. `None` where
    /// there is no value, or its text is not kept.
    #[must_use]
    pub fn raw(&self, path: PathId) -> Option<&'a [u8]> {
        self.slot(path)?.last_text()
    }

    /// The raw JSON texts at a path with `*`, in document order, of the values whose
    /// text is kept.
    pub fn raw_all(&self, path: PathId) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.slot(path).into_iter().flat_map(Slot::texts)
    }

    /// What the last value at this path is; known even where its text is not kept.
    #[must_use]
    pub fn kind(&self, path: PathId) -> Option<ValueKind> {
        self.slot(path)?.last_kind()
    }

    /// Whether a value at this path was longer than its limit, and so was dropped.
    #[must_use]
    pub fn over_limit(&self, path: PathId) -> bool {
        self.slot(path).is_some_and(Slot::over_limit)
    }

    fn slot(&self, path: PathId) -> Option<&'a Slot> {
        self.captures.slot(path)
    }
}
