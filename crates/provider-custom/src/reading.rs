//! A pointer, and what of each document is captured for it.

use token_tracking_core::{Captured, PathError, PathId, Wanted};
use token_tracking_el::{ErrorKind, Keep, Pointer, Reads};

use crate::known::{Document, Known};

/// The most bytes of a document that are kept for an expression that reads all of it.
pub const MAX_DOCUMENT: usize = 1024 * 1024;
/// The most bytes of a value of which one character may be asked for.
const MAX_SHORT: usize = 1024;

/// A pointer of the configuration, ready to look at documents.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) pointer: Pointer,
    capture: Capture,
}

#[derive(Clone, Debug)]
enum Capture {
    /// The value itself: the pointer is a path.
    Value(PathId),
    /// The places that an expression reads; the values among them, without the kinds.
    Places(Vec<PathId>, Vec<PathId>),
    /// The whole document.
    Whole(PathId),
    /// Nothing of the document.
    Nothing,
}

/// Why a document has no value for a pointer.
pub(crate) struct Trouble {
    /// It was too long for what is kept.
    pub(crate) limit: bool,
    pub(crate) message: String,
}

impl Reading {
    pub(crate) fn new(pointer: Pointer, wanted: &mut Wanted) -> Result<Self, PathError> {
        let capture = if let Some(path) = pointer.path() {
            Capture::Value(wanted.path(path)?)
        } else {
            match pointer.reads() {
                Reads::Paths(paths) => {
                    let (mut places, mut values) = (Vec::new(), Vec::new());
                    for path in paths {
                        let id = match path.keep {
                            Keep::Kind => wanted.path_with_limit(&path.pointer, 0)?,
                            Keep::Short => wanted.path_with_limit(&path.pointer, MAX_SHORT)?,
                            Keep::Value => wanted.path(&path.pointer)?,
                        };
                        places.push(id);
                        if path.keep == Keep::Value {
                            values.push(id);
                        }
                    }
                    Capture::Places(places, values)
                }
                Reads::WholeContent => Capture::Whole(wanted.path_with_limit("", MAX_DOCUMENT)?),
                _ => Capture::Nothing,
            }
        };
        Ok(Self { pointer, capture })
    }

    /// Whether it asks for more of the exchange than values of its documents.
    pub(crate) fn needs_facts(&self) -> bool {
        !matches!(self.capture, Capture::Value(_))
    }

    /// The count in this document. `None` where it gives none.
    pub(crate) fn count(
        &self,
        known: &Known,
        captured: &Captured<'_>,
    ) -> Result<Option<i64>, Trouble> {
        match &self.capture {
            Capture::Value(path) => match captured.raw(*path) {
                Some(raw) => self.pointer.to_count(raw).map_err(|error| failed(&error)),
                None => absent(captured, *path),
            },
            _ => match self.document(known, captured)? {
                Some(document) => self.pointer.eval_count(&document).map_err(|error| Trouble {
                    limit: error.kind == ErrorKind::Limit,
                    message: error.to_string(),
                }),
                None => Ok(None),
            },
        }
    }

    /// The text in this document. `None` where it gives none.
    pub(crate) fn text(
        &self,
        known: &Known,
        captured: &Captured<'_>,
    ) -> Result<Option<String>, Trouble> {
        match &self.capture {
            Capture::Value(path) => match captured.raw(*path) {
                Some(raw) => self.pointer.to_text(raw).map_err(|error| failed(&error)),
                None => absent(captured, *path),
            },
            _ => match self.document(known, captured)? {
                Some(document) => self.pointer.eval_text(&document).map_err(|error| Trouble {
                    limit: error.kind == ErrorKind::Limit,
                    message: error.to_string(),
                }),
                None => Ok(None),
            },
        }
    }

    /// The raw text that alone decides the value, where that is so.
    pub(crate) fn raw<'a>(&self, captured: &Captured<'a>) -> Option<&'a [u8]> {
        match &self.capture {
            Capture::Value(path) => captured.raw(*path),
            _ => None,
        }
    }

    /// The document as a context. An event of a stream that has nothing of what the
    /// expression reads says nothing about it: only the first document is looked at even so.
    fn document<'a>(
        &'a self,
        known: &'a Known,
        captured: &'a Captured<'a>,
    ) -> Result<Option<Document<'a>>, Trouble> {
        let document = |places, whole| Document { known, captured, places, whole };
        match &self.capture {
            Capture::Places(places, values) => {
                let there = values.iter().any(|path| captured.kind(*path).is_some());
                Ok((there || captured.index() == 0).then(|| document(places, None)))
            }
            Capture::Whole(path) => {
                if captured.over_limit(*path) {
                    let message = format!("the document has more than {MAX_DOCUMENT} bytes");
                    return Err(Trouble { limit: true, message });
                }
                Ok(Some(document(&[], Some(*path))))
            }
            _ => Ok((captured.index() == 0).then(|| document(&[], None))),
        }
    }
}

fn failed(error: &token_tracking_el::ConvertError) -> Trouble {
    Trouble { limit: false, message: error.to_string() }
}

/// A path at which nothing was kept.
fn absent<T>(captured: &Captured<'_>, path: PathId) -> Result<Option<T>, Trouble> {
    if captured.over_limit(path) {
        return Err(Trouble {
            limit: true,
            message: "the value is too long to be kept".to_owned(),
        });
    }
    Ok(None)
}
