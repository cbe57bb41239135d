//! The examples with settings of their own, run with the real Envoy: several clusters behind one
//! processor, API definitions, and a rate limit by what was consumed. Needs Envoy's binary, as
//! `envoy.rs` does.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use envoy_types::pb::envoy::extensions::common::ratelimit::v3::rate_limit_descriptor::Entry;
use envoy_types::pb::envoy::service::ratelimit::v3::rate_limit_response::Code;
use envoy_types::pb::envoy::service::ratelimit::v3::rate_limit_service_server::{
    RateLimitService, RateLimitServiceServer,
};
use envoy_types::pb::envoy::service::ratelimit::v3::{RateLimitRequest, RateLimitResponse};
use http_body_util::Full;
use serde_json::{Value, json};
use token_tracking_bundle::registry;
use token_tracking_cli::settings::{ExtProcSettings, Layers};
use token_tracking_core::{Exchange, Record};
use token_tracking_ext_proc::{Choose, ExtProc, Listen, Policies};
use token_tracking_gateway::{Catalogue, Reload};
use token_tracking_report::Memory;
use token_tracking_tests::envoy::{
    Answer, Envoy, Ongoing, PATIENCE, TOKEN, client, envoy_binary, provider,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

const GPT: &str = r#"{"object":"chat.completion","model":"gpt-5-mini","usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}"#;
const CLAUDE: &str = r#"{"type":"message","role":"assistant","model":"claude-sonnet-4-5","usage":{"input_tokens":9,"output_tokens":3}}"#;

fn answers() -> Arc<Vec<Answer>> {
    let json = |body: &'static str| Answer::new("answer", "application/json", body);
    Arc::new(vec![json(GPT), json(CLAUDE)])
}

/// The settings of `policies.yaml`, on a free port, over these.
fn settings(more: Value) -> ExtProcSettings {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("envoy/policies.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    let layers = Layers::<ExtProcSettings>::read(Some((&text, "policies.yaml")), [], more);
    let mut loaded = layers.unwrap().load().unwrap();
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    loaded.settings.processor.listen = Listen::Tcp("127.0.0.1:0".to_owned());
    loaded.settings
}

fn start(settings: ExtProcSettings, choose: impl Choose + 'static) -> (u16, Arc<Memory>) {
    let memory = Arc::new(Memory::new(100));
    let server = ExtProc::bind(settings.processor, Arc::new(choose), memory.clone()).unwrap();
    let port = server.local_addr().unwrap().port();
    tokio::spawn(server.serve(std::future::pending()));
    (port, memory)
}

async fn ask(url: String) -> (u16, Vec<u8>) {
    let request = http::Request::get(url).header("authorization", format!("Bearer {TOKEN}"));
    let request = request.body(Full::<Bytes>::default()).unwrap();
    let mut call = Ongoing::begin(&client(), request).await.unwrap();
    call.read(usize::MAX).await;
    (call.status, call.bytes)
}

fn by_path(records: Vec<Record>) -> BTreeMap<String, Record> {
    let path = |record: &Record| record.request.as_ref().unwrap().path.clone();
    records.into_iter().map(|record| (path(&record), record)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn several_clusters_behind_one_processor() {
    let Some(binary) = envoy_binary() else { return };
    let provider = provider(answers()).await;
    let settings = settings(json!({}));
    let policies = Policies::compile(&settings.policies, &registry()).unwrap().0;
    let (port, memory) = start(settings, policies);
    let ports = [(10001, provider.port()), (50051, port)];
    let envoy = Envoy::start(&binary, "several.yaml", &ports).await;
    for path in ["/openai/0", "/anthropic/1", "/other/1"] {
        assert_eq!(ask(envoy.url(path)).await.0, 200);
    }
    let records = by_path(memory.wait_for(3, PATIENCE));
    for (path, api, cluster, input, priced) in [
        ("/openai/0", "openai", "openai", 7, true),
        ("/anthropic/1", "anthropic", "anthropic", 9, false),
        ("/other/1", "the rest", "openai", 9, false),
    ] {
        let record = &records[path];
        assert_eq!(record.api.as_deref(), Some(api), "{path}");
        assert_eq!(record.usage.input, Some(input), "{path}");
        assert_eq!(record.cost.is_some(), priced, "{path}");
        let told: BTreeMap<_, _> = record.attributes.iter().cloned().collect();
        assert_eq!(told["client"], "127.0.0.1", "{path}");
        assert_eq!(told["cluster"], cluster, "{path}");
        assert_eq!(record.application, None, "nobody told Envoy who called");
    }
}

/// A rate limit service that has a place for everybody, and remembers what was asked.
#[derive(Clone, Default)]
struct Limits(Arc<Mutex<Vec<RateLimitRequest>>>);

#[tonic::async_trait]
impl RateLimitService for Limits {
    async fn should_rate_limit(
        &self,
        request: Request<RateLimitRequest>,
    ) -> Result<Response<RateLimitResponse>, Status> {
        self.0.lock().unwrap().push(request.into_inner());
        let ok = Code::Ok.into();
        Ok(Response::new(RateLimitResponse { overall_code: ok, ..RateLimitResponse::default() }))
    }
}

impl Limits {
    /// What was reported, by user: hits of each descriptor, or of the request.
    fn reported(&self) -> Vec<(String, u64)> {
        let requests = self.0.lock().unwrap();
        let all = requests.iter().flat_map(|request| {
            let hits = u64::from(request.hits_addend);
            request.descriptors.iter().map(move |descriptor| {
                let Entry { key, value } = &descriptor.entries[0];
                (format!("{key} {value}"), descriptor.hits_addend.map_or(hits, |own| own.value))
            })
        });
        all.collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_count_against_the_limit_of_the_user_whom_envoy_knows() {
    let Some(binary) = envoy_binary() else { return };
    let provider = provider(answers()).await;
    let limits = Limits::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let limit_port = listener.local_addr().unwrap().port();
    let service = RateLimitServiceServer::new(limits.clone());
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(service)
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );
    // The same attribution; here API definitions choose the policy.
    let folder = tempfile::tempdir().unwrap();
    let step = json!({
        "name": "track", "enabled": true, "policy": "ai-prompt-token-tracking",
        // Only for callers whom the token says to be of the shop.
        "condition": "{#context.attributes['envoy.filters.http.jwt_authn']['claims']['azp'] == 'shop'}",
        "configuration": { "extraction": { "type": "GPT" }, "pricing": {
            "inputPriceValue": 2, "inputPriceUnit": 1000,
            "outputPriceValue": 4, "outputPriceUnit": 1000,
        } },
    });
    let definition = json!({
        "id": "llm", "name": "llm", "apiVersion": "1.0", "definitionVersion": "4.0.0",
        "type": "proxy",
        "listeners": [{ "type": "http", "paths": [{ "path": "/v1" }],
                        "entrypoints": [{ "type": "http-proxy" }] }],
        "endpointGroups": [{ "name": "default", "type": "http-proxy", "endpoints": [{
            "name": "default", "type": "http-proxy",
            "configuration": { "target": "http://provider.example" },
        }] }],
        "flows": [{ "name": "all", "enabled": true,
            "selectors": [{ "type": "http", "path": "/", "pathOperator": "STARTS_WITH" }],
            "request": [], "response": [step] }],
    });
    std::fs::write(folder.path().join("llm.json"), definition.to_string()).unwrap();
    let settings = settings(json!({ "policies": [], "apis": [folder.path()] }));
    let opened =
        Catalogue::open(settings.apis.clone(), &registry(), true, Reload::default()).unwrap();
    let catalogue = opened.0;
    let choose = move |exchange: &Exchange<'_>| catalogue.meter(exchange);
    let (port, memory) = start(settings, choose);
    let ports = [(10001, provider.port()), (50051, port), (8081, limit_port)];
    let envoy = Envoy::start(&binary, "ratelimit.yaml", &ports).await;

    let stranger = token_tracking_tests::envoy::get(&envoy.url("/v1/0")).await.unwrap();
    assert_eq!(stranger.0, 401, "Envoy checks the token");
    let (status, body) = ask(envoy.url("/v1/0?key=secret")).await;
    assert_eq!((status, &*body), (200, GPT.as_bytes()));
    let record = &memory.wait_for(1, PATIENCE)[0];
    assert_eq!(record.api.as_deref(), Some("llm"));
    assert_eq!(record.application.as_deref(), Some("shop"));
    let told: BTreeMap<_, _> = record.attributes.iter().cloned().collect();
    assert_eq!((&*told["user"], &*told["client"]), ("ada", "127.0.0.1"));
    assert!(!record.to_json().to_string().contains("secret"));
    // The check before the call, and what it came to after it.
    envoy
        .wait_for("the report of the rate limit filter", || async { limits.reported().len() >= 2 })
        .await;
    let reported = limits.reported();
    assert_eq!(reported, [("user ada".to_owned(), 0), ("user ada".to_owned(), 12)]);
    let line = || {
        let output = envoy.output();
        let mut lines = output.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
        lines.find(|line| line["status"] == 200)
    };
    envoy.wait_for("the access log", || async { line().is_some() }).await;
    let line = line().unwrap();
    assert_eq!((&line["output"], &line["cost"]), (&json!(5), &json!(0.02)), "{line}");
    assert_eq!(memory.records().len(), 1, "the call that was refused was not metered");
}
