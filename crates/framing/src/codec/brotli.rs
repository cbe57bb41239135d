//! Brotli, by brotli-decompressor.

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::{Machine, Step, Trouble};

pub(super) struct Brotli(BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>);

impl Brotli {
    /// Strict: no windows over 16 MiB.
    pub(super) fn new() -> Self {
        let alloc = StandardAlloc::default;
        Self(BrotliState::new_strict(alloc(), alloc(), alloc()))
    }
}

impl Machine for Brotli {
    fn restart(&mut self, _next: u8) -> bool {
        false
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Trouble> {
        let (mut left, mut used) = (input.len(), 0);
        let (mut free, mut made, mut total) = (out.len(), 0, 0);
        let state = &mut self.0;
        let result = BrotliDecompressStream(
            &mut left, &mut used, input, &mut free, &mut made, out, &mut total, state,
        );
        Ok(Step {
            used,
            made,
            end: matches!(result, BrotliResult::ResultSuccess),
            broken: matches!(result, BrotliResult::ResultFailure),
        })
    }
}
