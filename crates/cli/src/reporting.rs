//! Where records go: the options that every host shares, and what they open.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use token_tracking_cli::settings::{Admin, ReportTarget};
use token_tracking_core::RecordSink;
use token_tracking_report::{self as report, Deduplicate, Prometheus, Recent, file, table};

use crate::failure::Failure;
use crate::output;

/// How long the reporters may take to bring home what waits, when the process ends.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where records go.
#[derive(ClapArgs)]
pub(crate) struct Reporting {
    /// Append each record as a line of JSON to this file
    #[arg(long, value_name = "FILE")]
    records: Option<String>,
    /// Report to this too; may be repeated
    ///
    /// file:PATH[?rotate=100MB&every=1day&keep=10&fsync=batch]: lines of JSON.
    /// ledger:PATH: a SQLite database for `token-tracking usage`.
    /// postgres://USER:PASSWORD@HOST/DATABASE: the same on a server, for many gateways.
    /// otlp:URL[?grpc=true&legacy=true&delta=true&interval=10s]: metrics to a collector.
    /// elasticsearch:URL[?index=gravitee&gateway=NAME&linger=1s]: documents for its dashboards.
    /// Each takes queue=RECORDS and spill=FILE for what finds no room.
    #[arg(
        long,
        value_name = "TARGET",
        env = "TOKEN_TRACKING_REPORT",
        value_delimiter = ' ',
        hide_env_values = true
    )]
    pub(crate) report: Vec<String>,
    /// Do not show the live table
    #[arg(long, visible_alias = "no-table", conflicts_with = "json")]
    quiet: bool,
    /// Write the records as lines of JSON to standard output instead of the table
    #[arg(long)]
    json: bool,
}

impl Reporting {
    /// Writes to standard output, or beside it where that carries records.
    pub(crate) fn say(&self, text: &str) -> Result<(), Failure> {
        if self.json {
            anstream::eprint!("{text}");
            return Ok(());
        }
        output::print(text)
    }
}

/// What shows and keeps the records.
pub(crate) struct Reporters {
    all: Arc<report::Reporters>,
    prometheus: Arc<Prometheus>,
}

impl Reporters {
    /// Opens what the command line asks for, and these targets; with the last records, where
    /// somebody can look at them.
    pub(crate) fn open(
        args: &Reporting,
        targets: &[ReportTarget],
        admin: &Admin,
    ) -> Result<(Self, Arc<Recent>), Failure> {
        let kept = if admin.enabled { admin.records } else { 0 };
        let recent = Arc::new(Recent::new(kept));
        let mut all = report::Reporters::default();
        let prometheus = Arc::new(Prometheus::default());
        all.observe(prometheus.clone());
        if kept > 0 {
            all.observe(recent.clone());
        }
        if args.json {
            all.add(file::lines("standard output", io::stdout()).map_err(Failure::start)?);
        } else if !args.quiet {
            all.add(table::stdout().map_err(Failure::start)?);
        }
        if let Some(file) = &args.records {
            all.add(file::open(file).map_err(Failure::start)?);
        }
        for target in targets {
            let target = target.target().map_err(Failure::usage)?;
            all.add(target.open().map_err(Failure::start)?);
        }
        let all = Arc::new(all);
        prometheus.watch(&all);
        Ok((Self { all, prometheus }, recent))
    }

    /// The metrics, for whoever serves them.
    pub(crate) fn prometheus(&self) -> &Arc<Prometheus> {
        &self.prometheus
    }

    /// How each reporter fares, when asked.
    pub(crate) fn health_of(&self) -> impl Fn() -> Vec<report::Health> + Send + Sync + use<> {
        let all = Arc::clone(&self.all);
        move || all.health()
    }

    pub(crate) fn sink(&self) -> Arc<dyn RecordSink> {
        Arc::new(Deduplicate::new(self.all.clone()))
    }

    /// Writes what waits.
    pub(crate) fn close(&self) -> Result<(), Failure> {
        let totals = self.all.close(PATIENCE);
        let dropped: u64 = self.all.health().iter().map(|health| health.totals.dropped).sum();
        if dropped > 0 {
            tracing::warn!("{dropped} records were dropped, since their writer was too slow");
        }
        let said = |errors: Vec<report::ReportError>| {
            let said: Vec<_> = errors.iter().map(ToString::to_string).collect();
            Failure::start(said.join("; "))
        };
        totals.map(|_| ()).map_err(said)
    }
}
