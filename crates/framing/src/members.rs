//! The fast way through objects: member after member, as long as each is whole in the chunk.
//!
//! Does what the steps of [`crate::scanner`] do one by one, and leaves to them whatever it is
//! not made for: escaped keys, odd whitespace, arrays, numbers that are no plain integers,
//! and all that the chunk cuts.

use crate::event::ValueKind;
use crate::number::Number;
use crate::paths::Paths;
use crate::scanner::{Scanner, State};
use crate::skip::{Engine, Skip, whitespace};

impl Scanner {
    /// Goes on after a key's opening quote; how far it came.
    #[inline(always)]
    pub(crate) fn members<E: Engine>(
        &mut self,
        engine: &mut E,
        paths: &Paths,
        chunk: &[u8],
        mut at: usize,
    ) -> usize {
        loop {
            // A key.
            match engine.string_special(at) {
                Some(end) if chunk[end] == b'"' => {
                    self.walk.enter_member(&paths.trie, &chunk[at..end]);
                    at = end + 1;
                }
                _ => {
                    self.key.start();
                    self.state = State::InKey;
                    return at;
                }
            }
            if chunk.get(at) != Some(&b':') {
                self.state = State::Colon;
                return at;
            }
            at += 1;
            if chunk.get(at) == Some(&b' ') {
                at += 1;
            }
            // Its value.
            let (mut skip, kind) = match chunk.get(at) {
                Some(b'"') => (Skip::STRING, ValueKind::String),
                Some(b'{') => (Skip::CONTAINER, ValueKind::Object),
                Some(b'[') => (Skip::CONTAINER, ValueKind::Array),
                _ => match scalar(&chunk[at..]) {
                    Some((kind, len)) => {
                        if self.walk.at_node() {
                            self.whole_value(paths, kind, &chunk[at..at + len]);
                        }
                        match self.member_ends(paths, chunk, at + len) {
                            Ok(key) => at = key,
                            Err(at) => return at,
                        }
                        continue;
                    }
                    None => {
                        self.state = State::Value;
                        return at;
                    }
                },
            };
            let wanted = self.walk.at_node();
            let string = kind == ValueKind::String;
            if wanted && !string && self.value_begins(paths, kind, at) {
                at += 1;
                if kind == ValueKind::Array {
                    self.state = State::FirstElement;
                    return at;
                }
                if chunk.get(at) != Some(&b'"') {
                    self.state = State::FirstKey;
                    return at;
                }
                at += 1;
                continue;
            }
            let Some(end) = engine.skip(&mut skip, at + 1) else {
                if wanted && string {
                    self.value_begins(paths, kind, at);
                }
                self.state = State::Skip(skip);
                return chunk.len();
            };
            if wanted && string {
                self.whole_value(paths, kind, &chunk[at..end]);
            } else if wanted {
                self.value_ends(paths, chunk, end);
            }
            match self.member_ends(paths, chunk, end) {
                Ok(key) => at = key,
                Err(at) => return at,
            }
        }
    }

    /// A member that is wanted, is no container, and is here in full: as
    /// [`Scanner::value_begins`] and then [`Scanner::value_ends`].
    fn whole_value(&mut self, paths: &Paths, kind: ValueKind, text: &[u8]) {
        let mark = self.walk.object_mark();
        for &id in self.walk.value_nodes() {
            let node = paths.trie.node(id);
            // What is written over needs no forgetting.
            if let Some(mark) = mark
                && !node.is_leaf()
            {
                self.captures.roll_back(paths, id, mark);
            }
            if let Some(path) = node.end {
                self.captures.keep(paths, path, kind, text);
            }
        }
        self.walk.leave_value();
    }

    /// After a member's value: after the opening quote of the next key, if that can be
    /// reached, else where to go on otherwise.
    #[inline(always)]
    fn member_ends(&mut self, paths: &Paths, chunk: &[u8], mut at: usize) -> Result<usize, usize> {
        while chunk.get(at) == Some(&b'}') {
            self.walk.pop();
            at += 1;
            self.value_ends(paths, chunk, at);
            if self.walk.depth() == 0 || self.walk.in_array() {
                return Err(at);
            }
        }
        self.state = State::Next;
        if chunk.get(at) != Some(&b',') {
            return Err(at);
        }
        at += 1;
        at += whitespace(&chunk[at..]);
        if chunk.get(at) != Some(&b'"') {
            self.state = State::Key;
            return Err(at);
        }
        Ok(at + 1)
    }
}

/// What the literal or integer is that is here in full, and its length; `None` where there
/// is something else, or the chunk may cut it.
#[inline(always)]
fn scalar(bytes: &[u8]) -> Option<(ValueKind, usize)> {
    let first = *bytes.first()?;
    if first.is_ascii_digit() {
        let mut len = 1;
        while bytes.get(len)?.is_ascii_digit() {
            len += 1;
        }
        let whole = !Number::has(bytes[len]) && (first != b'0' || len == 1);
        return whole.then_some((ValueKind::Number, len));
    }
    if bytes.starts_with(b"null") {
        Some((ValueKind::Null, 4))
    } else if bytes.starts_with(b"true") {
        Some((ValueKind::Bool, 4))
    } else if bytes.starts_with(b"false") {
        Some((ValueKind::Bool, 5))
    } else {
        None
    }
}
