//! The real Envoy as a child process, and a provider behind it.

use std::convert::Infallible;
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::service::service_fn;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::Notify;
use tokio_stream::StreamExt;

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A token that `ratelimit.yaml` takes, of the user `ada` and the application `shop`.
pub const TOKEN: &str = concat!(
    "eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9.",
    "eyJpc3MiOiAiaHR0cHM6Ly9pZC5leGFtcGxlIiwgInN1YiI6ICJhZGEiLCAiYXpwIjogInNob3AifQ.",
    "26aOq1Fe8I1ZRVMXmS2uDefoqE2WlVYAQrY6_GYj5hE",
);

/// What the provider answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What failures call it by.
    pub name: String,
    /// Its status.
    pub status: u16,
    /// Its content type, if it has one.
    pub content_type: Option<String>,
    /// Its content coding, if it has one.
    pub content_encoding: Option<&'static str>,
    /// Its body.
    pub body: Bytes,
    /// Whether the connection breaks off after the body, before the answer's end.
    pub cut: bool,
    /// The second half of the body waits for this.
    pub gate: Option<Arc<Notify>>,
}

impl Answer {
    /// A 200.
    #[must_use]
    pub fn new(name: &str, content_type: &str, body: impl Into<Bytes>) -> Self {
        let content_type = Some(content_type.to_owned());
        let body = body.into();
        Self {
            name: name.to_owned(),
            status: 200,
            content_type,
            content_encoding: None,
            body,
            cut: false,
            gate: None,
        }
    }

    /// Where the body's second half begins.
    #[must_use]
    pub fn half(&self) -> usize {
        self.body.len() / 2
    }

    fn frames(&self) -> impl http_body::Body<Data = Bytes, Error = std::io::Error> + Send + use<> {
        let (body, half, gate, cut) = (self.body.clone(), self.half(), self.gate.clone(), self.cut);
        let parts = match &gate {
            Some(_) => vec![body.slice(..half), body.slice(half..)],
            None => vec![body],
        };
        let data = parts.into_iter().map(Some).chain(cut.then_some(None)).enumerate();
        StreamBody::new(tokio_stream::iter(data).then(move |(number, part)| {
            let gate = gate.clone();
            async move {
                if let (1, Some(gate)) = (number, gate) {
                    gate.notified().await;
                }
                match part {
                    Some(part) => Ok(Frame::data(part)),
                    None => {
                        // So that all of it was sent.
                        tokio::time::sleep(Duration::from_millis(300)).await;
                        Err(std::io::Error::other("cut"))
                    }
                }
            }
        }))
    }
}

/// A provider that gives the answer whose number is a segment of the path.
pub async fn provider(answers: Arc<Vec<Answer>>) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let answers = Arc::clone(&answers);
            let serve = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let number = request.uri().path().split('/').find_map(|part| part.parse().ok());
                let answer = &answers[number.unwrap_or(0usize)];
                let mut response = http::Response::builder().status(answer.status);
                if let Some(content_type) = &answer.content_type {
                    response = response.header("content-type", content_type);
                }
                if let Some(coding) = answer.content_encoding {
                    response = response.header("content-encoding", coding);
                }
                let body = match answer.cut || answer.gate.is_some() {
                    true => BodyExt::boxed_unsync(answer.frames()),
                    false => {
                        let whole = Full::new(answer.body.clone());
                        BodyExt::boxed_unsync(whole.map_err(|never| match never {}))
                    }
                };
                let response = response.body(body).unwrap();
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

/// Envoy's binary: `ENVOY_BIN`, or `envoy` in the path. Says so where there is none.
#[must_use]
pub fn envoy_binary() -> Option<PathBuf> {
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
pub struct Envoy {
    /// The process.
    pub process: Child,
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

/// A port that was free a moment ago.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Envoy {
    /// Starts Envoy with one of the examples, on other ports.
    pub async fn start(binary: &Path, example: &str, ports: &[(u16, u16)]) -> Self {
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

    /// Waits until it is so.
    pub async fn wait_for<F: Future<Output = bool>>(&self, what: &str, done: impl Fn() -> F) {
        let begun = Instant::now();
        while !done().await {
            assert!(begun.elapsed() < PATIENCE, "{what}: {}", self.output());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the admin interface answers; empty while there is none.
    pub async fn get_admin(&self, path: &str) -> String {
        match get(&format!("http://127.0.0.1:{}{path}", self.admin)).await {
            Ok((_, body)) => String::from_utf8_lossy(&body).into_owned(),
            Err(_) => String::new(),
        }
    }

    /// One of Envoy's counters of the filter.
    pub async fn counter(&self, name: &str) -> u64 {
        let stats = self.get_admin("/stats?filter=ext_proc").await;
        let name = format!("ext_proc.{name}: ");
        let value = stats.lines().find_map(|line| line.split_once(&name)?.1.parse().ok());
        value.unwrap_or_else(|| panic!("{name} in {stats}"))
    }

    /// What it printed, its access log included.
    #[must_use]
    pub fn output(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("out")).unwrap()
    }

    /// A URL at its front.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.front)
    }
}

/// Why a call failed.
pub type Failed = hyper_util::client::legacy::Error;

/// A client over HTTP/1.1 that keeps its connections.
pub type Client = hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>;

/// A new client.
#[must_use]
pub fn client() -> Client {
    hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http()
}

/// One call with a client of its own: status and body.
///
/// # Errors
/// When there is no answer.
pub async fn get(url: &str) -> Result<(u16, Bytes), Failed> {
    get_with(&client(), url).await
}

/// One call: status and body, as far as it came.
///
/// # Errors
/// When there is no answer.
pub async fn get_with(client: &Client, url: &str) -> Result<(u16, Bytes), Failed> {
    let request = http::Request::get(url).body(Full::default()).expect("a URL");
    let mut call = Ongoing::begin(client, request).await?;
    call.read(usize::MAX).await;
    Ok((call.status, call.bytes.into()))
}

/// A call whose answer has begun.
#[derive(Debug)]
pub struct Ongoing {
    /// Its status.
    pub status: u16,
    /// What was read of its body.
    pub bytes: Vec<u8>,
    body: hyper::body::Incoming,
}

impl Ongoing {
    /// Waits for the answer's head.
    ///
    /// # Errors
    /// When there is none.
    pub async fn begin(
        client: &Client,
        request: http::Request<Full<Bytes>>,
    ) -> Result<Self, Failed> {
        let answer = client.request(request).await?;
        let status = answer.status().as_u16();
        Ok(Self { status, bytes: Vec::new(), body: answer.into_body() })
    }

    /// Reads until there are so many bytes, or no more.
    pub async fn read(&mut self, least: usize) {
        while self.bytes.len() < least
            && let Some(Ok(frame)) = self.body.frame().await
        {
            self.bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
        }
    }
}
