//! What is served of an API, for who runs the gateway.

use serde::Serialize;

use crate::api::Api;
use crate::error::Finding;

/// What is served of an API, and what is wrong with it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ApiState {
    /// Its name; of a file that was never one, the file's.
    pub name: Option<String>,
    /// The file of its definition; none where it comes from the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Which version is served.
    pub served: ServedAs,
    /// Since when, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Why what the file holds now is not served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Hosts and context paths.
    pub paths: Vec<String>,
    /// Schemes, hosts and ports of its targets.
    pub targets: Vec<String>,
    /// What it asks for that is not implemented, and is ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
    /// Why some of it is not tracked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub untracked: Vec<String>,
    /// What is odd, but works.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Which version of a definition is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServedAs {
    /// What its file holds.
    Current,
    /// What its file held before: what it holds now is refused.
    OldVersion,
    /// None: it was refused from the beginning.
    Refused,
}

impl ApiState {
    pub(crate) fn of(api: Option<&Api>, served: ServedAs) -> Self {
        let said = |part: fn(&Api) -> &[Finding]| {
            api.into_iter().flat_map(part).map(Finding::to_string).collect()
        };
        Self {
            name: api.map(|api| api.name().to_owned()),
            file: None,
            served,
            since: None,
            error: None,
            paths: api.into_iter().flat_map(Api::paths).collect(),
            targets: api.into_iter().flat_map(Api::targets).collect(),
            ignored: said(Api::unsupported),
            untracked: said(Api::broken),
            warnings: said(Api::warnings),
        }
    }

    /// The places of the definitions cannot be read.
    pub(super) fn trouble(why: &str) -> Self {
        Self { error: Some(why.to_owned()), ..Self::of(None, ServedAs::Refused) }
    }
}
