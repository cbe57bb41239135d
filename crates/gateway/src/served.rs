//! What is served at a time, and the looking for changes of the definitions it comes from.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Notify;

use crate::api::Api;
use crate::error::GatewayError;
use crate::library::{ApiState, Library, Look, Reload, Seen, ServedAs, Shared};
use crate::table::Table;

/// Looking more often than this would only burn a processor.
const MIN_INTERVAL: Duration = Duration::from_millis(10);

/// What is served now, and of which files. Whoever takes the table keeps what it took.
pub(crate) struct Served {
    pub(crate) table: ArcSwap<Table>,
    /// APIs that come from no file.
    fixed: Vec<Arc<Api>>,
    library: Option<Arc<Shared>>,
    wake: Notify,
}

impl Served {
    /// These APIs, and those of a library.
    ///
    /// # Errors
    /// When two of them are on one path, or there is none.
    pub(crate) fn new(
        fixed: Vec<Arc<Api>>,
        library: Option<&Library>,
    ) -> Result<Self, GatewayError> {
        let mut apis = fixed.clone();
        apis.extend(library.into_iter().flat_map(Library::apis));
        let table = ArcSwap::from_pointee(Table::new(apis)?);
        Ok(Self { table, fixed, library: library.map(Library::shared), wake: Notify::new() })
    }

    /// What is served of each API.
    pub(crate) fn states(&self) -> Vec<ApiState> {
        let fixed = self.fixed.iter().map(|api| ApiState::of(Some(api), ServedAs::Current));
        fixed.chain(self.seen().states).collect()
    }

    /// How many changes were served, and how many were refused.
    pub(crate) fn reloads(&self) -> (u64, u64) {
        let seen = self.seen();
        (seen.reloads, seen.failures)
    }

    /// Reads all definitions again, soon.
    pub(crate) fn reload(&self) {
        self.wake.notify_one();
    }

    fn seen(&self) -> Seen {
        let seen =
            |shared: &Arc<Shared>| shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.library.as_ref().map(seen).unwrap_or_default()
    }
}

/// Looks at the definitions again and again, and serves what has changed; never ends.
pub(crate) async fn keep_fresh(library: Library, reload: Reload, served: Arc<Served>) {
    let library = Arc::new(Mutex::new(library));
    let interval = if reload.watch { reload.interval.max(MIN_INTERVAL) } else { Duration::MAX };
    loop {
        let woken = tokio::time::timeout(interval, served.wake.notified()).await.is_ok();
        let look = if woken { Look::All } else { Look::Changed };
        let (library, served) = (Arc::clone(&library), Arc::clone(&served));
        // A file system may take its time.
        let looked = tokio::task::spawn_blocking(move || {
            let mut library = library.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(table) = library.look(look, &served.fixed) {
                served.table.store(Arc::new(table));
            }
            library.publish();
        });
        if let Err(error) = looked.await {
            tracing::error!(%error, "the API definitions cannot be looked at");
        }
    }
}
