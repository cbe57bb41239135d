//! One content coding: the push interfaces of flate2, brotli and zstd, made alike. Each is a
//! feature, so that who embeds this takes only what may come.

use crate::body::Trouble;

#[cfg(feature = "brotli")]
mod brotli;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(feature = "zstd")]
mod zstd;

/// Size of the output buffer.
const OUT_BYTES: usize = 16 * 1024;

/// The codings that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Codec {
    /// By its name in `Content-Encoding`, in any case. `None` too where its feature is off.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if cfg!(feature = "gzip") && (is("gzip") || is("x-gzip")) {
            Some(Self::Gzip)
        } else if cfg!(feature = "gzip") && is("deflate") {
            Some(Self::Deflate)
        } else if cfg!(feature = "brotli") && is("br") {
            Some(Self::Brotli)
        } else if cfg!(feature = "zstd") && is("zstd") {
            Some(Self::Zstd)
        } else {
            None
        }
    }

    fn machine(self) -> Result<Box<dyn Machine>, Trouble> {
        match self {
            #[cfg(feature = "gzip")]
            Self::Gzip => Ok(Box::new(gzip::Gzip::new())),
            #[cfg(feature = "gzip")]
            Self::Deflate => Ok(Box::new(gzip::Deflate::Start)),
            #[cfg(feature = "brotli")]
            Self::Brotli => Ok(Box::new(brotli::Brotli::new())),
            #[cfg(feature = "zstd")]
            Self::Zstd => Ok(Box::new(zstd::Zstd::new()?)),
            // A name whose feature is off is not known, so this is never asked.
            #[cfg(not(all(feature = "gzip", feature = "brotli", feature = "zstd")))]
            _ => Err(Trouble::DecodeFailed),
        }
    }
}

/// Undoes one coding. Allocates with its first byte.
pub(crate) struct Stage {
    codec: Codec,
    machine: Option<Box<dyn Machine>>,
    /// Empty before the first byte.
    out: Vec<u8>,
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

/// A decoder of one coding.
trait Machine: Send {
    /// After a whole stream: whether another begins with this byte.
    fn restart(&mut self, next: u8) -> bool;

    /// Reads some input, makes some output.
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Trouble>;
}

/// What one step did.
#[derive(Default)]
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
        Self { codec, machine: None, out: Vec::new(), at: At::Start }
    }

    /// Decodes a chunk; what it completes goes to `sink` piece by piece.
    pub(crate) fn push(
        &mut self,
        chunk: &[u8],
        sink: &mut dyn FnMut(&[u8]) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        if chunk.is_empty() {
            return Ok(());
        }
        if self.machine.is_none() {
            self.machine = Some(self.codec.machine()?);
            self.out = vec![0; OUT_BYTES];
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
