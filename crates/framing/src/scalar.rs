//! Numbers and literals, step by step: of them every byte is looked at.

use crate::number::Number;
use crate::paths::Paths;
use crate::scanner::{Bad, Scanner, State};

impl Scanner {
    /// Goes on in a number; the position after it, or `None` when the chunk ends in it.
    pub(crate) fn number(
        &mut self,
        paths: &Paths,
        chunk: &[u8],
        mut at: usize,
        mut number: Number,
    ) -> Result<Option<usize>, Bad> {
        while let Some(&byte) = chunk.get(at) {
            if !Number::has(byte) {
                let after = number.complete().then(|| self.value_ends(paths, chunk, at));
                return after.map(Some).ok_or(Bad(at));
            }
            number = number.step(byte).ok_or(Bad(at))?;
            at += 1;
        }
        self.state = State::Number(number);
        Ok(None)
    }

    /// Goes on in a literal, of which `rest` is to come.
    pub(crate) fn literal(
        &mut self,
        paths: &Paths,
        chunk: &[u8],
        at: usize,
        rest: &'static [u8],
    ) -> Result<Option<usize>, Bad> {
        let have = &chunk[at..];
        let same = rest.iter().zip(have).take_while(|(a, b)| a == b).count();
        if same == rest.len() {
            return Ok(Some(self.value_ends(paths, chunk, at + same)));
        }
        if same < have.len() {
            return Err(Bad(at + same));
        }
        self.state = State::Literal(&rest[same..]);
        Ok(None)
    }
}
