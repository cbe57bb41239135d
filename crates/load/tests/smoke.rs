//! All parts of the load run, next to nothing of each: what it measures means nothing here, but
//! every byte, every record and every table is there.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The load, where the gateway's binary is beside it.
fn load(arguments: &[&str]) -> Option<Vec<u8>> {
    let program = Path::new(env!("CARGO_BIN_EXE_token-tracking-load"));
    if !program.with_file_name("token-tracking").is_file() {
        eprintln!("skipped: there is no gateway yet (cargo build -p token-tracking-cli)");
        return None;
    }
    let output = Command::new(program).arg("--smoke").args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    Some(output.stdout)
}

#[test]
fn the_gateway_is_measured_and_keeps_its_records() {
    let parts = ["--part", "rounds", "--part", "pairs", "--part", "open"];
    let only = ["--only", "gateway", "--only", "bare", "--json"];
    let Some(out) = load(&[&parts[..], &only[..]].concat()) else { return };
    let report: Value = serde_json::from_slice(&out).unwrap();
    let calls = report["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 4 * 3, "each contender under each workload: {report:#}");
    for measured in calls {
        assert!(measured["calls"].as_u64() > Some(0), "{measured}");
        assert!(measured["cpu_us"].as_f64() > Some(0.0), "{measured}");
    }
    assert_eq!(report["pairs"].as_array().unwrap().len(), 2);
    let open = report["open"].as_array().unwrap();
    assert_eq!(open.len(), 3);
    let tracked = open.iter().find(|open| open["contender"] == "gateway, tracking on").unwrap();
    assert_eq!((&tracked["records"], &tracked["lost"]), (&tracked["streams"], &0.into()));
}

#[test]
fn a_person_gets_tables_and_is_told_what_is_not_installed() {
    let Some(out) = load(&["--part", "rounds", "--only", "no proxy", "--only", "nginx"]) else {
        return;
    };
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("1 KB answer, saturated") && text.contains("no proxy"), "{text}");
    assert!(text.contains("nginx"), "measured, or left out with the command: {text}");
    assert!(!text.contains('\u{1b}'), "no colours where no terminal is: {text}");
}
