//! A hand on a gateway while it serves: what it serves, and that it looks again.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crate::forward::Proxy;
use crate::library::ApiState;

/// A hand on a gateway. Cheap to clone.
#[derive(Clone)]
pub struct Control {
    pub(crate) proxy: Arc<Proxy>,
}

impl Control {
    /// What is served of each API.
    #[must_use]
    pub fn apis(&self) -> Vec<ApiState> {
        self.proxy.served.states()
    }

    /// Reads all definitions again, soon.
    pub fn reload(&self) {
        self.proxy.served.reload();
    }

    /// Whether it takes requests: not since its shutdown began.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.proxy.draining.load(Relaxed)
    }

    /// How many requests are being answered.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.proxy.in_flight.taken()
    }

    /// How many changes of definitions were served, and how many were refused.
    #[must_use]
    pub fn reloads(&self) -> (u64, u64) {
        self.proxy.served.reloads()
    }
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("ready", &self.is_ready()).finish_non_exhaustive()
    }
}
