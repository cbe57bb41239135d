//! What a gateway can be told beside its APIs.

use std::time::Duration;

use rustls::pki_types::CertificateDer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use token_tracking_core::NodeFacts;
use token_tracking_host::{Attribution, TlsFiles, duration};

use crate::client::Pool;
use crate::forwarding::Forwarding;
use crate::ids::Ids;
use crate::include_usage::IncludeUsage;
use crate::limits::Limits;
use crate::timeouts::Timeouts;

/// Settings of a gateway; the defaults are meant to be served with. Durations are written as
/// `10s` or `1m 30s`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// Address and port to listen on; port 0 lets the system choose.
    #[schemars(example = "0.0.0.0:8080")]
    pub listen: String,
    /// Serves over TLS with these files; plain where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsFiles>,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// How much there may be.
    pub limits: Limits,
    /// How connections to targets are kept.
    pub pool: Pool,
    /// What targets are told of the client's request.
    pub forwarding: Forwarding,
    /// Which headers tell of a request's identities.
    pub ids: Ids,
    /// Who called, on each record.
    pub attribution: Attribution,
    /// What this process is called, for expressions such as `{#node.zone}`.
    pub node: NodeFacts,
    /// Whether streams are asked for their usage.
    pub include_usage: IncludeUsage,
    /// How long answers in flight may take to end after the shutdown began.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub drain_timeout: Duration,
    /// Refuses to start when a tracking configuration does not compile.
    #[schemars(example = true)]
    pub strict: bool,
    /// Starts although a definition uses what is not implemented, security included.
    #[schemars(example = false)]
    pub ignore_unsupported: bool,
    /// Certificates to trust beside those of Mozilla and of the system.
    #[serde(skip)]
    pub extra_roots: Vec<CertificateDer<'static>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            tls: None,
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            pool: Pool::default(),
            forwarding: Forwarding::default(),
            ids: Ids::default(),
            attribution: Attribution::default(),
            node: NodeFacts::default(),
            include_usage: IncludeUsage::default(),
            drain_timeout: Duration::from_secs(30),
            strict: false,
            ignore_unsupported: false,
            extra_roots: Vec::new(),
        }
    }
}

impl Settings {
    /// The defaults, on this address.
    #[must_use]
    pub fn listening_on(address: impl Into<String>) -> Self {
        Self { listen: address.into(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_written_and_read_alike() {
        let written = serde_json::to_value(Settings::default()).unwrap();
        assert_eq!(written["timeouts"]["connect"], "10s");
        assert_eq!(written["timeouts"].get("total"), None);
        assert_eq!(serde_json::from_value::<Settings>(written).unwrap(), Settings::default());
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
        let read = |text| serde_json::from_str::<Settings>(text).unwrap_err().to_string();
        assert!(read(r#"{"timeouts": {"idle": "soon"}}"#).contains("\"soon\" is no duration"));
        assert!(read(r#"{"listn": ":80"}"#).contains("unknown field `listn`"));
    }
}
