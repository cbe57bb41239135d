//! The ledger on a server, for many gateways: PostgreSQL.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use postgres::error::SqlState;
use postgres::types::ToSql;
use postgres::{Client, Config};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use token_tracking_core::Record;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::query::{Consumption, Dialect, Dimension, Parameter, Query, gather};
use super::row::Row;
use crate::error::ReportError;
use crate::reporter::{Queueing, Reporter};
use crate::writer::{Outcome, Writer};

/// What each version adds to the one before; the table `token_tracking_schema` counts them.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE records (
        id text PRIMARY KEY,
        at bigint NOT NULL,
        api text, application text, provider text, model text,
        status bigint NOT NULL,
        provenance text NOT NULL, reasons text, anomalies text,
        input bigint, output bigint, cache_read bigint, cache_write bigint, reasoning bigint,
        cost_sent numeric, cost_received numeric, currency text,
        duration_ms double precision,
        record text NOT NULL
    );
    CREATE INDEX records_at ON records (at);
"];

/// The whole batch is one parameter, and one statement is one transaction.
const INSERT: &str = "
    INSERT INTO records
    SELECT * FROM json_to_recordset($1::text::json) AS row (
        id text, at bigint, api text, application text, provider text, model text,
        status bigint, provenance text, reasons text, anomalies text,
        input bigint, output bigint, cache_read bigint, cache_write bigint, reasoning bigint,
        cost_sent numeric, cost_received numeric, currency text, duration_ms double precision,
        record text)
    ON CONFLICT (id) DO NOTHING";

/// Any number, the same for all gateways: who holds it migrates.
const MIGRATION_LOCK: i64 = 0x746f_6b65_6e73;

/// A server and how to reach it. Its `Display` and `Debug` have no password.
#[derive(Clone)]
pub struct Server {
    config: Box<Config>,
    tls: MakeRustlsConnect,
}

impl Server {
    /// Reads `postgres://user:password@host:port/database?sslmode=require`, and what else libpq
    /// takes. Encrypted connections are verified, with the system's certificates or those of
    /// `sslrootcert=FILE`.
    ///
    /// # Errors
    /// When it is not such an address, or the certificates cannot be read.
    pub fn parse(url: &str) -> Result<Self, ReportError> {
        let wrong = |why: String| ReportError::Setup { what: "postgres".to_owned(), why };
        let (rest, query) = url.split_once('?').unwrap_or((url, ""));
        let (roots, others): (Vec<&str>, Vec<&str>) =
            query.split('&').partition(|pair| pair.starts_with("sslrootcert="));
        // The error names a part of the address, and no value of it.
        let mut config: Config = format!("{rest}?{}", others.join("&"))
            .parse()
            .map_err(|error: postgres::Error| wrong(error.to_string()))?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        if config.get_application_name().is_none() {
            config.application_name("token-tracking");
        }
        // A server that went away in silence is noticed.
        config.tcp_user_timeout(Duration::from_secs(15));
        let file = roots.first().and_then(|pair| pair.strip_prefix("sslrootcert="));
        Ok(Self {
            config: Box::new(config),
            tls: MakeRustlsConnect::new(tls(file).map_err(wrong)?),
        })
    }

    fn connect(&self) -> Result<Client, postgres::Error> {
        let mut client = self.config.connect(self.tls.clone())?;
        // A server that stands still must not hold the queue for ever.
        client.batch_execute("SET statement_timeout = '30s'; SET client_min_messages = warning")?;
        Ok(client)
    }

    fn migrate(&self) -> Result<Client, postgres::Error> {
        let mut client = self.connect()?;
        let mut migration = client.transaction()?;
        migration.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK])?;
        migration.batch_execute(
            "CREATE TABLE IF NOT EXISTS token_tracking_schema (version bigint PRIMARY KEY)",
        )?;
        let version: i64 = migration
            .query_one("SELECT COALESCE(MAX(version), 0) FROM token_tracking_schema", &[])?
            .get(0);
        let done = usize::try_from(version).unwrap_or(0);
        for (number, sql) in (1_i64..).zip(MIGRATIONS).skip(done) {
            migration.batch_execute(sql)?;
            migration.execute("INSERT INTO token_tracking_schema VALUES ($1)", &[&number])?;
        }
        migration.commit()?;
        Ok(client)
    }

    /// Answers a question.
    pub(super) fn consumption(&self, query: &Query) -> Result<Vec<Consumption>, ReportError> {
        self.ask(query).map_err(|error| ReportError::Setup {
            what: format!("the ledger {self}"),
            why: said(&error),
        })
    }

    fn ask(&self, query: &Query) -> Result<Vec<Consumption>, postgres::Error> {
        let dialect = Dialect {
            sum: |column| format!("SUM({column})"),
            time: |dimension| match dimension {
                Dimension::Hour => {
                    "to_char(to_timestamp(at / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:00\"Z\"')"
                }
                Dimension::Day => {
                    "to_char(to_timestamp(at / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
                }
                _ => "to_char(to_timestamp(at / 1000) AT TIME ZONE 'UTC', 'YYYY-MM')",
            },
            parameter: |n| format!("${n}"),
        };
        let (sql, parameters) = query.sql(&dialect);
        let parameters: Vec<&(dyn ToSql + Sync)> = parameters
            .iter()
            .map(|parameter| match parameter {
                Parameter::Number(number) => number as &(dyn ToSql + Sync),
                Parameter::Text(text) => text as &(dyn ToSql + Sync),
            })
            .collect();
        let rows = self.connect()?.query(&sql, &parameters)?;
        let texts = |row: &postgres::Row| (0..query.width()).map(|i| row.get(i)).collect();
        Ok(gather(query, rows.iter().map(texts).collect()))
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<_> = self
            .config
            .get_hosts()
            .iter()
            .map(|host| match host {
                postgres::config::Host::Tcp(name) => name.clone(),
                postgres::config::Host::Unix(path) => path.display().to_string(),
            })
            .collect();
        write!(f, "postgres://{}/{}", hosts.join(","), self.config.get_dbname().unwrap_or(""))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// An error with its cause: alone it says only "db error".
fn said(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(cause) => format!("{} ({})", cause.message(), cause.code().code()),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

fn tls(file: Option<&str>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(file) => {
            let read = |error| format!("cannot read the certificates in {file}: {error}");
            let certificates = CertificateDer::pem_file_iter(file).map_err(read)?;
            for certificate in certificates {
                let certificate = certificate.map_err(read)?;
                roots.add(certificate).map_err(|error| format!("{file}: {error}"))?;
            }
        }
        // Where there are none, encrypted connections fail when they are made, and say so.
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Keeps records in a PostgreSQL database, whose tables it makes and brings up to date.
///
/// Each batch is one statement: all of it is there, or nothing. A record comes in once, by its
/// id, also when the connection broke before the server could say that it has it. A server that
/// is away is tried until it is back.
///
/// # Errors
/// When the thread cannot be started.
pub fn open(server: Server, queueing: Queueing) -> Result<Reporter, ReportError> {
    let queueing = Queueing { linger: queueing.linger.max(LINGER), ..queueing };
    Reporter::start("postgres", server.to_string(), queueing, Table { server, client: None })
}

/// A statement costs a round trip and a flush of the server's disk: so much company it waits for.
const LINGER: Duration = Duration::from_millis(50);

struct Table {
    server: Server,
    client: Option<Client>,
}

impl Table {
    fn insert(&mut self, rows: &[Row]) -> Result<(), postgres::Error> {
        let mut client = match self.client.take() {
            Some(client) => client,
            None => self.server.migrate()?,
        };
        // Neither a text nor a number of ours fails to be written as JSON.
        let json = serde_json::to_string(rows).unwrap_or_default();
        let result = client.execute(INSERT, &[&json]);
        if !client.is_closed() {
            self.client = Some(client);
        }
        result.map(|_| ())
    }
}

impl Writer for Table {
    fn write(&mut self, batch: &mut Vec<Arc<Record>>) -> Outcome {
        let rows: Vec<_> = batch.iter().map(|record| Row::of(record)).collect();
        match self.insert(&rows) {
            Ok(()) => Outcome::written(batch),
            Err(error) if is_about_data(&error) => {
                // One row must not keep the others out for ever: the sound ones go alone.
                let mut outcome = Outcome { error: Some(said(&error)), ..Outcome::default() };
                for row in rows {
                    match self.insert(std::slice::from_ref(&row)) {
                        Ok(()) => outcome.written += 1,
                        Err(error) if is_about_data(&error) => outcome.refused += 1,
                        Err(_) => break,
                    }
                }
                let home = usize::try_from(outcome.written + outcome.refused).unwrap_or(usize::MAX);
                batch.drain(..home.min(batch.len()));
                outcome
            }
            Err(error) => Outcome::retry(said(&error)),
        }
    }
}

/// Whether the server refuses a value, and will again: classes 22 and 23 of its error codes.
/// Source: the appendix "PostgreSQL Error Codes" of its documentation.
fn is_about_data(error: &postgres::Error) -> bool {
    let class = |state: &SqlState| matches!(state.code().get(..2), Some("22" | "23"));
    error.code().is_some_and(class)
}
