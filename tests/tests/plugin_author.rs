//! The life of a plugin's author, in a copy of the repository: `cargo xtask new-provider`,
//! and a plugin that lives in a workspace of its own.
//!
//! Each test is a build of its own, some minutes on a cold machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders that a copy leaves out: what is built or installed, and fuzz targets with their
/// corpora.
const LEFT_OUT: [&str; 4] = ["target", ".git", "fuzz", "node_modules"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if LEFT_OUT.iter().any(|left| name == *left) && entry.file_type().unwrap().is_dir() {
            continue;
        }
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(name)),
            false => drop(fs::copy(entry.path(), to.join(name)).unwrap()),
        }
    }
}

/// A copy of the repository, without what is built.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = root();
    for name in ["crates", "schemas", "tests", "xtask", ".cargo"] {
        copy(&root.join(name), &folder.path().join(name));
    }
    for name in ["Cargo.toml", "Cargo.lock", "README.md", ".rustfmt.toml"] {
        fs::copy(root.join(name), folder.path().join(name)).unwrap();
    }
    folder
}

/// Runs cargo there and gives what it wrote. What is built stays with this test's own
/// target, so that dependencies are built once.
fn cargo(folder: &Path, arguments: &[&str]) -> String {
    let test = std::env::current_exe().unwrap();
    let target = test.ancestors().nth(3).unwrap().join("plugin-author");
    let run = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_NET_OFFLINE", "true")
        .output()
        .unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (said(&run.stdout), said(&run.stderr));
    assert!(run.status.success(), "cargo {}\n{out}\n{err}", arguments.join(" "));
    out + &err
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(inner) = open.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_new_provider_compiles_passes_its_tests_and_is_in_the_bundle_and_the_schema() {
    let copy = repository();
    let folder = copy.path();
    let before = fs::read_to_string(folder.join("crates/bundle/Cargo.toml")).unwrap();
    cargo(folder, &["run", "--quiet", "--package", "xtask", "--", "new-provider", "acme"]);

    let made = files(&folder.join("crates/provider-acme"));
    assert_eq!(
        made,
        [
            "Cargo.toml",
            "fixtures/answer.json",
            "fixtures/answer.snap.json",
            "src/config.rs",
            "src/extract.rs",
            "src/lib.rs",
            "src/wire.rs",
            "tests/conformance.rs",
        ]
    );
    let after = fs::read_to_string(folder.join("crates/bundle/Cargo.toml")).unwrap();
    let added: Vec<_> = after.lines().filter(|line| !before.contains(line)).collect();
    assert_eq!(added, ["token-tracking-provider-acme = { path = \"../provider-acme\" }"]);
    let snapshot = folder.join("crates/provider-acme/fixtures/answer.snap.json");
    let snapshot: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(snapshot).unwrap()).unwrap();
    assert_eq!(snapshot["usage"], serde_json::json!({ "input": 12, "output": 34 }));
    assert_eq!(snapshot["provenance"], "reported");
    let schema = fs::read_to_string(folder.join("schemas/policy.schema.json")).unwrap();
    assert!(schema.contains("\"ACME\""), "the schema has its branch");

    let said = cargo(folder, &["test", "--package", "token-tracking-provider-acme"]);
    assert!(said.contains("test fixtures ... ok"), "{said}");
    cargo(folder, &["run", "--quiet", "--package", "xtask", "--", "schema", "--check"]);
}

#[test]
fn a_plugin_outside_this_repository_works_in_the_gateway() {
    let copy = repository();
    let folder = copy.path().join("tests/third-party-plugin");
    // It has no lock of its own; with the repository's, nothing is to be fetched.
    fs::copy(copy.path().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let said = cargo(&folder, &["test"]);
    for test in
        ["fixtures", "the_gateway_counts_with_it", "the_form_has_its_branch_with_its_fields"]
    {
        assert!(said.contains(&format!("test {test} ... ok")), "{test}\n{said}");
    }
}
