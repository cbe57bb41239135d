//! Why a processor does not start.

use std::io;

use thiserror::Error;

/// Why a processor does not start, or stopped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExtProcError {
    /// The list of policies is not one.
    #[error("{source_name}: {message}")]
    Policies {
        /// The file, or what it is called by.
        source_name: String,
        /// What is wrong, where, and what to type instead.
        message: String,
    },
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
    /// Certificate and key cannot be used.
    #[error("the certificate or its key cannot be used: {0}")]
    Tls(String),
    /// The server failed.
    #[error("the processor stopped: {0}")]
    Serve(String),
}
