//! One content coding: the push interfaces of flate2, brotli and zstd, made alike.

use brotli::enc::StandardAlloc;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder, Operation};

use crate::body::Trouble;

/// Size of the output buffer.
const OUT_BYTES: usize = 16 * 1024;
/// The largest window of a zstd stream over HTTP, 8 MiB (RFC 9659).
const ZSTD_WINDOW_LOG: u32 = 23;
/// The largest window of gzip and deflate, 32 KiB.
const GZIP_WINDOW_BITS: u8 = 15;

/// The codings that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Codec {
    /// By its name in `Content-Encoding`, in any case.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("gzip") || is("x-gzip") {
            Some(Self::Gzip)
        } else if is("deflate") {
            Some(Self::Deflate)
        } else if is("br") {
            Some(Self::Brotli)
        } else if is("zstd") {
            Some(Self::Zstd)
        } else {
            None
        }
    }
}

/// Undoes one coding. Allocates with its first byte.
pub(crate) struct Stage {
    codec: Codec,
    machine: Option<Machine>,
    /// Empty before the first byte.
    out: Vec<u8>,
    /// The first byte of a `deflate` body, whose second tells zlib from raw.
    first: Option<u8>,
    at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Before the first byte.
    Start,
    Inside,
    /// After a whole stream: another may follow.
    Boundary,
    /// After the last stream: what follows does not matter.
    End,
}

enum Machine {
    Gzip(Decompress),
    Deflate(Decompress),
    // Some kilobytes large, so boxed.
    Brotli(Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>),
    Zstd(Decoder<'static>),
}

/// What one step did.
struct Step {
    used: usize,
    made: usize,
    /// A stream ended.
    end: bool,
    /// The input is broken; what was made before that still counts.
    broken: bool,
}

impl Stage {
    pub(crate) fn new(codec: Codec) -> Self {
        Self { codec, machine: None, out: Vec::new(), first: None, at: At::Start }
    }

    /// Decodes a chunk; what it completes goes to `sink` piece by piece.
    pub(crate) fn push(
        &mut self,
        chunk: &[u8],
        sink: &mut dyn FnMut(&[u8]) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let Some(&next) = chunk.first() else {
            return Ok(());
        };
        if self.machine.is_none() {
            if self.codec == Codec::Deflate && self.first.is_none() {
                self.first = Some(next);
                self.at = At::Inside;
                return self.push(&chunk[1..], sink);
            }
            self.machine = Some(Machine::new(self.codec, self.first, next)?);
            self.out = vec![0; OUT_BYTES];
            if let Some(first) = self.first {
                self.decode(&[first], sink)?;
            }
        }
        self.decode(chunk, sink)
    }

    /// Whether the input so far ends inside a stream.
    pub(crate) fn is_unfinished(&self) -> bool {
        matches!(self.at, At::Start | At::Inside)
    }

    fn decode(
        &mut self,
        mut rest: &[u8],
        sink: &mut dyn FnMut(&[u8]) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let Some(machine) = &mut self.machine else {
            return Ok(());
        };
        loop {
            match (self.at, rest.first()) {
                (At::End, _) | (At::Boundary, None) => return Ok(()),
                (At::Boundary, Some(&next)) if !machine.restart(next) => {
                    self.at = At::End;
                    return Ok(());
                }
                _ => self.at = At::Inside,
            }
            let step = machine.step(rest, &mut self.out)?;
            rest = rest.get(step.used..).unwrap_or_default();
            if step.end {
                self.at = At::Boundary;
            }
            let made = self.out.get(..step.made).unwrap_or_default();
            if !made.is_empty() {
                sink(made)?;
            }
            if step.broken {
                return Err(Trouble::DecodeFailed);
            }
            let full = made.len() == self.out.len();
            if !step.end && !full {
                if rest.is_empty() {
                    return Ok(());
                }
                if step.used == 0 && step.made == 0 {
                    // It neither reads nor writes, though it could do both.
                    return Err(Trouble::DecodeFailed);
                }
            }
        }
    }
}

impl Machine {
    /// A decoder for a body that begins with these bytes.
    fn new(codec: Codec, first: Option<u8>, next: u8) -> Result<Self, Trouble> {
        let alloc = StandardAlloc::default;
        Ok(match codec {
            Codec::Gzip => Self::Gzip(Decompress::new_gzip(GZIP_WINDOW_BITS)),
            // The name means zlib, but many servers sent raw deflate, and browsers read both.
            Codec::Deflate => {
                Self::Deflate(Decompress::new(first.is_none_or(|cmf| is_zlib(cmf, next))))
            }
            // Strict: no windows over 16 MiB.
            Codec::Brotli => {
                Self::Brotli(Box::new(BrotliState::new_strict(alloc(), alloc(), alloc())))
            }
            Codec::Zstd => {
                let mut decoder = Decoder::new().map_err(|_| Trouble::DecodeFailed)?;
                decoder
                    .set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG))
                    .map_err(|_| Trouble::DecodeFailed)?;
                Self::Zstd(decoder)
            }
        })
    }

    /// After a whole stream: whether another begins with this byte.
    fn restart(&mut self, next: u8) -> bool {
        match self {
            // Members of gzip may follow each other; padding and garbage are ignored.
            Self::Gzip(machine) if next == 0x1F => {
                machine.reset(true);
                true
            }
            Self::Gzip(_) | Self::Deflate(_) | Self::Brotli(_) => false,
            // Of a frame, or of a skippable one.
            Self::Zstd(_) => matches!(next, 0x28 | 0x50..=0x5F),
        }
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Trouble> {
        match self {
            Self::Gzip(machine) | Self::Deflate(machine) => {
                let (used, made) = (machine.total_in(), machine.total_out());
                let status = machine.decompress(input, out, FlushDecompress::None);
                Ok(Step {
                    used: difference(machine.total_in(), used),
                    made: difference(machine.total_out(), made),
                    end: matches!(status, Ok(Status::StreamEnd)),
                    broken: status.is_err(),
                })
            }
            Self::Brotli(state) => {
                let (mut left, mut used) = (input.len(), 0);
                let (mut free, mut made, mut total) = (out.len(), 0, 0);
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
            // Of a broken block zstd does not say what it made.
            Self::Zstd(decoder) => {
                let status =
                    decoder.run_on_buffers(input, out).map_err(|_| Trouble::DecodeFailed)?;
                Ok(Step {
                    used: status.bytes_read,
                    made: status.bytes_written,
                    end: status.remaining == 0,
                    broken: false,
                })
            }
        }
    }
}

fn difference(after: u64, before: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX)
}

/// RFC 1950: method 8, a window of at most 32 KiB, and a check of the two bytes.
fn is_zlib(cmf: u8, flags: u8) -> bool {
    cmf & 0x0F == 8 && cmf >> 4 <= 7 && (u16::from(cmf) << 8 | u16::from(flags)) % 31 == 0
}
