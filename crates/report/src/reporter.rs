//! A reporter: a writer behind a bounded queue, on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use token_tracking_core::{Record, RecordSink};

use crate::QUEUE_CAPACITY;
use crate::error::ReportError;
use crate::queue::{Queue, jittered};
use crate::reporters::identify;
use crate::writer::{Outcome, Writer};

/// How a reporter queues, groups and retries.
#[derive(Clone, Debug)]
pub struct Queueing {
    /// How many records wait at most; see [`QUEUE_CAPACITY`].
    pub capacity: usize,
    /// How many records the writer gets at once, at most.
    pub batch: usize,
    /// How long the thread waits for company for a first record: it bounds how often it is woken.
    pub linger: Duration,
    /// The first pause after a failure; it doubles up to [`Queueing::longest_pause`].
    pub pause: Duration,
    /// The longest pause between two tries. A writer that fails is tried until it works or the
    /// reporter is closed: meanwhile the queue fills, and then records go to `overflow`.
    pub longest_pause: Duration,
    /// Takes the records that find no room, and those that could not be brought home before the
    /// end: a [file](crate::file), usually. Without it they are dropped, and counted.
    pub overflow: Option<Arc<Reporter>>,
}

impl Default for Queueing {
    fn default() -> Self {
        Self {
            capacity: QUEUE_CAPACITY,
            batch: 1_024,
            linger: Duration::from_millis(5),
            pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(15),
            overflow: None,
        }
    }
}

/// What became of a reporter's records so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Where they belong.
    pub written: u64,
    /// Not taken, since the queue was full or closed, and lost.
    pub dropped: u64,
    /// Taken, but refused by the other side, or still undelivered at the end; lost.
    pub failed: u64,
    /// Given to the overflow instead.
    pub spilled: u64,
    /// How often a batch had to be tried again.
    pub retries: u64,
}

/// How a reporter fares.
#[derive(Clone, Debug)]
pub struct Health {
    /// The reporter's name, unique among [`Reporters`](crate::Reporters).
    pub name: String,
    /// Where its records go; without secrets.
    pub target: String,
    /// Whether the last try went well. True before the first.
    pub healthy: bool,
    /// How many records wait in its queue.
    pub waiting: u64,
    /// What became of the others.
    pub totals: Totals,
    /// What went wrong the last time something did.
    pub last_error: Option<String>,
}

/// A writer behind a bounded queue, on a thread of its own: [`RecordSink::record`] never waits
/// and never fails.
#[derive(Debug)]
pub struct Reporter {
    name: String,
    target: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    queue: Queue,
    queueing: Queueing,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Counters {
    written: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
    spilled: AtomicU64,
    retries: AtomicU64,
    failing: AtomicBool,
    last_error: Mutex<Option<String>>,
}

impl Reporter {
    /// Starts the thread. `target` is where the records go, for people: no secrets in it.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(
        name: impl Into<String>,
        target: impl Into<String>,
        queueing: Queueing,
        writer: impl Writer,
    ) -> Result<Self, ReportError> {
        let (name, target) = (name.into(), target.into());
        let queue = Queue::new(queueing.capacity);
        let shared = Arc::new(Shared { queue, queueing, counters: Counters::default() });
        let thread = Arc::clone(&shared);
        std::thread::Builder::new()
            .name(format!("report-{name}"))
            .spawn(move || {
                thread.run(writer);
                thread.queue.done();
            })
            .map_err(|source| ReportError::Thread { name: name.clone(), source })?;
        Ok(Self { name, target, shared })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Another name, for where several of a kind run at once.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Queues a record, or gives it to the overflow, or counts it as dropped.
    pub fn offer(&self, record: &Arc<Record>) {
        if !self.shared.queue.offer(record) && !self.shared.spill(record) {
            self.shared.counters.dropped.fetch_add(1, Relaxed);
        }
    }

    /// What became of the records so far.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let counters = &self.shared.counters;
        Totals {
            written: counters.written.load(Relaxed),
            dropped: counters.dropped.load(Relaxed),
            failed: counters.failed.load(Relaxed),
            spilled: counters.spilled.load(Relaxed),
            retries: counters.retries.load(Relaxed),
        }
    }

    /// How it fares.
    #[must_use]
    pub fn health(&self) -> Health {
        Health {
            name: self.name.clone(),
            target: self.target.clone(),
            healthy: !self.shared.counters.failing.load(Relaxed),
            waiting: self.shared.queue.len() as u64,
            totals: self.totals(),
            last_error: self.shared.counters.last_error(),
        }
    }

    /// What takes the records that find no room here.
    pub(crate) fn overflow(&self) -> Option<&Arc<Self>> {
        self.shared.queueing.overflow.as_ref()
    }

    /// Tells the thread to end by then, and does not wait for it.
    pub(crate) fn begin_close(&self, deadline: Instant) {
        self.shared.queue.close(deadline);
    }

    /// Brings home what waits, for at most so long, and ends the thread. Records that come later
    /// are dropped and counted. A second call says the same again. The overflow, which others may
    /// share, stays open.
    ///
    /// # Errors
    /// When records were lost because they could not be written, or the writer stands still.
    pub fn close(&self, patience: Duration) -> Result<Totals, ReportError> {
        let deadline = Instant::now() + patience;
        self.shared.queue.close(deadline);
        // The last try may end a little after the deadline.
        if !self.shared.queue.wait_done(deadline + Duration::from_millis(500)) {
            let waiting = self.shared.queue.len() as u64;
            return Err(ReportError::Stuck { to: self.target.clone(), waiting });
        }
        let totals = self.totals();
        match totals.failed {
            0 => Ok(totals),
            failed => Err(ReportError::Write {
                to: self.target.clone(),
                failed,
                last: self.shared.counters.last_error().unwrap_or_default(),
            }),
        }
    }
}

impl RecordSink for Reporter {
    fn record(&self, mut record: Record) {
        identify(&mut record);
        self.offer(&Arc::new(record));
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        let _ = self.close(Duration::from_secs(1));
    }
}

impl Shared {
    fn run(&self, mut writer: impl Writer) {
        let mut in_time = true;
        loop {
            let patience = writer.pending().map(|(_, patience)| patience);
            let Queueing { batch, linger, .. } = self.queueing;
            let mut batch = self.queue.take(batch, linger, patience);
            if batch.is_empty() && self.queue.is_closed() {
                break;
            }
            in_time = in_time && self.deliver(&mut writer, &mut batch);
            for record in batch {
                if !self.spill(&record) {
                    self.counters.failed.fetch_add(1, Relaxed);
                }
            }
        }
        while in_time && writer.pending().is_some() {
            in_time = self.deliver(&mut writer, &mut Vec::new());
            in_time = in_time && (writer.pending().is_none() || self.queue.pause(Duration::ZERO));
        }
        let lost = writer.pending().map_or(0, |(count, _)| count);
        self.counters.failed.fetch_add(lost, Relaxed);
    }

    /// Tries until the batch is empty; false when the time is over before.
    fn deliver(&self, writer: &mut impl Writer, batch: &mut Vec<Arc<Record>>) -> bool {
        let mut pause = self.queueing.pause;
        loop {
            // A bug in one reporter is no other's end, nor this one's for later records.
            let outcome = catch_unwind(AssertUnwindSafe(|| writer.write(batch)))
                .unwrap_or_else(|_| Outcome::refused(batch, "the writer panicked"));
            let counters = &self.counters;
            counters.written.fetch_add(outcome.written, Relaxed);
            counters.failed.fetch_add(outcome.refused, Relaxed);
            counters.said(outcome.error);
            if batch.is_empty() {
                return true;
            }
            if outcome.written > 0 {
                pause = self.queueing.pause;
            }
            counters.retries.fetch_add(1, Relaxed);
            if !self.queue.pause(outcome.retry_after.unwrap_or_else(|| jittered(pause))) {
                return false;
            }
            pause = (pause * 2).min(self.queueing.longest_pause);
        }
    }

    fn spill(&self, record: &Arc<Record>) -> bool {
        let Some(overflow) = &self.queueing.overflow else {
            return false;
        };
        let taken = overflow.shared.queue.offer(record);
        self.counters.spilled.fetch_add(u64::from(taken), Relaxed);
        taken
    }
}

impl Counters {
    fn said(&self, error: Option<String>) {
        self.failing.store(error.is_some(), Relaxed);
        if error.is_some() {
            *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = error;
        }
    }

    fn last_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
