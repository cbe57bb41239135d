//! What a gateway can be told beside its APIs.

use std::time::Duration;

use rustls::pki_types::CertificateDer;

/// Settings of a gateway; the defaults are meant to be served with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Address and port to listen on; port 0 lets the system choose.
    pub listen: String,
    /// How long a connection to a target may take to make, TLS included.
    pub connect_timeout: Duration,
    /// How long an idle connection to a target is kept. Shorter than the minute after
    /// which many servers close theirs, so that a request seldom meets a closing one.
    pub idle_timeout: Duration,
    /// How long a client may take to send a request's head over HTTP/1.1.
    pub head_timeout: Duration,
    /// How many bytes the head of a request may have; at least 8 KiB.
    pub max_head_bytes: usize,
    /// How long answers in flight may take to end after the shutdown began.
    pub drain_timeout: Duration,
    /// Refuses to start when a tracking configuration does not compile.
    pub strict: bool,
    /// Starts although a definition uses what is not implemented, security included.
    pub ignore_unsupported: bool,
    /// Certificates to trust beside those of Mozilla and of the system.
    pub extra_roots: Vec<CertificateDer<'static>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(50),
            head_timeout: Duration::from_secs(30),
            max_head_bytes: 64 * 1024,
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
