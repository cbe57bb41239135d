//! The ledger in one file: SQLite.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params, params_from_iter};
use rust_decimal::Decimal;
use token_tracking_core::Record;

use super::query::{Consumption, Dialect, Dimension, Parameter, Query, gather};
use super::row::Row;
use crate::error::ReportError;
use crate::reporter::{Queueing, Reporter};
use crate::writer::{Outcome, Writer};

/// What each version of the table adds to the one before; `user_version` counts them.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE records (
        id TEXT PRIMARY KEY NOT NULL,
        at INTEGER NOT NULL,
        api TEXT, application TEXT, provider TEXT, model TEXT,
        status INTEGER NOT NULL,
        provenance TEXT NOT NULL, reasons TEXT, anomalies TEXT,
        input INTEGER, output INTEGER,
        cache_read INTEGER, cache_write INTEGER, reasoning INTEGER,
        cost_sent TEXT, cost_received TEXT, currency TEXT,
        duration_ms REAL,
        record TEXT NOT NULL
    ) STRICT;
    CREATE INDEX records_at ON records (at);
"];

const INSERT: &str = "
    INSERT INTO records VALUES
        (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
    ON CONFLICT (id) DO NOTHING";

/// Keeps records in a SQLite database, made if it is not there.
///
/// Each batch is one transaction in write-ahead mode with full synchronisation: what counts as
/// written survives a kill and a power cut. A record comes in once, by its id, however often it
/// is given. Several processes may write to one file on a local disk.
///
/// # Errors
/// When the database cannot be opened or made.
pub fn open(path: impl Into<PathBuf>, queueing: Queueing) -> Result<Reporter, ReportError> {
    let path = path.into();
    let target = path.display().to_string();
    let connection = connect(&path).map_err(|error| setup(&path, &error))?;
    let queueing = Queueing { linger: queueing.linger.max(LINGER), ..queueing };
    Reporter::start("ledger", target, queueing, Ledger { path, connection: Some(connection) })
}

/// A transaction costs a flush of the disk: so much company it waits for.
const LINGER: Duration = Duration::from_millis(20);

fn setup(path: &Path, error: &rusqlite::Error) -> ReportError {
    ReportError::Setup { what: format!("the ledger {}", path.display()), why: error.to_string() }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    // Another process may do the same at the same time.
    let migration = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: u32 = migration.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (number, sql) in (1..).zip(MIGRATIONS).skip(version as usize) {
        migration.execute_batch(sql)?;
        migration.pragma_update(None, "user_version", number)?;
    }
    migration.commit()?;
    Ok(connection)
}

struct Ledger {
    path: PathBuf,
    connection: Option<Connection>,
}

impl Ledger {
    fn insert(&mut self, batch: &[Arc<Record>]) -> rusqlite::Result<()> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.path)?,
        };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut insert = transaction.prepare_cached(INSERT)?;
        for record in batch {
            let row = Row::of(record);
            let money = |amount: Option<Decimal>| amount.map(|amount| amount.to_string());
            insert.execute(params![
                row.id,
                row.at,
                row.api,
                row.application,
                row.provider,
                row.model,
                row.status,
                row.provenance,
                row.reasons,
                row.anomalies,
                row.input,
                row.output,
                row.cache_read,
                row.cache_write,
                row.reasoning,
                money(row.cost_sent),
                money(row.cost_received),
                row.currency,
                row.duration_ms,
                row.record,
            ])?;
        }
        drop(insert);
        transaction.commit()?;
        // Only a connection without troubles is used again.
        self.connection = Some(connection);
        Ok(())
    }
}

impl Writer for Ledger {
    fn write(&mut self, batch: &mut Vec<Arc<Record>>) -> Outcome {
        match self.insert(batch) {
            Ok(()) => Outcome::written(batch),
            // Busy, full, or taken away: nothing of the batch is in, and all of it may be later.
            Err(error) => Outcome::retry(error),
        }
    }
}

/// Answers a question from the database at this path, which may be written to meanwhile.
///
/// # Errors
/// When there is no ledger there, or it cannot be read.
pub(super) fn consumption(path: &Path, query: &Query) -> Result<Vec<Consumption>, ReportError> {
    ask(path, query).map_err(|error| setup(path, &error))
}

fn ask(path: &Path, query: &Query) -> rusqlite::Result<Vec<Consumption>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "query_only", true)?;
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_aggregate_function("exact_sum", 1, pure, ExactSum)?;
    let dialect = Dialect {
        sum: |column| format!("exact_sum({column})"),
        time: |dimension| match dimension {
            Dimension::Hour => "strftime('%Y-%m-%dT%H:00Z', at / 1000, 'unixepoch')",
            Dimension::Day => "strftime('%Y-%m-%d', at / 1000, 'unixepoch')",
            _ => "strftime('%Y-%m', at / 1000, 'unixepoch')",
        },
        parameter: |n| format!("?{n}"),
    };
    let (sql, parameters) = query.sql(&dialect);
    let mut statement = connection.prepare(&sql)?;
    let parameters = parameters.into_iter().map(|parameter| match parameter {
        Parameter::Number(number) => rusqlite::types::Value::Integer(number),
        Parameter::Text(text) => rusqlite::types::Value::Text(text),
    });
    let width = query.width();
    let rows = statement.query_map(params_from_iter(parameters), |row| {
        (0..width).map(|column| row.get(column)).collect()
    })?;
    Ok(gather(query, rows.collect::<rusqlite::Result<_>>()?))
}

/// SQLite adds numbers as doubles, or fails beyond 2⁶³: this adds them as decimals.
struct ExactSum;

impl Aggregate<Option<Decimal>, Option<String>> for ExactSum {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Option<Decimal>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Option<Decimal>) -> rusqlite::Result<()> {
        let wrong = |why: &str| rusqlite::Error::UserFunctionError(why.into());
        let value = match context.get_raw(0) {
            ValueRef::Null => return Ok(()),
            ValueRef::Integer(number) => Some(Decimal::from(number)),
            value => value.as_str().ok().and_then(|text| text.parse().ok()),
        };
        let value = value.ok_or_else(|| wrong("an amount in the ledger is no number"))?;
        let added = sum.unwrap_or_default().checked_add(value);
        *sum = Some(added.ok_or_else(|| wrong("a sum is too large"))?);
        Ok(())
    }

    fn finalize(
        &self,
        _: &mut Context<'_>,
        sum: Option<Option<Decimal>>,
    ) -> rusqlite::Result<Option<String>> {
        Ok(sum.flatten().map(|sum| sum.to_string()))
    }
}
