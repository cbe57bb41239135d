//! `usage`: what a ledger says, as a chart, JSON and CSV; and a gateway that fills one.

mod common;

use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use common::{Served, run};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use token_tracking_cli::replay::Replay;
use token_tracking_core::{Cost, End, Exchange, Meter, Record, RecordSink};
use token_tracking_report::{Queueing, ledger};

/// 2026-11-24T00:00:00Z.
const DAY: u64 = 1_795_478_400;

fn record(hours: u64, model: &str, input: Option<u64>, cost: Option<(&str, &str)>) -> Record {
    let headers = HeaderMap::new();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(DAY + hours * 3_600);
    let exchange = Exchange::new(StatusCode::OK, &headers)
        .with_api("chat")
        .with_started(std::time::Instant::now(), at);
    let mut record = Meter::misconfigured(&exchange, "").finish(End::Complete);
    record.model = Some(model.to_owned());
    record.usage.input = input;
    record.usage.output = input.map(|_| 10);
    record.cost = cost.map(|(amount, currency)| Cost {
        sent: amount.parse().ok(),
        received: None,
        currency: Some(currency.to_owned()),
        receipt: Vec::new(),
    });
    record
}

/// A ledger of two days.
fn filled(folder: &Path) -> String {
    let path = folder.join("usage.db");
    let reporter = ledger::sqlite::open(&path, Queueing::default()).unwrap();
    for record in [
        record(1, "gpt-5", Some(1_000_000), Some(("1.10", "USD"))),
        record(2, "gpt-5", Some(500_000), Some(("2.20", "USD"))),
        record(3, "evil\u{1b}[31m, \"x\"", Some(250_000), Some(("0.5", "EUR"))),
        record(26, "gpt-5", Some(100), Some(("0.0000001", "USD"))),
        record(27, "gpt-5", None, None),
    ] {
        reporter.record(record);
    }
    reporter.close(Duration::from_secs(30)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn ok(args: &[&str]) -> String {
    let (code, out, said) = run(args);
    assert_eq!((code, said.as_str()), (0, ""), "{args:?}: {out}");
    out
}

#[test]
fn the_chart_is_aligned_sorted_and_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let db = filled(folder.path());
    let text = ok(&["usage", &db, "--by", "day,model"]);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("day         model"), "{text}");
    assert!(lines[1].starts_with("2026-11-24  gpt-5") && lines[1].contains("1,500,000"), "{text}");
    assert!(lines[2].contains("evil?[31m, \"x\"") && lines[2].contains("0.5 EUR"), "{text}");
    assert!(
        lines[3].starts_with("2026-11-25  gpt-5") && lines[3].contains("<0.000001 USD"),
        "{text}"
    );
    assert!(lines[4].starts_with("total") && lines[4].contains("1,750,100"), "{text}");
    assert!(lines[4].contains("0.5 EUR + 3.3 USD"), "currencies are never added: {text}");
    assert!(lines[5].contains("1 responses have no counts"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours where there is no terminal");
    let bars: Vec<_> = lines[1..4].iter().map(|line| line.matches('█').count()).collect();
    assert!(bars[0] >= 8 && bars[0] > bars[1] * 5 && bars[2] == 0, "{bars:?}\n{text}");
    assert!(lines[3].ends_with('▏'), "a little is not nothing: {text}");
    let ends =
        |line: &str, word: &str| line[..line.find(word).unwrap() + word.len()].chars().count();
    assert_eq!(ends(lines[0], " in"), ends(lines[1], "1,500,000"), "{text}");
    let top = ok(&["usage", &db, "--by", "hour", "--top", "1", "--sort", "cost"]);
    assert!(top.contains("4 more rows") && top.contains("bars: cost in USD"), "{top}");
    let none = ok(&["usage", &db, "--only", "model=none"]);
    assert_eq!(none, "Nothing was recorded there in that time.\n");
}

#[test]
fn json_and_csv_are_exact() {
    let folder = tempfile::tempdir().unwrap();
    let db = filled(folder.path());
    let text =
        ok(&["usage", &db, "--json", "--only", "model=gpt-5", "--since", "2026-11-24T02:00:00Z"]);
    let value: Value = serde_json::from_str(&text).unwrap();
    let numbers = json!({
        "responses": 3, "counted": 2, "input": 500_100, "output": 20,
        "cache_read": null, "cache_write": null, "reasoning": null,
        "costs": [{ "currency": "USD", "sent": "2.2000001", "received": null }],
    });
    assert_eq!(value["total"], numbers);
    let mut row = numbers;
    row["model"] = "gpt-5".into();
    assert_eq!(value["rows"], json!([row]));
    let text = ok(&["usage", &db, "--csv", "--until", "2026-11-25"]);
    assert_eq!(
        text,
        "model,responses,counted,input,output,cache_read,cache_write,reasoning,cost_sent,\
         cost_received,currency\n\
         gpt-5,2,2,1500000,20,,,,3.3,,USD\n\
         \"evil\u{1b}[31m, \"\"x\"\"\",1,1,250000,10,,,,0.5,,EUR\n"
    );
}

#[test]
fn what_is_wrong_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let db = filled(folder.path());
    let none = folder.path().join("none.db");
    for (args, code, said) in [
        (vec!["usage", none.to_str().unwrap()], 1, "none.db"),
        (vec!["usage", &db, "--by", "weather"], 2, "`weather` is none of hour, day"),
        (vec!["usage", &db, "--since", "soon"], 2, "how long ago"),
        (vec!["usage", &db, "--only", "model"], 2, "DIMENSION=VALUE"),
        (vec!["usage", "postgres://me:secret@127.0.0.1:1/x"], 1, "postgres://127.0.0.1/x"),
        (vec!["serve", "--report", "smoke:signals"], 2, "not a kind of reporter"),
        (vec!["serve", "--report", "file:x?keep=few"], 2, "`keep` is not a whole number"),
    ] {
        let (exit, _, error) = run(&args);
        assert!(exit == code && error.contains(said), "{args:?} gave {exit}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_fills_a_ledger() {
    let replay = Replay::start(([127, 0, 0, 1], 0).into()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("usage.db");
    let target = format!("{}/openai", replay.url());
    let report = format!("ledger:{}", db.display());
    let file = format!("file:{}", folder.path().join("records.jsonl").display());
    let args = ["--target", &target, "--type", "GPT", "--quiet", "--report", &report];
    let served = Served::start(&[&args[..], &["--report", &file]].concat());
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    for _ in 0..3 {
        let url = format!("{}/v1/chat/completions", served.url);
        let request = Request::post(url).body(Full::from("{}")).unwrap();
        client.request(request).await.unwrap().into_body().collect().await.unwrap();
    }
    assert_eq!(served.stop().1, 0);
    let text = ok(&["usage", db.to_str().unwrap(), "--json"]);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["rows"][0]["model"], "gpt-4o-mini-2024-07-18");
    assert_eq!(value["total"]["responses"], 3);
    assert_eq!(value["total"]["input"], 3 * 1_420);
    let lines = std::fs::read_to_string(folder.path().join("records.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 3, "all reporters at once");
}
