//! The masks of [`crate::blocks`] without vector instructions: eight bytes at a time, in the
//! words of any machine. The safe twin of [`crate::simd`], with the same result on every input.

use crate::blocks::{BLOCK, Blocks, FOLD, Masks, NEAR, ROW};

/// Bytes of a word.
const WORD: usize = size_of::<u64>();
/// All bits of each byte but the highest.
const LOW: u64 = each(0x7F);
/// [`FOLD`] in each byte.
const FOLDS: u64 = each(FOLD);

/// Words of 64 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words;

/// A word of eight times this byte.
pub(crate) const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; WORD])
}

/// The high bit of the lowest byte that is zero, and perhaps of bytes above it.
#[inline(always)]
pub(crate) const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(each(0x01)) & !word & each(0x80)
}

/// Where in a word, of which the first byte is the lowest, the first quote or backslash is.
#[inline(always)]
pub(crate) fn special(word: u64) -> Option<usize> {
    let found = zero_bytes(word ^ each(b'"')) | zero_bytes(word ^ each(b'\\'));
    (found != 0).then(|| found.trailing_zeros() as usize / 8)
}

/// The high bit of each byte that is this one.
#[inline(always)]
const fn is(word: u64, byte: u8) -> u64 {
    let other = word ^ each(byte);
    // No byte carries into the next.
    !(((other & LOW) + LOW) | other | LOW)
}

/// The high bits of the bytes, side by side, the first byte's in the lowest bit.
#[inline(always)]
const fn bits(high: u64) -> u64 {
    // Each byte is shifted to its place in the highest byte, and no two of the products meet.
    (high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// The words of some bytes, with where each begins.
#[inline(always)]
fn words(bytes: &[u8]) -> impl Iterator<Item = (usize, u64)> {
    let words = bytes.as_chunks::<WORD>().0.iter();
    words.enumerate().map(|(at, word)| (at * WORD, u64::from_le_bytes(*word)))
}

impl Blocks for Words {
    #[inline(always)]
    fn masks(self, block: &[u8; BLOCK]) -> Masks {
        let mut masks = Masks { quote: 0, backslash: 0, open: 0, close: 0 };
        for (at, word) in words(block) {
            masks.quote |= bits(is(word, b'"')) << at;
            masks.backslash |= bits(is(word, b'\\')) << at;
            masks.open |= bits(is(word | FOLDS, b'{')) << at;
            masks.close |= bits(is(word | FOLDS, b'}')) << at;
        }
        masks
    }

    #[inline(always)]
    fn string_masks(self, block: &[u8; BLOCK]) -> (u64, u64) {
        words(block).fold((0, 0), |(quote, backslash), (at, word)| {
            (quote | bits(is(word, b'"')) << at, backslash | bits(is(word, b'\\')) << at)
        })
    }

    #[inline(always)]
    fn first_special(self, bytes: &[u8; NEAR]) -> Option<usize> {
        words(bytes).find_map(|(at, word)| special(word).map(|found| at + found))
    }

    // The compiler makes vectors of these two wherever there are any.

    #[inline(always)]
    fn may_have_structure(self, row: &[u8; ROW]) -> bool {
        let found = row.iter().fold(0, |found, byte| {
            found | u8::from(*byte == b'"') | u8::from(matches!(byte | FOLD, b'{' | b'}'))
        });
        found != 0
    }

    #[inline(always)]
    fn has_quote(self, row: &[u8; ROW]) -> bool {
        row.iter().fold(0, |found, byte| found | u8::from(*byte == b'"')) != 0
    }
}
