//! The bounded queue between traffic and a reporter's thread.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use token_tracking_core::Record;

/// How many records wait at most before further ones are dropped; a record is about
/// 1 KiB, so a reporter holds some 8 MiB at worst. Reporters share the records.
pub const QUEUE_CAPACITY: usize = 8_192;

/// Records in the order they came. Whoever offers never waits; whoever takes does.
#[derive(Debug)]
pub(crate) struct Queue {
    capacity: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    records: VecDeque<Arc<Record>>,
    /// The taker waits for so many records. It is woken only then, since waking a thread costs
    /// more than all else here; 0 while it does not wait.
    awaited: usize,
    /// Nothing more is taken in, and what is there has until then.
    closing: Option<Instant>,
    done: bool,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Takes a record in, if there is room and the queue is open.
    pub(crate) fn offer(&self, record: &Arc<Record>) -> bool {
        let mut state = self.lock();
        if state.closing.is_some() || state.done || state.records.len() >= self.capacity {
            return false;
        }
        state.records.push_back(Arc::clone(record));
        if state.awaited > 0 && state.records.len() >= state.awaited {
            state.awaited = 0;
            drop(state);
            self.changed.notify_all();
        }
        true
    }

    /// Waits for a first record, at most for `patience`; then for company, at most for `linger`.
    /// Gives at most `max`: none when the patience is over, or the queue is closed and empty.
    pub(crate) fn take(
        &self,
        max: usize,
        linger: Duration,
        patience: Option<Duration>,
    ) -> Vec<Arc<Record>> {
        let mut state = self.wait_for(self.lock(), 1, patience);
        if !state.records.is_empty() {
            state = self.wait_for(state, max.min(self.capacity), Some(linger));
        }
        let count = state.records.len().min(max);
        state.records.drain(..count).collect()
    }

    /// Waits for so many records, for the end of the time, or for the queue to be closed.
    fn wait_for<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        count: usize,
        time: Option<Duration>,
    ) -> MutexGuard<'a, State> {
        let lacking = |state: &mut State| {
            let lacking = state.records.len() < count && state.closing.is_none();
            state.awaited = if lacking { count } else { 0 };
            lacking
        };
        state = match time {
            None => self.changed.wait_while(state, lacking).unwrap_or_else(PoisonError::into_inner),
            Some(time) => {
                let waited = self.changed.wait_timeout_while(state, time, lacking);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        state.awaited = 0;
        state
    }

    /// Whether nothing more comes in.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closing.is_some()
    }

    /// Waits for so long, or until the queue is closed; then until its deadline.
    /// Says whether there is time for another try.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        let mut state = self.lock();
        let mut until = Instant::now() + time;
        loop {
            if let Some(deadline) = state.closing {
                // A last pause is a short one: the process wants to end.
                until = until.min(Instant::now() + LAST_PAUSE);
                if until >= deadline {
                    return false;
                }
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            let was_open = state.closing.is_none();
            let unchanged = |state: &mut State| state.closing.is_none() == was_open;
            let waited = self.changed.wait_timeout_while(state, left, unchanged);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if was_open == state.closing.is_none() {
                return true;
            }
        }
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().records.len()
    }

    /// Takes nothing more in, and tells the taker to end by then.
    pub(crate) fn close(&self, deadline: Instant) {
        self.lock().closing.get_or_insert(deadline);
        self.changed.notify_all();
    }

    /// Said by the taker when it ends.
    pub(crate) fn done(&self) {
        self.lock().done = true;
        self.changed.notify_all();
    }

    /// Waits for [`Queue::done`]; false when it did not come in time.
    pub(crate) fn wait_done(&self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout_while(self.lock(), left, |state| !state.done);
        waited.unwrap_or_else(PoisonError::into_inner).0.done
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A list of records is whole whatever thread died while holding it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a pause is at most once the queue closes.
const LAST_PAUSE: Duration = Duration::from_millis(50);

/// Between half of it and all of it, so that many gateways do not come back at once.
pub(crate) fn jittered(pause: Duration) -> Duration {
    use std::hash::{BuildHasher, RandomState};
    let random = RandomState::new().hash_one(0) % 512;
    pause.mul_f64(0.5 + random as f64 / 1_024.0)
}
