//! The last records, kept in memory to be looked at.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use token_tracking_core::Record;

use crate::reporters::Observer;

/// Keeps the last records that pass, up to its bound: a ring.
#[derive(Debug)]
pub struct Recent {
    capacity: usize,
    kept: Mutex<VecDeque<Arc<Record>>>,
}

impl Recent {
    /// Keeps this many records.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, kept: Mutex::default() }
    }

    /// The last ones, at most so many, as lines of JSON, the oldest first.
    #[must_use]
    pub fn lines(&self, most: usize) -> String {
        // Taken first: writing them takes longer than passing records may wait.
        let kept = self.lock();
        let records: Vec<_> = kept.iter().skip(kept.len().saturating_sub(most)).cloned().collect();
        drop(kept);
        records.iter().map(|record| record.to_json_line() + "\n").collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Record>>> {
        // A ring of records is whole whatever thread died while holding it.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Recent {
    fn observe(&self, record: &Arc<Record>) {
        if self.capacity == 0 {
            return;
        }
        let mut kept = self.lock();
        let oldest = if kept.len() == self.capacity { kept.pop_front() } else { None };
        kept.push_back(Arc::clone(record));
        drop(kept);
        // Nobody waits while it is let go.
        drop(oldest);
    }
}
