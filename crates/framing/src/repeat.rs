//! Events that repeat: most events of a stream are the one before with another text in it.
//!
//! A line that was scanned is kept, with the places where the lines after it may differ:
//! texts of strings and digits of integers that nobody wants. What such a hole holds
//! leaves no trace in the scanner, neither in its state nor in its captures. So a line that
//! has the same bytes around the holes ends where the kept one ended, with the same
//! captures, and needs no scan: that is the same for every wanted path, since
//! the scanner itself said which holes there are.
//!
//! Memory: one line of at most [`LINE_BYTES`] and one more [`Scanner`] with its captures.

use memchr::memrchr;

use crate::blocks::Wide;
use crate::capture::Captures;
use crate::scan::Scan;
use crate::scanner::{Scanner, State};
use crate::simd::{Level, Task, at_level};
use crate::skip::{Engine, Inside, Skip};
use crate::words::Words;

/// The longest line that is kept: events of chat are 100 to 500 bytes.
const LINE_BYTES: usize = 1_024;
/// The most places where lines may differ.
const HOLES: usize = 8;
/// So many lines in a row may be others before another one is kept.
const PATIENCE: u8 = 2;

/// What may stand at a place without a trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Free {
    /// The text of a string, up to its closing quote.
    #[default]
    Text,
    /// The digits of an integer, all of them.
    Digits,
}

/// A place in a line where others may differ.
#[derive(Clone, Copy, Debug, Default)]
struct Hole {
    start: u16,
    end: u16,
    free: Free,
}

/// The holes of a line in their order.
#[derive(Clone, Copy, Debug, Default)]
struct Holes {
    all: [Hole; HOLES],
    len: usize,
}

/// A line that was scanned, and how the next ones may differ.
#[derive(Clone, Debug)]
pub(crate) struct Repeat {
    /// As it was after the line: it has the captures.
    scanner: Scanner,
    line: Vec<u8>,
    holes: Holes,
    /// Lines in a row that were others.
    misses: u8,
}

/// A line that does not repeat the kept one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Miss {
    /// The line's first byte that differs.
    at: usize,
    /// The holes before it, as this line has them.
    holes: Holes,
    /// Another hole was found.
    learned: bool,
}

impl Free {
    /// Where it ends that begins here; `None` where no such thing is.
    #[inline(always)]
    fn end<E: Engine>(self, engine: &mut E, line: &[u8], at: usize) -> Option<usize> {
        match self {
            Self::Text => {
                let near = engine.near_text_end(at);
                near.or_else(|| {
                    let end = engine.skip(&mut Skip { ..Skip::STRING }, at)? - 1;
                    // An end of line is a control character, and no JSON has any in a string.
                    let plain = line[at..end].iter().fold(true, |all, byte| all & (*byte >= b' '));
                    plain.then_some(end)
                })
            }
            Self::Digits => {
                let digits = line.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit());
                let end = at + digits.count();
                // Whatever follows, a point too, goes on alike after any of them.
                (end > at && (line[at] != b'0' || end == at + 1)).then_some(end)
            }
        }
    }
}

impl Holes {
    fn as_slice(&self) -> &[Hole] {
        self.all.get(..self.len).unwrap_or_default()
    }

    /// Adds a hole, if there is room.
    #[inline(always)]
    fn push(&mut self, start: usize, end: usize, free: Free) -> bool {
        let place = self.all.get_mut(self.len);
        if let Some(place) = place
            && let (Ok(start), Ok(end)) = (u16::try_from(start), u16::try_from(end))
        {
            *place = Hole { start, end, free };
            self.len += 1;
            return true;
        }
        false
    }
}

impl Repeat {
    pub(crate) fn new(level: Level) -> Self {
        Self { scanner: Scanner::new(level), line: Vec::new(), holes: Holes::default(), misses: 0 }
    }

    /// The captures of the kept line.
    pub(crate) fn captures(&self) -> &Captures {
        self.scanner.captures()
    }

    /// Where the line that begins here ends, if it repeats the kept one: then it needs no
    /// scan. The chunk may end before the line does, and then it does not.
    #[inline]
    pub(crate) fn read(&mut self, rest: &[u8]) -> Result<usize, Miss> {
        let rest = &rest[..rest.len().min(LINE_BYTES)];
        let (kept, mut found) = (&self.line, Holes::default());
        let compare = Compare { kept, holes: self.holes.as_slice(), rest, found: &mut found };
        let end = at_level(self.scanner.level().for_few_bytes(), rest, compare);
        end.inspect(|_| self.misses = 0).map_err(|at| Miss { at, holes: found, learned: false })
    }

    /// Keeps a line that was scanned, if it is worth it; whether it did. Then the scanner
    /// that has its captures is here.
    pub(crate) fn keep(&mut self, line: &[u8], miss: &Miss, scan: &mut Scan) -> bool {
        self.misses = self.misses.saturating_add(1);
        let patient = !miss.learned && !self.line.is_empty() && self.misses <= PATIENCE;
        if patient || line.len() > LINE_BYTES {
            return false;
        }
        self.line.clear();
        self.line.extend_from_slice(line);
        self.holes = miss.holes;
        self.misses = 0;
        scan.exchange(&mut self.scanner);
        true
    }
}

impl Miss {
    /// Where the text begins in which the lines differ, if it is in a string, and where the
    /// digits begin, if it is in a number. A guess: [`Miss::learn`] asks the scanner.
    pub(crate) fn candidates(&self, line: &[u8]) -> [usize; 2] {
        let same = line.get(..self.at).unwrap_or(line);
        let mut text = same.len();
        while let Some(quote) = memrchr(b'"', &same[..text]) {
            let escapes = same[..quote].iter().rev().take_while(|byte| **byte == b'\\');
            if escapes.count() % 2 == 0 {
                text = quote + 1;
                break;
            }
            text = quote;
        }
        let digits = same.iter().rev().take_while(|byte| byte.is_ascii_digit());
        [text, (same.len() - digits.count()).max(text)]
    }

    /// Asks a scanner that stands at this position whether a hole is here.
    pub(crate) fn learn(&mut self, line: &[u8], at: usize, scan: &Scan) {
        let after_others = self.holes.as_slice().last().is_none_or(|hole| at > hole.end.into());
        if !self.learned
            && after_others
            && let Some(free) = scan.free()
            && let Some(end) = free.end(&mut Wide::new(Words, line), line, at)
        {
            self.learned = self.holes.push(at, end, free);
        }
    }
}

/// Compares the line that begins `rest` with the kept one, which has no end of line in it.
struct Compare<'a> {
    kept: &'a [u8],
    holes: &'a [Hole],
    rest: &'a [u8],
    /// The holes that `rest` has so far.
    found: &'a mut Holes,
}

impl Task for Compare<'_> {
    /// Where the line ends, or where it first differs.
    type Out = Result<usize, usize>;

    #[inline(always)]
    fn run<E: Engine>(self, mut engine: E) -> Self::Out {
        let Self { kept, holes, rest, found } = self;
        let (mut from, mut at) = (0, 0);
        for hole in holes {
            let same = &kept[from..usize::from(hole.start)];
            if !rest[at..].starts_with(same) {
                return Err(difference(same, rest, at));
            }
            let start = at + same.len();
            let Some(end) = hole.free.end(&mut engine, rest, start) else {
                return Err(start);
            };
            found.push(start, end, hole.free);
            at = end;
            from = usize::from(hole.end);
        }
        let same = &kept[from..];
        if rest[at..].starts_with(same)
            && let Some(b'\n' | b'\r') = rest.get(at + same.len())
            && !kept.is_empty()
        {
            return Ok(at + same.len());
        }
        Err(difference(same, rest, at))
    }
}

/// Where the line differs from these bytes, from this position on.
#[cold]
fn difference(kept: &[u8], rest: &[u8], at: usize) -> usize {
    at + kept.iter().zip(&rest[at..]).take_while(|(a, b)| a == b).count()
}

impl Scanner {
    /// What could stand where the scanner is, so that nothing of it would be seen in
    /// the scanner afterwards.
    pub(crate) fn free(&self) -> Option<Free> {
        match self.state {
            _ if self.captures.any_open() => None,
            State::Skip(Skip { inside: Inside::String, .. }) => Some(Free::Text),
            State::Skip(Skip { inside: Inside::Plain, .. }) => Some(Free::Digits),
            // A member's value: its key is known.
            State::Value if self.walk.depth() > 0 && !self.walk.in_array() => {
                (!self.walk.at_node()).then_some(Free::Digits)
            }
            _ => None,
        }
    }
}
