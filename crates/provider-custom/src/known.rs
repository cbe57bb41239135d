//! What an expression can ask of an exchange: what was known at its beginning, and the values
//! captured of one document.

use token_tracking_core::{Captured, PathId, ValueKind};
use token_tracking_el::{Captured as Found, Context, Fact, Kind, Message, Value};

/// Copies of what is known; nothing where all pointers are paths.
pub(crate) type Known = token_tracking_el::Known<'static>;

/// One document of an exchange.
pub(crate) struct Document<'a> {
    pub(crate) known: &'a Known,
    pub(crate) captured: &'a Captured<'a>,
    /// The places that the expression reads, in its order.
    pub(crate) places: &'a [PathId],
    /// The whole document, where it reads that.
    pub(crate) whole: Option<PathId>,
}

impl Context for Document<'_> {
    fn body(&self, message: Message) -> Option<&[u8]> {
        match message {
            Message::Response => self.captured.raw(self.whole?),
            Message::Request => None,
        }
    }

    fn headers(&self, message: Message) -> Vec<(&str, &str)> {
        Context::headers(self.known, message)
    }

    fn fact(&self, fact: Fact) -> Option<Value<'_>> {
        self.known.fact(fact)
    }

    fn captured(&self, place: usize) -> Option<Found<'_>> {
        let path = *self.places.get(place)?;
        if let Some(raw) = self.captured.raw(path) {
            return Some(Found::Value(raw));
        }
        Some(match self.captured.kind(path) {
            None => Found::Absent,
            Some(_) if self.captured.over_limit(path) => Found::TooLong,
            Some(kind) => Found::Kind(match kind {
                ValueKind::Object => Kind::Object,
                ValueKind::Array => Kind::List,
                ValueKind::String => Kind::Text,
                ValueKind::Number => Kind::Number,
                ValueKind::Bool => Kind::Bool,
                ValueKind::Null => Kind::Null,
            }),
        })
    }
}
