//! `demo`: it checks itself, and this checks what it says.

mod common;

use common::{json_lines, run};

#[test]
fn the_demo_shows_every_call_and_its_counts() {
    let (code, out, err) = run(&["demo"]);
    assert_eq!(code, 0, "{out}\n{err}");
    assert_eq!(err, "");
    assert_eq!(out.matches("identical to a direct call").count(), 12, "{out}");
    for expected in [
        "1,420",
        "4,621",
        "0.0143580",
        "partial: upstream-failed",
        "absent: error-response",
        "12 calls, 12 records, every count and every byte as expected",
    ] {
        assert!(out.contains(expected), "{expected} is not in:\n{out}");
    }
    assert!(!out.contains('\u{1b}'), "no styles without a terminal");
    for line in out.lines() {
        assert!(line.chars().count() <= 100, "longer than 100 columns: {line}");
    }
}

#[test]
fn its_records_are_lines_of_json() {
    let (code, out, err) = run(&["demo", "--json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let records = json_lines(&out);
    assert_eq!(records.len(), 12);
    assert_eq!(records[0]["additional-metrics"]["long_llm-proxy_tokens-sent"], 1_420);
    assert_eq!(records[2]["usage"]["reasoning"], 256);
    assert_eq!(records[11]["end"], "failed");
}

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, _, err) = run(&["demo", "--listen", &address]);
    assert_eq!(code, 3);
    assert!(err.contains(&address), "{err}");
}
