//! The tracking of API definitions without the proxying: for hosts that see traffic pass
//! elsewhere.

use std::path::Path;
use std::sync::Arc;

use token_tracking_core::{Exchange, Meter, Registry};

use crate::api::Api;
use crate::definition::Definition;
use crate::error::GatewayError;
use crate::table::Table;

/// APIs by host and path, of which only the tracking is used: their endpoints are not called.
pub struct Catalogue {
    table: Table,
}

impl Catalogue {
    /// A catalogue of these APIs.
    ///
    /// # Errors
    /// When two are on one path, or there is none.
    pub fn new(apis: Vec<Api>) -> Result<Self, GatewayError> {
        for finding in apis.iter().flat_map(Api::broken) {
            tracing::error!("tracked as misconfigured: {finding}");
        }
        for finding in apis.iter().flat_map(Api::warnings) {
            tracing::warn!("{finding}");
        }
        Ok(Self { table: Table::new(apis.into_iter().map(Arc::new).collect())? })
    }

    /// Reads and compiles definitions. What they ask for beside tracking is the proxy's.
    ///
    /// # Errors
    /// When a file is no definition, or as [`Catalogue::new`].
    pub fn read(files: &[impl AsRef<Path>], registry: &Registry) -> Result<Self, GatewayError> {
        let compile =
            |file: &_| Ok(Definition::read(AsRef::<Path>::as_ref(file))?.compile(registry));
        Self::new(files.iter().map(compile).collect::<Result<_, GatewayError>>()?)
    }

    /// A meter for the answer that now begins; `None` where no API serves the request, or
    /// nothing of it is tracked.
    #[must_use]
    pub fn meter(&self, host: Option<&str>, exchange: Exchange<'_>) -> Option<Meter> {
        let request = exchange.request?;
        let (api, context) = self.table.find(host, request.path)?;
        let mut exchange = exchange.with_api(&api.name);
        exchange.details.context_path = request.path.get(..context);
        exchange.details.api = Some(&api.facts);
        let steps = api.steps(request.method, request.path.get(context..)?, || exchange);
        steps.choose(&exchange)?.meter(&exchange)
    }
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalogue").field("apis", &self.table.apis).finish_non_exhaustive()
    }
}
