//! SSE2, the baseline of x86_64.

use std::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
    _mm_set1_epi8,
};

use super::BRACKETS;
use crate::blocks::{BLOCK, Blocks, FOLD, Masks, NEAR, ROW, first};

/// SSE2, which every x86_64 has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sse2;

impl Sse2 {
    /// The 16 bytes from `at` on.
    #[inline(always)]
    fn load<const N: usize>(self, bytes: &[u8; N], at: usize) -> __m128i {
        assert!(at + 16 <= N);
        // SAFETY: SSE2 is part of x86_64; the bytes are in the array, as was just checked; no
        // alignment is asked for.
        unsafe { _mm_loadu_si128(bytes.as_ptr().add(at).cast()) }
    }

    #[inline(always)]
    fn each(self, byte: u8) -> __m128i {
        // SAFETY: SSE2 is part of x86_64.
        unsafe { _mm_set1_epi8(byte.cast_signed()) }
    }

    #[inline(always)]
    fn is(self, bytes: __m128i, byte: u8) -> __m128i {
        // SAFETY: SSE2 is part of x86_64.
        unsafe { _mm_cmpeq_epi8(bytes, self.each(byte)) }
    }

    /// Quotes and backslashes.
    #[inline(always)]
    fn special(self, bytes: __m128i) -> __m128i {
        self.or(self.is(bytes, b'"'), self.is(bytes, b'\\'))
    }

    #[inline(always)]
    fn is_control(self, bytes: __m128i) -> __m128i {
        // SAFETY: SSE2 is part of x86_64.
        unsafe { _mm_cmpeq_epi8(_mm_min_epu8(bytes, self.each(b' ' - 1)), bytes) }
    }

    #[inline(always)]
    fn or(self, a: __m128i, b: __m128i) -> __m128i {
        // SAFETY: SSE2 is part of x86_64.
        unsafe { _mm_or_si128(a, b) }
    }

    /// One bit a byte, in the low 16 bits.
    #[inline(always)]
    fn bits(self, found: __m128i) -> u32 {
        // SAFETY: SSE2 is part of x86_64.
        unsafe { _mm_movemask_epi8(found) }.cast_unsigned()
    }

    #[inline(always)]
    fn mask<const ORED: u8>(self, block: &[u8; BLOCK], byte: u8) -> u64 {
        let mut mask = 0;
        for at in 0..BLOCK / 16 {
            let bytes = self.or(self.load(block, at * 16), self.each(ORED));
            mask |= u64::from(self.bits(self.is(bytes, byte))) << (at * 16);
        }
        mask
    }
}

impl Blocks for Sse2 {
    #[inline(always)]
    fn masks(self, block: &[u8; BLOCK]) -> Masks {
        Masks {
            quote: self.mask::<0>(block, b'"'),
            backslash: self.mask::<0>(block, b'\\'),
            open: self.mask::<FOLD>(block, b'{'),
            close: self.mask::<FOLD>(block, b'}'),
        }
    }

    #[inline(always)]
    fn string_masks(self, block: &[u8; BLOCK]) -> (u64, u64) {
        (self.mask::<0>(block, b'"'), self.mask::<0>(block, b'\\'))
    }

    #[inline(always)]
    fn specials(self, block: &[u8; BLOCK]) -> u64 {
        let mut mask = 0;
        for at in 0..BLOCK / 16 {
            let found = self.special(self.load(block, at * 16));
            mask |= u64::from(self.bits(found)) << (at * 16);
        }
        mask
    }

    #[inline(always)]
    fn first_unplain(self, bytes: &[u8; NEAR]) -> Option<usize> {
        let mut mask = 0;
        for at in 0..NEAR / 16 {
            let bytes = self.load(bytes, at * 16);
            let found = self.or(self.special(bytes), self.is_control(bytes));
            mask |= self.bits(found) << (at * 16);
        }
        first(mask.into())
    }

    #[inline(always)]
    fn may_have_structure(self, row: &[u8; ROW]) -> bool {
        let mut found = self.each(0);
        for at in 0..ROW / 16 {
            let bytes = self.load(row, at * 16);
            let brackets = self.is(self.or(bytes, self.each(BRACKETS)), BRACKETS | b'{');
            found = self.or(found, self.or(brackets, self.is(bytes, b'"')));
        }
        self.bits(found) != 0
    }

    #[inline(always)]
    fn has_quote(self, row: &[u8; ROW]) -> bool {
        let mut found = self.each(0);
        for at in 0..ROW / 16 {
            found = self.or(found, self.is(self.load(row, at * 16), b'"'));
        }
        self.bits(found) != 0
    }
}
