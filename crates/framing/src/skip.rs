//! The inner loops: over strings, and over whole values that nobody wants.
//!
//! The searches at the end are the only code that looks at every byte.

use memchr::memchr2;

/// Where a skip stands, between two chunks too. Constant size, whatever the nesting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Skip {
    /// Open brackets; 0 while a lone string is skipped.
    depth: u64,
    inside: Inside,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    /// Outside any string.
    Plain,
    String,
    /// After a backslash.
    Escape,
}

impl Skip {
    /// After the `{` or `[` of a container.
    pub(crate) const CONTAINER: Self = Self { depth: 1, inside: Inside::Plain };
    /// After the `"` of a string.
    pub(crate) const STRING: Self = Self { depth: 0, inside: Inside::String };

    /// Skips from `at`: the position after the value, or `None` when it goes on past the chunk.
    ///
    /// Only counts: a bracket of either kind closes a bracket of either kind, and
    /// what stands between brackets and strings is not looked at.
    pub(crate) fn run(&mut self, chunk: &[u8], mut at: usize) -> Option<usize> {
        loop {
            match self.inside {
                Inside::Plain => {
                    at += structural(&chunk[at..])?;
                    match chunk[at] {
                        b'"' => self.inside = Inside::String,
                        b'{' | b'[' => self.depth += 1,
                        _ => self.depth -= 1,
                    }
                    at += 1;
                    if self.depth == 0 && self.inside == Inside::Plain {
                        return Some(at);
                    }
                }
                Inside::String => {
                    at += string_special(&chunk[at..])?;
                    let quote = chunk[at] == b'"';
                    at += 1;
                    if !quote {
                        self.inside = Inside::Escape;
                    } else if self.depth == 0 {
                        return Some(at);
                    } else {
                        self.inside = Inside::Plain;
                    }
                }
                // `\"` and `\\` matter; `\u` has nothing after it that would.
                Inside::Escape => {
                    chunk.get(at)?;
                    at += 1;
                    self.inside = Inside::String;
                }
            }
        }
    }
}

/// The next byte that ends a string or escapes in it.
#[inline]
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
    memchr2(b'"', b'\\', &bytes[at..]).map(|found| at + found)
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
    bytes.iter().position(|byte| STRUCTURAL[usize::from(*byte)])
}

/// How many bytes of JSON whitespace come first.
#[inline]
pub(crate) fn whitespace(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_whitespace(**byte)).count()
}

#[inline]
pub(crate) fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

const STRUCTURAL: [bool; 256] = {
    let mut table = [false; 256];
    table[b'"' as usize] = true;
    table[b'{' as usize] = true;
    table[b'}' as usize] = true;
    table[b'[' as usize] = true;
    table[b']' as usize] = true;
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specials_are_found_wherever_they_are() {
        for len in 0..80 {
            for at in 0..=len {
                // Neighbours of the wanted bytes, so that a sloppy word trick shows.
                let mut bytes: Vec<u8> =
                    b"!#[]\x00\x01\x80\xA2\xDC\xFF".iter().copied().cycle().take(len).collect();
                assert_eq!(string_special(&bytes), None);
                if at < len {
                    for special in *b"\"\\" {
                        bytes[at] = special;
                        assert_eq!(string_special(&bytes), Some(at), "{special} of {len}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_skip_goes_on_in_the_next_chunk() {
        let body = b"[{\"]\\\\\\\"}\":[]},\"\"]}{";
        for at in 0..=body.len() {
            let mut skip = Skip::CONTAINER;
            let end = match skip.run(&body[..at], 0) {
                Some(end) => end,
                None => at + skip.run(&body[at..], 0).expect("it ends in the body"),
            };
            assert_eq!(end, body.len() - 1, "cut at {at}");
        }
    }
}
