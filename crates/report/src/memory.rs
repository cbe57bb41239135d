//! Records kept in memory, for tests and the demo.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use token_tracking_core::{Record, RecordSink};

/// Keeps the first records it gets, up to its bound, and counts the others.
#[derive(Debug)]
pub struct Memory {
    capacity: usize,
    kept: Mutex<Kept>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Kept {
    records: Vec<Record>,
    dropped: u64,
}

impl Memory {
    /// Keeps at most this many records.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, kept: Mutex::default(), arrived: Condvar::new() }
    }

    /// A copy of what is kept.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.lock().records.clone()
    }

    /// Takes what is kept, and makes room.
    #[must_use]
    pub fn take(&self) -> Vec<Record> {
        std::mem::take(&mut self.lock().records)
    }

    /// How many records found no room.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// Waits until so many records are kept, or the time is over, and copies them.
    #[must_use]
    pub fn wait_for(&self, count: usize, patience: Duration) -> Vec<Record> {
        let begun = Instant::now();
        let mut kept = self.lock();
        while kept.records.len() < count {
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                break;
            }
            kept = self.arrived.wait_timeout(kept, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        kept.records.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // A list of records is whole whatever thread died while holding it.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RecordSink for Memory {
    fn record(&self, record: Record) {
        let mut kept = self.lock();
        if kept.records.len() < self.capacity {
            kept.records.push(record);
        } else {
            kept.dropped += 1;
        }
        drop(kept);
        self.arrived.notify_all();
    }
}
