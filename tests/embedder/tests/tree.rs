//! What an embedder of GPT and CLAUDE gets: no runtime, no proxy, no other provider, and as many
//! crates as core's README says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Core with both providers, as the root's manifest or this one resolves it for Linux on x86_64.
fn crates(manifest: &str, more: &[&str]) -> BTreeSet<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--prefix", "none", "--format", "{p}"])
        .args(["--edges", "normal,build", "--target", "x86_64-unknown-linux-gnu"])
        .args(["--package", "token-tracking-core"])
        .args(["--package", "token-tracking-provider-openai"])
        .args(["--package", "token-tracking-provider-anthropic"])
        .args(["--manifest-path", manifest])
        .args(more)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let out = String::from_utf8(output.stdout).unwrap();
    // `name v1.2.3 (path or mark)`; two versions are two crates.
    let packages = out.lines().filter(|line| !line.is_empty());
    packages.map(|line| line.split(" (").next().unwrap().to_owned()).collect()
}

fn name(package: &str) -> &str {
    package.split(' ').next().unwrap()
}

#[test]
fn there_is_no_runtime_no_proxy_no_other_provider_and_nothing_heavy() {
    let crates = crates("Cargo.toml", &[]);
    let names: BTreeSet<_> = crates.iter().map(|package| name(package)).collect();
    assert!(names.contains("serde_json") && names.contains("token-tracking-framing"), "{names:?}");
    for unwanted in [
        "tokio",
        "async-std",
        "smol",
        "hyper",
        "hyper-util",
        "h2",
        "tonic",
        "axum",
        "tower",
        "reqwest",
        "ureq",
        "pingora",
        "pingora-core",
        "rustls",
        "openssl-sys",
        "jsonschema",
        "serde-saphyr",
        "regex",
        "clap",
        "rusqlite",
        "brotli",
    ] {
        assert!(!names.contains(unwanted), "an embedder gets {unwanted}");
    }
    let ours: Vec<_> =
        names.iter().filter_map(|name| name.strip_prefix("token-tracking-")).collect();
    assert_eq!(ours, ["core", "dialects", "framing", "provider-anthropic", "provider-openai"]);
}

/// The README's table has the number; where it differs, this says what to write.
fn stated(row: &str, crates: &BTreeSet<String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/core/README.md");
    let readme = fs::read_to_string(path).unwrap();
    let begin = format!("| {row} | {} |", crates.len());
    assert!(
        readme.contains(&begin),
        "crates/core/README.md: let the row begin so: {begin}\nThe crates are:\n{crates:#?}"
    );
}

#[test]
fn the_readme_says_how_many_crates_that_is() {
    let whole = crates("Cargo.toml", &[]);
    let root = "../../Cargo.toml";
    assert_eq!(whole, crates(root, &[]), "the lock files agree");
    stated("core, GPT and CLAUDE", &whole);
    stated("the same with `default-features = false`", &crates(root, &["--no-default-features"]));
}

#[test]
fn a_policy_adds_two_crates() {
    let policy = ["--package", "token-tracking-policy"];
    let with: BTreeSet<_> = crates("Cargo.toml", &policy);
    let added: Vec<_> = with.difference(&crates("Cargo.toml", &[])).cloned().collect();
    let added: Vec<_> = added.iter().map(|package| name(package)).collect();
    assert_eq!(added, ["token-tracking-policy", "token-tracking-pricing"]);
}
