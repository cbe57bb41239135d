//! How much there may be at once, and the places that are counted.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much there may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a request's head, at least 8 KiB. Beyond it, 431.
    #[schemars(range(min = 8192), example = 65_536)]
    pub head_bytes: usize,
    /// Header lines of a request over HTTP/1.1. Beyond it, 431.
    #[schemars(range(min = 1), example = 100)]
    pub headers: usize,
    /// Bytes of a request's path and query. Beyond it, 414; so it is beyond 65,534 always.
    #[schemars(range(min = 1), example = 16_384)]
    pub uri_bytes: usize,
    /// Connections of clients. Further ones wait in the system's queue.
    #[schemars(range(min = 1), example = 20_000)]
    pub connections: usize,
    /// Requests that are being answered. Beyond it, 503 with `Retry-After`.
    #[schemars(range(min = 1), example = 20_000)]
    pub in_flight: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 64 * 1024,
            headers: 100,
            uri_bytes: 16 * 1024,
            connections: 20_000,
            in_flight: 20_000,
        }
    }
}

/// A number of places.
#[derive(Clone)]
pub(crate) struct Places {
    count: usize,
    free: Arc<Semaphore>,
}

/// A place that is taken, until it is dropped.
pub(crate) type Place = OwnedSemaphorePermit;

impl Places {
    pub(crate) fn new(count: usize) -> Self {
        let count = count.clamp(1, Semaphore::MAX_PERMITS);
        Self { count, free: Arc::new(Semaphore::new(count)) }
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        self.count - self.free.available_permits()
    }

    /// A place, where one is free.
    pub(crate) fn take(&self) -> Option<Place> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// A place, once one is free. Gives none only if nobody ever counts again.
    pub(crate) async fn wait(&self) -> Option<Place> {
        Arc::clone(&self.free).acquire_owned().await.ok()
    }
}
