//! API definitions of the original, served: the metrics are those its own integration
//! tests expect. The definitions here have its form; with `TOKEN_TRACKING_SHARED` set,
//! its own twelve files are served as well, unchanged.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use token_tracking_bundle::registry;
use token_tracking_gateway::{Definition, Gateway, Settings};
use token_tracking_report::Memory;

const SENT: &str = "long_llm-proxy_tokens-sent";
const RECEIVED: &str = "long_llm-proxy_tokens-received";
const MODEL: &str = "keyword_llm-proxy_model";
const SENT_COST: &str = "double_llm-proxy_sent-cost";
const RECEIVED_COST: &str = "double_llm-proxy_received-cost";

/// What the original's stub of a provider answers, by the target's path. Its stubs of
/// Gemini and of Claude have each other's shape, as its extractors do.
fn stub(path: &str) -> Value {
    match path {
        "/gpt" => json!({
            "id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4",
            "usage": {"prompt_tokens": 500_000, "completion_tokens": 750_000,
                      "total_tokens": 1_250_000}}),
        "/mistral" => json!({
            "object": "chat.completion", "model": "mistral-large",
            "usage": {"prompt_tokens": 500_000, "completion_tokens": 750_000,
                      "total_tokens": 1_250_000}}),
        "/gemini" => json!({
            "model": "gemini-pro",
            "usage": {"input_tokens": 500_000, "output_tokens": 750_000}}),
        "/claude" => json!({
            "modelVersion": "claude-2",
            "usageMetadata": {"promptTokenCount": 500_000, "candidatesTokenCount": 750_000}}),
        "/without-model" => json!({
            "usage": {"custom_prompt_tokens": 500_000, "custom_completion_tokens": 750_000}}),
        _ => json!({
            "custom_model": "my-model",
            "usage": {"custom_prompt_tokens": 500_000, "custom_completion_tokens": 750_000}}),
    }
}

fn definition(path: &str, target: &str, configuration: &Value) -> Value {
    json!({
        "id": "it", "name": "it", "apiVersion": "1.0", "definitionVersion": "4.0.0",
        "type": "proxy", "analytics": {},
        "listeners": [{"type": "http", "paths": [{"path": path}],
                       "entrypoints": [{"type": "http-proxy"}]}],
        "endpointGroups": [{"name": "default", "type": "http-proxy", "endpoints": [{
            "name": "default", "type": "http-proxy", "weight": 1,
            "inheritConfiguration": false,
            "configuration": {"target": format!("http://localhost:8080{target}")}}]}],
        "flows": [{"name": "flow-1", "enabled": true,
            "selectors": [{"type": "http", "path": "/", "pathOperator": "STARTS_WITH"}],
            "request": [],
            "response": [{"name": "AI Token Track", "enabled": true,
                          "policy": "ai-prompt-token-tracking",
                          "configuration": configuration}],
            "subscribe": [], "publish": []}]
    })
}

fn custom(tokens: &str, model: Option<&str>) -> Value {
    let mut extraction = json!({
        "type": "CUSTOM",
        "inputTokenPointer": format!("{{#response.jsonContent.{tokens}.custom_prompt_tokens}}"),
        "outputTokenPointer":
            format!("{{#response.jsonContent.{tokens}.custom_completion_tokens}}"),
    });
    if let Some(model) = model {
        extraction["modelPointer"] = json!(model);
    }
    extraction
}

/// Serves the provider's stub on a port of its own.
async fn stub_provider() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let answer = service_fn(|request: http::Request<hyper::body::Incoming>| async move {
                let body = stub(request.uri().path().trim_end_matches('/')).to_string();
                Ok::<_, Infallible>(
                    http::Response::builder()
                        .header("content-type", "application/json")
                        .body(Full::new(Bytes::from(body)))
                        .unwrap(),
                )
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), answer),
            );
        }
    });
    port
}

/// Serves one definition, calls it once, and gives the client's body and the record.
async fn call(definition: Definition, provider: u16) -> (Bytes, Value) {
    let api = definition.with_target_port(provider).compile(&registry());
    let path = api.paths().next().unwrap();
    let memory = Arc::new(Memory::new(4));
    let gateway =
        Gateway::bind(Settings::listening_on("127.0.0.1:0"), vec![api], memory.clone()).unwrap();
    let address = gateway.local_addr();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(gateway.serve(async move {
        stopped.await.ok();
    }));
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .build_http::<Empty<Bytes>>();
    let answer = client.get(format!("http://{address}{path}").parse().unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    drop(client);
    stop.send(()).ok();
    served.await.unwrap().unwrap();
    let records = memory.wait_for(1, Duration::from_secs(5));
    assert_eq!(records.len(), 1, "one record per call");
    (body, records[0].to_json())
}

/// What one definition must publish.
#[derive(Clone, Copy, Default)]
struct Expected {
    tokens: bool,
    model: Option<&'static str>,
    priced: bool,
}

fn check(name: &str, record: &Value, expected: Expected) {
    let metrics = &record["additional-metrics"];
    let number = |on: bool, value: Value| if on { value } else { Value::Null };
    assert_eq!(metrics[SENT], number(expected.tokens, json!(500_000)), "{name}: {record}");
    assert_eq!(metrics[RECEIVED], number(expected.tokens, json!(750_000)), "{name}");
    assert_eq!(metrics[MODEL], json!(expected.model), "{name}");
    assert_eq!(metrics[SENT_COST], number(expected.priced, json!(0.2)), "{name}");
    assert_eq!(metrics[RECEIVED_COST], number(expected.priced, json!(0.6)), "{name}");
}

#[tokio::test]
async fn definitions_of_the_original_form_give_its_metrics() {
    let provider = stub_provider().await;
    let pricing = json!({"inputPriceValue": 0.4, "inputPriceUnit": "1000000",
                         "outputPriceValue": 0.8, "outputPriceUnit": "1000000"});
    let models = [
        ("GPT", "/gpt", "gpt-4"),
        ("GEMINI", "/gemini", "gemini-pro"),
        ("CLAUDE", "/claude", "claude-2"),
        ("MISTRAL", "/mistral", "mistral-large"),
    ];
    let mut cases = Vec::new();
    for (kind, target, model) in models {
        cases.push((json!({"type": kind}), target, Some(model), true));
    }
    let model = "{#response.jsonContent.custom_model}";
    cases.push((custom("usage", Some(model)), "/custom", Some("my-model"), true));
    cases.push((custom("usage", Some(model)), "/without-model", None, true));
    let bad = "{#response.jsonContent.bad|custom_model}";
    cases.push((custom("bad", Some(bad)), "/claude", None, false));
    cases.push((custom("usage", Some(bad)), "/custom", None, true));
    for (extraction, target, model, tokens) in cases {
        for priced in [false, true] {
            let mut configuration = json!({"extraction": extraction});
            if priced {
                configuration["pricing"] = pricing.clone();
            }
            let text = definition("/it", target, &configuration).to_string();
            let definition = Definition::parse(&text, "it.json").unwrap();
            let (body, record) = call(definition, provider).await;
            assert_eq!(body, stub(target).to_string(), "the client's bytes are the provider's");
            let expected = Expected { tokens, model, priced: priced && tokens };
            check(&format!("{extraction} {target}"), &record, expected);
            if !tokens {
                assert_eq!(record["reasons"], json!(["pointer-failed"]), "{record}");
            }
        }
    }
}

/// The original's files by name: what each must publish.
fn expectation(file: &str) -> Expected {
    let priced = file.contains("pricing");
    let model = match file.split('-').next() {
        _ if file.contains("bad-el") => return Expected::default(),
        _ if file.contains("without-model") => None,
        Some("gpt") => Some("gpt-4"),
        Some("gemini") => Some("gemini-pro"),
        Some("claude") => Some("claude-2"),
        Some("mistral") => Some("mistral-large"),
        _ => Some("my-model"),
    };
    Expected { tokens: true, model, priced: priced || file.contains("without-model") }
}

#[tokio::test]
async fn the_original_s_own_definitions_load_unchanged() {
    let Some(shared) = std::env::var_os("TOKEN_TRACKING_SHARED").map(PathBuf::from) else {
        eprintln!("TOKEN_TRACKING_SHARED is not set: only the definitions made here were served");
        return;
    };
    let provider = stub_provider().await;
    let files = definition_files(&shared.join("gravitee/apis"));
    assert_eq!(files.len(), 12, "{files:?}");
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let definition = Definition::read(&file).unwrap();
        let (_, record) = call(definition, provider).await;
        check(&name, &record, expectation(&name));
    }
}

fn definition_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| !file.file_name().unwrap().to_string_lossy().starts_with("docs-"));
    files.sort();
    files
}
