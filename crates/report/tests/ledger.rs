//! The embedded ledger: exact, each record once, and what it has acknowledged it keeps.

#[path = "common/books.rs"]
mod books;
mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{PATIENCE, quick, record, until};
use token_tracking_core::RecordSink;
use token_tracking_report::Queueing;
use token_tracking_report::ledger::{Ledger, Query, sqlite};

fn count(path: &Path) -> u64 {
    let ledger = Ledger::Sqlite(path.into());
    let all = ledger.consumption(&Query::default()).unwrap();
    all.first().map_or(0, |all| all.records)
}

#[test]
fn it_keeps_records_once_and_adds_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.db");
    books::check(&Ledger::Sqlite(path.clone()), || sqlite::open(&path, quick()).unwrap());
}

#[test]
fn it_keeps_the_whole_record_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.db");
    let reporter = sqlite::open(&path, quick()).unwrap();
    let mut whole = common::priced(record("m", Some(3)), "0.10", Some("USD"));
    whole.id = Some("one".to_owned());
    let line = whole.to_json_line();
    reporter.record(whole);
    reporter.close(PATIENCE).unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    let (kept, sent): (String, String) = connection
        .query_row("SELECT record, cost_sent FROM records WHERE id = 'one'", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(kept, line);
    assert_eq!(sent, "0.10", "money as it was, to the last zero");
}

#[test]
fn what_is_no_ledger_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text");
    std::fs::write(&path, "x".repeat(4_096)).unwrap();
    let error = sqlite::open(&path, quick()).unwrap_err().to_string();
    assert!(error.contains("text") && error.contains("not a database"), "{error}");
    let nowhere = Ledger::Sqlite(folder.path().join("none.db"));
    let error = nowhere.consumption(&Query::default()).unwrap_err().to_string();
    assert!(error.contains("none.db") && error.contains("unable to open"), "{error}");
    assert!(!folder.path().join("none.db").exists(), "asking makes nothing");
    assert!(sqlite::open("/no/such/folder/u.db", quick()).is_err());
}

#[test]
fn a_ledger_that_another_process_holds_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.db");
    let reporter = sqlite::open(&path, quick()).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for i in 0..50 {
        reporter.record(record("m", Some(i)));
    }
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!((reporter.totals().written, count(&path)), (0, 0), "questions are not held up");
    other.execute_batch("COMMIT").unwrap();
    until("it has them", || reporter.totals().written == 50);
    assert_eq!(count(&path), 50);
}

const CHILD: &str = "TOKEN_TRACKING_TEST_LEDGER";

/// Runs this test binary again, to do one test as a child with a ledger of its own.
fn child(test: &str, before: &str, path: &Path) -> Command {
    let mut command = Command::new("bash");
    command
        .args(["-c", &format!("{before} exec \"$0\" --exact --nocapture {test}")])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, path)
        .stdout(Stdio::piped());
    command
}

/// Reports as fast as it can, and says after each commit how many are acknowledged.
fn load(path: &str) -> ! {
    let reporter = sqlite::open(path, Queueing { batch: 64, ..quick() }).unwrap();
    let mut said = 0;
    for i in 0.. {
        reporter.record(record("m", Some(i)));
        let written = reporter.totals().written;
        if written != said {
            println!("acknowledged {written}");
            said = written;
        }
    }
    unreachable!()
}

#[test]
#[cfg(unix)]
fn a_kill_under_load_loses_nothing_that_was_acknowledged() {
    if let Ok(path) = std::env::var(CHILD) {
        load(&path);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.db");
    let mut before = 0;
    for round in 0..5 {
        let test = "a_kill_under_load_loses_nothing_that_was_acknowledged";
        let mut child = child(test, "", &path).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = 0;
        // In the midst of it: at a different place each time.
        while acknowledged < 500 + 137 * round {
            let line = lines.next().unwrap().unwrap();
            if let Some((_, number)) = line.split_once("acknowledged ") {
                acknowledged = number.parse().unwrap();
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            if let Some(number) = line.strip_prefix("acknowledged ") {
                // The last line may be cut.
                acknowledged = number.parse().unwrap_or(acknowledged).max(acknowledged);
            }
        }
        let kept = count(&path);
        assert!(kept >= before + acknowledged, "{kept} < {before} + {acknowledged}");
        let connection = rusqlite::Connection::open(&path).unwrap();
        let check: String =
            connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
        before = kept;
    }
}

/// A disk that is full: files of the process may not grow beyond a limit, until it is lifted.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_waited_for_and_nothing_is_lost() {
    if let Ok(path) = std::env::var(CHILD) {
        full(&path);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.db");
    let before = "trap '' XFSZ; ulimit -S -f 200;";
    let output = child("a_full_disk_is_waited_for_and_nothing_is_lost", before, &path).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(count(&path), 1_000);
}

#[cfg(target_os = "linux")]
fn full(path: &str) {
    let reporter = sqlite::open(path, Queueing { batch: 10, ..quick() }).unwrap();
    for i in 0..1_000 {
        reporter.record(record("m", Some(i)));
    }
    until("the disk is full", || !reporter.health().healthy);
    let written = reporter.totals().written;
    assert!((1..1_000).contains(&written), "{written}");
    assert_eq!(count(path.as_ref()), written, "acknowledged is what is there");
    let pid = std::process::id().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status();
    assert!(lifted.unwrap().success());
    assert_eq!(reporter.close(PATIENCE).unwrap().written, 1_000);
}
