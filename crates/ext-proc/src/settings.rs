//! Where the processor listens, and its bounds.

use std::path::PathBuf;
use std::time::Duration;

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// An address and a port, such as `127.0.0.1:50051`; port 0 takes a free one.
    Tcp(String),
    /// A Unix socket; an old one at this path is replaced.
    Unix(PathBuf),
}

impl Listen {
    /// Reads `127.0.0.1:50051` or `unix:/run/token-tracking.sock`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix("unix:") {
            // Three slashes are how URLs of sockets are often written.
            Some(path) => Self::Unix(PathBuf::from(path.strip_prefix("//").unwrap_or(path))),
            None => Self::Tcp(text.to_owned()),
        }
    }
}

/// Certificate and key of the processor, and who may call it.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The certificate chain, PEM.
    pub certificate: Vec<u8>,
    /// Its private key, PEM.
    pub key: Vec<u8>,
    /// Where it is set, callers need a certificate of these authorities, PEM.
    pub client_ca: Option<Vec<u8>>,
}

/// Settings of an [`ExtProc`](crate::ExtProc).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Where to listen.
    pub listen: Listen,
    /// TLS on a TCP listener; none by default.
    pub tls: Option<Tls>,
    /// How long calls in flight may go on after the stop. 30 s by default.
    pub drain_timeout: Duration,
    /// The largest message taken, in bytes: 16 MiB by default. A proxy that buffers whole
    /// bodies sends one message each; in the streamed modes a message is a chunk.
    pub max_message_bytes: usize,
}

impl Settings {
    /// The defaults, listening there.
    #[must_use]
    pub fn listening_on(listen: Listen) -> Self {
        Self {
            listen,
            tls: None,
            drain_timeout: Duration::from_secs(30),
            max_message_bytes: 16 << 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_sockets() {
        assert_eq!(Listen::parse("127.0.0.1:1"), Listen::Tcp("127.0.0.1:1".to_owned()));
        for text in ["unix:/run/a.sock", "unix:///run/a.sock"] {
            assert_eq!(Listen::parse(text), Listen::Unix("/run/a.sock".into()));
        }
    }
}
