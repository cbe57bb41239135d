//! Records as lines of JSON on standard output.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use token_tracking_core::{Record, RecordSink};
use token_tracking_report::QUEUE_CAPACITY;

use crate::failure::Failure;

/// Writes from a thread of its own behind a bounded queue: a reader that stops reading
/// must not stop the traffic.
pub(super) struct LineReporter {
    sender: SyncSender<Option<Box<Record>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    dropped: AtomicU64,
}

impl LineReporter {
    pub(super) fn start() -> Result<Self, Failure> {
        let (sender, receiver) = sync_channel(QUEUE_CAPACITY);
        let thread = std::thread::Builder::new()
            .name("report-lines".to_owned())
            .spawn(move || write(&receiver))
            .map_err(|error| Failure::start(format!("cannot start a thread: {error}")))?;
        Ok(Self { sender, thread: Mutex::new(Some(thread)), dropped: AtomicU64::new(0) })
    }

    /// Writes what waits, and says how many records were dropped.
    pub(super) fn close(&self) -> u64 {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // Fails only where the thread has ended: its reader has gone.
            let _ = self.sender.send(None);
            let _ = thread.join();
        }
        self.dropped.load(Ordering::Relaxed)
    }
}

impl RecordSink for LineReporter {
    fn record(&self, record: Record) {
        if self.sender.try_send(Some(Box::new(record))).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn write(receiver: &Receiver<Option<Box<Record>>>) {
    while let Ok(Some(record)) = receiver.recv() {
        let mut line = record.to_json_line();
        line.push('\n');
        // Standard output is flushed at each line's end. Where its reader has gone,
        // the gateway still serves.
        if io::stdout().lock().write_all(line.as_bytes()).is_err() {
            return;
        }
    }
}
