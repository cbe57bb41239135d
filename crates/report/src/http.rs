//! One client for all reporters that speak HTTP.

use std::time::Duration;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

/// How long a whole exchange may take.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// A blocking client: each reporter has a thread of its own. It trusts what the system trusts, takes
/// any status as an answer, and follows no redirect: records go where they were sent.
pub(crate) fn agent() -> Agent {
    let certificates = rustls_native_certs::load_native_certs().certs;
    let certificates: Vec<_> = certificates
        .iter()
        .map(|certificate| ureq::tls::Certificate::from_der(certificate).to_owned())
        .collect();
    Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .timeout_connect(Some(Duration::from_secs(5)))
        .http_status_as_error(false)
        .max_redirects(0)
        .tls_config(TlsConfig::builder().root_certs(RootCerts::from(certificates)).build())
        .user_agent(concat!("token-tracking/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

/// A URL without what may be secret in it: all before the last `@`, since a password that is not
/// encoded as it should be may hold any sign, and all after `?` or `#`.
pub(crate) fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    format!("{scheme}://{host}/{path}")
}
