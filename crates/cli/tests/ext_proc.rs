//! `ext-proc` as it is run: its settings, its admin pages, definitions that change under it, and
//! what stops it from starting.

mod common;
#[path = "../../ext-proc/tests/common/mod.rs"]
mod envoy;

use std::path::Path;
use std::time::{Duration, Instant};

use common::{Served, json_lines, run};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tonic::transport::{Channel, Endpoint};

const PATIENCE: Duration = Duration::from_secs(15);

async fn get(url: &str, page: &str) -> (u16, String) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = http::Request::get(format!("{url}{page}"));
    let request = request.body(Full::<bytes::Bytes>::default()).unwrap();
    let answer = client.request(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn value(url: &str, page: &str) -> Value {
    serde_json::from_str(&get(url, page).await.1).unwrap()
}

async fn call(channel: &Channel) {
    let mut call = envoy::Call::begin(channel.clone()).await;
    call.body(envoy::CHAT, true).await.unwrap();
}

fn definition(name: &str) -> String {
    json!({
        "name": name,
        "listeners": [{ "type": "http", "paths": [{ "path": "/v1" }] }],
        "endpointGroups": [{ "endpoints": [{ "configuration": { "target": "http://a" } }] }],
        "flows": [{ "response": [{ "policy": "ai-prompt-token-tracking",
                                   "configuration": { "extraction": { "type": "GPT" } } }] }]
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_run_like_the_gateway() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (apis, records, config) = (place("apis"), place("records.jsonl"), place("ext-proc.yaml"));
    std::fs::create_dir(&apis).unwrap();
    let file = format!("{apis}/chat.json");
    std::fs::write(&file, definition("one")).unwrap();
    let settings = format!(
        "apis: ['{apis}']\nreport: ['file:{records}']\nnode: {{ zone: eu }}\n\
         attribution:\n  application: '{{#node.zone}}'\n  hash_key: a-key-that-is-secret\n\
         admin: {{ enabled: true, listen: '127.0.0.1:0' }}\nreload: {{ interval: 20ms }}\n"
    );
    std::fs::write(&config, settings).unwrap();
    // The test's environment switches it off; flags go before that.
    let args = ["--config", &config, "--quiet", "--admin", "127.0.0.1:0"];
    let mut served = Served::processor(&args);
    let admin = served.url_after("Admin pages: ");
    let channel = Endpoint::from_shared(served.url.clone()).unwrap().connect().await.unwrap();
    call(&channel).await;
    assert_eq!(get(&admin, "/readyz").await, (200, "ready\n".to_owned()));
    assert_eq!(value(&admin, "/apis").await[0]["name"], "one");
    let shown = get(&admin, "/config").await.1;
    assert!(shown.contains("\"zone\": \"eu\"") && !shown.contains("a-key-that"), "{shown}");

    // A broken version changes nothing; a whole one is taken.
    for (text, field, wanted) in
        [("{".to_owned(), "served", "old-version"), (definition("two"), "name", "two")]
    {
        std::fs::write(&file, text).unwrap();
        let begun = Instant::now();
        while value(&admin, "/apis").await[0][field] != wanted {
            assert!(begun.elapsed() < PATIENCE, "{}", value(&admin, "/apis").await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        call(&channel).await;
    }
    let open = envoy::Call::begin(channel).await;
    let metrics = get(&admin, "/metrics").await.1;
    for said in [
        "token_tracking_records_total{api=\"one\"",
        "token_tracking_requests_in_flight 1",
        "token_tracking_reloads_total 1",
        "token_tracking_reload_failures_total 1",
    ] {
        assert!(metrics.contains(said), "{said}\n{metrics}");
    }
    drop(open);
    assert_eq!(json_lines(&get(&admin, "/records?last=1").await.1)[0]["api"], "two");
    assert_eq!(served.stop().1, 0);
    let records = json_lines(&std::fs::read_to_string(records).unwrap());
    let apis: Vec<_> = records.iter().map(|record| record["api"].as_str().unwrap()).collect();
    assert_eq!(apis, ["one", "one", "two", "two"], "the last was cut off");
    assert_eq!(records[0]["application"], "eu");
    assert_eq!(
        (&records[0]["usage"]["input"], &records[3]["end"]),
        (&json!(12), &json!("cancelled"))
    );
}

#[test]
fn the_settings_in_effect_are_printed_and_the_example_s_are_settings() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/envoy/policies.yaml");
    let example = example.display().to_string();
    let (code, printed, err) =
        run(&["ext-proc", "--config", &example, "--listen", "unix:/run/x.sock", "--print-config"]);
    assert_eq!((code, &*err), (0, ""));
    assert!(printed.contains("unix:/run/x.sock") && printed.contains("route: openai"), "{printed}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("printed.yaml");
    std::fs::write(&file, &printed).unwrap();
    let again = run(&["ext-proc", "--config", file.to_str().unwrap(), "--print-config"]);
    assert_eq!(again, (0, printed, String::new()));
    assert_eq!(run(&["validate", &example]).0, 0);
}

#[test]
fn what_stops_it_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ext-proc.yaml");
    let name = file.to_str().unwrap();
    let text = "policies:\n  - name: a\n    rout: b\n    policy: { extraction: { type: GPTT } }\n\
                attribution: { user: '{#request.content}' }\n";
    std::fs::write(&file, text).unwrap();
    for command in [&["ext-proc", "--config", name][..], &["validate", name]] {
        let (code, _, err) = run(command);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains(&format!("{name}:3:5: error: /policies/0/rout: ")), "{err}");
        assert!(err.contains("did you mean \"route\"?"), "{err}");
    }
    std::fs::write(&file, text.replace("rout:", "route:")).unwrap();
    for command in [&["ext-proc", "--config", name][..], &["validate", name]] {
        let (code, _, err) = run(command);
        assert_eq!(code, 1, "{err}");
        for said in [
            format!("{name}:4:"),
            "/policies/0/policy/extraction/type: ".to_owned(),
            format!("{name}:5:22: error: /attribution/user: a body cannot be read here"),
        ] {
            assert!(err.contains(&said), "{said}\n{err}");
        }
    }
    let both = ["ext-proc", "--type", "GPT", "--api", "apis"];
    assert_eq!(run(&both).0, 2);
    let (code, _, err) = run(&["ext-proc", "--type", "GPTT"]);
    assert!(code == 1 && err.contains("GPT"), "{err}");
}
