//! The kit over a small plugin: what fails, and how it says so.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use token_tracking_core::{
    Built, Captured, Count, Descriptor, End, Error, Exchange, Extraction, Extractor,
    ExtractorPlugin, Notes, PathId, Registry, Wanted,
};
use token_tracking_testkit::{conformance, corpus};

/// Needs no settings.
#[derive(Deserialize, Serialize, JsonSchema)]
struct TinyConfig {}

struct Tiny;

struct TinyExtractor {
    wanted: Wanted,
    sent: PathId,
}

impl ExtractorPlugin for Tiny {
    const TYPE: &'static str = "GPT";
    const TITLE: &'static str = "Tiny";
    const DESCRIPTION: &'static str = "Counts what was sent.";
    type Config = TinyConfig;
    type Extractor = TinyExtractor;

    fn build(_config: TinyConfig) -> Result<Built<TinyExtractor>, Error> {
        let mut wanted = Wanted::new();
        let sent = wanted.constant("/sent");
        Ok(TinyExtractor { wanted, sent }.into())
    }
}

impl Extractor for TinyExtractor {
    type State = Extraction;

    fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    fn start(&self, _exchange: &Exchange<'_>) -> Extraction {
        Extraction::default()
    }

    fn observe(&self, state: &mut Extraction, captured: &Captured<'_>) {
        let mut notes = Notes::default();
        let sent = captured.decode::<Count>(self.sent, &mut notes).unwrap_or_default();
        state.usage.input = sent.get(&mut notes).or(state.usage.input);
    }

    fn finish(&self, state: Extraction, _end: End) -> Extraction {
        state
    }
}

static TINY: Descriptor = Descriptor::of::<Tiny>();

fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    for (name, text) in files {
        fs::write(dir.join(name), text).unwrap();
    }
    dir
}

fn failure(dir: &Path) -> String {
    let panic = catch_unwind(|| conformance(&TINY, dir)).expect_err("the kit must fail");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

/// With `UPDATE_SNAPSHOTS=1` the kit writes and cannot fail on a snapshot.
fn updating() -> bool {
    std::env::var_os("UPDATE_SNAPSHOTS").is_some()
}

#[test]
fn a_missing_or_wrong_snapshot_names_the_command() {
    if updating() {
        return;
    }
    let missing = failure(&folder("missing", &[("a.json", "{\"sent\":7}")]));
    assert!(missing.contains("a.json") && missing.contains("UPDATE_SNAPSHOTS=1"), "{missing}");
    let wrong = folder("wrong", &[("a.json", "{\"sent\":7}"), ("a.snap.json", "{}\n")]);
    let wrong = failure(&wrong);
    assert!(wrong.contains("- {}") && wrong.contains("+     \"input\": 7"), "{wrong}");
}

#[test]
fn an_interim_count_must_not_pass_for_the_last_word() {
    // This plugin calls every count final, the first of two included.
    let body = "data: {\"sent\":1}\n\ndata: {\"sent\":2}\n\n";
    let dir = folder("interim", &[("a.sse", body), ("a.snap.json", SNAPSHOT)]);
    let failure = failure(&dir);
    assert!(failure.contains("broken off after byte"), "{failure}");
}

const SNAPSHOT: &str = r#"{
  "additional-metrics": {},
  "anomalies": [],
  "end": "complete",
  "provenance": "reported",
  "reasons": [],
  "status": 200,
  "streaming": true,
  "usage": {
    "input": 2
  }
}
"#;

#[test]
fn an_aws_event_stream_is_written_as_lines() {
    let lines = "{\"event\":\"metadata\",\"payload\":{\"sent\":1}}\n\
         {\"event\":\"chunk\",\"bytes\":{\"sent\":2}}\n{\"exception\":\"throttlingException\"}\n";
    let dir = folder("messages", &[("a.messages", lines), ("a.snap.json", SNAPSHOT)]);
    // Only what a broken-off stream says is wrong with this plugin: it takes any count for the last.
    let failure = failure(&dir);
    assert!(failure.contains("broken off after byte"), "{failure}");
    assert!(!failure.contains("it has no snapshot") && !failure.contains("is not its snapshot"));
}

#[test]
fn a_folder_must_have_fixtures_each_with_its_own_snapshot() {
    let shared = failure(&folder("shared", &[("a.json", "{}"), ("a.sse", "")]));
    assert!(shared.contains("would share a snapshot"), "{shared}");
    let odd = "{\"event\":\"a\",\"payload\":{}}\n{\"evnt\":\"b\"}\n";
    let odd = failure(&folder("odd", &[("a.messages", odd)]));
    assert!(odd.contains("a.messages: line 2:") && odd.contains("evnt"), "{odd}");
    let empty = failure(&folder("empty", &[]));
    assert!(empty.contains("there is no fixture"), "{empty}");
}

#[test]
fn a_corpus_is_counted_by_provider_and_api() {
    let manifest = "{\"file\":\"a.json\",\"provider\":\"acme\",\"api\":\"chat\",\"status\":200,\
         \"expected\":{\"outcome\":\"usage\",\"input_tokens\":7}}\n\
         {\"file\":\"a.json\",\"provider\":\"acme\",\"api\":\"chat\",\"status\":200,\
         \"expected\":{\"outcome\":\"usage\",\"input_tokens\":8}}\n\
         {\"file\":\"a.json\",\"provider\":\"mistral\",\"api\":\"chat\",\"status\":200,\
         \"expected\":{\"outcome\":\"usage\"}}\n";
    let dir = folder("corpus", &[("a.json", "{\"sent\":7}"), ("manifest.jsonl", manifest)]);
    let report = corpus::run(&dir, &Registry::new().add(&TINY).unwrap()).unwrap();
    let row = report.rows[&("acme".to_owned(), "chat".to_owned())];
    assert_eq!((row.matched, row.total), (1, 2));
    assert_eq!(report.skipped.get("MISTRAL"), Some(&1));
    assert_eq!(row.auto_total, 0, "nothing here has the type AUTO");
    let shown = report.to_string();
    assert!(shown.contains("input: expected Some(8), found Some(7)"), "{shown}");
}
