//! Skipping of strings, and of whole values that nobody wants, from one byte that matters to
//! the next: what [`crate::blocks`] leaves over, and is tested against.

use memchr::memchr2;

use crate::blocks::FOLD;
use crate::words::{each, first_byte, special, zero_bytes};

/// Where a skip stands, between two chunks too. Constant size, whatever the nesting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Skip {
    /// Open brackets; 0 while a lone string is skipped.
    pub(crate) depth: u64,
    pub(crate) inside: Inside,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inside {
    /// Outside any string.
    Plain,
    String,
    /// After a backslash in a string.
    Escape,
}

impl Skip {
    /// After the `{` or `[` of a container.
    pub(crate) const CONTAINER: Self = Self { depth: 1, inside: Inside::Plain };
    /// After the `"` of a string.
    pub(crate) const STRING: Self = Self { depth: 0, inside: Inside::String };
}

/// The inner loops over one chunk, at one level of vector instructions.
pub(crate) trait Engine {
    /// The next byte from `at` on that ends a string or escapes in it.
    fn string_special(&mut self, at: usize) -> Option<usize>;

    /// Skips from `at`: the position after the value, or `None` when it goes on past the chunk.
    ///
    /// Only counts: a bracket of either kind closes a bracket of either kind, and
    /// what stands between brackets and strings is not looked at.
    fn skip(&mut self, skip: &mut Skip, at: usize) -> Option<usize>;

    /// Where the text from `at` on ends with a quote, if that is near and before it are neither
    /// escapes nor control characters.
    fn near_text_end(&self, at: usize) -> Option<usize>;
}

/// [`Engine::skip`].
pub(crate) fn skip_bytes(skip: &mut Skip, chunk: &[u8], mut at: usize) -> Option<usize> {
    if skip.inside != Inside::Plain {
        at = string_end(&mut skip.inside, chunk, at)?;
        if skip.depth == 0 {
            return Some(at);
        }
    }
    loop {
        at += structural(&chunk[at..])?;
        let byte = chunk[at];
        at += 1;
        if byte == b'"' {
            skip.inside = Inside::String;
            at = string_end(&mut skip.inside, chunk, at)?;
        } else if matches!(byte, b'{' | b'[') {
            skip.depth += 1;
        } else {
            skip.depth -= 1;
            if skip.depth == 0 {
                return Some(at);
            }
        }
    }
}

/// After the string in which `at` is; `None` where it goes on past the chunk.
#[inline]
fn string_end(inside: &mut Inside, chunk: &[u8], mut at: usize) -> Option<usize> {
    // `\"` and `\\` matter; `\u` has nothing after it that would.
    if *inside == Inside::Escape {
        chunk.get(at)?;
        at += 1;
        *inside = Inside::String;
    }
    loop {
        at += string_special(&chunk[at..])?;
        if chunk[at] == b'"' {
            *inside = Inside::Plain;
            return Some(at + 1);
        }
        at += 2;
        if at > chunk.len() {
            *inside = Inside::Escape;
            return None;
        }
    }
}

/// [`Engine::string_special`], of the first bytes.
pub(crate) fn string_special(bytes: &[u8]) -> Option<usize> {
    // Most strings are short: the call that pays off on long ones waits for the fifth word.
    let mut at = 0;
    while at < SHORT_STRING {
        let Some(word) = bytes[at..].first_chunk() else {
            break;
        };
        if let Some(found) = special(u64::from_le_bytes(*word)) {
            return Some(at + found);
        }
        at += size_of::<u64>();
    }
    let rest = &bytes[at..];
    if rest.len() < size_of::<u64>() {
        let found = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        return Some(at + found);
    }
    memchr2(b'"', b'\\', rest).map(|found| at + found)
}

/// Bytes of a string that are looked at word by word.
const SHORT_STRING: usize = 32;

/// The next quote or bracket.
#[inline]
fn structural(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk() {
        let word = u64::from_le_bytes(*word);
        let folded = word | each(FOLD);
        let brackets = zero_bytes(folded ^ each(b'{')) | zero_bytes(folded ^ each(b'}'));
        if let Some(found) = first_byte(brackets | zero_bytes(word ^ each(b'"'))) {
            return Some(at + found);
        }
        at += size_of::<u64>();
    }
    let rest = bytes[at..].iter();
    let found =
        rest.copied().position(|byte| byte == b'"' || matches!(byte | FOLD, b'{' | b'}'))?;
    Some(at + found)
}

/// How many bytes of JSON whitespace come first.
#[inline]
pub(crate) fn whitespace(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(byte) if is_whitespace(*byte) => 1 + more_whitespace(&bytes[1..]),
        _ => 0,
    }
}

fn more_whitespace(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(row) = bytes[at..].first_chunk::<32>() {
        if !row.iter().fold(true, |all, byte| all & is_whitespace(*byte)) {
            break;
        }
        at += row.len();
    }
    let rest = bytes[at..].iter();
    at + rest.take_while(|byte| is_whitespace(**byte)).count()
}

#[inline]
pub(crate) fn is_whitespace(byte: u8) -> bool {
    (byte == b' ') | (byte == b'\n') | (byte == b'\r') | (byte == b'\t')
}
