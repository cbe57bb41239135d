//! What is served at a time: the APIs and the way to each. Replaced as a whole.

use std::sync::Arc;

use crate::api::Api;
use crate::error::{Finding, Findings, GatewayError};
use crate::routes::Routes;
use crate::settings::Settings;

/// APIs that can be served together.
pub(crate) struct Table {
    pub(crate) apis: Vec<Arc<Api>>,
    pub(crate) routes: Routes,
}

impl Table {
    /// # Errors
    /// When two of them are on one path, or there is none.
    pub(crate) fn new(apis: Vec<Arc<Api>>) -> Result<Self, GatewayError> {
        if apis.is_empty() {
            return Err(GatewayError::NoApis);
        }
        let routes = Routes::new(&apis)?;
        Ok(Self { apis, routes })
    }

    /// The API for this host and path, and the length of its context path.
    pub(crate) fn find(&self, host: Option<&str>, path: &str) -> Option<(&Arc<Api>, usize)> {
        let (index, context) = self.routes.find(host, path)?;
        Some((self.apis.get(index)?, context))
    }
}

/// Refuses what must not be served.
pub(crate) fn admit(settings: &Settings, apis: &[Arc<Api>]) -> Result<(), GatewayError> {
    let unsupported = all(apis, Api::unsupported);
    if !unsupported.is_empty() && !settings.ignore_unsupported {
        return Err(GatewayError::Unsupported(Findings(unsupported)));
    }
    let broken = all(apis, Api::broken);
    if !broken.is_empty() && settings.strict {
        return Err(GatewayError::Misconfigured(Findings(broken)));
    }
    Ok(())
}

/// Says loudly what is served in part.
pub(crate) fn announce(apis: &[Arc<Api>]) {
    for finding in all(apis, Api::unsupported) {
        tracing::warn!("ignored: {finding}");
    }
    for finding in all(apis, Api::broken) {
        tracing::error!("served without tracking: {finding}");
    }
    for finding in all(apis, Api::warnings) {
        tracing::warn!("{finding}");
    }
}

fn all(apis: &[Arc<Api>], part: fn(&Api) -> &[Finding]) -> Vec<Finding> {
    apis.iter().flat_map(|api| part(api)).cloned().collect()
}
