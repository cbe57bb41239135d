//! `serve` as it is run: over TLS, what its log says, how it ends, and being killed.

mod common;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::{Served, json_lines};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use token_tracking_cli::replay::Replay;

async fn replay() -> Replay {
    Replay::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap()
}

fn client() -> Client<HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

fn post(url: &str) -> Request<Full<Bytes>> {
    Request::post(url).body(Full::from("{}")).unwrap()
}

/// The status, and the body as far as it came.
async fn ask(url: &str) -> (StatusCode, Vec<u8>) {
    let answer = client().request(post(url)).await.unwrap();
    let (status, mut body, mut bytes) = (answer.status(), answer.into_body(), Vec::new());
    while let Some(Ok(frame)) = body.frame().await {
        bytes.extend_from_slice(frame.data_ref().unwrap());
    }
    (status, bytes)
}

fn place(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_over_tls_with_files_from_the_settings_or_from_flags() {
    let replay = replay().await;
    let folder = tempfile::tempdir().unwrap();
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let [key, cert, config] =
        ["key.pem", "cert.pem", "gateway.yaml"].map(|name| place(folder.path(), name));
    std::fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    std::fs::write(&cert, pair.cert.pem()).unwrap();
    std::fs::write(&config, format!("tls: {{ certificate: {cert}, key: {key} }}\n")).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(pair.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let https = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls).https_only();
    let client = Client::builder(TokioExecutor::new()).build(https.enable_http1().build());
    let target = format!("{}/openai", replay.url());
    for given in [&["--config", &*config][..], &["--tls-cert", &cert, "--tls-key", &key]] {
        let args = [&["--target", &target, "--type", "GPT", "--quiet"], given].concat();
        let served = Served::start(&args);
        let url = served.url.replace("127.0.0.1", "localhost");
        assert!(url.starts_with("https://"), "{url}");
        let answer = client.request(post(&format!("{url}/v1/chat/completions"))).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.into_body().collect().await.unwrap().to_bytes().len() > 100);
        assert_eq!(served.stop().1, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_a_line_for_each_problem_with_its_request_and_none_for_a_request() {
    let replay = replay().await;
    let folder = tempfile::tempdir().unwrap();
    let [log, records, good, bad] =
        ["log", "records.jsonl", "good.json", "bad.json"].map(|name| place(folder.path(), name));
    let definition = |path: &str, target: &str| {
        serde_json::json!({
            "name": path, "listeners": [{ "paths": [{ "path": path }] }],
            "endpointGroups": [{ "endpoints": [{ "configuration": { "target": target } }] }],
            "flows": [{ "response": [{ "policy": "ai-prompt-token-tracking",
                                       "configuration": { "extraction": { "type": "GPT" } } }] }],
        })
        .to_string()
    };
    std::fs::write(&good, definition("/good", &format!("{}/openai", replay.url()))).unwrap();
    std::fs::write(&bad, definition("/bad", "http://127.0.0.1:1")).unwrap();
    let args =
        ["--api", &good, "--api", &bad, "--quiet", "--records", &records, "--log-format", "json"];
    let served = Served::start_logging(&args, std::fs::File::create(&log).unwrap());
    for _ in 0..20 {
        let url = format!("{}/good/v1/chat/completions", served.url);
        assert_eq!(ask(&url).await.0, StatusCode::OK);
    }
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "", "nothing of a request is logged");
    assert_eq!(ask(&format!("{}/bad", served.url)).await.0, StatusCode::BAD_GATEWAY);
    assert_eq!(served.stop().1, 0);
    let lines = json_lines(&std::fs::read_to_string(&log).unwrap());
    let [line] = &*lines else { panic!("{lines:#?}") };
    let records = json_lines(&std::fs::read_to_string(&records).unwrap());
    let failed = records.iter().find(|record| record["status"] == 502).unwrap();
    assert_eq!((&line["request"], &line["level"]), (&failed["id"], &Value::from("WARN")));
    assert_eq!(line["api"], "/bad");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_after_what_is_in_flight_and_not_later_than_it_may() {
    let replay = replay().await;
    let target = format!("{}/openai", replay.url());
    for (drain, whole) in [("20s", true), ("300ms", false)] {
        let folder = tempfile::tempdir().unwrap();
        let (records, config) =
            (place(folder.path(), "records.jsonl"), place(folder.path(), "gateway.yaml"));
        std::fs::write(&config, format!("drain_timeout: {drain}\n")).unwrap();
        let served = Served::start(&[
            "--config",
            &config,
            "--target",
            &target,
            "--type",
            "GPT",
            "--quiet",
            "--records",
            &records,
        ]);
        // A stream of two and a half seconds.
        let slow = tokio::spawn({
            let url = format!("{}/v1/slow", served.url);
            async move { ask(&url).await }
        });
        tokio::time::sleep(Duration::from_millis(700)).await;
        let begun = Instant::now();
        let stopped = tokio::task::spawn_blocking(move || served.stop());
        let (_, code) = stopped.await.unwrap();
        let (status, body) = slow.await.unwrap();
        assert_eq!((code, status), (0, StatusCode::OK));
        let text = String::from_utf8(body).unwrap();
        assert_eq!(text.contains("[DONE]"), whole, "{drain}: {text}");
        assert!(whole || begun.elapsed() < Duration::from_millis(1_500), "{:?}", begun.elapsed());
        // The reporters were closed after the last of it.
        let records = json_lines(&std::fs::read_to_string(records).unwrap());
        assert_eq!(records.len(), 1);
        assert_eq!(records[0]["end"] == "complete", whole, "{}", records[0]);
    }
}

/// How many records the ledger's reporter says that it has written.
async fn acknowledged(admin: &str) -> Option<u64> {
    let request = Request::get(format!("{admin}/healthz")).body(Full::<Bytes>::default()).unwrap();
    let answer = client().request(request).await.ok()?;
    let body = answer.into_body().collect().await.ok()?.to_bytes();
    let health: Value = serde_json::from_slice(&body).ok()?;
    let reporters = health["reporters"].as_array()?;
    let ledger = reporters.iter().find(|reporter| reporter["name"] == "ledger")?;
    ledger["written"].as_u64()
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_it_loses_no_acknowledged_row_and_starts_again() {
    let replay = replay().await;
    let folder = tempfile::tempdir().unwrap();
    let (file, target) = (place(folder.path(), "usage.db"), format!("{}/openai", replay.url()));
    let ledger = format!("ledger:{file}");
    let args = [
        "--target",
        &target,
        "--type",
        "GPT",
        "--quiet",
        "--report",
        &ledger,
        "--admin",
        "127.0.0.1:0",
    ];
    let mut kept = 0;
    for round in 1..=3 {
        let mut served = Served::start(&args);
        let admin = served.url_after("Admin pages: ");
        let url = format!("{}/v1/chat/completions", served.url);
        let done = Arc::new(AtomicBool::new(false));
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (done, url) = (Arc::clone(&done), url.clone());
            clients.spawn(async move {
                let client = client();
                while !done.load(Relaxed) {
                    // Killed, it answers no more.
                    let Ok(answer) = client.request(post(&url)).await else { return };
                    let _ = answer.into_body().collect().await;
                }
            });
        }
        let begun = Instant::now();
        let mut said = 0;
        while said < 60 * round {
            assert!(begun.elapsed() < Duration::from_secs(30), "{said} rows");
            said = acknowledged(&admin).await.unwrap_or(said);
        }
        served.signal("KILL");
        done.store(true, Relaxed);
        while clients.join_next().await.is_some() {}
        drop(served);
        let database = rusqlite::Connection::open(&file).unwrap();
        let one = |query: &str| -> String {
            database
                .query_row(query, [], |row| row.get::<_, rusqlite::types::Value>(0))
                .map(|value| match value {
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    rusqlite::types::Value::Text(text) => text,
                    other => panic!("{other:?}"),
                })
                .unwrap()
        };
        let rows: u64 = one("SELECT count(*) FROM records").parse().unwrap();
        assert!(rows >= kept + said, "{rows} rows, of {kept} and {said} acknowledged");
        assert_eq!(one("PRAGMA integrity_check"), "ok");
        kept = rows;
    }
    // After all of that it starts, counts on, and ends well.
    let served = Served::start(&args);
    assert_eq!(ask(&format!("{}/v1/chat/completions", served.url)).await.0, StatusCode::OK);
    assert_eq!(served.stop().1, 0);
    let (code, out, _) = common::run(&["usage", &file, "--json"]);
    assert_eq!(code, 0);
    let usage: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(usage["total"]["responses"], kept + 1, "{out}");
}
