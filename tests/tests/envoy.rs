//! The real Envoy in front of a provider, with the processor beside it: bytes are the
//! provider's, and the record is the gateway's for the same call. Needs Envoy's binary: the
//! variable `ENVOY_BIN` names it, or it is in the path as `envoy`. With
//! `TOKEN_TRACKING_SHARED` set, every recorded body goes through.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use token_tracking_bundle::registry;
use token_tracking_ext_proc::{ExtProc, Listen, Policies, Settings as ExtProcSettings};
use token_tracking_gateway::{Api, Gateway, Settings};
use token_tracking_policy::Policy;
use token_tracking_report::Memory;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct Answer {
    name: String,
    status: u16,
    content_type: Option<String>,
    body: Bytes,
}

impl Answer {
    fn new(name: &str, content_type: &str, body: &str) -> Self {
        let content_type = Some(content_type.to_owned());
        let body = Bytes::from(body.to_owned());
        Self { name: name.to_owned(), status: 200, content_type, body }
    }
}

/// Answers made here, and the recorded ones where they are.
fn answers() -> Vec<Answer> {
    let usage = r#""usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}"#;
    let chat = format!(r#"{{"id":"c1","object":"chat.completion","model":"gpt-5-mini",{usage}}}"#);
    let chunk = r#"data: {"id":"c2","object":"chat.completion.chunk","model":"gpt-5-mini","#;
    let words = format!("{chunk}\"choices\":[{{\"delta\":{{\"content\":\"hi\"}}}}]}}\n\n");
    let stream =
        format!("{}{chunk}\"choices\":[],{usage}}}\n\ndata: [DONE]\n\n", words.repeat(300));
    let mut answers = vec![
        Answer::new("buffered", "application/json", &chat),
        Answer::new("streamed", "text/event-stream", &stream),
        Answer::new("empty", "application/json", ""),
        Answer { status: 429, ..Answer::new("refused", "application/json", r#"{"error":{}}"#) },
    ];
    let shared = std::env::var_os("TOKEN_TRACKING_SHARED").filter(|folder| !folder.is_empty());
    if let Some(folder) = shared.map(|shared| PathBuf::from(shared).join("corpus")) {
        let manifest = std::fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
        for line in manifest.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let file = line["file"].as_str().unwrap();
            answers.push(Answer {
                name: file.to_owned(),
                status: line["status"].as_u64().and_then(|s| u16::try_from(s).ok()).unwrap_or(200),
                content_type: line["content_type"].as_str().map(str::to_owned),
                body: std::fs::read(folder.join(file)).unwrap().into(),
            });
        }
    }
    answers
}

/// A provider that gives the answer whose number is the path's last segment.
async fn provider(answers: Arc<Vec<Answer>>) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let answers = Arc::clone(&answers);
            let serve = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let number = request.uri().path().rsplit('/').next().unwrap().parse::<usize>();
                let answer = &answers[number.unwrap()];
                let mut response = http::Response::builder().status(answer.status);
                if let Some(content_type) = &answer.content_type {
                    response = response.header("content-type", content_type);
                }
                let response = response.body(Full::new(answer.body.clone())).unwrap();
                async move { Ok::<_, Infallible>(response) }
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), serve),
            );
        }
    });
    address
}

fn envoy_binary() -> Option<PathBuf> {
    let named = std::env::var_os("ENVOY_BIN").map(PathBuf::from);
    let in_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|dir| dir.join("envoy")).find(|file| file.is_file())
    };
    let found = named.or_else(in_path);
    if found.is_none() {
        eprintln!("skipped: there is no Envoy (set ENVOY_BIN to its binary)");
    }
    found
}

/// Envoy, stopped when dropped.
struct Envoy {
    process: Child,
    front: u16,
    admin: u16,
    folder: tempfile::TempDir,
}

impl Drop for Envoy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Envoy {
    /// Starts Envoy with one of the examples, on other ports.
    async fn start(binary: &Path, example: &str, ports: &[(u16, u16)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (front, admin) = (free_port(), free_port());
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("envoy").join(example);
        let mut config = std::fs::read_to_string(file).unwrap();
        for (from, to) in ports.iter().copied().chain([(10000, front), (10009, admin)]) {
            config = config.replace(&format!("port_value: {from} "), &format!("port_value: {to} "));
        }
        config = config.replace("path: access.jsonl", "path: /dev/stdout");
        std::fs::write(folder.path().join("envoy.yaml"), config).unwrap();
        let log = std::fs::File::create(folder.path().join("out")).unwrap();
        let process = Command::new(binary)
            .args(["-c", "envoy.yaml", "--concurrency", "1", "--log-level", "warning"])
            .args(["--file-flush-interval-msec", "50", "--use-dynamic-base-id"])
            .current_dir(folder.path())
            .stdout(log.try_clone().unwrap())
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        let envoy = Self { process, front, admin, folder };
        envoy.wait_for("ready", || async { envoy.get_admin("/ready").await == "LIVE\n" }).await;
        envoy
    }

    async fn wait_for<F: Future<Output = bool>>(&self, what: &str, done: impl Fn() -> F) {
        let begun = std::time::Instant::now();
        while !done().await {
            assert!(begun.elapsed() < PATIENCE, "{what}: {}", self.output());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn get_admin(&self, path: &str) -> String {
        match get(&format!("http://127.0.0.1:{}{path}", self.admin)).await {
            Ok((_, body)) => String::from_utf8_lossy(&body).into_owned(),
            Err(_) => String::new(),
        }
    }

    /// One of Envoy's counters of the filter.
    async fn counter(&self, name: &str) -> u64 {
        let stats = self.get_admin("/stats?filter=ext_proc").await;
        let name = format!("ext_proc.{name}: ");
        let value = stats.lines().find_map(|line| line.split_once(&name)?.1.parse().ok());
        value.unwrap_or_else(|| panic!("{name} in {stats}"))
    }

    fn output(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("out")).unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.front)
    }
}

type Failed = hyper_util::client::legacy::Error;

async fn get(url: &str) -> Result<(u16, Bytes), Failed> {
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .build_http::<Full<Bytes>>();
    let answer = client.get(url.parse().unwrap()).await?;
    let status = answer.status().as_u16();
    Ok((status, answer.into_body().collect().await.unwrap().to_bytes()))
}

fn auto() -> Policy {
    Policy::quick("AUTO", &registry()).unwrap()
}

/// A processor on a free port, until the sender is dropped.
fn processor(memory: &Arc<Memory>) -> (u16, tokio::sync::oneshot::Sender<()>) {
    let settings = ExtProcSettings::listening_on(Listen::Tcp("127.0.0.1:0".to_owned()));
    let policies = Arc::new(Policies::all("envoy", auto()));
    let server = ExtProc::bind(settings, policies, memory.clone()).unwrap();
    let port = server.local_addr().unwrap().port();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    tokio::spawn(server.serve(async {
        let _: Result<(), _> = stopped.await;
    }));
    (port, stop)
}

/// The records by path, without what differs from run to run.
fn comparable(memory: &Memory, count: usize) -> BTreeMap<String, Value> {
    let records = memory.wait_for(count, PATIENCE);
    let all = records.iter().map(|record| {
        let mut json = record.to_json();
        let object = json.as_object_mut().unwrap();
        object.remove("timestamp");
        object.remove("latency");
        (record.request.as_ref().unwrap().path.clone(), json)
    });
    all.collect()
}

/// What the gateway records of the same calls.
async fn by_the_gateway(provider: SocketAddr, count: usize) -> BTreeMap<String, Value> {
    let memory = Arc::new(Memory::new(count + 1));
    let api = Api::quick("envoy", "/", &format!("http://{provider}"), auto()).unwrap();
    let gateway =
        Gateway::bind(Settings::listening_on("127.0.0.1:0"), vec![api], memory.clone()).unwrap();
    let address = gateway.local_addr();
    let serving = tokio::spawn(gateway.serve(std::future::pending()));
    for number in 0..count {
        get(&format!("http://{address}/v1/{number}")).await.unwrap();
    }
    let records = comparable(&memory, count);
    serving.abort();
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_gives_the_gateway_s_records_and_the_provider_s_bytes() {
    let Some(binary) = envoy_binary() else { return };
    let answers = Arc::new(answers());
    let provider = provider(Arc::clone(&answers)).await;
    let expected = by_the_gateway(provider, answers.len()).await;
    for example in ["observe.yaml", "streamed.yaml", "duplex.yaml"] {
        let memory = Arc::new(Memory::new(answers.len() + 1));
        let (port, _stop) = processor(&memory);
        let envoy =
            Envoy::start(&binary, example, &[(10001, provider.port()), (50051, port)]).await;
        for (number, answer) in answers.iter().enumerate() {
            let (status, body) = get(&envoy.url(&format!("/v1/{number}"))).await.unwrap();
            assert_eq!(status, answer.status, "{example} {}", answer.name);
            assert!(body == answer.body, "{example} {}: the bytes differ", answer.name);
        }
        let records = comparable(&memory, answers.len());
        assert_eq!(records.len(), answers.len(), "{example}: one record per call");
        for (path, record) in &records {
            assert_eq!(record, &expected[path], "{example} {path}");
        }
        for name in ["failure_mode_allowed", "message_timeouts", "spurious_msgs_received"] {
            assert_eq!(envoy.counter(name).await, 0, "{example}: {name}");
        }
        if example == "streamed.yaml" {
            let line = |path: &str| {
                let output = envoy.output();
                let lines = output.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
                lines.into_iter().find(|line| line["path"] == path)
            };
            envoy.wait_for("the access log", || async { line("/v1/1").is_some() }).await;
            let logged = line("/v1/1").unwrap();
            assert_eq!((&logged["input"], &logged["output"]), (&json!(7), &json!(5)), "{logged}");
            assert_eq!(logged["model"], "gpt-5-mini");
            assert_eq!(logged["counts"], "reported");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_processor_traffic_goes_on_and_envoy_counts_it() {
    let Some(binary) = envoy_binary() else { return };
    let answers = Arc::new(answers().into_iter().take(2).collect::<Vec<_>>());
    let provider = provider(Arc::clone(&answers)).await;
    for example in ["observe.yaml", "streamed.yaml"] {
        let nobody = free_port();
        let envoy =
            Envoy::start(&binary, example, &[(10001, provider.port()), (50051, nobody)]).await;
        for (number, answer) in answers.iter().enumerate() {
            let (status, body) = get(&envoy.url(&format!("/v1/{number}"))).await.unwrap();
            assert_eq!((status, &body), (200, &answer.body), "{example}");
        }
        let failed = envoy.counter("streams_failed").await;
        assert_eq!(failed, 2, "{example}: each call's stream failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_processors_killed() {
    let Some(binary) = envoy_binary() else { return };
    let answers = Arc::new(answers().into_iter().take(2).collect::<Vec<_>>());
    let provider = provider(Arc::clone(&answers)).await;
    let (one, two) = (Arc::new(Memory::new(1000)), Arc::new(Memory::new(1000)));
    let (first, stop_first) = processor(&one);
    let (second, _stop) = processor(&two);
    let ports = [(10001, provider.port()), (50051, first), (50052, second)];
    let envoy = Envoy::start(&binary, "failover.yaml", &ports).await;
    let call = async |count: usize| {
        for _ in 0..count {
            let (status, body) = get(&envoy.url("/v1/0")).await.unwrap();
            assert_eq!((status, &body), (200, &answers[0].body));
        }
    };
    envoy
        .wait_for("both processors are used", || async {
            call(2).await;
            !one.records().is_empty() && !two.records().is_empty()
        })
        .await;
    drop(stop_first);
    call(20).await;
    // From the moment that the first is known to be gone, nothing is lost.
    envoy
        .wait_for("the health check", || async {
            let clusters = envoy.get_admin("/clusters").await;
            clusters.contains("/failed_active_hc")
        })
        .await;
    let before = two.records().len();
    call(20).await;
    assert_eq!(two.wait_for(before + 20, PATIENCE).len(), before + 20);
}
