//! The tracking of API definitions without the proxying: for hosts that see traffic pass
//! elsewhere.

use std::path::PathBuf;
use std::sync::Arc;

use token_tracking_core::{Exchange, Meter, Registry};

use crate::error::GatewayError;
use crate::library::{ApiState, Library, Reload};
use crate::served::{Served, keep_fresh};
use crate::settings::Settings;
use crate::table::{admit, announce};

/// API definitions by host and path, of which only the tracking is used: their endpoints are
/// not called, and what else they ask for is the proxy's. Cheap to clone.
#[derive(Clone)]
pub struct Catalogue {
    served: Arc<Served>,
}

impl Catalogue {
    /// Reads and compiles definitions: files, and folders of them. The future looks for changes
    /// as long as it is polled; it never ends.
    ///
    /// # Errors
    /// When a file is no definition, when two are on one path, or, where it is `strict`, when
    /// tracking does not compile.
    pub fn open(
        places: Vec<PathBuf>,
        registry: &Registry,
        strict: bool,
        reload: Reload,
    ) -> Result<(Self, impl Future<Output = ()> + Send + use<>), GatewayError> {
        let settings = Settings { strict, ignore_unsupported: true, ..Settings::default() };
        let library = Library::open(places, registry, &settings)?;
        let apis = library.apis();
        admit(&settings, &apis)?;
        announce(&apis);
        let served = Arc::new(Served::new(Vec::new(), Some(&library))?);
        let fresh = keep_fresh(library, reload, Arc::clone(&served));
        Ok((Self { served }, fresh))
    }

    /// A meter for the answer that now begins; `None` where no API serves the request, or
    /// nothing of it is tracked.
    #[must_use]
    pub fn meter(&self, exchange: &Exchange<'_>) -> Option<Meter> {
        let request = exchange.request?;
        let table = self.served.table.load();
        let (api, context) = table.find(exchange.details.host, request.path)?;
        let mut exchange = exchange.with_api(&api.name);
        exchange.details.context_path = request.path.get(..context);
        exchange.details.api = Some(&api.facts);
        // Who called is not known to a flow's condition in the gateway either.
        let asked = || exchange.with_attributes(&[]);
        let steps = api.steps(request.method, request.path.get(context..)?, asked);
        steps.choose(&exchange)?.meter(&exchange)
    }

    /// What is known of each definition.
    #[must_use]
    pub fn apis(&self) -> Vec<ApiState> {
        self.served.states()
    }

    /// Reads all definitions again, soon.
    pub fn reload(&self) {
        self.served.reload();
    }

    /// How many changes of definitions were taken, and how many were refused.
    #[must_use]
    pub fn reloads(&self) -> (u64, u64) {
        self.served.reloads()
    }
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalogue").field("apis", &self.served.table.load().apis).finish()
    }
}
