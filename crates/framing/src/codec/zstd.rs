//! Zstandard, by the C library.

use zstd::stream::raw::{DParameter, Decoder, Operation};

use super::{Machine, Step, Trouble};

/// The largest window of a zstd stream over HTTP, 8 MiB (RFC 9659).
const WINDOW_LOG: u32 = 23;

pub(super) struct Zstd(Decoder<'static>);

impl Zstd {
    pub(super) fn new() -> Result<Self, Trouble> {
        let mut decoder = Decoder::new().map_err(|_| Trouble::DecodeFailed)?;
        decoder
            .set_parameter(DParameter::WindowLogMax(WINDOW_LOG))
            .map_err(|_| Trouble::DecodeFailed)?;
        Ok(Self(decoder))
    }
}

impl Machine for Zstd {
    fn restart(&mut self, next: u8) -> bool {
        // Of a frame, or of a skippable one.
        matches!(next, 0x28 | 0x50..=0x5F)
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Trouble> {
        // Of a broken block zstd does not say what it made.
        let status = self.0.run_on_buffers(input, out).map_err(|_| Trouble::DecodeFailed)?;
        Ok(Step {
            used: status.bytes_read,
            made: status.bytes_written,
            end: status.remaining == 0,
            broken: false,
        })
    }
}
