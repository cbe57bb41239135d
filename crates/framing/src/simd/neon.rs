//! NEON, the baseline of aarch64.

use std::arch::aarch64::{
    uint8x16_t, vandq_u8, vceqq_u8, vcltq_u8, vdupq_n_u8, vgetq_lane_u32, vgetq_lane_u64, vld1q_u8,
    vmaxvq_u8, vorrq_u8, vpaddq_u8, vreinterpretq_u32_u8, vreinterpretq_u64_u8,
};

use super::BRACKETS;
use crate::blocks::{BLOCK, Blocks, FOLD, Masks, NEAR, ROW, first};

/// NEON, which every aarch64 has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neon;

impl Neon {
    /// The 16 bytes from `at` on.
    #[inline(always)]
    fn load<const N: usize>(self, bytes: &[u8; N], at: usize) -> uint8x16_t {
        assert!(at + 16 <= N);
        // SAFETY: NEON is part of aarch64; the bytes are in the array, as was just
        // checked; no alignment is asked for.
        unsafe { vld1q_u8(bytes.as_ptr().add(at)) }
    }

    #[inline(always)]
    fn each(self, byte: u8) -> uint8x16_t {
        // SAFETY: NEON is part of aarch64.
        unsafe { vdupq_n_u8(byte) }
    }

    #[inline(always)]
    fn is(self, bytes: uint8x16_t, byte: u8) -> uint8x16_t {
        // SAFETY: NEON is part of aarch64.
        unsafe { vceqq_u8(bytes, self.each(byte)) }
    }

    #[inline(always)]
    fn is_control(self, bytes: uint8x16_t) -> uint8x16_t {
        // SAFETY: NEON is part of aarch64.
        unsafe { vcltq_u8(bytes, self.each(b' ')) }
    }

    #[inline(always)]
    fn or(self, a: uint8x16_t, b: uint8x16_t) -> uint8x16_t {
        // SAFETY: NEON is part of aarch64.
        unsafe { vorrq_u8(a, b) }
    }

    /// Quotes, backslashes and control characters.
    #[inline(always)]
    fn unplain(self, bytes: uint8x16_t) -> uint8x16_t {
        let special = self.or(self.is(bytes, b'"'), self.is(bytes, b'\\'));
        self.or(special, self.is_control(bytes))
    }

    /// Adds neighbours, the ones of `a` and then the ones of `b`.
    #[inline(always)]
    fn pairs(self, a: uint8x16_t, b: uint8x16_t) -> uint8x16_t {
        // SAFETY: NEON is part of aarch64.
        unsafe { vpaddq_u8(a, b) }
    }

    /// Of each found byte the bit that it is in the mask.
    #[inline(always)]
    fn weigh(self, found: uint8x16_t) -> uint8x16_t {
        let weights = self.load(&[1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128], 0);
        // SAFETY: NEON is part of aarch64.
        unsafe { vandq_u8(found, weights) }
    }

    /// Of each byte that, with the bits `ORED`, is `byte`, the bit that it is in the mask.
    #[inline(always)]
    fn weights<const ORED: u8>(self, block: &[u8; BLOCK], at: usize, byte: u8) -> uint8x16_t {
        let bytes = self.or(self.load(block, at), self.each(ORED));
        self.weigh(self.is(bytes, byte))
    }

    #[inline(always)]
    fn mask<const ORED: u8>(self, block: &[u8; BLOCK], byte: u8) -> u64 {
        let low =
            self.pairs(self.weights::<ORED>(block, 0, byte), self.weights::<ORED>(block, 16, byte));
        let high = self
            .pairs(self.weights::<ORED>(block, 32, byte), self.weights::<ORED>(block, 48, byte));
        let sums = self.pairs(low, high);
        let sums = self.pairs(sums, sums);
        // SAFETY: NEON is part of aarch64.
        unsafe { vgetq_lane_u64::<0>(vreinterpretq_u64_u8(sums)) }
    }

    #[inline(always)]
    fn found(self, found: uint8x16_t) -> bool {
        // SAFETY: NEON is part of aarch64.
        unsafe { vmaxvq_u8(found) != 0 }
    }
}

impl Blocks for Neon {
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
    fn first_unplain(self, bytes: &[u8; NEAR]) -> Option<usize> {
        let (low, high) = (self.load(bytes, 0), self.load(bytes, 16));
        let (low, high) = (self.weigh(self.unplain(low)), self.weigh(self.unplain(high)));
        let sums = self.pairs(low, high);
        let sums = self.pairs(sums, sums);
        let sums = self.pairs(sums, sums);
        // SAFETY: NEON is part of aarch64.
        let mask = unsafe { vgetq_lane_u32::<0>(vreinterpretq_u32_u8(sums)) };
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
        self.found(found)
    }

    #[inline(always)]
    fn has_quote(self, row: &[u8; ROW]) -> bool {
        let mut found = self.each(0);
        for at in 0..ROW / 16 {
            found = self.or(found, self.is(self.load(row, at * 16), b'"'));
        }
        self.found(found)
    }
}
