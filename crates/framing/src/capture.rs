//! The captured values of one document, and the captures that are still open.

use crate::event::ValueKind;
use crate::index::Index;
use crate::paths::{PathId, Paths, Wanted};
use crate::stack::Stack;
use crate::text::Text;
use crate::trie::NodeId;

/// So many paths are captured of a usual body.
const SLOTS: usize = 8;

/// The captured values of one path: all of them for a path with `*`, else the last.
///
/// Holds at most the path's limit in bytes, and for a path with `*` the bounds
/// [`Paths::MAX_VALUES`] and [`Paths::MAX_VALUES_BYTES`]. Its buffers live as long as the body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot {
    /// Raw JSON text of the values, one after the other.
    bytes: Text,
    /// The first value: apart, so that a path without `*` needs no second buffer.
    first: Option<Value>,
    rest: Vec<Value>,
    /// When the first value came that was one too many.
    overflow: Option<u64>,
}

/// One value in a [`Slot`].
#[derive(Clone, Copy, Debug)]
struct Value {
    /// Where it ends in the slot's bytes; it begins where the one before ends.
    end: usize,
    kind: ValueKind,
    /// Longer than its limit, and dropped.
    over: bool,
    /// Its number among the captures of the document.
    born: u64,
}

/// A capture whose value has not ended yet.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    path: u16,
    /// Where its slot is.
    slot: u16,
    /// How many containers the scanner was in at its first byte.
    level: usize,
    /// Where in the present chunk its next bytes begin.
    from: usize,
    /// Whether its text is still wanted.
    kept: bool,
}

/// The captures of a document. At most one per path is open at a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Captures {
    /// Of each path, which slot is its own.
    index: Index,
    /// Of the paths that were captured in this body so far: most never are.
    slots: Vec<Slot>,
    open: Stack<Open, 3>,
    /// Captures begun so far in this document.
    born: u64,
    /// A value was dropped; it may have been rolled back since.
    dropped: bool,
}

impl Slot {
    /// The texts that are kept. No JSON value has an empty text: empty is dropped.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.values().filter_map(move |value| {
            let text = self.bytes.as_slice().get(start..value.end)?;
            start = value.end;
            (!text.is_empty()).then_some(text)
        })
    }

    pub(crate) fn last_text(&self) -> Option<&[u8]> {
        let text = self.bytes.as_slice().get(self.last_start()..self.last()?.end)?;
        (!text.is_empty()).then_some(text)
    }

    pub(crate) fn last_kind(&self) -> Option<ValueKind> {
        Some(self.last()?.kind)
    }

    pub(crate) fn over_limit(&self) -> bool {
        self.overflow.is_some() || self.values().any(|value| value.over)
    }

    fn values(&self) -> impl Iterator<Item = &Value> {
        self.first.iter().chain(&self.rest)
    }

    fn last(&self) -> Option<&Value> {
        self.rest.last().or(self.first.as_ref())
    }

    fn last_mut(&mut self) -> Option<&mut Value> {
        self.rest.last_mut().or(self.first.as_mut())
    }

    /// Where the last value begins.
    fn last_start(&self) -> usize {
        match self.rest.len() {
            0 => 0,
            1 => self.first.map_or(0, |value| value.end),
            more => self.rest[more - 2].end,
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.first = None;
        self.rest.clear();
        self.overflow = None;
    }

    /// Begins a value; `false` when there are too many already.
    fn begin(&mut self, kind: ValueKind, born: u64, many: bool) -> bool {
        if !many {
            self.clear();
        } else if self.rest.len() + 1 >= Paths::MAX_VALUES {
            self.overflow.get_or_insert(born);
            return false;
        }
        let value = Value { end: self.bytes.len(), kind, over: false, born };
        if self.first.is_none() {
            self.first = Some(value);
        } else {
            self.rest.push(value);
        }
        true
    }

    /// The only value of a path without `*`, in full; `false` when it is too long, and dropped.
    /// With a limit of 0 its text is not wanted.
    #[inline]
    fn set(&mut self, kind: ValueKind, born: u64, text: &[u8], limit: usize) -> bool {
        let over = limit > 0 && text.len() > limit;
        self.bytes.clear();
        if limit > 0 && !over {
            self.bytes.extend(text);
        }
        self.first = Some(Value { end: self.bytes.len(), kind, over, born });
        !over
    }

    /// Adds to the last value's text; `false` when that made it too long, and dropped it.
    fn append(&mut self, piece: &[u8], wanted: &Wanted) -> bool {
        let start = self.last_start();
        let fits = piece.len() <= wanted.limit.saturating_sub(self.bytes.len() - start)
            && piece.len() <= room(wanted).saturating_sub(self.bytes.len());
        if fits {
            self.bytes.extend(piece);
        } else {
            self.bytes.truncate(start);
        }
        let end = self.bytes.len();
        if let Some(value) = self.last_mut() {
            value.end = end;
            value.over = !fits;
        }
        fits
    }

    /// Forgets the values that are younger than `born`.
    fn roll_back(&mut self, born: u64) {
        while self.last().is_some_and(|value| value.born > born) {
            self.bytes.truncate(self.last_start());
            if self.rest.pop().is_none() {
                self.first = None;
            }
        }
        self.overflow = self.overflow.filter(|since| *since <= born);
    }
}

/// The most bytes of all values of one path.
fn room(wanted: &Wanted) -> usize {
    if wanted.many {
        wanted.limit.saturating_mul(16).max(Paths::MAX_VALUES_BYTES)
    } else {
        wanted.limit
    }
}

impl Captures {
    /// Forgets the document before; keeps the buffers.
    pub(crate) fn clear(&mut self) {
        if self.born > 0 {
            self.slots.iter_mut().for_each(Slot::clear);
        }
        self.open.clear();
        self.born = 0;
        self.dropped = false;
    }

    /// The values at this path, if it was captured in this body so far.
    #[inline]
    pub(crate) fn slot(&self, path: PathId) -> Option<&Slot> {
        self.slots.get(self.slot_at(path.0)?)
    }

    /// Whether a value of the document is missing because of a bound.
    pub(crate) fn over_limit(&self) -> bool {
        self.dropped && self.slots.iter().any(Slot::over_limit)
    }

    /// Whether the scanner is inside a value whose text is captured.
    pub(crate) fn any_open(&self) -> bool {
        self.open.len() > 0
    }

    /// Captures begun so far: what [`Captures::roll_back`] goes back to.
    pub(crate) fn mark(&self) -> u64 {
        self.born
    }

    /// Forgets what was captured at and below a node since the mark: its key came before
    /// in the same object, and the last one wins.
    #[inline]
    pub(crate) fn roll_back(&mut self, paths: &Paths, node: NodeId, mark: u64) {
        if self.born != mark {
            self.roll_back_to(paths, node, mark);
        }
    }

    fn roll_back_to(&mut self, paths: &Paths, node: NodeId, mark: u64) {
        for path in &paths.trie.node(node).below {
            if let Some(at) = self.slot_at(*path) {
                self.slots[at].roll_back(mark);
            }
        }
    }

    /// Captures a value that is here in full: as [`Captures::open`] and then
    /// [`Captures::close`].
    #[inline]
    pub(crate) fn keep(&mut self, paths: &Paths, path: u16, kind: ValueKind, text: &[u8]) {
        let Some((slot, wanted)) = self.slot_of(paths, path) else { return };
        self.born += 1;
        let kept = if wanted.many {
            self.slots[slot].begin(kind, self.born, true)
                && (wanted.limit == 0 || self.slots[slot].append(text, wanted))
        } else {
            self.slots[slot].set(kind, self.born, text, wanted.limit)
        };
        self.dropped |= !kept;
    }

    /// Begins a capture at this position of the chunk.
    pub(crate) fn open(
        &mut self,
        paths: &Paths,
        path: u16,
        kind: ValueKind,
        level: usize,
        from: usize,
    ) {
        let Some((slot, wanted)) = self.slot_of(paths, path) else { return };
        self.born += 1;
        if !self.slots[slot].begin(kind, self.born, wanted.many) {
            self.dropped = true;
        } else if wanted.limit > 0 {
            self.open.push(Open { path, slot: slot as u16, level, from, kept: true });
        }
    }

    /// Where a path's slot is, and what is wanted of it.
    #[inline(always)]
    fn slot_of<'a>(&mut self, paths: &'a Paths, path: u16) -> Option<(usize, &'a Wanted)> {
        let wanted = paths.wanted.get(usize::from(path))?;
        let slot = match self.slot_at(path) {
            Some(slot) => slot,
            None => self.add_slot(paths, path),
        };
        Some((slot, wanted))
    }

    fn slot_at(&self, path: u16) -> Option<usize> {
        self.index.get(path)
    }

    fn add_slot(&mut self, paths: &Paths, path: u16) -> usize {
        if self.slots.is_empty() {
            self.slots = Vec::with_capacity(SLOTS.min(paths.len()));
        }
        let at = self.slots.len();
        // Made in place: pushing would move it there.
        self.slots.resize_with(at + 1, Slot::default);
        self.index.set(path, at);
        at
    }

    /// Ends the captures that began at this level: their value ends before `end`.
    #[inline]
    pub(crate) fn close(&mut self, paths: &Paths, level: usize, chunk: &[u8], end: usize) {
        while self.open.last().is_some_and(|open| open.level >= level) {
            let Some(mut open) = self.open.pop() else {
                return;
            };
            self.dropped |= take(&mut self.slots, paths, &mut open, chunk, end);
        }
    }

    /// Keeps what the open captures have of a chunk that ends.
    pub(crate) fn suspend(&mut self, paths: &Paths, chunk: &[u8]) {
        for open in self.open.as_mut_slice() {
            self.dropped |= take(&mut self.slots, paths, open, chunk, chunk.len());
        }
    }
}

/// Moves a capture's bytes of this chunk into its slot; `true` when that dropped it.
fn take(slots: &mut [Slot], paths: &Paths, open: &mut Open, chunk: &[u8], end: usize) -> bool {
    let from = std::mem::take(&mut open.from);
    if !open.kept {
        return false;
    }
    let (Some(piece), Some(slot), Some(wanted)) = (
        chunk.get(from..end),
        slots.get_mut(usize::from(open.slot)),
        paths.wanted.get(usize::from(open.path)),
    ) else {
        return false;
    };
    open.kept = slot.append(piece, wanted);
    !open.kept
}
