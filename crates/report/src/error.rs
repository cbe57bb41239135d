//! Why a reporter could not begin, or could not bring its records home.

use std::io;

/// Why a reporter could not begin, or could not bring its records home.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The file cannot be opened for appending.
    #[error(
        "cannot append records to {path}: {source}; \
         check that its folder exists and may be written, or name another file"
    )]
    Open {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The reporter's thread cannot be started.
    #[error("cannot start the thread of the reporter {name}: {source}")]
    Thread {
        /// Name of the reporter.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// Some records were taken but could not be written.
    #[error("{failed} records could not be written to {to}: {last}")]
    Write {
        /// Where they should have gone.
        to: String,
        /// How many.
        failed: u64,
        /// What was said the last time.
        last: String,
    },
    /// The writer stands still: a stopped terminal, a silent peer.
    #[error("{to} took no records in time; {waiting} or more of them are lost")]
    Stuck {
        /// Where they should have gone.
        to: String,
        /// How many still wait in the queue.
        waiting: u64,
    },
    /// What is asked for cannot be had.
    #[error("{what}: {why}")]
    Setup {
        /// What could not be set up; without secrets.
        what: String,
        /// Why not.
        why: String,
    },
}
