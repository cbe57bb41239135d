//! `extract`: the record of a recorded body, and of a line each.

mod common;

use std::io::Write;

use common::{body, json_lines, run, run_with};
use serde_json::{Value, json};

fn record(args: &[&str]) -> Value {
    let (code, out, err) = run(args);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn every_body_of_the_demo_gives_its_counts() {
    for (file, name, sent, received) in [
        ("openai-chat.json", "GPT", 1_420, 28),
        ("openai-chat.sse", "GPT", 24, 23),
        ("openai-responses.sse", "GPT", 36, 278),
        ("openai-responses.json", "GPT", 36, 278),
        ("anthropic-messages.json", "CLAUDE", 4_621, 33),
        ("anthropic-messages.sse", "CLAUDE", 4_618, 27),
        ("gemini-generate.json", "GEMINI", 12, 131),
        ("gemini-stream.sse", "GEMINI", 14, 126),
        ("gemini-stream.json", "GEMINI", 11, 24),
        ("mistral-chat.json", "MISTRAL", 31, 27),
        ("mistral-chat.sse", "MISTRAL", 17, 19),
    ] {
        let record = record(&["extract", "--type", name, body(file).to_str().unwrap()]);
        assert_eq!(record["usage"]["input"], sent, "{file}: {record:#}");
        assert_eq!(record["usage"]["output"], received, "{file}: {record:#}");
        assert_eq!(record["provenance"], "reported", "{file}");
    }
}

#[test]
fn standard_input_is_recognised_by_its_first_bytes() {
    let text = std::fs::read_to_string(body("openai-chat.sse")).unwrap();
    let (code, out, err) = run_with(&["extract", "--type", "GPT", "-"], &text);
    assert_eq!(code, 0, "{err}");
    let record: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&record["usage"]["input"], &record["streaming"]), (&json!(24), &json!(true)));
}

#[test]
fn a_policy_prices_what_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.json");
    let config = r##"{"extraction": {"type": "CUSTOM",
        "inputTokenPointer": "{#response.jsonContent.my_usage.promptUsage}",
        "outputTokenPointer": "/my_usage/responseUsage", "modelPointer": "my_model"},
        "pricing": {"inputPriceValue": 0.4, "inputPriceUnit": 1000000,
                    "outputPriceValue": 0.8, "outputPriceUnit": 1000000}}"##;
    std::fs::write(&policy, config).unwrap();
    let answer = folder.path().join("answer.json");
    std::fs::write(
        &answer,
        r#"{"my_usage":{"promptUsage":1000,"responseUsage":500},"my_model":"m"}"#,
    )
    .unwrap();
    let (policy, answer) = (policy.to_str().unwrap(), answer.to_str().unwrap());
    let record = record(&["extract", "--policy", policy, "--json", answer]);
    assert_eq!(record["usage"], json!({"input": 1_000, "output": 500}), "{record:#}");
    assert_eq!(record["model"], "m");
    assert_eq!(
        (&record["cost"]["sent"], &record["cost"]["received"]),
        (&json!("0.0004"), &json!("0.0004"))
    );
}

#[test]
fn headers_and_names_tell_the_coding() {
    let folder = tempfile::tempdir().unwrap();
    let zipped = folder.path().join("answer.json.gz");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&std::fs::read(body("openai-chat.json")).unwrap()).unwrap();
    let bytes = encoder.finish().unwrap();
    std::fs::write(&zipped, &bytes).unwrap();
    let by_name = record(&["extract", "--type", "GPT", zipped.to_str().unwrap()]);
    assert_eq!(by_name["usage"]["input"], 1_420);
    let plain = folder.path().join("answer");
    std::fs::write(&plain, &bytes).unwrap();
    let by_header = ["--header", "content-encoding: gzip", "--content-type", "application/json"];
    let args = [&["extract", "--type", "GPT"], &by_header[..], &[plain.to_str().unwrap()]].concat();
    assert_eq!(record(&args)["usage"]["input"], 1_420);
}

#[test]
fn an_error_status_is_no_consumption() {
    let file = body("openai-error.json");
    let record = record(&["extract", "--type", "GPT", "--status", "429", file.to_str().unwrap()]);
    assert_eq!(record["provenance"], "absent");
    assert_eq!(record["reasons"], json!(["error-response"]));
}

#[test]
fn bad_input_is_named() {
    let file = body("openai-chat.json");
    let file = file.to_str().unwrap();
    for (args, code, message) in [
        (
            &["extract", "--type", "GPT", "no-such.json"][..],
            1,
            "cannot read no-such.json: there is no such file",
        ),
        (&["extract", "--type", "GTP", file], 1, "did you mean \"GPT\"?"),
        (&["extract", "--type", "CUSTOM", file], 1, "inputTokenPointer"),
        (
            &["extract", "--policy", "none.json", file],
            1,
            "cannot read none.json: there is no such file",
        ),
        (&["extract", file], 2, "--type or --policy"),
        (&["extract", "--type", "GPT", "--header", "x", file], 2, "expected 'name: value'"),
        (&["extract", "--type", "GPT", "--status", "7", file], 2, "invalid value '7'"),
        (&["extract", "--type", "GPT", "--status", "204", file], 1, "204 No Content has no body"),
    ] {
        let (found, out, err) = run(args);
        assert_eq!(found, code, "{args:?}: {err}");
        assert!(err.contains(message), "{args:?}: {err}");
        assert_eq!(out, "", "{args:?}");
    }
}

#[test]
fn lines_are_answered_in_order_and_bad_ones_in_their_place() {
    let chat = std::fs::read_to_string(body("openai-chat.json")).unwrap();
    let stream = std::fs::read_to_string(body("anthropic-messages.sse")).unwrap();
    let priced = json!({"extraction": {"type": "GPT"}, "pricing": {
        "inputPriceValue": 1, "inputPriceUnit": 1000, "outputPriceValue": 1, "outputPriceUnit": 1000}});
    let lines = [
        json!({"id": "a", "type": "GPT", "headers": {"content-type": "application/json"}, "body": chat}).to_string(),
        json!({"id": 2, "type": "CLAUDE", "headers": {"content-type": ["text/event-stream"]}, "body": stream,
            "request": {"method": "POST", "path": "/v1/messages"}}).to_string(),
        "{\"id\": \"broken\", ".to_owned(),
        json!({"id": "unknown", "type": "GTP", "body": "{}"}).to_string(),
        String::new(),
        json!({"id": "priced", "policy": priced, "body": chat}).to_string(),
        json!({"id": "both", "type": "GPT", "body": "", "body_base64": ""}).to_string(),
        json!({"id": "status", "type": "GPT", "status": "200", "body": ""}).to_string(),
        json!({"id": "base64", "type": "GPT", "body_base64": "e30="}).to_string(),
        json!({"id": "nothing", "type": "GPT", "status": 204, "body": ""}).to_string(),
        json!({"id": "typeless", "body": ""}).to_string(),
    ];
    let (code, out, err) = run_with(&["extract", "--format", "jsonl"], &lines.join("\n"));
    assert_eq!(code, 1);
    assert!(err.contains("5 lines are bad"), "{err}");
    let answers = json_lines(&out);
    let ids: Vec<_> = answers.iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(
        json!(ids),
        json!([
            "a", 2, null, "unknown", "priced", "both", "status", "base64", "nothing", "typeless"
        ])
    );
    assert_eq!(answers[0]["record"]["usage"]["input"], 1_420);
    assert_eq!(answers[1]["record"]["usage"]["input"], 4_618);
    assert_eq!(answers[1]["record"]["request"]["path"], "/v1/messages");
    assert_eq!(answers[2]["error"]["line"], 3);
    assert_eq!(answers[3]["error"]["line"], 4);
    let message = |at: usize| answers[at]["error"]["message"].as_str().unwrap().to_owned();
    assert!(message(3).contains("did you mean \"GPT\"?"), "{}", message(3));
    assert_eq!(answers[4]["record"]["cost"]["sent"], "1.42");
    assert_eq!(message(5), "body and body_base64 are both given");
    assert!(message(6).contains("invalid type: string"), "{}", message(6));
    assert_eq!(answers[7]["record"]["reasons"], json!(["no-usage"]));
    assert_eq!(answers[8]["record"], Value::Null);
    assert_eq!(message(9), "type or policy is missing");
}

#[test]
fn good_lines_end_with_success() {
    let line = json!({"id": 1, "body": "{}"}).to_string();
    let (code, out, err) = run_with(&["extract", "--format", "jsonl", "--type", "GPT"], &line);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(json_lines(&out)[0]["record"]["provenance"], "absent");
}
