//! The invariants of `crates/README.md`, over `cargo metadata` and the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(["--locked".to_owned()])
        .exec()
        .expect("cargo metadata")
});

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Our packages by name without `token-tracking-`, each with its direct dependencies of a kind.
fn ours(kinds: &[DependencyKind]) -> BTreeMap<String, Vec<String>> {
    let short = |name: &str| name.trim_start_matches("token-tracking-").to_owned();
    METADATA
        .workspace_packages()
        .iter()
        .map(|package| {
            let dependencies = package.dependencies.iter();
            let dependencies = dependencies
                .filter(|dependency| kinds.contains(&dependency.kind))
                .map(|dependency| short(&dependency.name))
                .collect();
            (short(&package.name), dependencies)
        })
        .collect()
}

const SHIPPED: &[DependencyKind] = &[DependencyKind::Normal, DependencyKind::Build];

/// Names of all packages that a package of ours reaches by normal dependencies.
fn reached(name: &str) -> BTreeSet<String> {
    let metadata = &*METADATA;
    let nodes: BTreeMap<&PackageId, _> =
        metadata.resolve.as_ref().unwrap().nodes.iter().map(|node| (&node.id, node)).collect();
    let start = metadata.workspace_packages().into_iter().find(|p| p.name.as_str() == name);
    let mut queue = vec![&start.unwrap_or_else(|| panic!("no package {name}")).id];
    let mut seen = BTreeSet::new();
    while let Some(id) = queue.pop() {
        if !seen.insert(id) {
            continue;
        }
        for dependency in &nodes[id].deps {
            if dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal) {
                queue.push(&dependency.pkg);
            }
        }
    }
    seen.into_iter().map(|id| metadata[id].name.to_string()).collect()
}

/// Every Rust source below these folders of the repository.
fn sources(folders: &[&str]) -> Vec<PathBuf> {
    let mut queue: Vec<_> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut files = Vec::new();
    while let Some(path) = queue.pop() {
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                queue.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn invariant_1_what_meters_reaches_no_runtime() {
    const RUNTIMES: [&str; 12] = [
        "tokio",
        "hyper",
        "tonic",
        "pingora",
        "reqwest",
        "async-std",
        "smol",
        "axum",
        "tower",
        "actix-rt",
        "h2",
        "isahc",
    ];
    const FREE: [&str; 7] = ["framing", "el", "core", "dialects", "pricing", "policy", "bundle"];
    for name in ours(SHIPPED).keys() {
        if FREE.contains(&name.as_str()) || name.starts_with("provider-") {
            let reached = reached(&format!("token-tracking-{name}"));
            let found: Vec<_> = RUNTIMES.iter().filter(|r| reached.contains(**r)).collect();
            assert!(found.is_empty(), "{name} reaches {found:?}");
        }
    }
}

#[test]
fn invariant_2_providers_stand_apart_and_hosts_know_none() {
    let all_kinds = [DependencyKind::Normal, DependencyKind::Build, DependencyKind::Development];
    for (name, dependencies) in ours(&all_kinds) {
        let provider = |dependency: &&String| dependency.starts_with("provider-");
        if name.starts_with("provider-") {
            assert_eq!(dependencies.iter().find(provider), None, "{name} depends on another");
        }
    }
    for (name, dependencies) in ours(SHIPPED) {
        let may_name = ["bundle", "bench", "cli", "tests", "xtask"].contains(&name.as_str());
        let named: Vec<_> = dependencies
            .iter()
            .filter(|dependency| dependency.starts_with("provider-") || *dependency == "bundle")
            .collect();
        assert!(may_name || named.is_empty(), "{name} names {named:?}");
    }
    for file in sources(&["crates"]) {
        let path = file.display().to_string();
        let exempt = ["/bundle/", "/cli/", "/examples/", "/provider-", "/tests/", "/testkit/"];
        if !exempt.iter().any(|part| path.replace('\\', "/").contains(part)) {
            let text = fs::read_to_string(&file).unwrap();
            // An example in the documentation is a test, and needs some provider.
            let mut code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let names = code.any(|line| line.contains("token_tracking_provider_"));
            assert!(!names, "{path} names a provider");
        }
    }
}

#[test]
fn invariant_3_a_provider_is_a_crate_and_a_line() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("members = [\"crates/*\","), "a new crate needs no edit of the root");
    // Each provider has the same shape, so that who knows one knows all.
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        if folder.file_name().unwrap().to_string_lossy().starts_with("provider-") {
            for file in [
                "Cargo.toml",
                "src/lib.rs",
                "src/config.rs",
                "src/extract.rs",
                "fixtures",
                "tests/conformance.rs",
            ] {
                assert!(folder.join(file).exists(), "{} has no {file}", folder.display());
            }
            // Its page: what is read where, and an example that runs.
            let page = fs::read_to_string(folder.join("src/lib.rs")).unwrap();
            for part in ["\n//! |---|", "\n//! use token_tracking_provider_"] {
                assert!(page.contains(part), "{}: its page lacks {part:?}", folder.display());
            }
        }
    }
}

#[test]
fn invariant_4_a_plugin_does_no_io_and_knows_no_host() {
    let folders: Vec<_> = ours(SHIPPED)
        .into_keys()
        .filter(|name| name.starts_with("provider-") || name == "dialects")
        .map(|name| format!("crates/{name}/src"))
        .collect();
    let folders: Vec<_> = folders.iter().map(String::as_str).collect();
    let files = sources(&folders);
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for unwanted in
            ["std::fs", "std::io", "std::net", "std::thread", "std::process", "Meter", "RecordSink"]
        {
            assert!(!text.contains(unwanted), "{} has {unwanted}", file.display());
        }
    }
}

#[test]
fn invariant_6_every_file_says_what_lives_there() {
    let files = sources(&["crates", "tests", "xtask"]);
    assert!(files.len() > 50);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first.len() > 10, "{}: {first}", file.display());
        let lines = text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines: split it", file.display());
    }
}

#[test]
fn there_is_one_version_of_core() {
    let cores = METADATA.packages.iter().filter(|p| p.name.as_str() == "token-tracking-core");
    assert_eq!(cores.count(), 1, "plugins of another version are never discovered");
}

#[test]
fn the_code_map_names_every_crate_and_every_invariant() {
    let map = fs::read_to_string(root().join("crates/README.md")).unwrap();
    for number in 1..=6 {
        assert!(map.contains(&format!("Invariant {number}")), "Invariant {number}");
    }
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        // A new provider needs no edit of the map.
        if entry.path().is_dir() && !name.starts_with("provider-") {
            assert!(map.contains(&format!("`{name}`")), "crates/README.md does not name `{name}`");
        }
    }
}
