//! The life of an embedder: `tests/embedder`, a workspace that takes GPT and CLAUDE only, and
//! core for wasm.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Runs cargo there and gives what it wrote.
fn cargo(folder: &Path, target: &Path, arguments: &[&str]) -> String {
    let run = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (said(&run.stdout), said(&run.stderr));
    assert!(run.status.success(), "cargo {}\n{out}\n{err}", arguments.join(" "));
    out + &err
}

/// This build's own folder: what an embedder and the repository both need is there already.
fn target() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}

#[test]
fn its_tests_pass_with_its_own_lock_file() {
    let said = cargo(&root().join("tests/embedder"), &target(), &["test", "--locked"]);
    for test in [
        "streamed_in_frames_and_whole",
        "a_known_length_ends_with_its_last_byte",
        "what_is_not_read_to_its_end_is_cancelled",
        "there_is_no_runtime_no_proxy_no_other_provider_and_nothing_heavy",
        "the_readme_says_how_many_crates_that_is",
    ] {
        assert!(said.contains(&format!("test {test} ... ok")), "{test}\n{said}");
    }
}

#[test]
fn core_compiles_for_wasm_where_the_target_is_installed() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let asked = ["--print", "target-libdir", "--target", "wasm32-unknown-unknown"];
    let library = Command::new(rustc).args(asked).output().unwrap();
    let library = String::from_utf8(library.stdout).unwrap();
    if !Path::new(library.trim()).exists() {
        eprintln!("skipped: the target wasm32-unknown-unknown is not installed");
        return;
    }
    // Without zstd, which is C.
    let features = "token-tracking-core/gzip,token-tracking-core/brotli";
    let wasm = ["--target", "wasm32-unknown-unknown", "--no-default-features"];
    let packages = [
        "--package=token-tracking-core",
        "--package=token-tracking-provider-openai",
        "--package=token-tracking-provider-anthropic",
        "--package=token-tracking-policy",
    ];
    let arguments = [&["check", "--locked", "--features", features], &wasm[..], &packages].concat();
    let said = cargo(&root(), &target(), &arguments);
    assert!(!said.contains("warning:"), "{said}");
}
