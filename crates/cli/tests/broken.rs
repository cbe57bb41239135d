//! Broken configurations, and what `validate` says of each: `broken/NAME.json` or `.yaml`, and
//! its messages in `broken/NAME.EXTENSION.txt`. `UPDATE_SNAPSHOTS=1` writes these anew.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{program, run};
use serde_json::Value;
use similar::TextDiff;

fn inputs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|end| end != "txt")).collect();
    files.sort();
    files
}

#[test]
fn each_says_where_it_is_broken_and_how_to_mend_it() {
    let files = inputs();
    assert!(files.len() >= 40, "{}", files.len());
    let mut differ = String::new();
    let (_, plugins, _) = run(&["plugins"]);
    let types = plugins.lines().skip(1).map(|line| line.split(' ').next().unwrap());
    let types = types.collect::<Vec<_>>().join(", ");
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let mut command = program(&["validate", name]);
        let output = command.current_dir(file.parent().unwrap()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        // A new provider changes no snapshot.
        let said = said.replace(&types, "(every type)");
        let errs = said.contains(": error: ");
        assert_eq!(output.status.code(), Some(i32::from(errs)), "{name}: {said}");
        assert!(!said.is_empty(), "{name} is passed in silence");
        assert!(!said.contains("any of the given schemas"), "{name}: {said}");
        // The place, and what is expected or to be typed.
        let command = &mut program(&["validate", "--json", name]);
        let output = command.current_dir(file.parent().unwrap()).output().unwrap();
        let problems: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        for problem in &problems {
            assert!(problem["line"].is_u64() && problem["column"].is_u64(), "{name}: {problem}");
            let cure = problem["expected"].is_string() || problem["suggestion"].is_string();
            assert!(cure || problem["severity"] == "warning", "{name}: {problem}");
        }
        let expected = file.with_file_name(format!("{name}.txt"));
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            fs::write(&expected, &said).unwrap();
            continue;
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        if said != expected {
            differ += &format!("{name}\n{}", TextDiff::from_lines(&expected, &said).unified_diff());
        }
    }
    assert!(differ.is_empty(), "UPDATE_SNAPSHOTS=1 accepts this:\n{differ}");
}
