//! `validate`, `schema`, `plugins` and the help: what a configuration may be.

mod common;

use common::{run, run_with};
use serde_json::Value;

const GOOD: &str = r#"{"extraction": {"type": "GPT"}, "pricing": {"inputPriceValue": 0.4,
    "inputPriceUnit": 1000000, "outputPriceValue": 0.8, "outputPriceUnit": 1000000}}"#;

#[test]
fn a_good_policy_is_passed_in_silence() {
    let (code, out, err) = run_with(&["validate", "-"], GOOD);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    let (code, out, _) = run_with(&["validate", "--json", "-"], GOOD);
    assert_eq!((code, out.trim()), (0, "[]"));
}

#[test]
fn every_problem_is_said_with_its_place() {
    for (text, messages) in [
        ("{\"extraction\": {\"type\": \"GPT\"},\n  \"pricing\": oops}", &["-:2:"][..]),
        (r#"{"extraction": {"type": "GTP"}}"#, &["GTP", "did you mean \"GPT\"?"]),
        (
            r#"{"extraction": {"type": "CUSTOM", "outputTokenPointer": "/a"}}"#,
            &["inputTokenPointer"],
        ),
        (
            r#"{"extraction": {"type": "GPT"}, "pricing": {"inputPriceValue": 0,
                "inputPriceUnit": 1, "outputPriceValue": 1, "outputPriceUnit": 1}}"#,
            &["-:1:", "/pricing/inputPriceValue"],
        ),
        ("{}", &["missing \"extraction\""]),
    ] {
        let (code, out, err) = run_with(&["validate", "-"], text);
        assert_eq!(code, 1, "{text}: {err}");
        assert_eq!(out, "");
        for message in messages {
            assert!(err.contains(message), "{text}: {message} is not in: {err}");
        }
        let (code, out, err) = run_with(&["validate", "--json", "-"], text);
        assert_eq!((code, err.as_str()), (1, ""));
        let problems: Vec<Value> = serde_json::from_str(&out).unwrap();
        assert_eq!(problems[0]["severity"], "error", "{problems:?}");
    }
}

#[test]
fn a_missing_file_is_named_and_the_others_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.json");
    std::fs::write(&bad, "{}").unwrap();
    let (code, _, err) = run(&["validate", "none.json", bad.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(err.contains("none.json: error: there is no such file"), "{err}");
    assert!(err.contains("bad.json:1:1: error: missing \"extraction\""), "{err}");
}

#[test]
fn a_definition_is_checked_with_its_policies() {
    let definition = r#"{"id": "a", "name": "a", "type": "proxy", "definitionVersion": "4.0.0",
        "listeners": [{"type": "http", "paths": [{"path": "/a"}], "entrypoints": [{"type": "http-proxy"}]}],
        "endpointGroups": [{"name": "g", "type": "http-proxy", "endpoints":
            [{"name": "e", "type": "http-proxy", "configuration": {"target": "http://localhost:1"}}]}],
        "flows": [{"name": "f", "enabled": true,
            "selectors": [{"type": "http", "path": "/", "pathOperator": "STARTS_WITH"}],
            "response": [{"name": "t", "enabled": true, "policy": "ai-prompt-token-tracking",
                "configuration": {"extraction": {"type": "TYPE"}}}]}]}"#;
    let good = definition.replace("TYPE", "GPT");
    let (code, _, err) = run_with(&["validate", "-"], &good);
    assert_eq!((code, err.as_str()), (0, ""));
    let (code, _, err) = run_with(&["validate", "-"], &definition.replace("TYPE", "GTP"));
    assert_eq!(code, 1);
    assert!(err.contains("/flows/0/response/0") && err.contains("did you mean \"GPT\"?"), "{err}");
    let guarded = good.replace("\"ai-prompt-token-tracking\"", "\"rate-limit\"");
    let (code, _, err) = run_with(&["validate", "-"], &guarded);
    assert_eq!(code, 1);
    assert!(err.contains("rate-limit"), "{err}");
    let (code, _, err) =
        run_with(&["validate", "-"], &good.replace("\"name\": \"f\",", "\"name\": f,"));
    assert_eq!(code, 1);
    assert!(err.contains("-:5:"), "{err}");
}

#[test]
fn another_bundles_schema_says_what_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.schema.json");
    let (_, schema, _) = run(&["schema"]);
    std::fs::write(&file, schema.replace("\"GPT\"", "\"TPG\"")).unwrap();
    let check = |text: &str| run_with(&["validate", "--schema", file.to_str().unwrap(), "-"], text);
    let (code, out, err) = check(r#"{"extraction": {"type": "TPG"}}"#);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    let (code, _, err) =
        check(r#"{"extraction": {"type": "GPT"}, "pricing": {"inputPriceValue": 0}}"#);
    assert_eq!(code, 1);
    assert!(err.contains("/extraction/type: unknown type \"GPT\""), "{err}");
    assert!(err.contains("/pricing/inputPriceValue") && err.contains("greater than 0"), "{err}");
    assert!(err.contains("missing \"inputPriceUnit\""), "{err}");
    assert!(!err.contains("any of the given schemas") && !err.contains("valid under"), "{err}");
    let (code, _, err) = run_with(&["validate", "--schema", "none.json", "-"], "{}");
    assert_eq!(code, 1);
    assert!(err.contains("none.json"), "{err}");
}

#[test]
fn the_schema_has_a_branch_for_every_plugin() {
    let (code, out, _) = run(&["schema"]);
    assert_eq!(code, 0);
    let schema: Value = serde_json::from_str(&out).unwrap();
    let branches = schema["properties"]["extraction"]["oneOf"].as_array().unwrap();
    let (code, out, _) = run(&["plugins", "--json"]);
    assert_eq!(code, 0);
    let plugins: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!(branches.len(), plugins.len());
    for plugin in ["CLAUDE", "CUSTOM", "GEMINI", "GPT", "MISTRAL"] {
        assert!(plugins.iter().any(|row| row["type"] == plugin), "{plugin}");
    }
    let (_, table, _) = run(&["plugins"]);
    assert_eq!(table.lines().count(), plugins.len() + 1);
    assert!(table.lines().any(|line| line.starts_with("GPT  ")), "{table}");
}

#[test]
fn the_help_says_the_exit_codes_and_examples() {
    let (code, out, _) = run(&["--help"]);
    assert_eq!(code, 0);
    assert!(out.contains("Exit codes:"), "{out}");
    for command in ["serve", "demo", "extract", "validate", "schema", "plugins"] {
        let (code, out, _) = run(&[command, "--help"]);
        assert_eq!(code, 0);
        assert!(out.contains("Examples:"), "{command}: {out}");
    }
    let (code, _, err) = run(&["extrct"]);
    assert_eq!(code, 2);
    assert!(err.contains("extract"), "{err}");
    let (code, _, _) = run(&[]);
    assert_eq!(code, 2);
}
