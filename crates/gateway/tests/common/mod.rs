//! Small upstreams, gateways before them, and clients, all on loopback.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test binary uses a part")]

pub mod tls;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::{Value, json};
use token_tracking_core::Record;
use token_tracking_gateway::{Api, Definition, Gateway, Settings};
use token_tracking_policy::Policy;
use token_tracking_report::Memory;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

pub type Body = BoxBody<Bytes, std::io::Error>;

/// A chat completion with 12 tokens sent and 34 received.
pub const CHAT: &str = r#"{"id":"c1","object":"chat.completion","model":"gpt-x","choices":[{"index":0,"message":{"role":"assistant","content":"hé \"}{\" llo"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}}"#;

/// The same as a stream.
pub const EVENTS: [&str; 3] = [
    "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"he\"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-x\",\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":34,\"total_tokens\":46}}\n\n",
    "data: [DONE]\n\n",
];

pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

/// An upstream that answers each request with `answer`, over HTTP/1.1 or h2c.
pub async fn upstream<F, A>(answer: F) -> u16
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Body>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            let answer = answer.clone();
            let service = service_fn(move |request| {
                let answer = answer(request);
                async move { Ok::<_, Infallible>(answer.await) }
            });
            tokio::spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    port
}

/// An upstream that answers its first connection with exactly these bytes and closes it;
/// gives the request's head.
pub async fn raw_upstream(answer: impl Into<Vec<u8>>) -> (u16, oneshot::Receiver<String>) {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = read_head(&mut stream).await;
        let _ = sender.send(head);
        stream.write_all(&answer).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    (port, receiver)
}

pub async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// A gateway that serves until it is dropped.
pub struct Served {
    pub address: SocketAddr,
    pub memory: Arc<Memory>,
    pub stop: Option<oneshot::Sender<()>>,
    pub task: tokio::task::JoinHandle<()>,
}

pub fn serve(apis: Vec<Api>) -> Served {
    serve_with(Settings::listening_on("127.0.0.1:0"), apis)
}

pub fn serve_with(settings: Settings, apis: Vec<Api>) -> Served {
    let memory = Arc::new(Memory::new(100));
    let gateway = Gateway::bind(settings, apis, Arc::clone(&memory) as _).unwrap();
    let address = gateway.local_addr();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        gateway.serve(async { drop(stopped.await) }).await.unwrap();
    });
    Served { address, memory, stop: Some(stop), task }
}

impl Served {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The records, once there are so many; then also some time for one too many.
    pub async fn records(&self, count: usize) -> Vec<Record> {
        let patience = Instant::now() + Duration::from_secs(10);
        while self.memory.records().len() < count && Instant::now() < patience {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let records = self.memory.records();
        assert_eq!(records.len(), count, "{records:#?}");
        records
    }

    /// Sends these bytes and reads until the connection is closed.
    pub async fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A reset is an end, too.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

pub fn gpt() -> Policy {
    Policy::quick("GPT", &token_tracking_bundle::registry()).unwrap()
}

/// An API at `/gpt` that goes to this port and is tracked as GPT.
pub fn api(port: u16) -> Api {
    Api::quick("chat", "/gpt", &format!("http://127.0.0.1:{port}"), gpt()).unwrap()
}

pub fn client() -> Client<HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

pub fn h2c_client() -> Client<HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).http2_only(true).build_http()
}

pub fn post(url: &str) -> Request<Full<Bytes>> {
    Request::post(url).body(Full::from("{}")).unwrap()
}

pub fn get(url: &str) -> Request<Full<Bytes>> {
    Request::get(url).body(Full::default()).unwrap()
}

/// A definition in the original's flat form with these parts put over it.
pub fn definition(response: Value) -> Value {
    json!({
        "id": "my-api",
        "name": "my-api",
        "apiVersion": "1.0",
        "definitionVersion": "4.0.0",
        "type": "proxy",
        "analytics": {},
        "listeners": [{
            "type": "http",
            "paths": [{ "path": "/my-api" }],
            "entrypoints": [{ "type": "http-proxy" }]
        }],
        "endpointGroups": [{
            "name": "default",
            "type": "http-proxy",
            "endpoints": [{
                "name": "default",
                "type": "http-proxy",
                "weight": 1,
                "inheritConfiguration": false,
                "configuration": { "target": "http://localhost:8080/llm" }
            }]
        }],
        "flows": [{
            "name": "flow-1",
            "enabled": true,
            "selectors": [{ "type": "http", "path": "/", "pathOperator": "STARTS_WITH" }],
            "request": [],
            "response": response,
            "subscribe": [],
            "publish": []
        }]
    })
}

pub fn tracking_step(configuration: Value) -> Value {
    json!([{
        "name": "AI Token Track",
        "enabled": true,
        "policy": "ai-prompt-token-tracking",
        "configuration": configuration
    }])
}

pub fn parse(definition: &Value) -> Definition {
    Definition::from_value(definition, "api.json").unwrap()
}

pub fn gpt_step() -> Value {
    tracking_step(json!({ "extraction": { "type": "GPT" } }))
}

/// The definition with the value at this pointer replaced, or added.
pub fn with(pointer: &str, value: Value) -> Value {
    let mut definition = definition(gpt_step());
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match definition.pointer_mut(parent).unwrap() {
        Value::Array(items) => items.push(value),
        parent => parent[key] = value,
    }
    definition
}

/// An answer that says it is a stream of events.
pub fn sse(body: Body) -> Response<Body> {
    Response::builder().header("content-type", "text/event-stream").body(body).unwrap()
}
