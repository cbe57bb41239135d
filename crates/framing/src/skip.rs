//! Skipping of strings, and of whole values that nobody wants, byte by byte and word by word:
//! the safe twin of [`crate::blocks`], which gives the same result on every input.

use memchr::memchr2;

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

/// The inner loops, at one level of vector instructions.
pub(crate) trait Engine: Copy {
    /// The next byte that ends a string or escapes in it.
    fn string_special(self, bytes: &[u8]) -> Option<usize>;

    /// Skips from `at`: the position after the value, or `None` when it goes on past the chunk.
    ///
    /// Only counts: a bracket of either kind closes a bracket of either kind, and
    /// what stands between brackets and strings is not looked at.
    fn skip(self, skip: &mut Skip, chunk: &[u8], at: usize) -> Option<usize>;
}

/// The twin without vector instructions of our own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fallback;

impl Engine for Fallback {
    #[inline(always)]
    fn string_special(self, bytes: &[u8]) -> Option<usize> {
        string_special(bytes)
    }

    #[inline(always)]
    fn skip(self, skip: &mut Skip, chunk: &[u8], at: usize) -> Option<usize> {
        skip_bytes(skip, chunk, at)
    }
}

/// [`Engine::skip`].
pub(crate) fn skip_bytes(skip: &mut Skip, chunk: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match skip.inside {
            Inside::Plain => {
                at += structural(&chunk[at..])?;
                match chunk[at] {
                    b'"' => skip.inside = Inside::String,
                    b'{' | b'[' => skip.depth += 1,
                    _ => skip.depth -= 1,
                }
                at += 1;
                if skip.depth == 0 && skip.inside == Inside::Plain {
                    return Some(at);
                }
            }
            Inside::String => {
                at += string_special(&chunk[at..])?;
                let quote = chunk[at] == b'"';
                at += 1;
                if !quote {
                    skip.inside = Inside::Escape;
                } else if skip.depth == 0 {
                    return Some(at);
                } else {
                    skip.inside = Inside::Plain;
                }
            }
            // `\"` and `\\` matter; `\u` has nothing after it that would.
            Inside::Escape => {
                chunk.get(at)?;
                at += 1;
                skip.inside = Inside::String;
            }
        }
    }
}

/// [`Engine::string_special`].
pub(crate) fn string_special(bytes: &[u8]) -> Option<usize> {
    // Most strings are short: the call that pays off on long ones waits for the fifth word.
    let mut at = 0;
    while at < SHORT_STRING {
        let Some(word) = bytes[at..].first_chunk() else {
            break;
        };
        let word = u64::from_le_bytes(*word);
        let found = zero_bytes(word ^ each(b'"')) | zero_bytes(word ^ each(b'\\'));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
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

/// A word of eight times this byte.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// The high bit of the lowest byte that is zero, and perhaps of bytes above it.
#[inline]
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(each(0x01)) & !word & each(0x80)
}

/// The next quote or bracket.
#[inline]
fn structural(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk() {
        let word = u64::from_le_bytes(*word);
        // `[` and `{` differ in this bit alone, and so do `]` and `}`.
        let folded = word | each(0x20);
        let brackets = zero_bytes(folded ^ each(b'{')) | zero_bytes(folded ^ each(b'}'));
        let found = brackets | zero_bytes(word ^ each(b'"'));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += size_of::<u64>();
    }
    let rest = bytes[at..].iter();
    let found =
        rest.copied().position(|byte| byte == b'"' || matches!(byte | 0x20, b'{' | b'}'))?;
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
