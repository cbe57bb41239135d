//! Undoes a `Content-Encoding`, as a push machine with bounded memory.

use crate::body::{Limits, Trouble};
use crate::codec::{Codec, Stage};

/// The most codings that are undone: one is usual, two have been seen.
const MAX_STAGES: usize = 2;
/// The most bytes of an unknown coding's name that are reported.
const NAME_BYTES: usize = 64;

/// The codings of a body. Holds for each of them its decoder with its window (gzip and
/// deflate 32 KiB, zstd at most 8 MiB, br at most 16 MiB) and one output buffer of
/// 16 KiB; without a coding, nothing.
pub(crate) struct Decoding {
    /// Coding applied last first: in the order they are undone.
    stages: Vec<Stage>,
    budget: Budget,
}

/// What decoded bytes are still allowed.
struct Budget {
    limits: Limits,
    encoded: u64,
    /// Of each stage: the middle of a chain can be a bomb too.
    decoded: [u64; MAX_STAGES],
}

impl Decoding {
    /// Reads a `Content-Encoding` value.
    pub(crate) fn new(content_encoding: Option<&str>, limits: Limits) -> Result<Self, Trouble> {
        let value = content_encoding.unwrap_or_default();
        let mut stages = Vec::new();
        let names = if value.is_empty() { None } else { Some(value.rsplit(',')) };
        for name in names.into_iter().flatten().map(str::trim) {
            if name.is_empty() || name.eq_ignore_ascii_case("identity") {
                continue;
            }
            if stages.len() == MAX_STAGES {
                return Err(unsupported(value));
            }
            let codec = Codec::by_name(name).ok_or_else(|| unsupported(name))?;
            stages.push(Stage::new(codec));
        }
        Ok(Self { stages, budget: Budget { limits, encoded: 0, decoded: [0; MAX_STAGES] } })
    }

    /// Decodes a chunk: all that it completes goes to `sink`, at once. Without a coding
    /// that is the chunk itself.
    pub(crate) fn push(
        &mut self,
        chunk: &[u8],
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Trouble> {
        let budget = &mut self.budget;
        budget.encoded = budget.encoded.saturating_add(chunk.len() as u64);
        match self.stages.as_mut_slice() {
            [] => {
                sink(chunk);
                Ok(())
            }
            [only] => only.push(chunk, &mut |piece| {
                budget.spend(0, piece)?;
                sink(piece);
                Ok(())
            }),
            [outer, inner, ..] => outer.push(chunk, &mut |middle| {
                budget.spend(0, middle)?;
                inner.push(middle, &mut |piece| {
                    budget.spend(1, piece)?;
                    sink(piece);
                    Ok(())
                })
            }),
        }
    }

    /// Whether the input ended inside an encoded stream.
    pub(crate) fn is_unfinished(&self) -> bool {
        // What never got a byte is an empty body, which is whole.
        self.budget.encoded > 0 && self.stages.iter().any(Stage::is_unfinished)
    }
}

impl Budget {
    fn spend(&mut self, stage: usize, piece: &[u8]) -> Result<(), Trouble> {
        let decoded = &mut self.decoded[stage];
        *decoded = decoded.saturating_add(piece.len() as u64);
        let allowed = self.encoded.saturating_mul(self.limits.expansion_ratio);
        if *decoded > allowed.max(self.limits.expansion_floor) {
            return Err(Trouble::ExpansionLimit);
        }
        Ok(())
    }
}

fn unsupported(name: &str) -> Trouble {
    let mut end = name.len().min(NAME_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    Trouble::UnsupportedEncoding(name[..end].to_owned())
}

#[cfg(all(test, feature = "gzip"))]
mod tests {
    use std::io::Write;

    use super::*;

    /// Each chunk is decoded from where the one before ended, so that the work is that of the
    /// body, however many chunks it comes in.
    #[test]
    fn each_byte_is_decoded_once_in_however_many_chunks() {
        let body = "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n".repeat(1_000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        gzip.write_all(body.as_bytes()).unwrap();
        let encoded = gzip.finish().unwrap();
        for size in [1, 7, 1_000, encoded.len()] {
            let mut decoding = Decoding::new(Some("gzip"), Limits::default()).unwrap();
            let mut decoded = Vec::new();
            for chunk in encoded.chunks(size) {
                decoding.push(chunk, &mut |piece| decoded.extend_from_slice(piece)).unwrap();
            }
            assert_eq!(decoded, body.as_bytes());
            let spent = (decoding.budget.encoded, decoding.budget.decoded[0]);
            assert_eq!(spent, (encoded.len() as u64, body.len() as u64), "chunks of {size}");
        }
    }
}
