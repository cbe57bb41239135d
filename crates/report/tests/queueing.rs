//! The frame of all reporters: nothing is lost silently, nothing waits, each is on its own.

mod common;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{PATIENCE, Scripted, quick, record, stuck, until};
use token_tracking_core::{Record, RecordSink};
use token_tracking_report::{
    Observer, Outcome, QUEUE_CAPACITY, Queueing, ReportError, Reporter, Reporters, file,
};

#[test]
fn a_writer_that_stands_still_never_makes_traffic_wait() {
    let (go_on, go) = sync_channel(0);
    let (writer, kept) = stuck(go);
    let reporter = Reporter::start("stuck", "nowhere", Queueing::default(), writer).unwrap();
    reporter.record(record("first", None));
    until("the writer has the first", || reporter.health().waiting == 0);
    let begun = Instant::now();
    for _ in 0..QUEUE_CAPACITY + 100 {
        reporter.record(record("m", None));
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "did not wait for the writer");
    assert_eq!(reporter.totals().dropped, 100, "bounded: the rest is dropped and counted");
    assert_eq!(reporter.health().waiting, QUEUE_CAPACITY as u64);
    drop(go_on);
    assert_eq!(reporter.close(PATIENCE).unwrap().written, QUEUE_CAPACITY as u64 + 1);
    assert_eq!(kept.lock().unwrap().len(), QUEUE_CAPACITY + 1);
}

#[test]
fn a_writer_that_never_comes_back_does_not_keep_the_process() {
    let (_go_on, go) = channel();
    let (writer, _) = stuck(go);
    let reporter = Reporter::start("stuck", "nowhere", quick(), writer).unwrap();
    reporter.record(record("a", None));
    let begun = Instant::now();
    let error = reporter.close(Duration::from_millis(50)).unwrap_err();
    assert!(matches!(error, ReportError::Stuck { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_fails_is_tried_again_until_it_works() {
    let tries = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&tries);
    let models = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&models);
    let writer = Scripted(move |batch: &mut Vec<Arc<Record>>| {
        // Half of the batch gets home each time: the other half must come again, in order.
        if count.fetch_add(1, Ordering::Relaxed) < 3 {
            return Outcome::retry("the other side is away");
        }
        let home: Vec<_> = batch.drain(..batch.len().div_ceil(2)).collect();
        let written = home.len() as u64;
        keep.lock().unwrap().extend(home.into_iter().map(|record| record.model.clone().unwrap()));
        Outcome { written, error: Some("half".to_owned()), ..Outcome::default() }
    });
    let reporter = Reporter::start("flaky", "x", quick(), writer).unwrap();
    for i in 0..10 {
        reporter.record(record(&format!("m{i}"), None));
    }
    until("all are written", || reporter.totals().written == 10);
    let models = models.lock().unwrap().clone();
    assert_eq!(models, (0..10).map(|i| format!("m{i}")).collect::<Vec<_>>());
    let health = reporter.health();
    assert!(health.totals.retries >= 3 && health.totals.failed == 0, "{health:?}");
    assert_eq!(health.last_error.as_deref(), Some("half"));
    assert_eq!(reporter.close(PATIENCE).unwrap().dropped, 0);
}

#[test]
fn a_reporter_that_is_down_is_unhealthy_and_what_is_left_at_the_end_is_counted() {
    let writer = Scripted(|_: &mut Vec<Arc<Record>>| Outcome::retry("connection refused"));
    let reporter = Reporter::start("down", "db", quick(), writer).unwrap();
    assert!(reporter.health().healthy, "nothing went wrong yet");
    for _ in 0..5 {
        reporter.record(record("m", None));
    }
    until("it is unhealthy", || !reporter.health().healthy);
    let error = reporter.close(Duration::from_millis(100)).unwrap_err().to_string();
    assert!(error.contains("5 records") && error.contains("connection refused"), "{error}");
    reporter.record(record("late", None));
    assert_eq!((reporter.totals().failed, reporter.totals().dropped), (5, 1));
}

#[test]
fn what_finds_no_room_goes_to_the_overflow() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spill.jsonl");
    let overflow = Arc::new(file::open(&path).unwrap());
    let down = || Scripted(|_: &mut Vec<Arc<Record>>| Outcome::retry("down"));
    let queueing = Queueing { capacity: 4, batch: 2, overflow: Some(overflow), ..quick() };
    let mut reporters = Reporters::default();
    for _ in 0..2 {
        reporters.add(Reporter::start("down", "db", queueing.clone(), down()).unwrap());
    }
    for i in 0..20 {
        reporters.record(record(&format!("m{i}"), None));
    }
    let names: Vec<_> = reporters.health().into_iter().map(|health| health.name).collect();
    assert_eq!(names, ["down", "down-2", "file"]);
    let totals = reporters.close(Duration::from_millis(300)).unwrap();
    assert_eq!((totals.spilled, totals.dropped), (40, 0), "those still queued at the end too");
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(text.lines().count(), 40);
    assert!(text.lines().all(|line| line.starts_with("{\"id\":\"0")), "{text}");
}

#[test]
fn a_writer_that_panics_ends_alone() {
    let writer = Scripted(|_: &mut Vec<Arc<Record>>| panic!("a bug"));
    let mut reporters = Reporters::default();
    reporters.add(Reporter::start("bug", "x", quick(), writer).unwrap());
    let (go_on, go) = channel();
    let (writer, kept) = stuck(go);
    drop(go_on);
    reporters.add(Reporter::start("good", "y", quick(), writer).unwrap());
    for _ in 0..3 {
        reporters.record(record("m", None));
    }
    let errors = reporters.close(PATIENCE).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].to_string().starts_with("3 records could not be written"), "{}", errors[0]);
    assert!(!reporters.health()[0].healthy);
    assert_eq!(kept.lock().unwrap().len(), 3);
}

#[test]
fn all_reporters_and_observers_see_a_record_with_one_id() {
    struct Seen(Mutex<Vec<String>>);
    impl Observer for Seen {
        fn observe(&self, record: &Arc<Record>) {
            self.0.lock().unwrap().push(record.id.clone().unwrap());
        }
    }
    let seen = Arc::new(Seen(Mutex::default()));
    let mut reporters = Reporters::default();
    reporters.observe(seen.clone());
    let mut all = Vec::new();
    for _ in 0..2 {
        let (_, go) = channel();
        let (writer, kept) = stuck(go);
        all.push(kept);
        reporters.add(Reporter::start("kept", "memory", quick(), writer).unwrap());
    }
    for i in 0..3 {
        let mut record = record("m", None);
        record.id = (i == 2).then(|| "the-host's".to_owned());
        reporters.record(record);
    }
    assert_eq!(reporters.close(PATIENCE).unwrap().written, 6);
    let ids = seen.0.lock().unwrap().clone();
    assert!(ids[0] < ids[1] && ids[1].len() == 36, "they sort by time: {ids:?}");
    assert_eq!(ids[2], "the-host's");
    for kept in all {
        let kept = kept.lock().unwrap();
        assert_eq!(kept.iter().map(|r| r.id.clone().unwrap()).collect::<Vec<_>>(), ids);
    }
}
