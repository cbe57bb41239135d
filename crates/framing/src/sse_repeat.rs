//! Server-sent events of which the data is one line that repeats the one before.

use crate::event::Event;
use crate::repeat::Miss;
use crate::scan::Scan;
use crate::sse::{Data, Field, Sse};

impl Sse {
    /// Hands out the whole events that begin here, at a line's start, and repeat the one
    /// before, name and all; what comes after them.
    #[inline]
    pub(crate) fn repeated_events<'a>(
        &mut self,
        mut rest: &'a [u8],
        scan: &mut Scan,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> &'a [u8] {
        let (Some(before), Some(repeat)) = (&self.before, &mut self.repeat) else { return rest };
        // A line of this event was read already.
        if self.data != Data::None || !self.name.is_empty() {
            return rest;
        }
        loop {
            let Some(line) = data_of(rest, before.kept()) else { return rest };
            let Ok(end) = repeat.read(line) else { return rest };
            let Some(next) = line[end..].strip_prefix(b"\n\n") else { return rest };
            scan.emit_kept(repeat.captures(), before.kept(), true, on_event);
            rest = next;
        }
    }

    /// Where the line ends, if it is the first of its event's data and repeats the kept line.
    /// Else, if it is the first: how it differs.
    pub(crate) fn repeated(&mut self, rest: &[u8], scan: &mut Scan) -> Result<usize, Option<Miss>> {
        let first = self.data == Data::Document && self.done_mark == Some(0) && scan.is_fresh();
        // What begins otherwise is short, or `[DONE]`.
        if !first || rest.first() != Some(&b'{') {
            return Err(None);
        }
        let repeat = self.repeat.get_or_insert_with(|| Box::new(scan.repeat()));
        let end = repeat.read(rest).map_err(Some)?;
        self.done_mark = None;
        self.data = Data::Kept(true);
        Ok(end)
    }

    /// Scans a line, the first of its event's data, and keeps it if the next ones may repeat it.
    pub(crate) fn scan_line(&mut self, line: &[u8], mut miss: Miss, scan: &mut Scan) {
        let mut from = 0;
        for at in miss.candidates(line) {
            self.value(Field::Data, &line[from..at], scan);
            from = at;
            if self.data == Data::Document {
                miss.learn(line, at, scan);
            }
        }
        self.value(Field::Data, &line[from..], scan);
        if self.data == Data::Complete
            && let Some(repeat) = &mut self.repeat
            && repeat.keep(line, &miss, scan)
        {
            self.data = Data::Kept(false);
            self.before = None;
        }
    }

    /// Hands out the event whose captures are those of the line that repeats.
    pub(crate) fn emit_kept(
        &mut self,
        unscanned: bool,
        scan: &mut Scan,
        on_event: &mut dyn FnMut(Event<'_>),
    ) {
        let Some(repeat) = &self.repeat else { return };
        let same = self.before.as_ref().is_some_and(|before| before.same(&self.name));
        scan.emit_kept(repeat.captures(), self.name.kept(), unscanned && same, on_event);
        if !same {
            self.before = Some(self.name);
        }
    }
}

/// The data of an event with this name, and what follows, if it is written as nearly all are.
#[inline]
fn data_of<'a>(event: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    if name.is_empty() {
        return event.strip_prefix(b"data: ");
    }
    let named = event.strip_prefix(b"event: ")?.strip_prefix(name)?;
    named.strip_prefix(b"\ndata: ")
}
