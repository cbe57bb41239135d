//! Vector instructions: the masks of [`crate::blocks`], and the choice of a level.
//!
//! The only module with `unsafe`. Each block says why it is sound. AVX2 is found out at run
//! time; SSE2 is part of every x86_64, and NEON of every aarch64 (compiled, but not measured
//! so far). Everywhere else, and in tests everywhere, the safe twin in [`crate::words`] does it.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
mod sse2;

use std::sync::OnceLock;

use crate::blocks::Wide;
use crate::skip::Engine;
use crate::words::Words;

/// Which vector instructions a reader uses. The results are the same at every level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(Kind);

/// Only made where the processor has the instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Sse2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    Fallback,
}

impl Level {
    /// No vector instructions of our own.
    pub const FALLBACK: Self = Self(Kind::Fallback);

    /// The best that this machine has.
    #[must_use]
    pub fn best() -> Self {
        /// Asked of the processor once: each body asks for it.
        static BEST: OnceLock<Level> = OnceLock::new();
        *BEST.get_or_init(|| {
            #[cfg(target_arch = "x86_64")]
            return Self(if avx2::Avx2::detect().is_some() { Kind::Avx2 } else { Kind::Sse2 });
            #[cfg(target_arch = "aarch64")]
            return Self(Kind::Neon);
            #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
            return Self::FALLBACK;
        })
    }

    /// The level that is faster for a few bytes: wider registers cost more to get in and
    /// out of than they save there.
    pub(crate) fn for_few_bytes(self) -> Self {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => Self(Kind::Sse2),
            _ => self,
        }
    }

    /// All that this machine has.
    pub fn available() -> impl Iterator<Item = Self> {
        let baseline = [
            #[cfg(target_arch = "x86_64")]
            Self(Kind::Sse2),
            Self::FALLBACK,
        ];
        let best = Self::best();
        let more = baseline.into_iter().filter(move |level| *level != best);
        std::iter::once(best).chain(more)
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Kind::Sse2 => "SSE2",
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => "NEON",
            Kind::Fallback => "safe",
        })
    }
}

/// All brackets are the same but for these bits; so are `Y`, `Z`, `^`, `_`, `y`, `z`, `|`, `~`.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
const BRACKETS: u8 = 0x26;

/// Work to be done with the engine of a level; compiled once for each.
pub(crate) trait Task {
    type Out;

    /// Must be inlined, with all that it calls the engine in: only then is it compiled with
    /// the instructions of the level.
    fn run<E: Engine>(self, engine: E) -> Self::Out;
}

/// Does the work on a chunk at this level.
#[inline]
pub(crate) fn at_level<T: Task>(level: Level, chunk: &[u8], task: T) -> T::Out {
    match level.0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: this kind is only made where `Avx2::detect` found all of these features.
        Kind::Avx2 => unsafe { avx2::run(chunk, task) },
        #[cfg(target_arch = "x86_64")]
        Kind::Sse2 => task.run(Wide::new(sse2::Sse2, chunk)),
        #[cfg(target_arch = "aarch64")]
        Kind::Neon => task.run(Wide::new(neon::Neon, chunk)),
        Kind::Fallback => task.run(Wide::new(Words, chunk)),
    }
}
