//! What the last look at a block of a chunk found.

use crate::blocks::{BLOCK, first};

/// The quotes and backslashes of the block that was looked at last: what is looked for next
/// is mostly there too, and a shift finds it sooner than another look.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    /// Where in the chunk the block begins.
    start: usize,
    special: u64,
}

impl Window {
    #[inline(always)]
    pub(crate) fn new(start: usize, special: u64) -> Self {
        Self { start, special }
    }

    /// The first one from `at` on.
    #[inline(always)]
    pub(crate) fn next(self, at: usize) -> Option<usize> {
        let from = at.wrapping_sub(self.start);
        let left = if from < BLOCK { self.special >> from } else { 0 };
        first(left).map(|len| at + len)
    }
}
