//! Every level against the skipper that looks at each byte.

use proptest::prelude::*;

use super::*;
use crate::simd::{Level, Task, at_level};

/// Where each value ends that follows on the one before, and where the last one stands.
struct Values(Skip);

impl Task for Values {
    type Out = (Vec<usize>, Skip);

    #[inline(always)]
    fn run<E: Engine>(self, mut engine: E) -> Self::Out {
        let (mut skip, mut ends) = (self.0, Vec::new());
        while let Some(end) = engine.skip(&mut skip, ends.last().copied().unwrap_or(0)) {
            ends.push(end);
            // Now a string, now a container.
            skip = if ends.len() % 3 == 0 { Skip::CONTAINER } else { Skip::STRING };
        }
        (ends, skip)
    }
}

/// Each special byte after the one before.
struct Specials;

impl Task for Specials {
    type Out = Vec<usize>;

    #[inline(always)]
    fn run<E: Engine>(self, mut engine: E) -> Self::Out {
        let next = |after: Option<usize>| engine.string_special(after.map_or(0, |at| at + 1));
        let mut next = next;
        std::iter::successors(next(None), |at| next(Some(*at))).collect()
    }
}

/// Runs of what matters and of what does not, long enough for blocks and rows.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop::sample::select(&b"\"\"\\\\{}[]ayZ|~^,;}\xDB\xA2\x02 "[..]);
    let len = prop_oneof![4 => 0..6_usize, 2 => 0..70_usize, 1 => 0..600_usize];
    let run = (byte, len).prop_map(|(byte, len)| vec![byte; len]);
    prop::collection::vec(run, 0..40).prop_map(|runs| runs.concat())
}

/// What blocks are tested against.
struct ByBytes<'a>(&'a [u8]);

impl Engine for ByBytes<'_> {
    fn string_special(&mut self, at: usize) -> Option<usize> {
        (at..self.0.len()).find(|at| matches!(self.0[*at], b'"' | b'\\'))
    }

    fn skip(&mut self, skip: &mut Skip, at: usize) -> Option<usize> {
        skip_bytes(skip, self.0, at)
    }

    fn near_text_end(&self, at: usize) -> Option<usize> {
        let near = self.0.get(at..at + NEAR)?;
        let end = near.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' '))?;
        (near[end] == b'"').then_some(at + end)
    }
}

/// Where the text ends that begins at each byte.
struct TextEnds(usize);

impl Task for TextEnds {
    type Out = Vec<Option<usize>>;

    #[inline(always)]
    fn run<E: Engine>(self, engine: E) -> Self::Out {
        (0..=self.0).map(|at| engine.near_text_end(at)).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn every_level_skips_as_byte_by_byte(
        bytes in bytes(),
        depth in 0..4_u64,
        inside in prop::sample::select(&[Inside::Plain, Inside::String, Inside::Escape][..]),
    ) {
        // A lone string is never plain.
        let inside = if depth == 0 && inside == Inside::Plain { Inside::String } else { inside };
        let skip = Skip { depth, inside };
        let ends = Values(skip).run(ByBytes(&bytes));
        let specials = Specials.run(ByBytes(&bytes));
        let texts = || TextEnds(bytes.len());
        let text_ends = texts().run(ByBytes(&bytes));
        for level in Level::available() {
            prop_assert_eq!(&at_level(level, &bytes, Values(skip)), &ends, "{:?}", level);
            prop_assert_eq!(&at_level(level, &bytes, Specials), &specials, "{:?}", level);
            prop_assert_eq!(&at_level(level, &bytes, texts()), &text_ends, "{:?}", level);
        }
    }
}

#[test]
fn specials_are_found_wherever_they_are() {
    for len in 0..150 {
        for at in 0..len {
            // Neighbours of the wanted bytes, so that a sloppy word trick shows.
            let mut bytes: Vec<u8> =
                b"!#[]\x00\x01\x80\xA2\xDC\xFF".iter().copied().cycle().take(len).collect();
            for special in *b"\"\\" {
                bytes[at] = special;
                for level in Level::available() {
                    let found = at_level(level, &bytes, Specials);
                    assert_eq!(found, [at], "{special} of {len}");
                }
            }
        }
    }
}
