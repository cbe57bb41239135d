//! Skipping of strings, and of whole values that nobody wants, 64 bytes at a time.
//!
//! A block becomes four masks of 64 bits, one bit a byte. The backslashes say which quotes are
//! escaped; the prefix XOR of the others says which bytes are in a string; the brackets
//! outside strings are counted, and looked at one by one only in the block where the value
//! may end. Rows of 256 bytes without anything of that kind are passed over.

use crate::skip::{Engine, Inside, Skip, skip_bytes, string_special};
use crate::window::Window;

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

    /// The quotes and the backslashes in one.
    #[inline(always)]
    fn specials(self, block: &[u8; BLOCK]) -> u64 {
        let (quote, backslash) = self.string_masks(block);
        quote | backslash
    }

    /// The first quote, backslash or control character.
    fn first_unplain(self, bytes: &[u8; NEAR]) -> Option<usize>;

    /// The next quote or backslash from `at` on, if it is near; `window` is of this chunk.
    #[inline(always)]
    fn near_special(self, window: &mut Window, chunk: &[u8], at: usize) -> Option<usize> {
        // A chunk without a block is left to the words.
        let (start, block) = match chunk[at..].first_chunk() {
            Some(block) => (at, block),
            None => (chunk.len().checked_sub(BLOCK)?, chunk.last_chunk()?),
        };
        *window = Window::new(start, self.specials(block));
        window.next(at)
    }

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

/// The first byte of a mask.
#[inline(always)]
pub(crate) fn first(mask: u64) -> Option<usize> {
    (mask != 0).then(|| mask.trailing_zeros() as usize)
}

/// The engine on blocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wide<'a, B> {
    blocks: B,
    chunk: &'a [u8],
    window: Window,
}

impl<B: Blocks> Engine for Wide<'_, B> {
    #[inline(always)]
    fn string_special(&mut self, at: usize) -> Option<usize> {
        match self.near_special(at) {
            None => string_special(&self.chunk[at..]).map(|len| at + len),
            near => near,
        }
    }

    #[inline(always)]
    fn skip(&mut self, skip: &mut Skip, at: usize) -> Option<usize> {
        if skip.depth == 0 { self.skip_string(skip, at) } else { self.skip_container(skip, at) }
    }

    #[inline(always)]
    fn near_text_end(&self, at: usize) -> Option<usize> {
        let end = at + self.blocks.first_unplain(self.chunk.get(at..)?.first_chunk()?)?;
        (self.chunk[end] == b'"').then_some(end)
    }
}

impl<'a, B: Blocks> Wide<'a, B> {
    #[inline(always)]
    pub(crate) fn new(blocks: B, chunk: &'a [u8]) -> Self {
        Self { blocks, chunk, window: Window::default() }
    }

    /// The next quote or backslash, if it is near.
    #[inline(always)]
    fn near_special(&mut self, at: usize) -> Option<usize> {
        match self.window.next(at) {
            None => self.blocks.near_special(&mut self.window, self.chunk, at),
            next => next,
        }
    }

    #[inline(always)]
    fn skip_string(&mut self, skip: &mut Skip, mut at: usize) -> Option<usize> {
        let chunk = self.chunk;
        let mut escaped = u64::from(skip.inside == Inside::Escape);
        // Most strings are short and have no escapes.
        if escaped == 0
            && let Some(end) = self.near_special(at)
            && chunk[end] == b'"'
        {
            return Some(end + 1);
        }
        while let Some(block) = chunk[at..].first_chunk::<BLOCK>() {
            let (quotes, backslash) = self.blocks.string_masks(block);
            let (quote, next) = unescaped(quotes, backslash, escaped);
            if quote != 0 {
                self.window = Window::new(at, quotes | backslash);
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
    fn quoted_rows(&self, bytes: &[u8], escaped: &mut u64) -> usize {
        let mut at = 0;
        while let Some(row) = bytes[at..].first_chunk::<ROW>() {
            // What escapes what in the row does not matter if the row's end is clear.
            if self.blocks.has_quote(row) || row[ROW - 1] == b'\\' {
                break;
            }
            at += ROW;
            *escaped = 0;
        }
        at
    }

    #[inline(always)]
    fn skip_container(&mut self, skip: &mut Skip, mut at: usize) -> Option<usize> {
        let chunk = self.chunk;
        let mut carry = Carry::of(*skip);
        while at < chunk.len() {
            let (masks, len) = match chunk[at..].first_chunk::<BLOCK>() {
                Some(block) => (self.blocks.masks(block), BLOCK),
                None => (self.rest_masks(at), chunk.len() - at),
            };
            match self.step(&mut carry, masks, len) {
                Step::On => at += len,
                Step::End(after) => {
                    self.window = Window::new(at, masks.quote | masks.backslash);
                    return Some(at + after);
                }
                // Never in JSON; it is no escape there.
                Step::StrayBackslash => {
                    *skip = carry.skip();
                    if let Some(after) = skip_bytes(skip, &chunk[..at + len], at) {
                        return Some(after);
                    }
                    carry = Carry::of(*skip);
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
                    if self.blocks.may_have_structure(row) {
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
    fn rest_masks(&self, at: usize) -> Masks {
        let chunk = self.chunk;
        let len = chunk.len() - at;
        match chunk.last_chunk::<BLOCK>() {
            Some(block) => {
                let before = BLOCK - len;
                let masks = self.blocks.masks(block);
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
                self.blocks.masks(&block)
            }
        }
    }

    /// One block, of which the first `len` bytes count: the masks have no bits beyond.
    #[inline(always)]
    fn step(&self, carry: &mut Carry, masks: Masks, len: usize) -> Step {
        let (quote, escapes) = unescaped(masks.quote, masks.backslash, carry.escaped);
        let in_string = self.blocks.prefix_xor(quote) ^ carry.in_string;
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
    #[inline(always)]
    fn of(skip: Skip) -> Self {
        Self {
            depth: skip.depth,
            in_string: if skip.inside == Inside::Plain { 0 } else { !0 },
            escaped: u64::from(skip.inside == Inside::Escape),
        }
    }

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
mod tests;
