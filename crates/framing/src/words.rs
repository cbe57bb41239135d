//! The masks of [`crate::blocks`] without vector instructions: eight bytes at a time, in the
//! words of any machine. The safe twin of [`crate::simd`], with the same result on every input.

use crate::blocks::{BLOCK, Blocks, FOLD, Masks, NEAR, ROW, first};
use crate::window::Window;

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

/// The first byte of which [`zero_bytes`] found the high bit, the lowest byte being the first.
#[inline(always)]
pub(crate) fn first_byte(found: u64) -> Option<usize> {
    first(found).map(|bit| bit / 8)
}

/// The high bit of the lowest byte that is a quote or a backslash, and perhaps of bytes above it.
#[inline(always)]
const fn special_bytes(word: u64) -> u64 {
    zero_bytes(word ^ each(b'"')) | zero_bytes(word ^ each(b'\\'))
}

/// Where in a word the first quote or backslash is.
#[inline(always)]
pub(crate) fn special(word: u64) -> Option<usize> {
    first_byte(special_bytes(word))
}

/// Where in a word the first quote, backslash or control character is.
#[inline(always)]
fn special_or_control(word: u64) -> Option<usize> {
    let control = word.wrapping_sub(each(b' ')) & !word & each(0x80);
    first_byte(special_bytes(word) | control)
}

/// The high bit of each byte that is this one.
#[inline(always)]
const fn is(word: u64, byte: u8) -> u64 {
    let other = word ^ each(byte);
    // No byte carries into the next.
    !(((other & LOW) + LOW) | other | LOW)
}

/// The bit of each byte of which `found`, asked of its word, gives the high bit.
#[inline(always)]
fn mask(block: &[u8; BLOCK], found: impl Fn(u64) -> u64) -> u64 {
    let across = words(block).fold(0, |across, (at, word)| across | found(word) >> (7 - at / WORD));
    if across == 0 { 0 } else { transposed(across) }
}

/// Byte for bit: bit `i` of byte `j` is now bit `j` of byte `i`.
#[inline(always)]
const fn transposed(bits: u64) -> u64 {
    let bits = swapped(bits, 7, 0x00AA_00AA_00AA_00AA);
    let bits = swapped(bits, 14, 0x0000_CCCC_0000_CCCC);
    swapped(bits, 28, 0x0000_0000_F0F0_F0F0)
}

/// Swaps each of these bits with the one that is so far above it.
#[inline(always)]
const fn swapped(bits: u64, distance: u32, these: u64) -> u64 {
    let differ = (bits ^ bits >> distance) & these;
    bits ^ differ ^ differ << distance
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
        Masks {
            quote: mask(block, |word| is(word, b'"')),
            backslash: mask(block, |word| is(word, b'\\')),
            open: mask(block, |word| is(word | FOLDS, b'{')),
            close: mask(block, |word| is(word | FOLDS, b'}')),
        }
    }

    #[inline(always)]
    fn string_masks(self, block: &[u8; BLOCK]) -> (u64, u64) {
        (mask(block, |word| is(word, b'"')), mask(block, |word| is(word, b'\\')))
    }

    #[inline(always)]
    fn first_unplain(self, bytes: &[u8; NEAR]) -> Option<usize> {
        words(bytes).find_map(|(at, word)| special_or_control(word).map(|found| at + found))
    }

    // A word or two cost less here than a block.
    #[inline(always)]
    fn near_special(self, _: &mut Window, chunk: &[u8], at: usize) -> Option<usize> {
        let near = &chunk[at..chunk.len().min(at + NEAR)];
        words(near).find_map(|(start, word)| special(word).map(|found| at + start + found))
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
