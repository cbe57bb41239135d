//! AVX2, with carry-less multiplication for the prefix XOR.

use std::arch::x86_64::{
    __m256i, _mm_clmulepi64_si128, _mm_cvtsi128_si64, _mm_set_epi64x, _mm_set1_epi8,
    _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set1_epi8,
};

use super::{BRACKETS, Task};
use crate::blocks::{BLOCK, Blocks, FOLD, Masks, NEAR, ROW, Wide, first};

/// Does the work with these instructions, which the processor must have.
#[target_feature(enable = "avx2,pclmulqdq,popcnt,bmi1,bmi2,lzcnt")]
pub(super) fn run<T: Task>(chunk: &[u8], task: T) -> T::Out {
    task.run(Wide::new(Avx2(()), chunk))
}

/// AVX2 with its usual companions. Only made where they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        let all = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("pclmulqdq")
            && is_x86_feature_detected!("popcnt")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt");
        all.then_some(Self(()))
    }

    /// The 32 bytes from `at` on.
    #[inline(always)]
    fn load<const N: usize>(self, bytes: &[u8; N], at: usize) -> __m256i {
        assert!(at + 32 <= N);
        // SAFETY: the processor has AVX2, as `self` proves; the bytes are in the array, as
        // was just checked; no alignment is asked for.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().add(at).cast()) }
    }

    #[inline(always)]
    fn each(self, byte: u8) -> __m256i {
        // SAFETY: the processor has AVX2, as `self` proves.
        unsafe { _mm256_set1_epi8(byte.cast_signed()) }
    }

    #[inline(always)]
    fn is(self, bytes: __m256i, byte: u8) -> __m256i {
        // SAFETY: the processor has AVX2, as `self` proves.
        unsafe { _mm256_cmpeq_epi8(bytes, self.each(byte)) }
    }

    /// Quotes and backslashes.
    #[inline(always)]
    fn special(self, bytes: __m256i) -> __m256i {
        self.or(self.is(bytes, b'"'), self.is(bytes, b'\\'))
    }

    #[inline(always)]
    fn is_control(self, bytes: __m256i) -> __m256i {
        // SAFETY: the processor has AVX2, as `self` proves.
        unsafe { _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, self.each(b' ' - 1)), bytes) }
    }

    #[inline(always)]
    fn or(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: the processor has AVX2, as `self` proves.
        unsafe { _mm256_or_si256(a, b) }
    }

    #[inline(always)]
    fn bits(self, found: __m256i) -> u32 {
        // SAFETY: the processor has AVX2, as `self` proves.
        unsafe { _mm256_movemask_epi8(found) }.cast_unsigned()
    }

    #[inline(always)]
    fn mask(self, low: __m256i, high: __m256i, byte: u8) -> u64 {
        let low = self.bits(self.is(low, byte));
        let high = self.bits(self.is(high, byte));
        u64::from(low) | u64::from(high) << 32
    }
}

impl Blocks for Avx2 {
    #[inline(always)]
    fn masks(self, block: &[u8; BLOCK]) -> Masks {
        let (low, high) = (self.load(block, 0), self.load(block, 32));
        let fold = self.each(FOLD);
        let (low_folded, high_folded) = (self.or(low, fold), self.or(high, fold));
        Masks {
            quote: self.mask(low, high, b'"'),
            backslash: self.mask(low, high, b'\\'),
            open: self.mask(low_folded, high_folded, b'{'),
            close: self.mask(low_folded, high_folded, b'}'),
        }
    }

    #[inline(always)]
    fn string_masks(self, block: &[u8; BLOCK]) -> (u64, u64) {
        let (low, high) = (self.load(block, 0), self.load(block, 32));
        (self.mask(low, high, b'"'), self.mask(low, high, b'\\'))
    }

    #[inline(always)]
    fn specials(self, block: &[u8; BLOCK]) -> u64 {
        let (low, high) = (self.load(block, 0), self.load(block, 32));
        let (low, high) = (self.bits(self.special(low)), self.bits(self.special(high)));
        u64::from(low) | u64::from(high) << 32
    }

    #[inline(always)]
    fn first_unplain(self, bytes: &[u8; NEAR]) -> Option<usize> {
        let bytes = self.load(bytes, 0);
        let found = self.or(self.special(bytes), self.is_control(bytes));
        first(self.bits(found).into())
    }

    #[inline(always)]
    fn may_have_structure(self, row: &[u8; ROW]) -> bool {
        let mut found = self.each(0);
        for at in 0..ROW / 32 {
            let bytes = self.load(row, at * 32);
            let brackets = self.is(self.or(bytes, self.each(BRACKETS)), BRACKETS | b'{');
            found = self.or(found, self.or(brackets, self.is(bytes, b'"')));
        }
        self.bits(found) != 0
    }

    #[inline(always)]
    fn has_quote(self, row: &[u8; ROW]) -> bool {
        let mut found = self.each(0);
        for at in 0..ROW / 32 {
            found = self.or(found, self.is(self.load(row, at * 32), b'"'));
        }
        self.bits(found) != 0
    }

    #[inline(always)]
    fn prefix_xor(self, mask: u64) -> u64 {
        // SAFETY: the processor has PCLMULQDQ, as `self` proves.
        let product = unsafe {
            _mm_clmulepi64_si128::<0>(_mm_set_epi64x(0, mask.cast_signed()), _mm_set1_epi8(-1))
        };
        // SAFETY: SSE2 is part of x86_64.
        unsafe { _mm_cvtsi128_si64(product) }.cast_unsigned()
    }
}
