//! Reads a body in chunks and writes down all that came of it.

use std::sync::Arc;

use token_tracking_framing::{
    BodyEnd, BodyHead, BodyReader, Format, Level, Limits, PathId, Paths, Trouble, ValueKind,
};

/// One captured path of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) kind: Option<ValueKind>,
    pub(crate) raw: Option<String>,
    pub(crate) all: Vec<String>,
    pub(crate) over: bool,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) name: Option<String>,
    pub(crate) exception: bool,
    pub(crate) index: u64,
    pub(crate) values: Vec<Seen>,
}

/// What became of a body, comparable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) documents: Vec<Document>,
    pub(crate) format: Option<Format>,
    pub(crate) malformed: u64,
    pub(crate) truncated: bool,
    pub(crate) over_limit: bool,
    pub(crate) done: bool,
    pub(crate) trouble: Option<Trouble>,
}

impl Outcome {
    /// The raw text at the first path, of each event.
    pub(crate) fn firsts(&self) -> Vec<&str> {
        self.documents.iter().map(|d| d.values[0].raw.as_deref().unwrap_or("-")).collect()
    }
}

/// A body's head and what is wanted of it.
#[derive(Clone)]
pub(crate) struct Reading<'a> {
    pub(crate) content_type: Option<&'a str>,
    pub(crate) content_encoding: Option<&'a str>,
    pub(crate) limits: Limits,
    /// Of vector instructions.
    pub(crate) level: Level,
    pub(crate) paths: Arc<Paths>,
    pub(crate) ids: Vec<PathId>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(content_type: &'a str, pointers: &[&str]) -> Self {
        let mut paths = Paths::new();
        let ids = pointers.iter().map(|pointer| paths.add(pointer).unwrap()).collect();
        Self::of(content_type, paths, ids)
    }

    pub(crate) fn of(content_type: &'a str, paths: Paths, ids: Vec<PathId>) -> Self {
        Self {
            content_type: (!content_type.is_empty()).then_some(content_type),
            content_encoding: None,
            limits: Limits::default(),
            level: Level::best(),
            paths: Arc::new(paths),
            ids,
        }
    }

    pub(crate) fn encoded(mut self, content_encoding: &'a str) -> Self {
        self.content_encoding = Some(content_encoding);
        self
    }

    pub(crate) fn reader(&self) -> BodyReader {
        let head =
            BodyHead { content_type: self.content_type, content_encoding: self.content_encoding };
        BodyReader::new(head, Arc::clone(&self.paths), self.limits).at_level(self.level)
    }

    /// Reads the chunks to the end.
    pub(crate) fn chunks<'b>(&self, chunks: impl IntoIterator<Item = &'b [u8]>) -> Outcome {
        let mut reader = self.reader();
        let mut documents = Vec::new();
        let mut note = |event: token_tracking_framing::Event<'_>| {
            let text = |raw: &[u8]| String::from_utf8_lossy(raw).into_owned();
            let values = self.ids.iter().map(|&id| Seen {
                kind: event.kind(id),
                raw: event.raw(id).map(text),
                all: event.raw_all(id).map(text).collect(),
                over: event.over_limit(id),
            });
            let document = Document {
                name: event.name().map(str::to_owned),
                exception: event.is_exception(),
                index: event.index(),
                values: values.collect(),
            };
            if event.is_repeat() {
                let before: &Document = documents.last().expect("a document before");
                let same = Document { index: document.index, ..before.clone() };
                assert_eq!(document, same, "a repeat has nothing new");
            }
            documents.push(document);
        };
        for chunk in chunks {
            reader.push(chunk, &mut note);
        }
        let end: BodyEnd = reader.finish(&mut note);
        assert_eq!(end.documents, documents.len() as u64, "the count is of what was handed out");
        Outcome {
            documents,
            format: end.format,
            malformed: end.malformed,
            truncated: end.truncated,
            over_limit: end.over_limit,
            done: end.done,
            trouble: end.trouble,
        }
    }

    /// Reads the body in one chunk.
    pub(crate) fn whole(&self, body: impl AsRef<[u8]>) -> Outcome {
        self.chunks([body.as_ref()])
    }

    /// Reads the body byte by byte.
    pub(crate) fn bytes(&self, body: impl AsRef<[u8]>) -> Outcome {
        self.chunks(body.as_ref().chunks(1))
    }
}
