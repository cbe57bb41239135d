//! Records through every sink: nothing is lost silently, and nothing waits.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use token_tracking_core::{
    Cost, End, Exchange, Meter, Provenance, Reason, Reasons, Record, RecordSink,
};
use token_tracking_report::{Fanout, FileReporter, Memory, ReportError, TableReporter, summary};

fn record(model: &str, input: Option<u64>) -> Record {
    let headers = http::HeaderMap::new();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(3_661);
    let exchange = Exchange::new(http::StatusCode::OK, &headers)
        .with_api("chat")
        .with_started(Instant::now(), at);
    let mut record = Meter::misconfigured(&exchange, "").finish(End::Complete);
    record.reasons = Reasons::default();
    record.details.clear();
    record.provenance = Provenance::Reported;
    record.model = Some(model.to_owned());
    record.usage.input = input;
    record.usage.output = Some(7);
    record
}

fn priced(mut record: Record, sent: &str, currency: Option<&str>) -> Record {
    record.cost = Some(Cost {
        sent: sent.parse().ok(),
        received: "0.5".parse().ok(),
        currency: currency.map(str::to_owned),
        receipt: Vec::new(),
    });
    record
}

/// A writer whose text can be read while someone else owns it.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that stands still until it is told to go on, as a stopped terminal does.
struct Stuck {
    reached: SyncSender<()>,
    go: Receiver<()>,
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.reached.try_send(());
        let _ = self.go.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_file_gets_a_line_of_json_per_record_and_is_appended_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    for round in 0..2 {
        let reporter = FileReporter::open(&path).unwrap();
        for i in 0..10 {
            reporter.record(record(&format!("m{round}{i}"), Some(i)));
        }
        assert_eq!(reporter.close().unwrap().written, 10);
        reporter.record(record("late", None));
        assert_eq!(reporter.dropped(), 1, "after the end, records are counted, not lost silently");
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let models: Vec<_> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["model"].clone())
        .collect();
    assert_eq!(models.len(), 20);
    assert_eq!((&models[0], &models[19]), (&"m00".into(), &"m19".into()), "in order");
}

#[test]
fn a_line_that_a_killed_process_left_unfinished_spoils_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    std::fs::write(&path, "{\"half").unwrap();
    let reporter = FileReporter::open(&path).unwrap();
    reporter.record(record("m", None));
    drop(reporter);
    let text = std::fs::read_to_string(&path).unwrap();
    let (first, second) = text.split_once('\n').unwrap();
    assert_eq!(first, "{\"half");
    assert!(second.starts_with("{\"timestamp\"") && second.ends_with("}\n"), "{second}");
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let error = FileReporter::open("/nowhere/at/all.jsonl").unwrap_err();
    assert!(matches!(error, ReportError::Open { .. }));
    assert!(error.to_string().contains("/nowhere/at/all.jsonl"), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn what_could_not_be_written_is_counted_and_said_at_the_end() {
    let reporter = FileReporter::open("/dev/full").unwrap();
    reporter.record(record("m", None));
    let error = reporter.close().unwrap_err().to_string();
    assert!(error.contains("1 records") && error.contains("/dev/full"), "{error}");
}

#[test]
fn a_sink_that_stands_still_never_makes_traffic_wait() {
    let (reached, at) = sync_channel(1);
    let (go_on, go) = sync_channel::<()>(0);
    let table = TableReporter::plain(Stuck { reached, go }).unwrap();
    table.record(record("first", None));
    at.recv().unwrap();
    let begun = Instant::now();
    let more = token_tracking_report::QUEUE_CAPACITY as u64 + 100;
    for _ in 0..more {
        table.record(record("m", None));
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "did not wait for the terminal");
    assert_eq!(table.totals().dropped, 100, "bounded: the rest is dropped and counted");
    drop(go_on);
    assert_eq!(table.close().unwrap().written, more + 1 - 100);
}

#[test]
fn the_table_has_one_header_and_aligned_rows() {
    let shared = Shared::default();
    let table = TableReporter::plain(shared.clone()).unwrap();
    table.record(priced(record("gpt-5", Some(1_234_567)), "0.25", Some("USD")));
    let mut partial = record("evil\u{1b}[2Jname-that-is-much-too-long-to-fit", None);
    partial.provenance = Provenance::Partial;
    partial.reasons.insert(Reason::ClientCancelled);
    table.record(partial);
    table.close().unwrap();
    let text = shared.text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("time UTC  api"), "{text}");
    assert!(lines[1].starts_with("01:01:01  chat"), "{text}");
    assert!(lines[1].contains("1,234,567") && lines[1].contains("0.75 USD"), "{text}");
    assert!(lines[2].contains('–') && lines[2].ends_with("partial: client-cancelled"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours on what is no terminal, none of a provider's");
    let end = |line: &str, word: &str| {
        let at = line.find(word).unwrap() + word.len();
        line[..at].chars().count()
    };
    assert_eq!(end(lines[0], " in"), end(lines[1], "1,234,567"), "right-aligned\n{text}");
}

#[test]
fn the_summary_adds_up_and_keeps_currencies_apart() {
    let records = [
        priced(record("a", Some(1_000)), "1", Some("EUR")),
        priced(record("b", None), "2", Some("USD")),
        priced(record("c", Some(500)), "3", Some("USD")),
    ];
    let text = summary(&records);
    let row = text.lines().find(|line| line.contains("total")).unwrap();
    assert!(row.contains("1,500") && row.contains("21"), "{text}");
    assert!(text.contains("1.5 EUR") && text.contains("6 USD"), "{text}");
    assert!(text.contains("3 records"), "{text}");
    assert!(summary(&[]).contains("0 records"));
}

#[test]
fn a_fanout_gives_each_sink_every_record() {
    let sinks = [Arc::new(Memory::new(10)), Arc::new(Memory::new(1))];
    let fanout = Fanout(sinks.iter().map(|sink| Arc::clone(sink) as _).collect());
    fanout.record(record("a", None));
    fanout.record(record("b", None));
    assert_eq!(sinks[0].wait_for(2, Duration::ZERO).len(), 2);
    assert_eq!((sinks[1].records().len(), sinks[1].dropped()), (1, 1), "bounded");
    assert_eq!(sinks[0].take().len(), 2);
    assert!(sinks[0].records().is_empty());
    Fanout::default().record(record("c", None));
}
