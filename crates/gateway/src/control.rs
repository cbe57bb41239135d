//! A hand on a gateway while it serves: what it serves, and that it looks again.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::api::Api;
use crate::forward::Proxy;
use crate::library::{ApiState, Library, Look, Reload, Seen, ServedAs, Shared};

/// A hand on a gateway. Cheap to clone.
#[derive(Clone)]
pub struct Control {
    proxy: Arc<Proxy>,
    library: Option<Arc<Shared>>,
    /// APIs that come from no file.
    fixed: Arc<[Arc<Api>]>,
    wake: Arc<Notify>,
}

impl Control {
    pub(crate) fn new(
        proxy: &Arc<Proxy>,
        library: Option<&Library>,
        fixed: &[Arc<Api>],
        wake: &Arc<Notify>,
    ) -> Self {
        Self {
            proxy: Arc::clone(proxy),
            library: library.map(Library::shared),
            fixed: fixed.into(),
            wake: Arc::clone(wake),
        }
    }

    /// What is served of each API.
    #[must_use]
    pub fn apis(&self) -> Vec<ApiState> {
        let fixed = self.fixed.iter().map(|api| ApiState::of(Some(api), ServedAs::Current));
        fixed.chain(self.seen().states).collect()
    }

    /// Reads all definitions again, soon.
    pub fn reload(&self) {
        self.wake.notify_one();
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
        let seen = self.seen();
        (seen.reloads, seen.failures)
    }

    fn seen(&self) -> Seen {
        let seen =
            |shared: &Arc<Shared>| shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.library.as_ref().map(seen).unwrap_or_default()
    }
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("ready", &self.is_ready()).finish_non_exhaustive()
    }
}

/// Looks at the definitions again and again, and serves what has changed; never ends.
pub(crate) async fn keep_fresh(library: Library, reload: Reload, control: Control) {
    let library = Arc::new(Mutex::new(library));
    let interval = if reload.watch { reload.interval.max(MIN_INTERVAL) } else { Duration::MAX };
    loop {
        let woken = tokio::time::timeout(interval, control.wake.notified()).await.is_ok();
        let look = if woken { Look::All } else { Look::Changed };
        let (library, fixed) = (Arc::clone(&library), Arc::clone(&control.fixed));
        // A file system may take its time.
        let proxy = Arc::clone(&control.proxy);
        let looked = tokio::task::spawn_blocking(move || {
            let mut library = library.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(table) = library.look(look, &fixed) {
                proxy.table.store(Arc::new(table));
            }
            library.publish();
        });
        if let Err(error) = looked.await {
            tracing::error!(%error, "the API definitions cannot be looked at");
        }
    }
}

/// Looking more often than this would only burn a processor.
const MIN_INTERVAL: Duration = Duration::from_millis(10);
