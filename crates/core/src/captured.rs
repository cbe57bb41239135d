//! What a plugin sees of one document: the wanted values, raw or decoded.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use token_tracking_framing::{Event, PathError, PathId, Paths, ValueKind};

use crate::{Notes, Reason};

/// What an extractor wants of each document, said before the first byte.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    paths: Arc<Paths>,
}

impl Wanted {
    /// Wants nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Wants the value at this JSON Pointer; a segment `*` is every element of an array.
    ///
    /// # Errors
    /// When the pointer is not one, or too many are wanted.
    pub fn path(&mut self, pointer: &str) -> Result<PathId, PathError> {
        Arc::make_mut(&mut self.paths).add(pointer)
    }

    /// As [`Wanted::path`], with a bound on the value's raw text in bytes; with 0
    /// only the value's presence and kind are kept.
    ///
    /// # Errors
    /// When the pointer is not one, or too many are wanted.
    pub fn path_with_limit(&mut self, pointer: &str, limit: usize) -> Result<PathId, PathError> {
        Arc::make_mut(&mut self.paths).add_with_limit(pointer, limit)
    }

    /// Wants a path written in the source, which is therefore known to be one.
    ///
    /// # Panics
    /// When it is not: a mistake that the plugin's first test finds.
    pub fn constant(&mut self, pointer: &'static str) -> PathId {
        self.path(pointer).unwrap_or_else(|error| panic!("{pointer}: {error}"))
    }

    /// The paths, as a scanner of documents takes them.
    #[must_use]
    pub fn paths(&self) -> Arc<Paths> {
        Arc::clone(&self.paths)
    }
}

/// One JSON document, or one event of a stream: only the wanted values.
#[derive(Clone, Copy, Debug)]
pub struct Captured<'a> {
    event: Event<'a>,
}

impl<'a> Captured<'a> {
    pub(crate) fn new(event: Event<'a>) -> Self {
        Self { event }
    }

    /// The `event:` line of a server-sent event.
    #[must_use]
    pub fn event_name(&self) -> Option<&'a str> {
        self.event.name()
    }

    /// Whether an AWS event stream says that it failed with this; its name is then the
    /// exception's type.
    #[must_use]
    pub fn is_exception(&self) -> bool {
        self.event.is_exception()
    }

    /// Position among the documents of this body, from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.event.index()
    }

    /// Whether the name and all wanted values are known to be those of the document before,
    /// as they are for most events of a stream: then there is nothing new to observe.
    ///
    /// It may be `false` although they are, by how the chunks fall, so it must change no
    /// result: only use it where observing the same values twice is observing them once.
    #[must_use]
    pub fn is_repeat(&self) -> bool {
        self.event.is_repeat()
    }

    /// The value's raw JSON text, `null` included.
    #[must_use]
    pub fn raw(&self, path: PathId) -> Option<&'a [u8]> {
        self.event.raw(path)
    }

    /// The raw texts of all values at a path with `*`.
    pub fn raw_all(&self, path: PathId) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.event.raw_all(path)
    }

    /// What the value is, also where its text was not kept.
    #[must_use]
    pub fn kind(&self, path: PathId) -> Option<ValueKind> {
        self.event.kind(path)
    }

    /// Whether the value is there and is not `null`.
    #[must_use]
    pub fn has(&self, path: PathId) -> bool {
        self.kind(path).is_some_and(|kind| kind != ValueKind::Null)
    }

    /// Whether a value at this path was longer than its bound, and so was dropped.
    #[must_use]
    pub fn over_limit(&self, path: PathId) -> bool {
        self.event.over_limit(path)
    }

    /// The value, if it is a string.
    #[must_use]
    pub fn text(&self, path: PathId) -> Option<Cow<'a, str>> {
        let raw = self.raw(path)?;
        let plain = raw.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        if !plain.contains(&b'\\') {
            return std::str::from_utf8(plain).ok().map(Cow::Borrowed);
        }
        serde_json::from_slice::<String>(raw).ok().map(Cow::Owned)
    }

    /// The value decoded into a wire struct; `None` where it is absent or `null`.
    /// A value that does not decode is noted as malformed.
    pub fn decode<T: Deserialize<'a>>(&self, path: PathId, notes: &mut Notes) -> Option<T> {
        let raw = self.raw(path)?;
        match serde_json::from_slice::<Option<T>>(raw) {
            Ok(value) => value,
            Err(error) => {
                notes
                    .explain(Reason::Malformed, format!("a wanted value does not decode: {error}"));
                None
            }
        }
    }
}

/// A count as providers write it: an integer, an integral float (`28.0`), `null` or
/// nothing. Anything else decodes too, as [`Count::NotACount`], so that one odd field
/// does not lose the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Count {
    /// Not there, or `null`.
    #[default]
    Absent,
    /// A count.
    Value(u64),
    /// Something else: a string, a negative number, a fraction.
    NotACount,
}

impl Count {
    /// The count; what is not one is noted and absent.
    pub fn get(self, notes: &mut Notes) -> Option<u64> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent => None,
            Self::NotACount => {
                notes.reason(Reason::NotACount);
                None
            }
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The number's own text decides, so that 2^53 + 1 and 28.0 are both exact.
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        Ok(match raw {
            "null" => Self::Absent,
            text => parse_count(text).map_or(Self::NotACount, Self::Value),
        })
    }
}

/// An integer of JSON, or a real that is one: `28`, `28.0`, `2.8e1`.
fn parse_count(text: &str) -> Option<u64> {
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    // 2^53: beyond it a double no longer tells neighbours apart.
    (value.fract() == 0.0 && value <= 9_007_199_254_740_992.0).then_some(value as u64)
}

/// A nested part of a wire struct that may have an unexpected kind: then it reads as absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lenient<T>(pub Option<T>);

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        Ok(Self(serde_json::from_str(raw).ok()))
    }
}
