//! The scanner: walks one JSON document, chunk by chunk, and captures the wanted values.
//!
//! It walks the root and the containers that have wanted values inside, and checks their
//! grammar: keys, colons, commas, brackets, literals, numbers. Every other value is
//! skipped. Not checked: within a skipped container anything but the count of brackets
//! (of either kind) outside strings; within strings anything but their end, so neither
//! control characters nor UTF-8 nor, but for the keys of walked objects, escapes.
//!
//! Memory: the bounds of [`Walk`], [`Key`] and [`Captures`]; nothing grows with the document.

use crate::capture::Captures;
use crate::event::ValueKind;
use crate::key::{Key, KeyRead};
use crate::number::Number;
use crate::paths::Paths;
use crate::simd::{Level, Task, at_level};
use crate::skip::{Engine, Skip, whitespace};
use crate::walk::Walk;

/// What became of a document so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It goes on past the chunk.
    More,
    /// It ended.
    Complete,
    /// It is no JSON.
    Malformed,
}

/// What is expected next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum State {
    /// Before a value.
    Value,
    /// After `[`: a value or `]`.
    FirstElement,
    /// After `{`: a key or `}`.
    FirstKey,
    /// After a comma in an object.
    Key,
    InKey,
    Colon,
    /// After a member or an element.
    Next,
    Skip(Skip),
    Number(Number),
    /// In a literal, of which this is still to come.
    Literal(&'static [u8]),
    Complete,
    Malformed,
}

/// Scans one document after the other.
#[derive(Clone, Debug)]
pub(crate) struct Scanner {
    pub(crate) state: State,
    level: Level,
    pub(crate) walk: Walk,
    pub(crate) key: Key,
    pub(crate) captures: Captures,
}

/// Ends the walk through a chunk: malformed at this position.
pub(crate) struct Bad(pub(crate) usize);

/// [`Scanner::run`], to be compiled for each level.
struct Push<'a> {
    scanner: &'a mut Scanner,
    paths: &'a Paths,
    chunk: &'a [u8],
}

impl Task for Push<'_> {
    type Out = Result<usize, Bad>;

    #[inline(always)]
    fn run<E: Engine>(self, engine: E) -> Self::Out {
        self.scanner.run(engine, self.paths, self.chunk)
    }
}

impl Scanner {
    // A reader is made in place, not moved there.
    #[inline(always)]
    pub(crate) fn new(level: Level) -> Self {
        Self {
            state: State::Value,
            level,
            walk: Walk::default(),
            key: Key::default(),
            captures: Captures::default(),
        }
    }

    pub(crate) fn set_level(&mut self, level: Level) {
        self.level = level;
    }

    /// Begins a document; forgets the one before.
    pub(crate) fn start(&mut self) {
        self.state = State::Value;
        self.walk.clear();
        self.captures.clear();
    }

    pub(crate) fn level(&self) -> Level {
        self.level
    }

    pub(crate) fn captures(&self) -> &Captures {
        &self.captures
    }

    /// Whether nothing but whitespace was read of the document.
    pub(crate) fn is_fresh(&self) -> bool {
        self.walk.depth() == 0 && matches!(self.state, State::Value)
    }

    /// Reads on: how many bytes are of this document, and what became of it.
    pub(crate) fn push(&mut self, paths: &Paths, chunk: &[u8]) -> (usize, Status) {
        let push = Push { scanner: self, paths, chunk };
        match at_level(push.scanner.level, chunk, push) {
            Ok(at) if matches!(self.state, State::Complete) => (at, Status::Complete),
            Ok(at) => {
                self.captures.suspend(paths, chunk);
                (at, Status::More)
            }
            Err(Bad(at)) => {
                self.state = State::Malformed;
                (at, Status::Malformed)
            }
        }
    }

    /// Ends the input: only a number at the root ends by that.
    pub(crate) fn finish(&mut self, paths: &Paths) -> Status {
        match self.state {
            State::Number(number) if self.walk.depth() == 0 && number.complete() => {
                self.value_ends(paths, &[], 0);
                Status::Complete
            }
            State::Complete => Status::Complete,
            State::Malformed => Status::Malformed,
            _ => Status::More,
        }
    }

    /// Walks until the document or the chunk ends.
    #[inline(always)]
    fn run<E: Engine>(&mut self, mut engine: E, paths: &Paths, chunk: &[u8]) -> Result<usize, Bad> {
        let mut at = 0;
        loop {
            at = match self.state {
                State::Complete => return Ok(at),
                State::Malformed => return Err(Bad(at)),
                State::InKey => match self.key.read(chunk, at, paths.trie.longest_key()) {
                    KeyRead::More => return Ok(chunk.len()),
                    KeyRead::Malformed(at) => return Err(Bad(at)),
                    KeyRead::End(after) => {
                        if let Some(key) = self.key.text() {
                            self.walk.enter_member(&paths.trie, key);
                        }
                        self.state = State::Colon;
                        after
                    }
                },
                State::Skip(mut skip) => match engine.skip(&mut skip, at) {
                    Some(after) => self.value_ends(paths, chunk, after),
                    None => {
                        self.state = State::Skip(skip);
                        return Ok(chunk.len());
                    }
                },
                State::Number(number) => match self.number(paths, chunk, at, number)? {
                    Some(after) => after,
                    None => return Ok(chunk.len()),
                },
                State::Literal(rest) => match self.literal(paths, chunk, at, rest)? {
                    Some(after) => after,
                    None => return Ok(chunk.len()),
                },
                // Between tokens: whitespace may come first.
                _ => {
                    let at = at + whitespace(&chunk[at..]);
                    let Some(&byte) = chunk.get(at) else {
                        return Ok(at);
                    };
                    match (self.state, byte) {
                        (State::FirstKey | State::Key, b'"') => {
                            self.members(&mut engine, paths, chunk, at + 1)
                        }
                        _ => self.token(paths, chunk, at, byte)?,
                    }
                }
            };
        }
    }

    /// One token, or the beginning of one, that begins with this byte.
    fn token(&mut self, paths: &Paths, chunk: &[u8], at: usize, byte: u8) -> Result<usize, Bad> {
        let in_array = self.walk.in_array();
        match (self.state, byte) {
            (State::FirstElement, b']') | (State::FirstKey, b'}') => {
                Ok(self.container_ends(paths, chunk, at))
            }
            (State::Value | State::FirstElement, _) => self.value(paths, at, byte),
            (State::Colon, b':') => {
                self.state = State::Value;
                Ok(at + 1)
            }
            (State::Next, b',') => {
                self.walk.next();
                self.state = if in_array { State::Value } else { State::Key };
                Ok(at + 1)
            }
            (State::Next, b']') if in_array => Ok(self.container_ends(paths, chunk, at)),
            (State::Next, b'}') if !in_array => Ok(self.container_ends(paths, chunk, at)),
            _ => Err(Bad(at)),
        }
    }

    /// A value's first byte: chooses between walking and skipping.
    fn value(&mut self, paths: &Paths, at: usize, byte: u8) -> Result<usize, Bad> {
        let kind = ValueKind::of(byte).ok_or(Bad(at))?;
        self.walk.enter_unkeyed(&paths.trie);
        let walk = self.value_begins(paths, kind, at);
        self.state = match byte {
            b'{' | b'[' if !walk => State::Skip(Skip::CONTAINER),
            b'{' => State::FirstKey,
            b'[' => State::FirstElement,
            b'"' => State::Skip(Skip::STRING),
            b't' => State::Literal(b"rue"),
            b'f' => State::Literal(b"alse"),
            b'n' => State::Literal(b"ull"),
            _ => State::Number(Number::start(byte).ok_or(Bad(at))?),
        };
        Ok(at + 1)
    }

    /// Opens a value's captures. Whether it is a container that is to be walked; then it
    /// is entered.
    pub(crate) fn value_begins(&mut self, paths: &Paths, kind: ValueKind, at: usize) -> bool {
        let (depth, mark) = (self.walk.depth(), self.walk.object_mark());
        // The root is always walked, so that what is no JSON at all is found out.
        let mut walk = depth == 0;
        for &id in self.walk.value_nodes() {
            if let Some(mark) = mark {
                self.captures.roll_back(paths, id, mark);
            }
            let node = paths.trie.node(id);
            if let Some(path) = node.end {
                self.captures.open(paths, path, kind, depth, at);
            }
            walk |= match kind {
                ValueKind::Object => node.has_members(),
                ValueKind::Array => node.has_elements(),
                _ => false,
            };
        }
        walk &= matches!(kind, ValueKind::Object | ValueKind::Array);
        if walk {
            self.walk.push(kind == ValueKind::Array, self.captures.mark());
        }
        walk
    }

    /// A walked container's closing bracket is at this position.
    fn container_ends(&mut self, paths: &Paths, chunk: &[u8], at: usize) -> usize {
        self.walk.pop();
        self.value_ends(paths, chunk, at + 1)
    }

    /// A value ends before this position.
    #[inline]
    pub(crate) fn value_ends(&mut self, paths: &Paths, chunk: &[u8], end: usize) -> usize {
        let depth = self.walk.depth();
        self.captures.close(paths, depth, chunk, end);
        self.walk.leave_value();
        self.state = if depth == 0 { State::Complete } else { State::Next };
        end
    }
}
