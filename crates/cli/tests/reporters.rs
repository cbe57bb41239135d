//! Reporters that are down, slow, or whose disk is full, beside one that is well: traffic passes,
//! the one that is well has every record, and each of the others says how it fares.

mod common;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::{Served, json_lines};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use token_tracking_cli::replay::Replay;

const CALLS: usize = 30;
const PATIENCE: Duration = Duration::from_secs(20);

async fn ask(request: Request<Full<Bytes>>) -> (u16, Vec<u8>) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.into_body().collect().await.unwrap().to_bytes().to_vec())
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn one_is_down_one_is_slow_one_is_full_and_one_is_well() {
    let replay = Replay::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    // It takes connections and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good.jsonl").display().to_string();
    let target = format!("{}/openai", replay.url());
    let slow = format!("elasticsearch:http://{}?linger=10ms&queue=2", silent.local_addr().unwrap());
    let mut served = Served::start(&[
        "--target",
        &target,
        "--type",
        "GPT",
        "--quiet",
        "--admin",
        "127.0.0.1:0",
        "--records",
        &good,
        "--report",
        "elasticsearch:http://127.0.0.1:1?linger=10ms&queue=2",
        "--report",
        &slow,
        "--report",
        "file:/dev/full?queue=2",
    ]);
    let admin = served.url_after("Admin pages: ");
    let url = format!("{}/v1/chat/completions", served.url);
    let expected = ask(Request::post(&url).body(Full::from("{}")).unwrap()).await.1;
    for _ in 1..CALLS {
        let (status, body) = ask(Request::post(&url).body(Full::from("{}")).unwrap()).await;
        assert!(status == 200 && body == expected);
    }
    let lines = || json_lines(&std::fs::read_to_string(&good).unwrap_or_default()).len();
    let reporters = async || {
        let page = ask(Request::get(format!("{admin}/healthz")).body(Full::default()).unwrap());
        let page: Value = serde_json::from_slice(&page.await.1).unwrap();
        page["reporters"].as_array().unwrap().clone()
    };
    let says_so = |reporter: &Value| {
        let lost = ["dropped", "failed"].map(|name| reporter[name].as_u64().unwrap());
        lost.iter().sum::<u64>() > 0 && reporter["written"] == 0
    };
    let begun = Instant::now();
    let mut health = reporters().await;
    let all_written = |health: &[Value]| health[0]["written"] == CALLS;
    while !all_written(&health) || !health[1..].iter().all(says_so) {
        assert!(begun.elapsed() < PATIENCE, "{} lines; {health:#?}", lines());
        tokio::time::sleep(Duration::from_millis(50)).await;
        health = reporters().await;
    }
    assert_eq!(lines(), CALLS);
    let [well, ill @ ..] = &*health else { panic!("{health:?}") };
    assert_eq!((&well["healthy"], well["written"].as_u64()), (&true.into(), Some(CALLS as u64)));
    assert_eq!(ill.len(), 3);
    // The one that is silent has not failed yet; the others have, and say of what.
    for reporter in [&ill[0], &ill[2]] {
        assert_eq!(reporter["healthy"], false, "{reporter}");
        assert!(reporter["last_error"].is_string(), "{reporter}");
    }
    let metrics = ask(Request::get(format!("{admin}/metrics")).body(Full::default()).unwrap());
    let metrics = String::from_utf8(metrics.await.1).unwrap();
    let lost = metrics.lines().filter(|line| {
        ["dropped_total{", "failed_total{"]
            .iter()
            .any(|name| line.starts_with(&format!("token_tracking_reporter_{name}")))
            && !line.ends_with(" 0")
    });
    assert_eq!(lost.count(), 3, "{metrics}");
}
