//! What people see of records: the live table and the summary; and several sinks at once.

mod common;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{PATIENCE, priced, record};
use token_tracking_core::{Provenance, Reason, RecordSink};
use token_tracking_report::{Fanout, Memory, summary, table};

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

#[test]
fn the_table_has_one_header_and_aligned_rows() {
    let shared = Shared::default();
    let live = table::plain(shared.clone()).unwrap();
    live.record(priced(record("gpt-5", Some(1_234_567)), "0.25", Some("USD")));
    let mut partial = record("evil\u{1b}[2Jname-that-is-much-too-long-to-fit", None);
    partial.provenance = Provenance::Partial;
    partial.reasons.insert(Reason::ClientCancelled);
    live.record(partial);
    live.close(PATIENCE).unwrap();
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
