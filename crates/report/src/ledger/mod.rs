//! The ledger: every record as a row of a database, to be asked what was consumed.
//!
//! An embedded [`sqlite`] file for one gateway, [`postgres`] for many; the same table, the same
//! questions. Money is kept and added exactly.

#[cfg(feature = "postgres")]
pub mod postgres;
mod query;
mod row;
#[cfg(feature = "ledger")]
pub mod sqlite;

use std::fmt;
use std::path::PathBuf;

pub use query::{Consumption, Dimension, Query};

use crate::error::ReportError;

/// Where a ledger is.
#[derive(Clone)]
pub enum Ledger {
    /// A SQLite file.
    #[cfg(feature = "ledger")]
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    #[cfg(feature = "postgres")]
    Postgres(postgres::Server),
}

impl Ledger {
    /// Reads where it is: `postgres://…`, `ledger:PATH` or a path.
    ///
    /// # Errors
    /// When a server's address is not one. Its secrets are not in the message.
    pub fn parse(text: &str) -> Result<Self, ReportError> {
        #[cfg(feature = "postgres")]
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return postgres::Server::parse(text).map(Self::Postgres);
        }
        #[cfg(feature = "ledger")]
        return Ok(Self::Sqlite(text.strip_prefix("ledger:").unwrap_or(text).into()));
        #[cfg(not(feature = "ledger"))]
        Err(ReportError::Setup { what: "the ledger".into(), why: "not built in".into() })
    }

    /// Answers a question.
    ///
    /// # Errors
    /// When there is no ledger, or it cannot be read.
    pub fn consumption(&self, query: &Query) -> Result<Vec<Consumption>, ReportError> {
        match self {
            #[cfg(feature = "ledger")]
            Self::Sqlite(path) => sqlite::consumption(path, query),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.consumption(query),
        }
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "ledger")]
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => write!(f, "{server}"),
        }
    }
}
