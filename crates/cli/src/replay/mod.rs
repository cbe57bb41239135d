//! A provider on loopback that answers with recorded bodies: what the demo and the tests
//! stand in front of, so that neither needs a key, a network or money.
//!
//! | route | answer |
//! |---|---|
//! | `POST /openai/v1/chat/completions` | a chat completion; streamed if the request asks so |
//! | `POST /openai/v1/responses` | a response of the Responses API; streamed if asked |
//! | `POST /openai/v1/error` | 429 and an error |
//! | `POST /openai/v1/cut` | a stream whose connection breaks off |
//! | `POST /openai/v1/slow` | a stream with 300 ms between its events |
//! | `POST /anthropic/v1/messages` | a message; streamed if asked |
//! | `POST /gemini/v1beta/models/{m}:generateContent` | a whole answer |
//! | `POST /gemini/v1beta/models/{m}:streamGenerateContent` | a JSON array, or events with `?alt=sse` |
//! | `POST /mistral/v1/chat/completions` | a chat completion; streamed if asked |
//!
//! A request asks for a stream with `"stream": true` in its body or `?stream=true`.
//! `?pause_ms=N` sets the pause between events, `?cut=N` breaks off after N events and
//! a half. A whole answer is gzipped where the request accepts that.

mod answer;
mod body;

use std::io;
use std::net::SocketAddr;

use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use answer::{Answer, Ask};
use body::Paced;

/// How much of a request's body is read to see whether it asks for a stream.
const MAX_REQUEST: usize = 1 << 20;

/// A running replay provider; it stops when it is dropped.
#[derive(Debug)]
pub struct Replay {
    /// Where it listens.
    pub addr: SocketAddr,
    accepting: AbortHandle,
}

impl Replay {
    /// Starts one on this address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(addr: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let accepting = tokio::spawn(accept(listener)).abort_handle();
        Ok(Self { addr, accepting })
    }

    /// Its base URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener) {
    // In a set, so that the connections end with the provider.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        // Without this, a small event waits for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        connections.spawn(async move {
            let builder = auto::Builder::new(TokioExecutor::new());
            // A broken connection is the client's business.
            let _ = builder.serve_connection(TokioIo::new(stream), service_fn(serve)).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(request: Request<Incoming>) -> Result<Response<Paced>, http::Error> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, MAX_REQUEST).collect().await;
    let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let answer = answer::to(&Ask {
        method: &head.method,
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        body: &body,
        gzip: accepts_gzip(&head.headers),
    });
    respond(answer)
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|codings| {
        codings.split(',').any(|coding| coding.split(';').next().map(str::trim) == Some("gzip"))
    })
}

fn respond(answer: Answer) -> Result<Response<Paced>, http::Error> {
    let mut response = Response::builder()
        .status(answer.status)
        .header(header::CONTENT_TYPE, answer.content_type)
        .header("x-request-id", "req_demo");
    if answer.gzipped {
        response = response.header(header::CONTENT_ENCODING, "gzip");
    }
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        response = response.header(header::RETRY_AFTER, "1");
    }
    response.body(answer.body)
}
