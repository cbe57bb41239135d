//! The ledger on a real PostgreSQL server.

#[path = "common/books.rs"]
mod books;
mod common;
#[path = "common/server.rs"]
mod server;

use std::time::{Duration, Instant};

use common::{PATIENCE, quick, record, until};
use postgres::{Client, NoTls};
use server::Server;
use token_tracking_core::RecordSink;
use token_tracking_report::ledger::{Ledger, Query, postgres as pg};
use token_tracking_report::{Queueing, Reporter};

fn open(url: &str, queueing: Queueing) -> Reporter {
    pg::open(pg::Server::parse(url).unwrap(), queueing).unwrap()
}

fn count(url: &str) -> u64 {
    let all = Ledger::parse(url).unwrap().consumption(&Query::default()).unwrap();
    all.first().map_or(0, |all| all.records)
}

#[test]
fn it_keeps_records_once_and_adds_exactly() {
    let Some(server) = Server::start("the ledger's check") else { return };
    let url = server.url();
    books::check(&Ledger::parse(&url).unwrap(), || open(&url, quick()));
}

#[test]
fn many_gateways_write_to_one_ledger_and_only_one_makes_it() {
    let Some(server) = Server::start("many gateways at once") else { return };
    let url = server.url();
    let gateways: Vec<_> = (0..4).map(|_| open(&url, quick())).collect();
    for i in 0..100 {
        for gateway in &gateways {
            gateway.record(record("m", Some(i)));
        }
    }
    for gateway in &gateways {
        assert_eq!(gateway.close(PATIENCE).unwrap().written, 100);
        assert_eq!(gateway.health().last_error, None);
    }
    assert_eq!(count(&url), 400);
    let mut client = Client::connect(&url, NoTls).unwrap();
    let versions = client.query("SELECT version FROM token_tracking_schema", &[]).unwrap();
    assert_eq!(versions.len(), 1);
}

#[test]
fn a_server_that_goes_away_costs_nothing_but_time() {
    let Some(server) = Server::start("a server that goes away") else { return };
    let url = server.url();
    let reporter = open(&url, quick());
    for i in 0..100 {
        reporter.record(record("m", Some(i)));
    }
    until("they are there", || reporter.totals().written == 100);
    server.down();
    let begun = Instant::now();
    for i in 0..100 {
        reporter.record(record("m", Some(i)));
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "traffic does not wait for it");
    until("it is missed", || !reporter.health().healthy);
    let health = reporter.health();
    let said = health.last_error.unwrap();
    assert!(!said.contains("pass-word") && !health.target.contains("pass-word"), "{said}");
    server.up();
    until("it is back", || reporter.totals().written == 200);
    assert_eq!(count(&url), 200);
    // Whoever asks a ledger that is away is told so, without the password.
    server.down();
    let error = Ledger::parse(&url).unwrap().consumption(&Query::default()).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("127.0.0.1") && !error.contains("pass-word"), "{error}");
}

#[test]
fn a_row_that_the_server_refuses_keeps_no_other_out() {
    let Some(server) = Server::start("a refused row") else { return };
    let url = server.url();
    open(&url, quick()).close(PATIENCE).unwrap();
    let first = open(&url, quick());
    first.record(record("m", None));
    first.close(PATIENCE).unwrap();
    let mut client = Client::connect(&url, NoTls).unwrap();
    client
        .batch_execute("ALTER TABLE records ADD CONSTRAINT nobody CHECK (model <> 'refused')")
        .unwrap();
    let reporter = open(&url, Queueing { linger: Duration::from_millis(50), ..quick() });
    for model in ["a", "refused", "b", "c"] {
        reporter.record(record(model, None));
    }
    until("the others are there", || reporter.totals().written == 3);
    assert_eq!(reporter.totals().failed, 1);
    let error = reporter.close(PATIENCE).unwrap_err().to_string();
    assert!(error.contains("1 records") && error.contains("nobody"), "{error}");
    assert_eq!(count(&url), 4);
}

#[test]
fn connections_are_encrypted_and_verified() {
    let Some(server) = Server::start("an encrypted connection") else { return };
    let at = format!("postgres://me:pass-word@localhost:{}/postgres?sslmode=require", server.port);
    let trusted = format!("{at}&sslrootcert={}", server.certificate().display());
    let reporter = open(&trusted, quick());
    reporter.record(record("m", None));
    assert_eq!(reporter.close(PATIENCE).unwrap().written, 1);
    assert_eq!(count(&trusted), 1);
    let error = Ledger::parse(&at).unwrap().consumption(&Query::default()).unwrap_err();
    assert!(error.to_string().to_lowercase().contains("certificate"), "{error}");
}
