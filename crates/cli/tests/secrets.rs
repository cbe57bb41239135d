//! What gives access at a provider is on its way through `serve` and stays nowhere: in no
//! record, no log, no label, on no page.

mod common;

use std::net::SocketAddr;
use std::path::Path;

use bytes::Bytes;
use common::Served;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use token_tracking_cli::replay::Replay;

/// Stands in each credential, with a number.
const SECRET: &str = "hunter2secret";

/// Headers in which providers, gateways and browsers carry what gives access.
const HEADERS: [&str; 14] = [
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "ocp-apim-subscription-key",
    "x-gravitee-api-key",
    "x-amz-security-token",
    "cookie",
    "x-auth-token",
    "x-forwarded-access-token",
    "cf-access-jwt-assertion",
    "x-client-secret",
    "x-session-token",
];

/// Parameters, likewise.
const PARAMETERS: [&str; 4] = ["key", "api_key", "access_token", "X-Amz-Signature"];

async fn ask(request: http::request::Builder) -> (u16, String) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let answer = client.request(request.body(Full::from("{}")).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

fn secretive(url: &str) -> http::request::Builder {
    let query: Vec<_> = PARAMETERS.iter().map(|name| format!("{name}={SECRET}-{name}")).collect();
    let request = Request::post(format!("{url}?{}", query.join("&")));
    let bearer = |name: &str| if name == "authorization" { "Bearer " } else { "" };
    HEADERS.iter().fold(request, |request, name| {
        request.header(*name, format!("{}{SECRET}-{name}", bearer(name)))
    })
}

/// An API whose pointers and attributes ask for all of it.
fn definition(target: &str) -> String {
    let asked = |of: &str, names: &[&str]| {
        let each = |name: &&str| format!("{{#request.{of}['{name}']}}");
        names.iter().map(each).collect::<String>()
    };
    let model =
        format!("{}{}{{#request.uri}}m", asked("headers", &HEADERS), asked("params", &PARAMETERS));
    json!({
        "name": "chat",
        "listeners": [{ "type": "http", "paths": [{ "path": "/chat" }] }],
        "endpointGroups": [{ "endpoints": [{ "configuration": { "target": target } }] }],
        "flows": [{ "response": [{ "policy": "ai-prompt-token-tracking", "configuration": {
            "extraction": {
                "type": "CUSTOM", "inputTokenPointer": "/usage/prompt_tokens",
                "outputTokenPointer": "/usage/completion_tokens", "modelPointer": model,
            } } }] }]
    })
    .to_string()
}

fn settings(key: &str) -> String {
    let attributes: serde_json::Map<_, _> = (HEADERS.iter().take(12))
        .map(|name| ((*name).to_owned(), json!(format!("{{#request.headers['{name}'][0]}}"))))
        .chain([("uri".to_owned(), json!("{#request.uri}"))])
        .collect();
    let application = "{#request.headers['Authorization'][0]}";
    let attribution = json!({
        "application": application, "user": "{#request.params['key'][0]}",
        "attributes": attributes, "hash_key": key,
    });
    json!({ "attribution": attribution, "log": { "level": "debug" } }).to_string()
}

fn files(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        text += &String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap());
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_reaches_no_record_no_log_and_no_label() {
    let key = "a key to hash with, itself a secret";
    let replay = Replay::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (api, down, config) = (place("chat.json"), place("down.json"), place("gateway.json"));
    std::fs::write(&api, definition(&format!("{}/openai", replay.url()))).unwrap();
    let nobody = definition("http://127.0.0.1:1").replace("/chat", "/down");
    std::fs::write(&down, nobody.replace("\"chat\"", "\"down\"")).unwrap();
    std::fs::write(&config, settings(key)).unwrap();
    let reported = tempfile::tempdir().unwrap();
    let out = |name: &str| reported.path().join(name).to_str().unwrap().to_owned();
    let ledger = format!("ledger:{}", out("usage.db"));
    let log = std::fs::File::create(reported.path().join("log")).unwrap();
    let mut served = Served::start_logging(
        &[
            "--config",
            &config,
            "--api",
            &api,
            "--api",
            &down,
            "--report",
            &ledger,
            "--records",
            &out("records.jsonl"),
            "--admin",
            "127.0.0.1:0",
        ],
        log,
    );
    let (url, admin) = (served.url.clone(), served.url_after("Admin pages: "));

    assert_eq!(ask(secretive(&format!("{url}/chat/v1/chat/completions"))).await.0, 200);
    assert_eq!(ask(secretive(&format!("{url}/down"))).await.0, 502);
    assert_eq!(ask(secretive(&format!("{url}/nowhere"))).await.0, 404);
    let mut seen = String::new();
    for page in ["/metrics", "/records", "/config", "/apis", "/healthz"] {
        seen += &ask(Request::get(format!("{admin}{page}"))).await.1;
    }
    let (rest, code) = served.stop();
    assert_eq!(code, 0);
    seen += &rest;
    seen += &files(reported.path());
    for what in ["completions", "a key to hash", "cannot connect"] {
        assert_eq!(seen.contains(what), what != "a key to hash", "{what}");
    }
    let at = seen.find(SECRET);
    let around = |at: usize| seen[at.saturating_sub(300)..].chars().take(400).collect::<String>();
    assert!(at.is_none(), "{}", at.map(around).unwrap_or_default());

    // Each of them is there as a hash, by which calls can be told apart.
    let records = std::fs::read_to_string(out("records.jsonl")).unwrap();
    let records = common::json_lines(&records);
    assert_eq!(records.len(), 2);
    let record = &records[0];
    let hash = record["application"].as_str().unwrap();
    assert!(hash.starts_with("hmac:") && hash.len() == 37, "{hash}");
    assert_eq!(record["attributes"]["authorization"], hash);
    assert_ne!(record["attributes"]["x-api-key"], hash);
    assert_eq!(record["attributes"].as_object().unwrap().len(), 14);
    assert_eq!(record["usage"]["input"], 1_420);
}
