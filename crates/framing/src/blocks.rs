//! Skipping of strings, and of whole values that nobody wants, 64 bytes at a time.
//!
//! A block becomes four masks of 64 bits, one bit a byte. The backslashes say which quotes are
//! escaped; the prefix XOR of the others says which bytes are in a string; the brackets
//! outside strings are counted, and looked at one by one only in the block where the value
//! may end. Rows of 256 bytes without anything of that kind are passed over.

use crate::skip::{Engine, Inside, Skip, skip_bytes, string_special};

/// Bytes of a block.
pub(crate) const BLOCK: usize = 64;
/// Bytes in which most keys and short strings end.
pub(crate) const NEAR: usize = 32;
/// `[` and `{` differ in this bit alone, and so do `]` and `}`.
pub(crate) const FOLD: u8 = 0x20;
/// Bytes of a row.
pub(crate) const ROW: usize = 256;

/// Where in a block the bytes that matter are, the first byte in the lowest bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Masks {
    pub(crate) quote: u64,
    pub(crate) backslash: u64,
    /// `{` and `[`.
    pub(crate) open: u64,
    /// `}` and `]`.
    pub(crate) close: u64,
}

/// What vector instructions do for this module. A value of such a type is the proof that
/// the processor has the instructions.
pub(crate) trait Blocks: Copy {
    fn masks(self, block: &[u8; BLOCK]) -> Masks;

    /// The quotes, and the backslashes.
    fn string_masks(self, block: &[u8; BLOCK]) -> (u64, u64);

    /// The first quote or backslash.
    fn first_special(self, bytes: &[u8; NEAR]) -> Option<usize>;

    /// Whether there is a quote or a bracket; may say so of some letters too.
    fn may_have_structure(self, row: &[u8; ROW]) -> bool;

    fn has_quote(self, row: &[u8; ROW]) -> bool;

    /// Each bit is the XOR of itself and of all bits below.
    #[inline(always)]
    fn prefix_xor(self, mask: u64) -> u64 {
        let mask = mask ^ mask << 1;
        let mask = mask ^ mask << 2;
        let mask = mask ^ mask << 4;
        let mask = mask ^ mask << 8;
        let mask = mask ^ mask << 16;
        mask ^ mask << 32
    }
}

/// The engine on blocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wide<B>(pub(crate) B);

impl<B: Blocks> Engine for Wide<B> {
    #[inline(always)]
    fn string_special(self, bytes: &[u8]) -> Option<usize> {
        match self.near_special(bytes) {
            None if bytes.len() > NEAR => string_special(bytes),
            near => near,
        }
    }

    #[inline(always)]
    fn skip(self, skip: &mut Skip, chunk: &[u8], at: usize) -> Option<usize> {
        if skip.depth == 0 {
            self.skip_string(skip, chunk, at)
        } else {
            self.skip_container(skip, chunk, at)
        }
    }
}

impl<B: Blocks> Wide<B> {
    /// The first quote or backslash, if it is near.
    #[inline(always)]
    fn near_special(self, bytes: &[u8]) -> Option<usize> {
        if let Some(near) = bytes.first_chunk() {
            return self.0.first_special(near);
        }
        let mut near = [0; NEAR];
        near[..bytes.len()].copy_from_slice(bytes);
        self.0.first_special(&near)
    }

    #[inline(always)]
    fn skip_string(self, skip: &mut Skip, chunk: &[u8], mut at: usize) -> Option<usize> {
        let mut escaped = u64::from(skip.inside == Inside::Escape);
        // Most strings are short and have no escapes.
        if escaped == 0
            && let Some(len) = self.near_special(&chunk[at..])
            && chunk[at + len] == b'"'
        {
            return Some(at + len + 1);
        }
        while let Some(block) = chunk[at..].first_chunk::<BLOCK>() {
            let (quote, backslash) = self.0.string_masks(block);
            let (quote, next) = unescaped(quote, backslash, escaped);
            if quote != 0 {
                return Some(at + quote.trailing_zeros() as usize + 1);
            }
            escaped = next >> (BLOCK - 1);
            at += BLOCK;
            at += self.quoted_rows(&chunk[at..], &mut escaped);
        }
        skip.inside = inside(!0, escaped);
        skip_bytes(skip, chunk, at)
    }

    /// In a string: how many bytes come first that do not end it, in rows.
    #[inline(always)]
    fn quoted_rows(self, bytes: &[u8], escaped: &mut u64) -> usize {
        let mut at = 0;
        while let Some(row) = bytes[at..].first_chunk::<ROW>() {
            // What escapes what in the row does not matter if the row's end is clear.
            if self.0.has_quote(row) || row[ROW - 1] == b'\\' {
                break;
            }
            at += ROW;
            *escaped = 0;
        }
        at
    }

    #[inline(always)]
    fn skip_container(self, skip: &mut Skip, chunk: &[u8], mut at: usize) -> Option<usize> {
        let mut carry = Carry {
            depth: skip.depth,
            in_string: if skip.inside == Inside::Plain { 0 } else { !0 },
            escaped: u64::from(skip.inside == Inside::Escape),
        };
        while at < chunk.len() {
            let (masks, len) = match chunk[at..].first_chunk::<BLOCK>() {
                Some(block) => (self.0.masks(block), BLOCK),
                None => (self.rest_masks(chunk, at), chunk.len() - at),
            };
            match self.step(&mut carry, masks, len) {
                Step::On => at += len,
                Step::End(after) => return Some(at + after),
                // Never in JSON; it is no escape there.
                Step::StrayBackslash => {
                    *skip = carry.skip();
                    if let Some(after) = skip_bytes(skip, &chunk[..at + len], at) {
                        return Some(after);
                    }
                    carry.depth = skip.depth;
                    carry.in_string = if skip.inside == Inside::Plain { 0 } else { !0 };
                    carry.escaped = u64::from(skip.inside == Inside::Escape);
                    at += len;
                    continue;
                }
            }
            if masks.quote != 0 || len < BLOCK {
                continue;
            }
            if carry.in_string != 0 {
                at += self.quoted_rows(&chunk[at..], &mut carry.escaped);
            } else if masks.open | masks.close == 0 {
                while let Some(row) = chunk[at..].first_chunk::<ROW>() {
                    if self.0.may_have_structure(row) {
                        break;
                    }
                    at += ROW;
                }
            }
        }
        *skip = carry.skip();
        None
    }

    /// The masks of a chunk's end that is shorter than a block.
    #[inline(always)]
    fn rest_masks(self, chunk: &[u8], at: usize) -> Masks {
        let len = chunk.len() - at;
        match chunk.last_chunk::<BLOCK>() {
            Some(block) => {
                let before = BLOCK - len;
                let masks = self.0.masks(block);
                Masks {
                    quote: masks.quote >> before,
                    backslash: masks.backslash >> before,
                    open: masks.open >> before,
                    close: masks.close >> before,
                }
            }
            None => {
                let mut block = [b' '; BLOCK];
                block[..len].copy_from_slice(&chunk[at..]);
                self.0.masks(&block)
            }
        }
    }

    /// One block, of which the first `len` bytes count: the masks have no bits beyond.
    #[inline(always)]
    fn step(self, carry: &mut Carry, masks: Masks, len: usize) -> Step {
        let (quote, escapes) = unescaped(masks.quote, masks.backslash, carry.escaped);
        let in_string = self.0.prefix_xor(quote) ^ carry.in_string;
        if masks.backslash & !in_string != 0 {
            return Step::StrayBackslash;
        }
        let open = masks.open & !in_string;
        let close = masks.close & !in_string;
        let (opened, closed) = (open.count_ones(), close.count_ones());
        if u64::from(closed) >= carry.depth
            && let Some(end) = end_of(carry.depth, open, close)
        {
            return Step::End(end);
        }
        carry.depth = carry.depth + u64::from(opened) - u64::from(closed);
        carry.in_string = 0_u64.wrapping_sub(in_string >> (len - 1) & 1);
        carry.escaped = escapes >> (len - 1) & 1;
        Step::On
    }
}

/// What one block came to.
enum Step {
    On,
    /// The value ends before this byte of the block.
    End(usize),
    /// A backslash outside any string.
    StrayBackslash,
}

/// [`Skip`], as masks have it.
struct Carry {
    depth: u64,
    /// All bits, or none.
    in_string: u64,
    /// 1 after a backslash that escapes, else 0.
    escaped: u64,
}

impl Carry {
    fn skip(&self) -> Skip {
        Skip { depth: self.depth, inside: inside(self.in_string, self.escaped) }
    }
}

fn inside(in_string: u64, escaped: u64) -> Inside {
    match (in_string, escaped) {
        (0, _) => Inside::Plain,
        (_, 0) => Inside::String,
        _ => Inside::Escape,
    }
}

/// The quotes that are not escaped, and the backslashes that escape, where `escaped`
/// says whether the first byte is.
#[inline(always)]
fn unescaped(quote: u64, backslash: u64, escaped: u64) -> (u64, u64) {
    /// Every second byte, from the second one on.
    const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
    if backslash == 0 {
        return (quote & !escaped, 0);
    }
    // A run of backslashes escapes what follows if its length is odd. Subtracting a run
    // from the odd bits borrows through it, so that the bits that differ alternate from its
    // first on: as simdjson does it.
    let starts = backslash & !escaped;
    let codes = ((starts << 1 | ODD).wrapping_sub(starts)) ^ ODD;
    let is_escaped = codes ^ (backslash | escaped);
    (quote & !is_escaped, codes & backslash)
}

/// Where the bracket that closes the last of `depth` open ones is, as the bytes up to it.
#[inline(always)]
fn end_of(depth: u64, open: u64, mut close: u64) -> Option<usize> {
    let mut closed = 0;
    while close != 0 {
        let lowest = close & close.wrapping_neg();
        closed += 1;
        if depth + u64::from((open & (lowest - 1)).count_ones()) == closed {
            return Some(lowest.trailing_zeros() as usize + 1);
        }
        close ^= lowest;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::simd::{Level, Task, at_level};

    /// Skips in two pieces: where the value ends, or where it stands.
    struct Twice<'a> {
        skip: Skip,
        bytes: &'a [u8],
        cut: usize,
    }

    impl Task for Twice<'_> {
        type Out = Result<usize, Skip>;

        #[inline(always)]
        fn run<E: Engine>(mut self, engine: E) -> Self::Out {
            let (a, b) = self.bytes.split_at(self.cut);
            if let Some(end) = engine.skip(&mut self.skip, a, 0) {
                return Ok(end);
            }
            match engine.skip(&mut self.skip, b, 0) {
                Some(end) => Ok(self.cut + end),
                None => Err(self.skip),
            }
        }
    }

    struct Special<'a>(&'a [u8]);

    impl Task for Special<'_> {
        type Out = Option<usize>;

        #[inline(always)]
        fn run<E: Engine>(self, engine: E) -> Self::Out {
            engine.string_special(self.0)
        }
    }

    /// Runs of what matters and of what does not, long enough for blocks and rows.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop::sample::select(&b"\"\"\\\\{}[]ayZ|~^,;}\xDB\xA2\x02 "[..]);
        let len = prop_oneof![4 => 0..6_usize, 2 => 0..70_usize, 1 => 0..600_usize];
        let run = (byte, len).prop_map(|(byte, len)| vec![byte; len]);
        prop::collection::vec(run, 0..40).prop_map(|runs| runs.concat())
    }

    /// What blocks are tested against.
    #[derive(Clone, Copy)]
    struct ByBytes;

    impl Engine for ByBytes {
        fn string_special(self, bytes: &[u8]) -> Option<usize> {
            bytes.iter().position(|byte| matches!(byte, b'"' | b'\\'))
        }

        fn skip(self, skip: &mut Skip, chunk: &[u8], at: usize) -> Option<usize> {
            skip_bytes(skip, chunk, at)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn every_level_skips_as_byte_by_byte(
            bytes in bytes(),
            cut: usize,
            depth in 0..4_u64,
            inside in prop::sample::select(&[Inside::Plain, Inside::String, Inside::Escape][..]),
        ) {
            // A lone string is never plain.
            let inside = if depth == 0 && inside == Inside::Plain { Inside::String } else { inside };
            let skip = Skip { depth, inside };
            let cut = cut % (bytes.len() + 1);
            let end = Twice { skip, bytes: &bytes, cut }.run(ByBytes);
            let special = Special(&bytes).run(ByBytes);
            for level in Level::available() {
                let task = Twice { skip, bytes: &bytes, cut };
                prop_assert_eq!(at_level(level, task), end, "{:?}", level);
                prop_assert_eq!(at_level(level, Special(&bytes)), special, "{:?}", level);
            }
        }
    }

    #[test]
    fn specials_are_found_wherever_they_are() {
        for len in 0..150 {
            for at in 0..=len {
                // Neighbours of the wanted bytes, so that a sloppy word trick shows.
                let mut bytes: Vec<u8> =
                    b"!#[]\x00\x01\x80\xA2\xDC\xFF".iter().copied().cycle().take(len).collect();
                if at < len {
                    for special in *b"\"\\" {
                        bytes[at] = special;
                        for level in Level::available() {
                            let found = at_level(level, Special(&bytes));
                            assert_eq!(found, Some(at), "{special} of {len}");
                        }
                    }
                }
            }
        }
    }
}
