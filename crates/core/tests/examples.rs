//! The examples run, and print what their first lines promise.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

/// What the example prints: records, a line each.
fn records(example: &str, arguments: &[&str]) -> Vec<Value> {
    let test = std::env::current_exe().unwrap();
    let folder: PathBuf = test.ancestors().nth(2).unwrap().join("examples");
    let binary = folder.join(example).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(binary.exists(), "not built: cargo test -p token-tracking-core, without --test");
    let run = Command::new(binary).args(arguments).output().unwrap();
    let out = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{example}: {}", String::from_utf8_lossy(&run.stderr));
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn meter_counts_its_own_answer_and_a_file() {
    let own = &records("meter", &[])[0];
    assert_eq!(own["usage"], json!({ "input": 25, "output": 7, "total": 32 }));
    assert_eq!((&own["provenance"], &own["end"]), (&json!("reported"), &json!("complete")));

    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../provider-anthropic/fixtures/");
    let file = format!("{fixtures}message.stream.sse");
    let streamed = &records("meter", &["CLAUDE", &file])[0];
    let snapshot = std::fs::read(format!("{fixtures}message.stream.snap.json")).unwrap();
    let snapshot: Value = serde_json::from_slice(&snapshot).unwrap();
    assert_eq!(streamed["usage"], snapshot["usage"]);
}

#[test]
fn sink_has_one_record_for_each_response() {
    let [whole, cut] = &records("sink", &[])[..] else { panic!("two records") };
    assert_eq!((&whole["end"], &whole["usage"]["output"]), (&json!("complete"), &json!(12)));
    assert_eq!((&cut["end"], &cut["provenance"]), (&json!("cancelled"), &json!("partial")));
    assert_eq!(cut["reasons"], json!(["client-cancelled"]));
}

#[test]
fn plugin_counts_with_its_own_paths() {
    let record = &records("plugin", &[])[0];
    assert_eq!(record["usage"], json!({ "input": 12, "output": 3 }));
    assert_eq!(record["model"], "pippin");
}
