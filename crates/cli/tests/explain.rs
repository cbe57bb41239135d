//! `token-tracking extract --explain`: each value with the places it comes of.

use assert_cmd::Command;
use serde_json::{Value, json};

fn explain(args: &[&str], body: &str) -> Value {
    let output = Command::cargo_bin("token-tracking")
        .unwrap()
        .args(["extract", "--explain", "--json"])
        .args(args)
        .write_stdin(body)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// One field's value and rule, and its terms as sign, event and place.
fn of(explained: &Value, field: &str) -> Value {
    let all = explained["explanation"].as_array().unwrap();
    let one = all.iter().find(|one| one["field"] == field).unwrap_or_else(|| panic!("{all:#?}"));
    let terms = one["terms"].as_array().unwrap().iter().filter(|term| term["sign"] != 0);
    let terms: Vec<Value> =
        terms.map(|term| json!([term["sign"], term["event"], term["place"]])).collect();
    json!([one["value"], one["rule"], terms])
}

#[test]
fn parts_that_are_added_and_events_that_are_laid_over() {
    let body = "\
event: message_start\n\
data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"model\":\"claude\",\
\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":300,\"cache_creation_input_tokens\":20,\
\"output_tokens\":1}}}\n\n\
event: message_delta\n\
data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":42}}\n\n\
event: message_stop\n\
data: {\"type\":\"message_stop\"}\n\n";
    let explained = explain(&["--type", "CLAUDE"], body);
    let usage = "/message/usage";
    let expected = json!([
        330,
        "sum",
        [
            [1, 0, format!("{usage}/cache_creation_input_tokens")],
            [1, 0, format!("{usage}/cache_read_input_tokens")],
            [1, 0, format!("{usage}/input_tokens")]
        ]
    ]);
    assert_eq!(of(&explained, "input"), expected);
    assert_eq!(of(&explained, "output"), json!([42, "given", [[1, 1, "/usage/output_tokens"]]]));
    assert_eq!(of(&explained, "model"), json!(["claude", "given", [[1, 0, "/message/model"]]]));
}

#[test]
fn counts_that_are_told_again() {
    let chunk = |output: u32, reason: &str| {
        format!(
            "data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":\
             [{{\"delta\":{{}},\"finish_reason\":{reason}}}],\"usage\":{{\"prompt_tokens\":7,\
             \"completion_tokens\":{output},\"total_tokens\":{}}}}}\n\n",
            7 + output
        )
    };
    let body = [chunk(1, "null"), chunk(2, "null"), chunk(3, "\"stop\"")].concat();
    let explained = explain(&["--type", "GPT"], &body);
    let expected = json!([3, "last", [[1, 2, "/usage/completion_tokens"]]]);
    assert_eq!(of(&explained, "output"), expected);
}

#[test]
fn what_is_outside_another_count() {
    let body = r#"{"object":"chat.completion","model":"grok","usage":{"prompt_tokens":12,
        "completion_tokens":2,"total_tokens":34,"completion_tokens_details":{"reasoning_tokens":20}}}"#;
    let explained = explain(&["--type", "GPT"], body);
    let terms = [
        json!([1, 0, "/usage/completion_tokens"]),
        json!([1, 0, "/usage/completion_tokens_details/reasoning_tokens"]),
    ];
    assert_eq!(of(&explained, "output"), json!([22, "sum", terms]));
}

#[test]
fn encoded_bodies_and_counts_in_headers() {
    let body = r#"{"results":[{"outputText":"hi","completionReason":"FINISH"}]}"#;
    let headers = [
        "--header",
        "x-amzn-bedrock-input-token-count: 9",
        "--header",
        "x-amzn-bedrock-output-token-count: 4",
    ];
    let explained = explain(&[&["--type", "BEDROCK"], &headers[..]].concat(), body);
    let expected = json!([9, "given", [[1, null, "x-amzn-bedrock-input-token-count"]]]);
    assert_eq!(of(&explained, "input"), expected);
}

#[test]
fn a_body_without_documents_has_nothing_to_explain() {
    let explained = explain(&["--type", "GPT"], "not JSON");
    assert_eq!(explained["record"]["provenance"], "absent");
    assert_eq!(explained["explanation"], json!([]));
}
