//! Processors, and calls to them as Envoy makes them.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test binary uses a part")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use envoy_types::pb::envoy::config::core::v3::{HeaderMap, HeaderValue};
use envoy_types::pb::envoy::service::ext_proc::v3::external_processor_client::ExternalProcessorClient;
use envoy_types::pb::envoy::service::ext_proc::v3::processing_request::Request;
use envoy_types::pb::envoy::service::ext_proc::v3::{
    HttpBody, HttpHeaders, HttpTrailers, ProcessingRequest, ProcessingResponse,
};
use token_tracking_bundle::registry;
use token_tracking_ext_proc::{Control, ExtProc, ExtProcError, Policies, Settings};
use token_tracking_policy::Policy;
use token_tracking_report::Memory;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::Channel;

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub const CHAT: &str = r#"{"object":"chat.completion","model":"m","usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}}"#;

/// A processor that serves until it is told to stop.
pub struct Served {
    pub address: Option<SocketAddr>,
    pub memory: Arc<Memory>,
    pub control: Control,
    pub stop: oneshot::Sender<()>,
    pub task: JoinHandle<Result<(), ExtProcError>>,
}

pub fn serve(settings: Settings) -> Served {
    let memory = Arc::new(Memory::new(100));
    let gpt = Policy::quick("GPT", &registry()).unwrap();
    let server =
        ExtProc::bind(settings, Arc::new(Policies::all("envoy", gpt)), memory.clone()).unwrap();
    let (address, control) = (server.local_addr(), server.control());
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(server.serve(async {
        let _: Result<(), _> = stopped.await;
    }));
    Served { address, memory, control, stop, task }
}

/// One call: Envoy's stream of messages, and the answers.
pub struct Call {
    pub messages: Option<mpsc::Sender<ProcessingRequest>>,
    pub answers: Streaming<ProcessingResponse>,
}

impl Call {
    /// A call of which both heads were answered; the body is still to come.
    pub async fn begin(channel: Channel) -> Self {
        let (messages, receiver) = mpsc::channel(8);
        let asked = [(":method", "POST"), (":path", "/v1/chat/completions")];
        let asked = Request::RequestHeaders(head(&asked));
        messages.send(message(asked)).await.unwrap();
        let mut client = ExternalProcessorClient::new(channel);
        let answers = client.process(ReceiverStream::new(receiver)).await.unwrap().into_inner();
        let mut call = Self { messages: Some(messages), answers };
        call.answer().await.unwrap();
        let answered = head(&[(":status", "200"), ("content-type", "application/json")]);
        call.tell(Request::ResponseHeaders(answered)).await.unwrap();
        call
    }

    /// Sends a message and waits for its answer.
    pub async fn tell(&mut self, request: Request) -> Option<ProcessingResponse> {
        self.messages.as_ref()?.send(message(request)).await.ok()?;
        self.answer().await
    }

    pub async fn body(&mut self, body: &str, end_of_stream: bool) -> Option<ProcessingResponse> {
        let body = HttpBody { body: body.into(), end_of_stream, ..HttpBody::default() };
        self.tell(Request::ResponseBody(body)).await
    }

    pub async fn trailers(&mut self) -> Option<ProcessingResponse> {
        self.tell(Request::ResponseTrailers(HttpTrailers::default())).await
    }

    pub async fn answer(&mut self) -> Option<ProcessingResponse> {
        self.answers.message().await.ok()?
    }
}

pub fn head(fields: &[(&str, &str)]) -> HttpHeaders {
    let header = |(key, value): &(&str, &str)| HeaderValue {
        key: (*key).to_owned(),
        raw_value: value.as_bytes().to_vec(),
        ..HeaderValue::default()
    };
    let headers = fields.iter().map(header).collect();
    HttpHeaders { headers: Some(HeaderMap { headers }), ..HttpHeaders::default() }
}

/// A call that is only observed: sends the messages, and says whether the processor then
/// ends the call by itself, without an answer.
pub async fn observe(channel: Channel, requests: Vec<Request>) -> bool {
    let (messages, receiver) = mpsc::channel(8);
    let mut client = ExternalProcessorClient::new(channel);
    let mut answers = client.process(ReceiverStream::new(receiver)).await.unwrap().into_inner();
    for request in requests {
        let message = ProcessingRequest { observability_mode: true, ..message(request) };
        messages.send(message).await.unwrap();
    }
    let ended = tokio::time::timeout(PATIENCE, answers.message()).await;
    drop(messages);
    matches!(ended, Ok(Ok(None)))
}

fn message(request: Request) -> ProcessingRequest {
    ProcessingRequest { request: Some(request), ..ProcessingRequest::default() }
}
