//! The form, drawn by a form library in a real browser: whatever it lets out is accepted by
//! `validate`, whatever is wrong it says itself. `tests/form/fill.mjs` does the clicking.

mod common;

use std::path::Path;
use std::process::Command;

use common::{json_lines, run_with};
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// What the script saw of every pair of branches. Says so where it cannot run.
fn filled_in() -> Option<Vec<Value>> {
    let browser = std::env::var("CHROMIUM_BIN").unwrap_or("/usr/bin/chromium".to_owned());
    let folder = root().join("tests/form");
    if !Path::new(&browser).exists() || !folder.join("node_modules").is_dir() {
        eprintln!("skipped: this takes Chromium (CHROMIUM_BIN) and `npm ci` in tests/form");
        return None;
    }
    let mut node = Command::new("node");
    node.arg("fill.mjs").arg("../../schemas/policy.form.json").current_dir(folder);
    let output = node.env("CHROMIUM_BIN", browser).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(json_lines(std::str::from_utf8(&output.stdout).unwrap()))
}

/// The branches of a part, by their types.
fn branches<'a>(form: &'a Value, part: &str) -> Vec<(&'a str, &'a Value)> {
    let branches = form["properties"][part]["oneOf"].as_array().unwrap();
    let named = branches.iter().map(|b| (b["properties"]["type"]["const"].as_str().unwrap(), b));
    named.collect()
}

/// Titles and descriptions that are to be read where this branch of a part is picked.
fn texts<'a>(part: &'a Value, branch: &'a Value) -> Vec<&'a str> {
    let fields = branch["properties"].as_object().unwrap().values();
    let fields = fields.filter(|field| field.get("const").is_none());
    let all = [part].into_iter().chain(fields).flat_map(|of| [&of["title"], &of["description"]]);
    all.chain([&branch["description"]]).map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn every_type_and_pricing_can_be_filled_in_and_comes_out_right() {
    let Some(lines) = filled_in() else { return };
    let form = std::fs::read_to_string(root().join("schemas/policy.form.json")).unwrap();
    let form: Value = serde_json::from_str(&form).unwrap();
    let schema = jsonschema::draft201909::new(&form).unwrap();

    let mut lines = lines.into_iter();
    let mut wrong = 0;
    for (extraction, branch) in branches(&form, "extraction") {
        for (pricing, priced) in branches(&form, "pricing") {
            let line = lines.next().unwrap();
            let of = format!("{extraction}, {pricing}");
            assert_eq!(line["extraction"], extraction);
            assert_eq!(line["pricing"], pricing);
            let shown = line["shown"].as_str().unwrap();
            let parts = &form["properties"];
            let of_extraction = texts(&parts["extraction"], branch);
            for text in of_extraction.into_iter().chain(texts(&parts["pricing"], priced)) {
                assert!(shown.contains(text), "{of}: it does not show \"{text}\":\n{shown}");
            }
            for filled in ["untouched", "least", "whole"] {
                let config = &line[filled];
                if filled == "untouched" && config.is_null() {
                    continue;
                }
                assert_eq!(config["extraction"]["type"], extraction, "{of}, {filled}: {config}");
                assert_eq!(config["pricing"]["type"], pricing, "{of}, {filled}: {config}");
                assert!(schema.is_valid(config), "{of}, {filled}: {config}");
                let (code, _, said) = run_with(&["validate", "-"], &config.to_string());
                assert!(code == 0 && said.is_empty(), "{of}, {filled}: {config}\n{said}");
            }
            for refused in line["refused"].as_array().unwrap() {
                assert!(refused["submitted"].is_null(), "{of}: {refused}");
                assert_ne!(refused["said"], "", "{of}: {refused}");
                assert_eq!(refused["elsewhere"], json!([]), "{of}: {refused}");
                wrong += 1;
            }
        }
    }
    assert!(lines.next().is_none());
    assert!(wrong > 10, "only {wrong} wrong values were tried");
}
