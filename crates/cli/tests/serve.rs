//! `serve`: in front of the replay provider, and what stops it from starting.

mod common;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::{Served, json_lines, run};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use token_tracking_cli::replay::Replay;

async fn replay() -> Replay {
    Replay::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap()
}

/// The status, the body, and when its first and last bytes came.
async fn post(url: &str, body: &'static str) -> (StatusCode, Vec<u8>, [Duration; 2]) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let began = Instant::now();
    let request = Request::post(url).body(Full::from(body)).unwrap();
    let response = client.request(request).await.unwrap();
    let status = response.status();
    let (mut bytes, mut first, mut body) = (Vec::new(), None, response.into_body());
    while let Some(Ok(frame)) = body.frame().await {
        first.get_or_insert(began.elapsed());
        bytes.extend_from_slice(frame.data_ref().unwrap());
    }
    (status, bytes, [first.unwrap_or_default(), began.elapsed()])
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_pass_and_records_go_to_the_file_and_the_output() {
    let replay = replay().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    let target = format!("{}/openai", replay.url());
    let served =
        Served::start(&["--target", &target, "--type", "GPT", "--records", file.to_str().unwrap()]);
    for body in ["{}", "{\"stream\": true}"] {
        let through = post(&format!("{}/v1/chat/completions", served.url), body).await;
        let direct = post(&format!("{target}/v1/chat/completions"), body).await;
        assert_eq!((through.0, &through.1), (direct.0, &direct.1));
        assert!(through.1.len() > 500);
    }
    let (rest, code) = served.stop();
    assert_eq!(code, 0);
    assert!(rest.contains("gpt-4o-mini-2024-07-18") && rest.contains("1,420"), "{rest}");
    let records = json_lines(&std::fs::read_to_string(file).unwrap());
    let sent: Vec<_> = records.iter().map(|record| record["usage"]["input"].as_u64()).collect();
    assert_eq!(sent, [Some(1_420), Some(24)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_event_is_not_held_back() {
    let replay = replay().await;
    let target = format!("{}/openai", replay.url());
    let served = Served::start(&["--target", &target, "--type", "GPT", "--quiet"]);
    let (_, _, [first, last]) = post(&format!("{}/v1/slow", served.url), "{}").await;
    assert!(first < Duration::from_millis(250), "the first event took {first:?}");
    assert!(last > Duration::from_millis(2_000), "the last one came after {last:?}");
    assert_eq!(served.stop(), (served_tail(), 0));
}

/// What `--quiet` writes after its URLs.
fn served_tail() -> String {
    "\nCtrl-C ends.\n\n".to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_target_is_a_502_and_a_record_with_the_reason() {
    // A port that was free a moment ago, and where nobody listens.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    let target = format!("http://{free}");
    let served = Served::start(&[
        "--target",
        &target,
        "--type",
        "GPT",
        "--quiet",
        "--records",
        file.to_str().unwrap(),
    ]);
    let (status, body, _) = post(&format!("{}/v1/chat/completions", served.url), "{}").await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{}", String::from_utf8_lossy(&body));
    assert_eq!(served.stop().1, 0);
    let records = json_lines(&std::fs::read_to_string(file).unwrap());
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["status"], 502);
    assert_eq!(records[0]["reasons"], serde_json::json!(["upstream-failed"]));
}

#[test]
fn with_nothing_said_it_offers_the_four_providers() {
    let mut served = Served::start(&[]);
    let mut text = String::new();
    while !text.contains("Ctrl-C") {
        assert!(std::io::BufRead::read_line(&mut served.out, &mut text).unwrap() > 0);
    }
    for base in ["/anthropic", "/gemini", "/mistral"] {
        assert!(text.contains(&format!("{}{base}", served.url)), "{text}");
    }
    assert_eq!(served.stop().1, 0);
}

#[test]
fn what_stops_it_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    let policy = folder.path().join("policy.txt");
    std::fs::write(&policy, r#"{"extraction": {"type": "CUSTOM"}}"#).unwrap();
    let policy = policy.to_str().unwrap();
    let target = ["serve", "--target", "http://localhost:1"];
    let with = |more: &[&'static str]| [&target[..], more].concat();
    for (args, code, message) in [
        (vec!["serve", "--listen", &address], 3, address.as_str()),
        (vec!["serve", "--listen", "nowhere"], 3, "nowhere"),
        (vec!["serve", "--listen", "127.0.0.1:0", "--admin", &address], 3, "--no-admin"),
        (vec!["serve", "--tls-cert", "c.pem"], 2, "--tls-key"),
        (vec!["serve", "--api", "none.json"], 1, "none.json"),
        (vec!["serve", "--api", empty], 1, "holds no API definition"),
        (vec!["serve", "--records", "/no/such/folder/r.jsonl"], 3, "/no/such/folder/r.jsonl"),
        (vec!["serve", "--root-cert", "none.pem"], 1, "cannot read none.pem"),
        (vec!["serve", "--root-cert", policy], 1, "holds no certificate"),
        ([&target[..], &["--policy", policy]].concat(), 1, "inputTokenPointer"),
        (with(&["--type", "GTP"]), 1, "did you mean \"GPT\"?"),
        (with(&[]), 2, "--type or --policy"),
        (vec!["serve", "--type", "GPT"], 2, "--target"),
        (vec!["serve", "--target", "localhost", "--type", "GPT"], 1, "localhost"),
    ] {
        let (found, _, err) = run(&args);
        assert_eq!(found, code, "{args:?}: {err}");
        assert!(err.contains(message), "{args:?}: {err}");
    }
}
