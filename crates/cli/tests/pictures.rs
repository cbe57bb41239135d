//! The README's pictures of the terminal are what the program says now: `.github/*.svg`.
//! `UPDATE_SNAPSHOTS=1` draws them anew.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use common::{body, program};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use token_tracking_core::{End, Exchange, Record, RecordSink};
use token_tracking_policy::{Policy, PolicyConfig};
use token_tracking_report::{Queueing, ledger};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// What a command writes where it may paint, standard error after standard output.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let mut command = program(arguments);
    let output = command.env("CLICOLOR_FORCE", "1").current_dir(folder).output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// As a terminal of so many columns breaks it.
fn wrapped(text: &str, columns: usize) -> String {
    let (mut wrapped, mut column, mut escape) = (String::new(), 0, false);
    for c in text.chars() {
        match c {
            '\u{1b}' => escape = true,
            '\n' => column = 0,
            _ if escape => escape = c != 'm',
            _ => {
                if column == columns {
                    wrapped.push('\n');
                    column = 0;
                }
                column += 1;
            }
        }
        wrapped.push(c);
    }
    wrapped
}

/// A picture of a terminal that can be read on a light page and on a dark one.
fn drawn(text: &str) -> String {
    let term = anstyle_svg::Term::new()
        .palette(anstyle_svg::WIN10_CONSOLE)
        .fg_color(anstyle::RgbColor(214, 220, 228).into())
        .bg_color(anstyle::RgbColor(22, 24, 29).into())
        .min_width_px(0);
    let svg = term.render_svg(&wrapped(text.trim_end(), 100));
    svg.replace(".dimmed { opacity: 0.4; }", ".dimmed { opacity: 0.65; }")
}

/// Compares a picture with the terminal it shows, or draws it.
fn picture(name: &str, command: &str, text: &str) {
    let text = format!("\u{1b}[1;32m$\u{1b}[0m \u{1b}[1m{command}\u{1b}[0m\n{text}");
    let drawn = drawn(&text);
    let file = root().join(".github").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&file, &drawn).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept.replace("\r\n", "\n") == drawn,
        ".github/{name} is stale; run: UPDATE_SNAPSHOTS=1 cargo test -p token-tracking-cli --test pictures\n{text}"
    );
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains(&format!("(.github/{name})")), "the README does not show {name}");
}

#[test]
fn the_demo() {
    let text = said(&root(), &["demo"]);
    // The calls before the table say how long each took.
    let table = text.find("\u{1b}[1m    model").expect("a table");
    let end = text.rfind(" (").expect("how long it took");
    picture("demo.svg", "token-tracking demo", &format!("…\n\n{}", &text[table..end]));
}

#[test]
fn a_broken_definition() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let text = said(&folder, &["validate", "api-several.yaml"]);
    picture("validate.svg", "token-tracking validate api-several.yaml", &text);
}

#[test]
fn a_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger::sqlite::open(folder.path().join("usage.db"), Queueing::default());
    let ledger = ledger.unwrap();
    // Some days of traffic with the demo's answers.
    for (day, calls, file, of, price) in [
        (23, 9, "openai-chat.json", "GPT", 0.4),
        (23, 2, "anthropic-messages.sse", "CLAUDE", 3.0),
        (24, 14, "openai-chat.json", "GPT", 0.4),
        (24, 5, "anthropic-messages.sse", "CLAUDE", 3.0),
        (24, 40, "gemini-stream.sse", "GEMINI", 0.3),
        (25, 3, "anthropic-messages.sse", "CLAUDE", 3.0),
        (25, 22, "gemini-stream.sse", "GEMINI", 0.3),
    ] {
        for call in 0..calls {
            ledger.record(record(day, call, file, of, price));
        }
    }
    ledger.close(Duration::from_secs(30)).unwrap();
    let text = said(folder.path(), &["usage", "usage.db", "--by", "day,model"]);
    picture("usage.svg", "token-tracking usage usage.db --by day,model", &text);
}

/// What the meter makes of an answer of the demo, on a day of November 2026.
fn record(day: u64, call: u64, file: &str, of: &str, price: f64) -> Record {
    // 2026-11-01T00:00:00Z, and some minutes between calls.
    let seconds = 1_793_491_200 + (day - 1) * 86_400 + call * 600;
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let config = json!({
        "extraction": { "type": of },
        "pricing": { "inputPriceValue": price, "inputPriceUnit": 1_000_000,
                     "outputPriceValue": price * 5.0, "outputPriceUnit": 1_000_000,
                     "currency": "USD" },
    });
    let registry = token_tracking_bundle::registry();
    let config = PolicyConfig::from_value(&config).unwrap().value;
    let policy = Policy::compile(&config, &registry).unwrap();
    let headers = HeaderMap::new();
    let exchange = Exchange::new(StatusCode::OK, &headers)
        .with_api("assistant")
        .with_started(std::time::Instant::now(), at);
    let mut meter = policy.meter(&exchange).unwrap();
    meter.push(&fs::read(body(file)).unwrap());
    meter.finish(End::Complete)
}
