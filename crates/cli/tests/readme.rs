//! The root README says nothing that is not so: its commands run, its files are valid, and the
//! names in it exist.

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use common::{Served, body, program, run, run_with};
use serde_json::{Value, json};
use token_tracking_report::{Queueing, ledger};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The code blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut fence = None;
    for line in readme().lines() {
        match (line.strip_prefix("```"), fence.is_some()) {
            (Some(name), false) => {
                fence = Some(name == language);
                if name == language {
                    blocks.push(String::new());
                }
            }
            (Some(_), true) => fence = None,
            (None, _) if fence == Some(true) => {
                *blocks.last_mut().unwrap() += &format!("{line}\n");
            }
            _ => {}
        }
    }
    blocks
}

/// The commands, without their comments.
fn commands() -> Vec<String> {
    let consoles = blocks("console").concat();
    let commands = consoles.lines().map(|line| line.strip_prefix("$ ").expect(line));
    commands.map(|line| line.split(" #").next().unwrap().trim().to_owned()).collect()
}

/// What stands between backticks, outside of code blocks.
fn quoted() -> Vec<String> {
    let readme = readme();
    let prose: String = readme.split("```").step_by(2).collect();
    prose.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// A folder with the files that the README's commands name.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let answer = |name: &str| fs::read_to_string(body(name)).unwrap();
    write("answer.sse", &answer("anthropic-messages.sse"));
    write("answer.json", r#"{"usage": {"in": 21}}"#);
    let line = json!({ "id": "1", "type": "GPT", "body": answer("openai-chat.json") });
    write("bodies.jsonl", &format!("{line}\n"));
    write("policy.json", &blocks("json").concat());
    let [gateway, ext_proc] = &*blocks("yaml") else { panic!("{:?}", blocks("yaml")) };
    write("gateway.yaml", gateway);
    write("ext-proc.yaml", ext_proc);
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    write("cert.pem", &pair.cert.pem());
    write("key.pem", &pair.signing_key.serialize_pem());
    fs::create_dir(folder.path().join("apis")).unwrap();
    let definition = json!({
        "name": "chat",
        "listeners": [{ "type": "http", "paths": [{ "path": "/chat" }] }],
        "endpointGroups": [{ "endpoints": [{ "configuration": { "target": "http://[::1]" } }] }],
    });
    write("apis/chat.json", &definition.to_string());
    ledger::sqlite::open(folder.path().join("usage.db"), Queueing::default()).unwrap();
    folder
}

#[test]
fn its_commands_run() {
    let folder = folder();
    let path = cargo_bin("token-tracking");
    let path = format!("{}:{}", path.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut seen = 0;
    for line in commands() {
        let own = line.replace("cargo run --release -- ", "token-tracking ");
        if !own.starts_with("token-tracking ") {
            continue;
        }
        seen += 1;
        let mut command = Command::new("sh");
        command.args(["-c", &format!("exec {own}")]).current_dir(folder.path()).env("PATH", &path);
        // Their usual addresses are for one at a time.
        command.env("TOKEN_TRACKING_LISTEN", "127.0.0.1:0");
        command.env("TOKEN_TRACKING_ADMIN_ENABLED", "false").env_remove("RUST_LOG");
        let hosts = ["token-tracking serve", "token-tracking ext-proc"];
        if hosts.iter().any(|host| own.starts_with(host)) && !own.contains("--print-config") {
            let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let mut lines = lines.map_while(Result::ok);
            let serves = lines
                .any(|line| ["://127.0.0.1:", "at 127.0.0.1:"].iter().any(|at| line.contains(at)));
            child.kill().unwrap();
            child.wait().unwrap();
            assert!(serves, "{line}");
        } else {
            let output = command.output().unwrap();
            assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert!(seen >= 12, "only {seen} commands were seen");
}

#[test]
fn the_other_commands_are_those_of_this_repository() {
    let text = |file: &str| fs::read_to_string(root().join(file)).unwrap();
    let mut seen = 0;
    for line in commands() {
        if let Some(chore) = line.strip_prefix("cargo xtask ") {
            seen += 1;
            let (name, flags) = chore.split_once(' ').unwrap_or((chore, ""));
            assert!(text("xtask/src/main.rs").contains(&format!("`{name}`")), "{line}");
            let flag = flags.trim_start_matches("--");
            assert!(text("crates/bench/src/main.rs").contains(flag), "{line}");
        } else if line.starts_with("cargo test") {
            seen += 1;
            assert!(text(".ci/run").contains(&line), "{line} is not what decides");
        }
    }
    assert!(seen >= 2, "only {seen} commands were seen");
}

#[test]
fn its_files_are_valid() {
    for (name, texts) in [("policies", blocks("json")), ("settings", blocks("yaml"))] {
        assert!(!texts.is_empty());
        for text in texts {
            let (code, _, said) = run_with(&["validate", "-"], &text);
            assert!(code == 0 && said.is_empty(), "{name}: {said}\n{text}");
        }
    }
}

#[test]
fn its_table_has_the_types_that_there_are() {
    let readme = readme();
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut named: Vec<_> = rows.skip(1).map(|row| row.split('`').next().unwrap()).collect();
    named.sort_unstable();
    let (_, plugins, _) = run(&["plugins"]);
    let plugins: Vec<_> =
        plugins.lines().skip(1).map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(named, plugins, "README.md, \"Types\": each type has a row");
}

#[test]
fn the_files_it_names_exist() {
    let readme = readme();
    let links = readme.split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned());
    let folders = ["crates/", "schemas/", "tests/", "xtask/", ".github/"];
    let quoted = quoted().into_iter().filter(|name| folders.iter().any(|f| name.starts_with(f)));
    let named: Vec<_> = links.chain(quoted).collect();
    assert!(named.len() >= 8, "{named:?}");
    for name in named {
        assert!(root().join(&name).exists(), "{name}");
    }
    let broken = fs::read_dir(root().join("crates/cli/tests/broken")).unwrap();
    let broken = broken.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        !name.to_string_lossy().ends_with(".txt")
    });
    assert!(readme.contains("more than sixty") && broken.count() > 60);
}

#[test]
fn the_flags_and_variables_it_names_exist() {
    let help: String = ["serve", "ext-proc", "validate", "extract", "el", "usage"]
        .map(|command| run(&[command, "--help"]).1)
        .concat();
    let quoted = quoted();
    let mut seen = 0;
    for name in &quoted {
        if let Some(flag) = name.split(' ').find(|word| word.starts_with("--")) {
            seen += 1;
            assert!(help.contains(flag), "{name}");
        }
        if name.starts_with("TOKEN_TRACKING_") {
            seen += 1;
            let mut serve = program(&["serve", "--print-config"]);
            let output = serve.env(name, "?").output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(!output.status.success() && said.contains(&**name), "{name}: {said}");
        }
    }
    assert!(seen >= 5, "only {seen} names were seen");
    for target in quoted.iter().filter(|name| name.ends_with(':') || name.ends_with("://")) {
        for command in ["serve", "ext-proc"] {
            assert!(run(&[command, "--help"]).1.contains(&**target), "{command}: {target}");
        }
    }
    let (_, settings, _) = run(&["serve", "--print-config"]);
    for (header, setting) in [
        ("X-Gravitee-Request-Id", "request_header"),
        ("X-Gravitee-Transaction-Id", "transaction_header"),
    ] {
        assert!(quoted.iter().any(|name| name == header), "{header}");
        let line = format!("{setting}: {}", header.to_lowercase());
        assert!(settings.contains(&line), "{line}\n{settings}");
    }
    assert!(settings.contains("interval: 1s") && readme().contains("looked at every second"));
    let schema: Value = serde_json::from_str(&run(&["schema", "gateway"]).1).unwrap();
    for name in ["application", "user", "attributes", "hash_key"] {
        assert!(schema["$defs"]["Attribution"]["properties"][name].is_object(), "{name}");
    }
    assert!(help.contains("127.0.0.1:9180") && readme().contains("`127.0.0.1:9180`"));
}

#[test]
fn its_admin_pages_answer() {
    let readme = readme();
    let (_, bullet) = readme.split_once("**Admin pages**").unwrap();
    let bullet = bullet.split("\n- ").next().unwrap();
    let pages = bullet.split('`').skip(1).step_by(2).filter(|name| name.starts_with('/'));
    let args = ["--target", "http://127.0.0.1:1", "--type", "GPT", "--admin", "127.0.0.1:0"];
    let mut served = Served::start(&args);
    let admin = served.url_after("Admin pages: ");
    let mut seen = 0;
    for page in pages {
        seen += 1;
        let answer = ureq::get(format!("{admin}{page}")).call();
        assert!(answer.is_ok_and(|answer| answer.status() == 200), "{page}");
    }
    assert!(seen >= 6, "only {seen} pages were seen");
}

#[test]
fn what_it_says_of_a_record_is_in_the_schema() {
    let schema: Value = serde_json::from_str(&run(&["schema", "record"]).1).unwrap();
    let text = schema.to_string();
    let readme = readme();
    let section = readme.split("\n## ").find(|section| section.starts_with("A record")).unwrap();
    let prose = section.split("```").next().unwrap();
    let mut seen = 0;
    for name in prose.split('`').skip(1).step_by(2) {
        seen += 1;
        let known = name.split('.').all(|part| text.contains(&format!("\"{part}\"")));
        assert!(known, "{name} is nowhere in the record's schema");
    }
    assert!(seen >= 10, "only {seen} names were seen");
    assert!(text.contains("\"shape-mismatch\"") && readme.contains("`shape-mismatch`"));
}

#[test]
fn it_asks_for_the_rust_that_the_manifest_asks_for() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let version = manifest.split("rust-version = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(readme().contains(&format!("Rust {version} or newer")));
}
