//! gzip and deflate, by flate2.

use flate2::{Decompress, FlushDecompress, Status};

use super::{Machine, Step, Trouble};

/// The largest window of gzip and deflate, 32 KiB.
const WINDOW_BITS: u8 = 15;

pub(super) struct Gzip(Decompress);

impl Gzip {
    pub(super) fn new() -> Self {
        Self(Decompress::new_gzip(WINDOW_BITS))
    }
}

impl Machine for Gzip {
    fn restart(&mut self, next: u8) -> bool {
        // Members of gzip may follow each other; padding and garbage are ignored.
        let is_member = next == 0x1F;
        if is_member {
            self.0.reset(true);
        }
        is_member
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Trouble> {
        Ok(step(&mut self.0, input, out))
    }
}

/// The name means zlib, but many servers sent raw deflate, and browsers read both: the first
/// two bytes tell which.
pub(super) enum Deflate {
    Start,
    First(u8),
    Known(Decompress),
}

impl Machine for Deflate {
    fn restart(&mut self, _next: u8) -> bool {
        false
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Trouble> {
        match (&mut *self, input.first()) {
            // Also without input: what fills the output to its last byte has more to say.
            (Self::Known(machine), _) => Ok(step(machine, input, out)),
            (_, None) => Ok(Step::default()),
            (Self::Start, Some(&first)) => {
                *self = Self::First(first);
                Ok(Step { used: 1, ..Step::default() })
            }
            (Self::First(first), Some(&next)) => {
                let mut machine = Decompress::new(is_zlib(*first, next));
                // Of either kind one byte is too short to make any.
                let begun = step(&mut machine, &[*first], out);
                if begun.broken {
                    return Err(Trouble::DecodeFailed);
                }
                let step = step(&mut machine, input, out);
                *self = Self::Known(machine);
                Ok(step)
            }
        }
    }
}

fn step(machine: &mut Decompress, input: &[u8], out: &mut [u8]) -> Step {
    let (used, made) = (machine.total_in(), machine.total_out());
    let status = machine.decompress(input, out, FlushDecompress::None);
    Step {
        used: difference(machine.total_in(), used),
        made: difference(machine.total_out(), made),
        end: matches!(status, Ok(Status::StreamEnd)),
        broken: status.is_err(),
    }
}

fn difference(after: u64, before: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX)
}

/// RFC 1950: method 8, a window of at most 32 KiB, and a check of the two bytes.
fn is_zlib(cmf: u8, flags: u8) -> bool {
    cmf & 0x0F == 8 && cmf >> 4 <= 7 && (u16::from(cmf) << 8 | u16::from(flags)) % 31 == 0
}
