//! The admin listener, and definitions that change under a running `serve`.

mod common;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::Served;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use token_tracking_cli::replay::Replay;

async fn ask(request: http::request::Builder) -> (u16, String) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let answer = client.request(request.body(Full::from("{}")).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(url: &str, page: &str) -> (u16, String) {
    ask(Request::get(format!("{url}{page}"))).await
}

async fn value(url: &str, page: &str) -> Value {
    serde_json::from_str(&get(url, page).await.1).unwrap()
}

fn definition(name: &str, target: &str) -> String {
    json!({
        "name": name,
        "listeners": [{ "type": "http", "paths": [{ "path": "/chat" }] }],
        "endpointGroups": [{ "endpoints": [{ "configuration": { "target": target } }] }],
        "flows": [{ "response": [{ "policy": "ai-prompt-token-tracking",
                                   "configuration": { "extraction": { "type": "GPT" } } }] }]
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reporter_that_fares_ill_is_told_while_traffic_passes() {
    let replay = Replay::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let target = format!("{}/openai", replay.url());
    // Nobody is there to take them.
    let args = ["--target", &target, "--type", "GPT", "--quiet", "--admin", "127.0.0.1:0"];
    let gone = ["--report", "elasticsearch:http://127.0.0.1:1?linger=10ms"];
    let mut served = Served::start(&[&args[..], &gone].concat());
    let admin = served.url_after("Admin pages: ");
    let url = format!("{}/v1/chat/completions", served.url);
    let begun = Instant::now();
    while value(&admin, "/healthz").await["status"] != "degraded" {
        assert_eq!(ask(Request::post(&url)).await.0, 200);
        assert!(begun.elapsed() < Duration::from_secs(15), "{}", value(&admin, "/healthz").await);
    }
    let health = value(&admin, "/healthz").await;
    assert_eq!(health["reporters"][0]["healthy"], false, "{health}");
    assert!(health["reporters"][0]["last_error"].is_string(), "{health}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_runs_it_sees_health_metrics_settings_records_and_apis() {
    let replay = Replay::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.json");
    let target = format!("{}/openai", replay.url());
    std::fs::write(&file, definition("one", &target)).unwrap();
    let config = folder.path().join("gateway.yml");
    std::fs::write(&config, "admin: { records: 2 }\nreload: { watch: false }").unwrap();
    let apis = folder.path().to_str().unwrap().to_owned();
    std::fs::create_dir(folder.path().join("apis")).unwrap();
    let apis = format!("{apis}/apis");
    std::fs::rename(&file, format!("{apis}/chat.json")).unwrap();
    let args =
        ["--config", config.to_str().unwrap(), "--api", &apis, "--quiet", "--admin", "127.0.0.1:0"];
    let mut served = Served::start(&args);
    let admin = served.url_after("Admin pages: ");

    let url = format!("{}/chat/v1/chat/completions", served.url);
    for _ in 0..3 {
        assert_eq!(ask(Request::post(&url)).await.0, 200);
    }
    assert_eq!(get(&admin, "/readyz").await, (200, "ready\n".to_owned()));
    assert_eq!(value(&admin, "/healthz").await["status"], "ok");
    let (_, metrics) = get(&admin, "/metrics").await;
    for said in ["token_tracking_records_total{api=\"one\"", "token_tracking_reloads_total 0"] {
        assert!(metrics.contains(said), "{said}\n{metrics}");
    }
    assert!(metrics.trim_end().ends_with("# EOF"), "{metrics}");
    assert_eq!(value(&admin, "/config").await["admin"]["records"], 2);
    let records = common::json_lines(&get(&admin, "/records").await.1);
    assert_eq!(records.len(), 2, "of three, the last two");
    assert_eq!(records[0]["usage"]["input"], 1_420);
    assert_eq!(common::json_lines(&get(&admin, "/records?last=1").await.1).len(), 1);
    assert!(get(&admin, "/").await.1.contains("/apis"));
    let apis_of = value(&admin, "/apis").await;
    assert_eq!((&apis_of[0]["name"], &apis_of[0]["served"]), (&json!("one"), &json!("current")));

    // A broken file, and then a whole one, are taken at SIGHUP.
    let file = format!("{apis}/chat.json");
    for (text, field, wanted) in
        [("{".to_owned(), "served", "old-version"), (definition("two", &target), "name", "two")]
    {
        std::fs::write(&file, text).unwrap();
        served.signal("HUP");
        let begun = Instant::now();
        while value(&admin, "/apis").await[0][field] != wanted {
            assert!(begun.elapsed() < Duration::from_secs(10), "{}", value(&admin, "/apis").await);
        }
        if let Some(why) = value(&admin, "/apis").await[0]["error"].as_str() {
            assert!(why.contains(&format!("{file}:1:")), "{why}");
        }
        assert_eq!(ask(Request::post(&url)).await.0, 200);
    }
    let (_, metrics) = get(&admin, "/metrics").await;
    assert!(metrics.contains("token_tracking_reload_failures_total 1"), "{metrics}");
    assert!(metrics.contains("token_tracking_reloads_total 1"), "{metrics}");
    assert_eq!(served.stop().1, 0);
}
