//! All reporters of a host as one sink, with their health.

use std::sync::Arc;
use std::time::{Duration, Instant};

use token_tracking_core::{Record, RecordSink};

use crate::error::ReportError;
use crate::reporter::{Health, Reporter, Totals};

/// Sees every record as it passes. Must return at once: it is called on the traffic's thread.
pub trait Observer: Send + Sync {
    /// One record, with its id. Who keeps it shares it with the reporters.
    fn observe(&self, record: &Arc<Record>);
}

/// Several reporters at once. A record is shared between them, not copied, and gets its
/// [id](Record::id) here where the host gave it none: the same in all of them.
#[derive(Clone, Default)]
pub struct Reporters {
    observers: Vec<Arc<dyn Observer>>,
    reporters: Vec<Arc<Reporter>>,
}

impl Reporters {
    /// Adds a reporter. A second one of the same name gets a number.
    pub fn add(&mut self, reporter: Reporter) {
        let taken = |name: &str| self.reporters.iter().any(|other| other.name() == name);
        let first = reporter.name().to_owned();
        let mut name = first.clone();
        for number in 2.. {
            if !taken(&name) {
                break;
            }
            name = format!("{first}-{number}");
        }
        self.reporters.push(Arc::new(reporter.named(name)));
    }

    /// Adds what only looks on.
    pub fn observe(&mut self, observer: Arc<dyn Observer>) {
        self.observers.push(observer);
    }

    /// How each reporter fares.
    #[must_use]
    pub fn health(&self) -> Vec<Health> {
        self.reporters.iter().chain(&self.overflows()).map(|reporter| reporter.health()).collect()
    }

    /// What takes others' records, each once.
    fn overflows(&self) -> Vec<Arc<Reporter>> {
        let mut overflows: Vec<Arc<Reporter>> = Vec::new();
        for overflow in self.reporters.iter().filter_map(|reporter| reporter.overflow()) {
            if !overflows.iter().any(|known| Arc::ptr_eq(known, overflow)) {
                overflows.push(Arc::clone(overflow));
            }
        }
        overflows
    }

    /// Brings home what waits, all of them within the same time, and ends their threads. The
    /// sums of their totals, or what went wrong, each.
    ///
    /// # Errors
    /// Of every reporter that could not bring home all of its records.
    pub fn close(&self, patience: Duration) -> Result<Totals, Vec<ReportError>> {
        let deadline = Instant::now() + patience;
        // All are told first, so that none waits for another.
        for reporter in &self.reporters {
            reporter.begin_close(deadline);
        }
        let mut sum = Totals::default();
        let mut errors = Vec::new();
        // Overflows last: until then the others may still give them records.
        for reporter in self.reporters.iter().chain(&self.overflows()) {
            match reporter.close(deadline.saturating_duration_since(Instant::now())) {
                Ok(totals) => {
                    sum.written += totals.written;
                    sum.dropped += totals.dropped;
                    sum.spilled += totals.spilled;
                    sum.retries += totals.retries;
                }
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(sum) } else { Err(errors) }
    }
}

impl RecordSink for Reporters {
    fn record(&self, mut record: Record) {
        identify(&mut record);
        let record = Arc::new(record);
        for observer in &self.observers {
            observer.observe(&record);
        }
        for reporter in &self.reporters {
            reporter.offer(&record);
        }
    }
}

/// Gives a record its id, if it has none: unique, and in the order of time.
pub(crate) fn identify(record: &mut Record) {
    record.id.get_or_insert_with(|| uuid::Uuid::now_v7().to_string());
}

impl std::fmt::Debug for Reporters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reporters")
            .field("observers", &self.observers.len())
            .field("reporters", &self.reporters)
            .finish()
    }
}
