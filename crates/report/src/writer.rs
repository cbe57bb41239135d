//! What brings records home on a reporter's thread, and what it says of them.

use std::sync::Arc;
use std::time::Duration;

use token_tracking_core::Record;

/// Where a reporter's thread puts records.
pub trait Writer: Send + 'static {
    /// Brings records home, in their order. Takes out of `batch` those that are home or never
    /// will be; what it leaves there is given to it again after a pause.
    fn write(&mut self, batch: &mut Vec<Arc<Record>>) -> Outcome;

    /// How many records it has taken out of batches that are not home yet, and how long it can
    /// wait for company before it is called again, with an empty batch. For writers that gather.
    fn pending(&self) -> Option<(u64, Duration)> {
        None
    }
}

/// What became of a batch. What it does not count is still in the batch, or
/// [pending](Writer::pending).
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How many are where they belong: written, committed, acknowledged.
    pub written: u64,
    /// How many will never be: the other side refuses them, or they cannot be written twice.
    pub refused: u64,
    /// What went wrong, if anything did. Holds no secrets: it is shown and logged.
    pub error: Option<String>,
    /// How long the other side wants to be left alone.
    pub retry_after: Option<Duration>,
}

impl Outcome {
    /// All are home.
    #[must_use]
    pub fn written(batch: &mut Vec<Arc<Record>>) -> Self {
        Self { written: batch.drain(..).len() as u64, ..Self::default() }
    }

    /// None of them ever will be.
    #[must_use]
    pub fn refused(batch: &mut Vec<Arc<Record>>, error: impl ToString) -> Self {
        let refused = batch.drain(..).len() as u64;
        Self { refused, error: Some(error.to_string()), ..Self::default() }
    }

    /// None is, and it may work later.
    #[must_use]
    pub fn retry(error: impl ToString) -> Self {
        Self { error: Some(error.to_string()), ..Self::default() }
    }
}
