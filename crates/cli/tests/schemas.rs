//! `schemas/` is what `token-tracking schema` prints.

mod common;

use std::path::Path;

use common::run;
use similar::TextDiff;

const FILES: [(&str, &str); 6] = [
    ("policy", "policy.schema.json"),
    ("form", "policy.form.json"),
    ("record", "record.schema.json"),
    ("api-definition", "api-definition.schema.json"),
    ("gateway", "gateway.schema.json"),
    ("ext-proc", "ext-proc.schema.json"),
];

/// Why a file is not what the program says; with the difference and the cure.
fn stale(name: &str, written: &str, fresh: &str) -> Option<String> {
    // A checkout may have other line ends.
    let written = written.replace("\r\n", "\n");
    (written != fresh).then(|| {
        let diff = TextDiff::from_lines(&*written, fresh);
        let diff = diff.unified_diff().header(name, "from the plugins and types").to_string();
        format!("{diff}schemas/{name} is stale; run: cargo xtask schema")
    })
}

#[test]
fn the_files_are_not_stale() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    for (which, name) in FILES {
        let (code, fresh, err) = run(&["schema", which]);
        assert_eq!(code, 0, "{err}");
        let written = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        if let Some(why) = stale(name, &written, &fresh) {
            panic!("\n{why}\n");
        }
        let why = stale(name, &written.replacen("\"title\"", "\"titel\"", 1), &fresh).unwrap();
        assert!(why.contains("-  \"titel\"") && why.contains("+  \"title\""), "{why}");
        assert!(why.ends_with("is stale; run: cargo xtask schema"), "{why}");
    }
    let (_, default, _) = run(&["schema"]);
    assert_eq!(default, run(&["schema", "form"]).1, "the form is what is printed unasked");
}
