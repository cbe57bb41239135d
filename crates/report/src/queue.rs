//! The bounded queue and the thread behind every reporter that writes.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use token_tracking_core::Record;

/// How many records wait at most before further ones are dropped; a record is about
/// 1 KiB, so a reporter holds some 8 MiB at worst.
pub const QUEUE_CAPACITY: usize = 8_192;

/// Why a reporter could not begin, or could not bring its records home.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The file cannot be opened for appending.
    #[error(
        "cannot append records to {path}: {source}; \
         check that its folder exists and may be written, or name another file"
    )]
    Open {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The reporter's thread cannot be started.
    #[error("cannot start the thread {name}: {source}")]
    Thread {
        /// Name of the thread.
        name: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Some records were taken but could not be written.
    #[error("{failed} records could not be written to {to}: {last}")]
    Write {
        /// Where they should have gone.
        to: String,
        /// How many.
        failed: u64,
        /// What the system said the last time.
        last: String,
    },
}

/// What became of a reporter's records so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Written and flushed.
    pub written: u64,
    /// Not taken, since the queue was full or closed.
    pub dropped: u64,
    /// Taken, but writing them failed.
    pub failed: u64,
}

/// Where a queue's thread puts records.
pub(crate) trait Writer: Send + 'static {
    /// Writes one record, possibly into a buffer.
    fn write(&mut self, record: &Record) -> io::Result<()>;
    /// Makes what was written visible. Called whenever the queue runs empty.
    fn flush(&mut self) -> io::Result<()>;
}

/// A queue of records and the thread that empties it.
#[derive(Debug)]
pub(crate) struct Queue {
    sender: SyncSender<Message>,
    counters: Arc<Counters>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
enum Message {
    Record(Box<Record>),
    Close,
}

#[derive(Debug, Default)]
struct Counters {
    written: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
    last_error: Mutex<Option<String>>,
}

impl Queue {
    pub(crate) fn start(
        name: &'static str,
        capacity: usize,
        writer: impl Writer,
    ) -> Result<Self, ReportError> {
        let (sender, receiver) = sync_channel(capacity);
        let counters = Arc::new(Counters::default());
        let shared = Arc::clone(&counters);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(&receiver, writer, &shared))
            .map_err(|source| ReportError::Thread { name, source })?;
        Ok(Self { sender, counters, thread: Mutex::new(Some(thread)) })
    }

    /// Takes a record if there is room; never waits.
    pub(crate) fn offer(&self, record: Record) {
        if self.sender.try_send(Message::Record(Box::new(record))).is_err() {
            self.counters.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn totals(&self) -> Totals {
        Totals {
            written: self.counters.written.load(Ordering::Relaxed),
            dropped: self.counters.dropped.load(Ordering::Relaxed),
            failed: self.counters.failed.load(Ordering::Relaxed),
        }
    }

    /// Writes what waits, stops the thread, and says whether all of it got there.
    pub(crate) fn close(&self, to: &str) -> Result<Totals, ReportError> {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // Waits for room if it must: this is the shutdown, not the traffic. It fails
            // only where the thread is gone already.
            let _ = self.sender.send(Message::Close);
            let _ = thread.join();
        }
        let totals = self.totals();
        if totals.failed == 0 {
            return Ok(totals);
        }
        let last = self.counters.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Err(ReportError::Write {
            to: to.to_owned(),
            failed: totals.failed,
            last: last.unwrap_or_default(),
        })
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let _ = self.close("");
    }
}

fn run(receiver: &Receiver<Message>, mut writer: impl Writer, counters: &Counters) {
    let mut unflushed = 0;
    loop {
        let message = match receiver.try_recv() {
            Ok(message) => message,
            Err(TryRecvError::Empty) => {
                settle(&mut writer, &mut unflushed, counters);
                let Ok(message) = receiver.recv() else { break };
                message
            }
            Err(TryRecvError::Disconnected) => break,
        };
        let Message::Record(record) = message else {
            break;
        };
        match writer.write(&record) {
            Ok(()) => unflushed += 1,
            Err(error) => counters.fail(1, &error),
        }
    }
    settle(&mut writer, &mut unflushed, counters);
}

/// Flushes, and counts what that made safe.
fn settle(writer: &mut impl Writer, unflushed: &mut u64, counters: &Counters) {
    if *unflushed == 0 {
        return;
    }
    match writer.flush() {
        Ok(()) => {
            counters.written.fetch_add(*unflushed, Ordering::Relaxed);
        }
        Err(error) => counters.fail(*unflushed, &error),
    }
    *unflushed = 0;
}

impl Counters {
    fn fail(&self, count: u64, error: &io::Error) {
        self.failed.fetch_add(count, Ordering::Relaxed);
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
    }
}
