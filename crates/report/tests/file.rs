//! The file: lines of JSON, appended, rotated, synced; and what happens when it cannot be.

mod common;

use std::fs;
use std::path::Path;
use std::time::Duration;

use common::{PATIENCE, quick, record, until};
use token_tracking_core::{Latency, Record, RecordSink};
use token_tracking_report::file::{self, FileSettings, Fsync};
use token_tracking_report::{Queueing, ReportError, Reporter};

fn models(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let model = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["model"].as_str().unwrap().to_owned()
    };
    text.lines().map(model).collect()
}

/// A record whose line is always as long: no times in it.
fn timeless(name: &str) -> Record {
    let mut record = record(name, None);
    record.latency = Latency::default();
    record
}

/// One record at a time, so that each is a batch of its own.
fn singly(reporter: &Reporter, names: impl IntoIterator<Item = String>) {
    for name in names {
        let before = reporter.totals().written;
        reporter.record(timeless(&name));
        until("it is written", || reporter.totals().written > before);
    }
}

#[test]
fn the_file_gets_a_line_of_json_per_record_and_is_appended_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    for round in 0..2 {
        let reporter = file::open(&path).unwrap();
        for i in 0..10 {
            reporter.record(record(&format!("m{round}{i}"), Some(i)));
        }
        assert_eq!(reporter.close(PATIENCE).unwrap().written, 10);
        reporter.record(record("late", None));
        assert_eq!(reporter.totals().dropped, 1, "after the end they are counted, not lost");
    }
    let models = models(&path);
    assert_eq!(models.len(), 20);
    assert_eq!((&*models[0], &*models[19]), ("m00", "m19"), "in order");
}

#[test]
fn a_line_that_a_killed_process_left_unfinished_spoils_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    fs::write(&path, "{\"half").unwrap();
    let reporter = file::open(&path).unwrap();
    reporter.record(record("m", None));
    drop(reporter);
    let text = fs::read_to_string(&path).unwrap();
    let (first, second) = text.split_once('\n').unwrap();
    assert_eq!(first, "{\"half");
    assert!(second.starts_with("{\"id\"") && second.ends_with("}\n"), "{second}");
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let error = file::open("/nowhere/at/all.jsonl").unwrap_err();
    assert!(matches!(error, ReportError::Open { .. }));
    assert!(error.to_string().contains("/nowhere/at/all.jsonl"), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_device_does_not_take_is_counted_and_said_at_the_end() {
    let reporter = file::open("/dev/full").unwrap();
    reporter.record(record("m", None));
    let error = reporter.close(PATIENCE).unwrap_err().to_string();
    assert!(error.contains("1 records") && error.contains("/dev/full"), "{error}");
}

#[test]
fn a_file_is_rotated_by_size_and_the_oldest_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    let mut sample = timeless("m00");
    sample.id = Some("0".repeat(36));
    let line = sample.to_json_line().len() as u64 + 1;
    let settings = FileSettings {
        rotate_bytes: Some(2 * line),
        keep: 2,
        fsync: Fsync::Batch,
        ..FileSettings::new(&path)
    };
    let reporter = file::with(settings, quick()).unwrap();
    // A stranger beside it is not ours to remove.
    fs::write(folder.path().join("records.old.jsonl"), "").unwrap();
    singly(&reporter, (10..20).map(|i| format!("m{i}")));
    reporter.close(PATIENCE).unwrap();
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 4, "two rotated, the live one and the stranger: {names:?}");
    let kept: Vec<_> = names
        .iter()
        .filter(|n| n.starts_with("records.2"))
        .map(|n| folder.path().join(n))
        .collect();
    assert_eq!(models(&kept[0]), ["m14", "m15"]);
    assert_eq!(models(&kept[1]), ["m16", "m17"]);
    assert_eq!(models(&path), ["m18", "m19"]);
}

#[test]
fn a_file_is_rotated_by_age_and_a_moved_one_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records");
    let settings =
        FileSettings { rotate_after: Some(Duration::from_millis(30)), ..FileSettings::new(&path) };
    let reporter = file::with(settings, quick()).unwrap();
    singly(&reporter, ["a".to_owned()]);
    std::thread::sleep(Duration::from_millis(40));
    singly(&reporter, ["b".to_owned()]);
    assert_eq!(models(&path), ["b"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    // As logrotate does it.
    fs::rename(&path, folder.path().join("moved")).unwrap();
    singly(&reporter, ["c".to_owned()]);
    assert_eq!(models(&path), ["c"]);
    reporter.close(PATIENCE).unwrap();
}

/// A disk that is full: a file may not grow beyond a limit that the process is given.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_loses_no_line_and_breaks_none() {
    const LIMITED: &str = "TOKEN_TRACKING_TEST_FULL_DISK";
    let Ok(path) = std::env::var(LIMITED) else {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.jsonl");
        // The limit of bash's ulimit is in KiB; the signal that comes with it is ignored, so that
        // the write fails as it does on a full disk.
        let script = "trap '' XFSZ; ulimit -S -f 16; exec \"$0\" --exact --nocapture \
                      a_full_disk_loses_no_line_and_breaks_none";
        // Its output goes through pipes: the limit is on whatever file it would be sent to, too.
        let output = std::process::Command::new("bash")
            .args(["-c", script])
            .arg(std::env::current_exe().unwrap())
            .env(LIMITED, &path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let mut kept: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .flat_map(|entry| models(&entry.unwrap().path()))
            .collect();
        kept.sort();
        let mut all: Vec<_> = (0..100).map(|i| format!("m{i}")).collect();
        all.sort();
        assert_eq!(kept, all, "each of them once, and whole");
        return;
    };
    let path = Path::new(&path);
    let queueing = Queueing { batch: 7, ..quick() };
    let reporter = file::with(FileSettings::new(path), queueing).unwrap();
    for i in 0..100 {
        reporter.record(record(&format!("m{i}"), None));
    }
    until("the disk is full", || !reporter.health().healthy);
    let written = reporter.totals().written as usize;
    assert!((1..100).contains(&written), "{written}");
    // What comes after them is the try that is under way.
    let text = fs::read_to_string(path).unwrap();
    for (i, line) in text.lines().take(written).enumerate() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["model"], format!("m{i}"), "what counts as written is there, whole");
    }
    assert_eq!(reporter.totals().dropped, 0);
    // Someone makes room, as often as it takes: the file is moved away.
    let moves = std::cell::Cell::new(0);
    until("room was made", || {
        if !reporter.health().healthy {
            moves.set(moves.get() + 1);
            let _ = fs::rename(path, path.with_extension(moves.get().to_string()));
        }
        reporter.totals().written == 100
    });
    assert_eq!(reporter.close(PATIENCE).unwrap().written, 100);
}
