//! The real Envoy in front of a provider, with the processor beside it: bytes are the
//! provider's, and the record is the gateway's for the same call. Needs Envoy's binary: the
//! variable `ENVOY_BIN` names it, or it is in the path as `envoy`. With
//! `TOKEN_TRACKING_SHARED` set, every recorded body goes through.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use token_tracking_bundle::registry;
use token_tracking_ext_proc::{ExtProc, Listen, Policies, Settings as ExtProcSettings};
use token_tracking_gateway::{Api, Gateway, Settings};
use token_tracking_policy::{Policy, PolicyConfig};
use token_tracking_report::Memory;
use token_tracking_tests::envoy::{Answer, Envoy, PATIENCE, client, envoy_binary, get, provider};

/// Answers made here, and the recorded ones where they are.
fn answers() -> Vec<Answer> {
    let usage = r#""usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}"#;
    let chat = format!(r#"{{"id":"c1","object":"chat.completion","model":"gpt-5-mini",{usage}}}"#);
    let chunk = r#"data: {"id":"c2","object":"chat.completion.chunk","model":"gpt-5-mini","#;
    let words = format!("{chunk}\"choices\":[{{\"delta\":{{\"content\":\"hi\"}}}}]}}\n\n");
    let stream =
        format!("{}{chunk}\"choices\":[],{usage}}}\n\ndata: [DONE]\n\n", words.repeat(300));
    let mut answers = vec![
        Answer::new("buffered", "application/json", chat),
        Answer::new("streamed", "text/event-stream", stream.clone()),
        Answer::new("empty", "application/json", ""),
        Answer { status: 429, ..Answer::new("refused", "application/json", r#"{"error":{}}"#) },
    ];
    // Encoded, and longer than any chunk: each goes on where the one before ended.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gzip.write_all(stream.as_bytes()).unwrap();
    let gzip = Answer::new("gzip", "text/event-stream", gzip.finish().unwrap());
    answers.push(Answer { content_encoding: Some("gzip"), ..gzip });
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
                content_encoding: None,
                body: std::fs::read(folder.join(file)).unwrap().into(),
                cut: false,
                gate: None,
            });
        }
    }
    answers
}

/// With prices, so that there are costs to be told.
fn auto() -> Policy {
    let config = json!({ "extraction": { "type": "AUTO" }, "pricing": {
        "inputPriceValue": 2, "inputPriceUnit": 1000,
        "outputPriceValue": 4, "outputPriceUnit": 1000,
    } });
    Policy::compile(&PolicyConfig::from_value(&config).unwrap().value, &registry()).unwrap()
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
        // The gateway's is the request's; a reporter makes one where the host made none.
        object.remove("id");
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
        // Where Envoy waits, it takes what the processor tells.
        if example != "observe.yaml" {
            let line = |path: &str| {
                let output = envoy.output();
                let lines = output.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
                lines.into_iter().find(|line| line["path"] == path)
            };
            envoy.wait_for("the access log", || async { line("/v1/1").is_some() }).await;
            let logged = line("/v1/1").unwrap();
            assert_eq!((&logged["input"], &logged["output"]), (&json!(7), &json!(5)), "{logged}");
            assert_eq!(logged["model"], "gpt-5-mini", "{example}");
            assert_eq!((&logged["counts"], &logged["cost"]), (&json!("reported"), &json!(0.02)));
        }
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

/// A provider that sends counts as it goes and then breaks off: what was seen is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_off_keeps_what_was_seen() {
    let Some(binary) = envoy_binary() else { return };
    let event = |output: u32| {
        format!(
            "data: {{\"id\":\"c3\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":\
             [{{\"delta\":{{\"content\":\"a\"}},\"finish_reason\":null}}],\"usage\":{{\"prompt_tokens\":9,\
             \"completion_tokens\":{output},\"total_tokens\":{}}}}}\n\n",
            9 + output
        )
    };
    // Encoded as servers stream: each event can be decoded once it is there.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for event in (1..=20).map(event) {
        gzip.write_all(event.as_bytes()).unwrap();
        gzip.flush().unwrap();
    }
    let gzip = Answer::new("cut gzip", "text/event-stream", gzip.get_ref().clone());
    let plain = Answer::new("cut", "text/event-stream", (1..=20).map(event).collect::<String>());
    let answers = [plain, Answer { content_encoding: Some("gzip"), ..gzip }];
    let answers = answers.map(|answer| Answer { cut: true, ..answer });
    let provider = provider(Arc::new(answers.to_vec())).await;
    for example in ["observe.yaml", "streamed.yaml", "duplex.yaml"] {
        let memory = Arc::new(Memory::new(3));
        let (port, _stop) = processor(&memory);
        let envoy =
            Envoy::start(&binary, example, &[(10001, provider.port()), (50051, port)]).await;
        for number in 0..answers.len() {
            let _ = get(&envoy.url(&format!("/v1/{number}"))).await;
        }
        let records = memory.wait_for(answers.len(), PATIENCE);
        assert_eq!(records.len(), answers.len(), "{example}");
        for record in records.iter().map(token_tracking_core::Record::to_json) {
            assert_eq!(record["usage"]["input"], 9, "{example}: {record}");
            assert_eq!(record["usage"]["output"], 20, "{example}: {record}");
            assert_eq!(record["provenance"], "partial", "{example}: {record}");
            assert_eq!(record["end"], "cancelled", "{example}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_streams_at_once() {
    const STREAMS: usize = 500;
    let Some(binary) = envoy_binary() else { return };
    let answers = Arc::new(answers().into_iter().take(2).collect::<Vec<_>>());
    let provider = provider(Arc::clone(&answers)).await;
    for example in ["observe.yaml", "streamed.yaml", "duplex.yaml"] {
        let memory = Arc::new(Memory::new(STREAMS + 1));
        let (port, _stop) = processor(&memory);
        let envoy =
            Envoy::start(&binary, example, &[(10001, provider.port()), (50051, port)]).await;
        let client = client();
        let calls = (0..STREAMS).map(|_| {
            let (client, url) = (client.clone(), envoy.url("/v1/1"));
            tokio::spawn(async move { token_tracking_tests::envoy::get_with(&client, &url).await })
        });
        for call in calls.collect::<Vec<_>>() {
            let (status, body) = call.await.unwrap().unwrap();
            assert!(status == 200 && body == answers[1].body, "{example}");
        }
        let lost = envoy.counter("failure_mode_allowed").await;
        let kept = memory.wait_for(STREAMS, PATIENCE).len();
        eprintln!("{example}: {kept} of {STREAMS} records; Envoy counts {lost} streams it gave up");
        assert!(kept <= STREAMS);
        // Where Envoy gave none up, every call has its record.
        assert!(kept as u64 + lost >= STREAMS as u64, "{example}: {kept} records, {lost} lost");
    }
}
