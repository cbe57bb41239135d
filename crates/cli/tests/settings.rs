//! `serve --config` and `--print-config`: what is said where, and what is said of mistakes.

mod common;

use common::program;

fn print(args: &[&str], environment: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = program(args);
    command.args(["--print-config"]).envs(environment.iter().copied());
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_settings_in_effect_are_printed_and_can_be_read_again_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.yaml");
    std::fs::write(&file, "listen: 127.0.0.1:1\nstrict: true\ntimeouts:\n  idle: 7s\n").unwrap();
    let file = file.to_str().unwrap();
    let environment = [
        ("TOKEN_TRACKING_CONFIG", file),
        ("TOKEN_TRACKING_LISTEN", "127.0.0.1:2"),
        ("TOKEN_TRACKING_POOL_STREAMS", "9"),
        ("TOKEN_TRACKING_REPORT", "postgres://me:hunter2@db.example/usage file:r.jsonl?keep=3"),
    ];
    let (code, out, err) = print(&["serve", "--listen", "127.0.0.1:3"], &environment);
    assert_eq!((code, &*err), (0, ""));
    for said in ["listen: 127.0.0.1:3", "strict: true", "idle: 7s", "streams: 9", "keep=3"] {
        assert!(out.contains(said), "{said}\n{out}");
    }
    assert!(out.contains("db.example") && !out.contains("hunter2"), "{out}");

    let again = folder.path().join("again.yaml");
    std::fs::write(&again, &out).unwrap();
    let (code, second, err) = print(&["serve", "--config", again.to_str().unwrap()], &[]);
    assert_eq!((code, second), (0, out), "{err}");
}

#[test]
fn mistakes_are_told_with_their_places_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.yaml");
    let wrong = "listn: x\nlimits:\n  headers: 0\nreport: postgres://me:hunter2@h/db\n";
    std::fs::write(&file, wrong).unwrap();
    let file = file.to_str().unwrap();
    let environment = [("TOKEN_TRACKING_LOG_FORMAT", "xml")];
    let (code, out, err) = print(&["serve", "--config", file], &environment);
    assert_eq!((code, &*out), (1, ""));
    for said in [
        &*format!("{file}:1:1: error: /listn: \"listn\" is not known"),
        "did you mean \"listen\"?",
        &format!("{file}:3:12: error: /limits/headers: 0 is not right; expected at least 1"),
        "report: this is a string; expected a list",
        "TOKEN_TRACKING_LOG_FORMAT: error: \"xml\" is not right",
    ] {
        assert!(err.contains(said), "{said}\n{err}");
    }
    assert!(!err.contains("hunter2"), "{err}");
    let (code, _, err) = print(&["serve", "--log-level", "lots=of=it"], &[]);
    assert_eq!(code, 2);
    assert!(err.contains("the command line: error: /log/level"), "{err}");
    let (code, _, err) = print(&["serve", "--config", "none.yaml"], &[]);
    assert_eq!((code, err.contains("cannot read none.yaml")), (1, true), "{err}");
    let slip = [("TOKEN_TRACKING_LISTN", "x")];
    let (code, _, err) = print(&["serve"], &slip);
    assert_eq!((code, err.contains("did you mean TOKEN_TRACKING_LISTEN?")), (0, true), "{err}");
}

#[test]
fn problems_are_logged_as_json_where_that_is_asked_for() {
    let slip = [("TOKEN_TRACKING_LISTN", "x"), ("TOKEN_TRACKING_LOG_FORMAT", "json")];
    let (_, _, err) = print(&["serve"], &slip);
    let line = &common::json_lines(&err)[0];
    assert_eq!(line["level"], "WARN");
    assert!(line["message"].as_str().unwrap().contains("TOKEN_TRACKING_LISTEN"), "{line}");
}
