//! The scanner of a body with the body's counts: what the framings share.

use std::sync::Arc;

use crate::Paths;
use crate::capture::Captures;
use crate::event::Event;
use crate::repeat::{Free, Repeat};
use crate::scanner::{Scanner, Status};
use crate::simd::Level;

/// Scans a body's documents and hands them out.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    paths: Arc<Paths>,
    scanner: Scanner,
    /// Complete documents handed out.
    pub(crate) documents: u64,
    /// Documents that were not well formed.
    pub(crate) malformed: u64,
    /// A value of a document was over its limit.
    pub(crate) over_limit: bool,
}

impl Scan {
    // A reader is made in place, not moved there.
    #[inline(always)]
    pub(crate) fn new(paths: Arc<Paths>) -> Self {
        let scanner = Scanner::new(Level::best());
        Self { paths, scanner, documents: 0, malformed: 0, over_limit: false }
    }

    /// Reads at this level from now on.
    pub(crate) fn set_level(&mut self, level: Level) {
        self.scanner.set_level(level);
    }

    /// Begins a document.
    pub(crate) fn start(&mut self) {
        self.scanner.start();
    }

    /// Reads on in the document: how many bytes are its own, and what became of it.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> (usize, Status) {
        self.scanner.push(&self.paths, chunk)
    }

    /// The input ends; what became of the document.
    pub(crate) fn finish(&mut self) -> Status {
        self.scanner.finish(&self.paths)
    }

    /// Whether nothing but whitespace was read of the document.
    pub(crate) fn is_fresh(&self) -> bool {
        self.scanner.is_fresh()
    }

    /// What could stand here without a trace.
    pub(crate) fn free(&self) -> Option<Free> {
        self.scanner.free()
    }

    /// Another scanner like this one, for lines that repeat.
    pub(crate) fn repeat(&self) -> Repeat {
        Repeat::new(self.scanner.level())
    }

    /// Gives the scanner away for another.
    pub(crate) fn exchange(&mut self, other: &mut Scanner) {
        std::mem::swap(&mut self.scanner, other);
    }

    /// Hands out the document, which must be complete.
    pub(crate) fn emit(&mut self, name: &[u8], on_event: &mut dyn FnMut(Event<'_>)) {
        self.hand_out(name, false, on_event);
    }

    /// Hands out a document whose captures are kept elsewhere. `again` when they are,
    /// with the name, those of the document before.
    pub(crate) fn emit_kept(
        &mut self,
        captures: &Captures,
        name: &[u8],
        again: bool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) {
        self.over_limit |= captures.over_limit();
        let index = self.documents;
        self.documents += 1;
        on_event(Event { name, exception: false, again, index, captures });
    }

    /// Hands out an exception, with a complete document or with a fresh one.
    pub(crate) fn emit_exception(&mut self, name: &[u8], on_event: &mut dyn FnMut(Event<'_>)) {
        self.hand_out(name, true, on_event);
    }

    fn hand_out(&mut self, name: &[u8], exception: bool, on_event: &mut dyn FnMut(Event<'_>)) {
        let captures = self.scanner.captures();
        self.over_limit |= captures.over_limit();
        let index = self.documents;
        self.documents += 1;
        on_event(Event { name, exception, again: false, index, captures });
    }
}
