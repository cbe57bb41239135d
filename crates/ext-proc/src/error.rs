//! Why a processor does not start.

use std::io;

use thiserror::Error;

/// Why a processor does not start, or stopped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExtProcError {
    /// Who called cannot be said as the settings want it.
    #[error("/attribution{0}")]
    Attribution(String),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}; {advice}")]
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        source: io::Error,
        /// What to do about it.
        advice: &'static str,
    },
    /// The files of TLS cannot be used.
    #[error("TLS cannot be served: {0}")]
    Tls(String),
    /// The server failed.
    #[error("the processor stopped: {0}")]
    Serve(String),
}
