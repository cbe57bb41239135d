//! Which fields of a document to capture: a small trie of wanted paths.

use thiserror::Error;

use crate::trie::Trie;

/// Default bound, in bytes, of one captured value.
///
/// The largest usage object on record is under 4 KiB; a model name is under 256 bytes.
pub const DEFAULT_CAPTURE_LIMIT: usize = 16 * 1024;

/// Names one wanted path of a [`Paths`]; cheap to copy and to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PathId(pub(crate) u16);

/// Why a path was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PathError {
    /// A non-empty pointer must begin with `/`.
    #[error("a JSON Pointer begins with `/`: write `/{0}`")]
    NoLeadingSlash(String),
    /// `~` must be followed by `0` or `1`.
    #[error("in a JSON Pointer `~` is written `~0`: {0}")]
    BadEscape(String),
    /// More segments than [`Paths::MAX_SEGMENTS`].
    #[error("a path may have at most {max} segments", max = Paths::MAX_SEGMENTS)]
    TooDeep,
    /// More paths than [`Paths::MAX_PATHS`].
    #[error("at most {max} paths may be wanted at once", max = Paths::MAX_PATHS)]
    TooMany,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// An object key, or an array index written in decimal.
    Key(String),
    /// `*`: every element of an array (never an object's keys).
    AnyElement,
}

/// One wanted path and its bound.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) segments: Vec<Segment>,
    pub(crate) limit: usize,
    /// It has a `*`, so that a document may hold many values.
    pub(crate) many: bool,
}

/// The wanted paths of one extractor, known before the first byte.
///
/// A path is an RFC 6901 JSON Pointer from the document's root; a segment `*`
/// means every element of an array. The empty pointer is the whole document. A
/// decimal segment is an array's element or an object's member with that key. Where an
/// object has a key twice, the last one counts, with all that is below it.
///
/// What is captured of a document, and how much memory that can take, is the sum over the
/// paths: the limit of each, for one with `*` the larger of 16 times that and
/// [`Paths::MAX_VALUES_BYTES`].
///
/// ```
/// use token_tracking_framing::Paths;
/// let mut paths = Paths::new();
/// let usage = paths.add("/usage").unwrap();
/// let served = paths.add("/response/model").unwrap();
/// assert_ne!(usage, served);
/// assert_eq!(paths.len(), 2);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Paths {
    pub(crate) wanted: Vec<Wanted>,
    pub(crate) trie: Trie,
}

impl Paths {
    /// The most segments one path may have: the scanner's stack is this deep and no deeper.
    pub const MAX_SEGMENTS: usize = 32;
    /// The most paths one scan may look for.
    pub const MAX_PATHS: usize = 256;
    /// The most values kept of one path with `*` in one document; what follows is
    /// dropped and reported as over the limit.
    pub const MAX_VALUES: usize = 4096;
    /// The most bytes kept of one path with `*` in one document, or 16 times the limit
    /// of one value if that is more; what does not fit is dropped and reported.
    pub const MAX_VALUES_BYTES: usize = 64 * 1024;

    /// No paths: a scan only finds where the documents end.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Wants the value at `pointer`, up to [`DEFAULT_CAPTURE_LIMIT`] bytes of it.
    ///
    /// # Errors
    /// When the pointer is not one, or a bound of this type is reached.
    pub fn add(&mut self, pointer: &str) -> Result<PathId, PathError> {
        self.add_with_limit(pointer, DEFAULT_CAPTURE_LIMIT)
    }

    /// Wants the value at `pointer`, up to `limit` bytes of its raw JSON text.
    /// A longer value is dropped and reported as over its limit. With a limit of
    /// 0 only presence and kind are captured, which is never over the limit.
    ///
    /// # Errors
    /// When the pointer is not one, or a bound of this type is reached.
    pub fn add_with_limit(&mut self, pointer: &str, limit: usize) -> Result<PathId, PathError> {
        let segments = parse_pointer(pointer)?;
        if segments.len() > Self::MAX_SEGMENTS {
            return Err(PathError::TooDeep);
        }
        if let Some(at) = self.wanted.iter().position(|w| w.segments == segments) {
            self.wanted[at].limit = self.wanted[at].limit.max(limit);
            return Ok(id(at));
        }
        if self.wanted.len() == Self::MAX_PATHS {
            return Err(PathError::TooMany);
        }
        let id = id(self.wanted.len());
        self.trie.insert(&segments, id.0);
        let many = segments.contains(&Segment::AnyElement);
        self.wanted.push(Wanted { segments, limit, many });
        Ok(id)
    }

    /// How many paths are wanted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.wanted.len()
    }

    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }
}

fn id(at: usize) -> PathId {
    PathId(u16::try_from(at).expect("MAX_PATHS fits u16"))
}

fn parse_pointer(pointer: &str) -> Result<Vec<Segment>, PathError> {
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let Some(rest) = pointer.strip_prefix('/') else {
        return Err(PathError::NoLeadingSlash(pointer.to_owned()));
    };
    rest.split('/').map(|part| parse_segment(part, pointer)).collect()
}

fn parse_segment(part: &str, pointer: &str) -> Result<Segment, PathError> {
    if part == "*" {
        return Ok(Segment::AnyElement);
    }
    let mut key = String::with_capacity(part.len());
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        match c {
            '~' => match chars.next() {
                Some('0') => key.push('~'),
                Some('1') => key.push('/'),
                _ => return Err(PathError::BadEscape(pointer.to_owned())),
            },
            c => key.push(c),
        }
    }
    Ok(Segment::Key(key))
}
