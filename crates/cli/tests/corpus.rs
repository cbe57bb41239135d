//! Every recorded body through the gateway: in random chunks, in every content coding, over every
//! transport. The client gets the bytes that were sent, and the record is that of `extract`.
//!
//! The bodies are the providers' fixtures, and with `TOKEN_TRACKING_SHARED` set those of its
//! corpus.

mod common;
#[path = "../../gateway/tests/common/mod.rs"]
mod proxy;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::channel::Channel;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use proxy::tls::{client_of, tls_upstream, write_certificate};
use serde_json::{Value, json};
use token_tracking_core::Record;
use token_tracking_gateway::{Api, Gateway, Settings, TlsFiles};
use token_tracking_policy::Policy;
use token_tracking_report::Memory;

const CODINGS: [Option<&str>; 5] = [None, Some("gzip"), Some("deflate"), Some("br"), Some("zstd")];
/// Ways from the client to the gateway, and from there to the target.
const TRANSPORTS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

struct Body {
    name: String,
    status: u16,
    headers: Vec<(String, String)>,
    /// The end of the request's path: some providers have the model there.
    path: String,
    bytes: Vec<u8>,
}

fn bodies() -> Vec<Body> {
    let mut bodies = Vec::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders: Vec<PathBuf> =
        fs::read_dir(crates).unwrap().map(|e| e.unwrap().path()).collect();
    folders.retain(|folder| folder.file_name().unwrap().to_string_lossy().starts_with("provider-"));
    folders.sort();
    for folder in folders {
        let mut files: Vec<_> =
            fs::read_dir(folder.join("fixtures")).unwrap().map(|e| e.unwrap().path()).collect();
        files.sort();
        for file in files {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let sidecar = |end: &str| name.ends_with(&format!(".{end}.json"));
            let content_type = match name.rsplit_once('.').unwrap().1 {
                "json" if sidecar("config") || sidecar("head") || sidecar("snap") => continue,
                "json" | "jsonarray" => "application/json",
                "sse" => "text/event-stream",
                "ndjson" => "application/x-ndjson",
                // Framed by the conformance kit.
                _ => continue,
            };
            bodies.push(Body {
                name: file.display().to_string(),
                status: 200,
                headers: vec![("content-type".to_owned(), content_type.to_owned())],
                path: String::new(),
                bytes: fs::read(&file).unwrap(),
            });
        }
    }
    let shared = std::env::var_os("TOKEN_TRACKING_SHARED").filter(|folder| !folder.is_empty());
    let Some(folder) = shared.map(|shared| PathBuf::from(shared).join("corpus")) else {
        eprintln!("the corpus is skipped: TOKEN_TRACKING_SHARED is not set");
        return bodies;
    };
    for line in fs::read_to_string(folder.join("manifest.jsonl")).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let file = line["file"].as_str().unwrap();
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        let mut headers: Vec<_> = (line["response_headers"].as_object().into_iter().flatten())
            .map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned()))
            // Those of the message as it was sent then.
            .filter(|(name, _)| {
                !matches!(&**name, "content-length" | "transfer-encoding" | "connection")
            })
            .filter(|(name, _)| !matches!(&**name, "content-type" | "content-encoding"))
            .collect();
        headers.extend(text("content_type").map(|value| ("content-type".to_owned(), value)));
        bodies.push(Body {
            name: file.to_owned(),
            status: line["status"].as_u64().map_or(200, |status| u16::try_from(status).unwrap()),
            headers,
            path: text("url_path")
                .filter(|path| path.parse::<http::uri::PathAndQuery>().is_ok())
                .unwrap_or_default(),
            bytes: fs::read(folder.join(file)).unwrap(),
        });
    }
    bodies
}

fn encoded(coding: Option<&str>, bytes: &[u8]) -> Vec<u8> {
    let fast = flate2::Compression::fast();
    match coding {
        Some("gzip") => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), fast);
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Some("deflate") => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), fast);
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Some("br") => {
            let mut encoded = Vec::new();
            brotli::CompressorReader::new(bytes, 4096, 1, 20).read_to_end(&mut encoded).unwrap();
            encoded
        }
        Some("zstd") => zstd::encode_all(bytes, 1).unwrap(),
        _ => bytes.to_vec(),
    }
}

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % below
    }
}

/// A body in chunks, of which every other one is of a few bytes: a dozen or so, since each costs
/// a wake-up in three places.
fn chunks(bytes: Bytes, mut dice: Dice) -> impl Iterator<Item = Bytes> {
    let mut rest = bytes;
    let most = 1 + rest.len() / 3;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let most = if dice.roll(2) == 0 { 3 } else { most };
        let size = 1 + dice.roll(most);
        Some(rest.split_to(size.min(rest.len())))
    })
}

/// What the target has to send, by the numbers in the request's path, `/17/2/…`: that of the
/// body, and that of the try.
fn answer(bodies: &[Body], path: &str) -> Response<proxy::Body> {
    let mut numbers = path.split('/').skip(1).take(2).map(|part| part.parse::<usize>().unwrap());
    let (body, turn) = (numbers.next().unwrap(), numbers.next().unwrap());
    let (number, body) = (body, &bodies[body]);
    let coding = CODINGS[turn];
    let bytes = Bytes::from(encoded(coding, &body.bytes));
    let mut response = Response::builder().status(body.status);
    for (name, value) in &body.headers {
        response = response.header(name, value);
    }
    if let Some(coding) = coding {
        response = response.header("content-encoding", coding);
    }
    let (mut sender, streamed) = Channel::<Bytes, std::io::Error>::new(1);
    tokio::spawn(async move {
        for chunk in chunks(bytes, Dice((number * 5 + turn) as u64)) {
            let _ = sender.send_data(chunk).await;
        }
    });
    response.body(streamed.boxed()).unwrap()
}

/// What `extract` says of the bodies, as they are.
fn extracted(bodies: &[Body]) -> Vec<Value> {
    let mut lines = String::new();
    for (number, body) in bodies.iter().enumerate() {
        let line = json!({
            "id": number, "type": "AUTO", "status": body.status,
            "headers": body.headers.iter().cloned().collect::<BTreeMap<_, _>>(),
            "request": { "method": "POST", "path": format!("/g0/{number}/0{}", body.path) },
            "body_base64": STANDARD.encode(&body.bytes),
        });
        writeln!(lines, "{line}").unwrap();
    }
    let (code, out, err) = common::run_with(&["extract", "--format", "jsonl"], &lines);
    assert_eq!(code, 0, "{err}");
    common::json_lines(&out).into_iter().map(|mut line| line["record"].take()).collect()
}

/// A record without what is not the body's.
fn bare(mut record: Value) -> Value {
    let object = record.as_object_mut().unwrap();
    for name in ["id", "timestamp", "latency", "api", "request"] {
        object.remove(name);
    }
    record
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_over_every_transport_in_every_coding() {
    let bodies = Arc::new(bodies());
    let expected: Vec<Value> = extracted(&bodies).into_iter().map(bare).collect();
    let served = Arc::clone(&bodies);
    let target = move |request: Request<Incoming>| {
        let answer = answer(&served, request.uri().path());
        async move { answer }
    };
    let plain = proxy::upstream(target.clone()).await;
    let (old, old_certificate) = tls_upstream(&["http/1.1"], target.clone()).await;
    let (new, new_certificate) = tls_upstream(&["h2"], target).await;
    let targets = [
        format!("http://localhost:{plain}"),
        format!("h2c://localhost:{plain}"),
        format!("https://localhost:{old}"),
        format!("https://localhost:{new}"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let certificate = write_certificate(folder.path());
    let memory = Arc::new(Memory::new(bodies.len() * CODINGS.len() + 1));
    let mut doors = Vec::new();
    for tls in [false, true] {
        let mut settings = Settings::listening_on("127.0.0.1:0");
        settings.extra_roots = vec![old_certificate.clone(), new_certificate.clone()];
        // However busy the machine is, a connection is not closed just when it is used again.
        settings.timeouts.head = 10 * PATIENCE;
        let files = TlsFiles::new(folder.path().join("cert.pem"), folder.path().join("key.pem"));
        settings.tls = tls.then_some(files);
        let api = |(i, target): (usize, &String)| {
            let auto = Policy::quick("AUTO", &token_tracking_bundle::registry()).unwrap();
            Api::quick("all", &format!("/g{i}"), target, auto).unwrap()
        };
        let apis = targets.iter().enumerate().map(api).collect();
        let gateway = Gateway::bind(settings, apis, memory.clone()).unwrap();
        let scheme = if tls { "https" } else { "http" };
        let base = format!("{scheme}://localhost:{}", gateway.local_addr().port());
        tokio::spawn(gateway.serve(std::future::pending()));
        for http2 in [false, true] {
            doors.push((base.clone(), client_of(&certificate, http2)));
        }
    }
    let mut turns = tokio::task::JoinSet::new();
    for (turn, coding) in CODINGS.into_iter().enumerate() {
        let (base, client) = doors[turn % TRANSPORTS].clone();
        let bodies = Arc::clone(&bodies);
        turns.spawn(async move {
            for (number, body) in bodies.iter().enumerate() {
                let way = (number + turn) % TRANSPORTS;
                let url = format!("{base}/g{way}/{number}/{turn}{}", body.path);
                let request = Request::post(&url).body(Full::default()).unwrap();
                let answer = client.request(request).await;
                let answer = answer.unwrap_or_else(|error| panic!("{url}: {error:?}"));
                let of =
                    |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap());
                assert_eq!(of("content-encoding"), coding, "{url} {}", body.name);
                assert_eq!(answer.status(), StatusCode::from_u16(body.status).unwrap());
                let got = answer.into_body().collect().await.unwrap().to_bytes();
                let sent = encoded(coding, &body.bytes);
                assert!(got == sent, "{url} {}: the bytes differ", body.name);
            }
        });
    }
    turns.join_all().await;
    let sent = bodies.len() * CODINGS.len();
    let records = memory.wait_for(sent, PATIENCE);
    assert_eq!(records.len(), sent, "one record for each");
    for record in &records {
        let path = &record.request.as_ref().unwrap().path;
        let number: usize = path.split('/').nth(2).unwrap().parse().unwrap();
        let json = bare(Record::to_json(record));
        assert_eq!(json, expected[number], "{path} {}", bodies[number].name);
    }
    eprintln!("{} bodies, {sent} answers, as many records", bodies.len());
}
