//! The processor is silent, killed within an answer, or absent: in every example traffic goes on,
//! and Envoy's counters show what it gave up. Only in full duplex does an answer end with the
//! processor that has its bytes. Needs Envoy's binary, as `envoy.rs` does.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use envoy_types::pb::envoy::service::ext_proc::v3::external_processor_server::{
    ExternalProcessor, ExternalProcessorServer,
};
use envoy_types::pb::envoy::service::ext_proc::v3::{ProcessingRequest, ProcessingResponse};
use http_body_util::Full;
use token_tracking_bundle::registry;
use token_tracking_ext_proc::{ExtProc, Listen, Policies, Settings};
use token_tracking_policy::Policy;
use token_tracking_report::Memory;
use token_tracking_tests::envoy::{
    Answer, Client, Envoy, Ongoing, TOKEN, client, envoy_binary, free_port, provider,
};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

/// A processor that takes all messages and answers none.
struct Silent;

#[tonic::async_trait]
impl ExternalProcessor for Silent {
    type ProcessStream = Pin<Box<dyn Stream<Item = Result<ProcessingResponse, Status>> + Send>>;

    async fn process(
        &self,
        request: Request<Streaming<ProcessingRequest>>,
    ) -> Result<Response<Self::ProcessStream>, Status> {
        let none = request.into_inner().filter_map(|_| None);
        Ok(Response::new(Box::pin(none)))
    }
}

/// Threads on which a processor runs that can be killed: with them go its connections.
struct Killable(Option<Runtime>);

impl Killable {
    fn start(serve: impl Future<Output = ()> + Send + 'static) -> Self {
        let mut threads = tokio::runtime::Builder::new_multi_thread();
        let threads = threads.worker_threads(1).enable_all().build().unwrap();
        threads.spawn(serve);
        Self(Some(threads))
    }

    fn silent(port: u16) -> Self {
        let listener = once_free(|| std::net::TcpListener::bind(("127.0.0.1", port)));
        listener.set_nonblocking(true).unwrap();
        Self::start(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            tonic::transport::Server::builder()
                .add_service(ExternalProcessorServer::new(Silent))
                .serve_with_incoming(TcpListenerStream::new(listener))
                .await
                .unwrap();
        })
    }

    fn real(port: u16, memory: &Arc<Memory>) -> Self {
        let auto = Policy::quick("AUTO", &registry()).unwrap();
        let policies = Arc::new(Policies::all("envoy", auto));
        let settings = Settings::listening_on(Listen::Tcp(format!("127.0.0.1:{port}")));
        let bind = || ExtProc::bind(settings.clone(), policies.clone(), memory.clone());
        let server = once_free(bind);
        Self::start(async { server.serve(std::future::pending()).await.unwrap() })
    }
}

/// Takes a port as soon as the processor before has let it go.
fn once_free<T, E>(bind: impl Fn() -> Result<T, E>) -> T {
    loop {
        match bind() {
            Ok(bound) => return bound,
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        self.0.take().unwrap().shutdown_background();
    }
}

async fn begin(client: &Client, url: &str) -> Ongoing {
    // One of the examples asks who calls; the others do not care.
    let request = http::Request::get(url).header("authorization", format!("Bearer {TOKEN}"));
    Ongoing::begin(client, request.body(Full::<Bytes>::default()).unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_goes_on_in_every_example() {
    let Some(binary) = envoy_binary() else { return };
    let event = "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n".repeat(200);
    let gate = Arc::new(Notify::new());
    let whole = Answer::new("whole", "text/event-stream", event);
    let halves = Answer { gate: Some(Arc::clone(&gate)), ..whole.clone() };
    let provider = provider(Arc::new(vec![whole.clone(), halves])).await;
    let examples = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/envoy")).unwrap();
    let mut examples: Vec<_> =
        examples.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    examples.retain(|name| {
        let file = format!("{}/envoy/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(file).unwrap().contains("static_resources:")
    });
    examples.sort();
    assert_eq!(examples.len(), 6, "{examples:?}");
    for example in &examples {
        let processor = free_port();
        let ports =
            [(10001, provider.port()), (50051, processor), (50052, processor), (8081, free_port())];
        let envoy = Envoy::start(&binary, example, &ports).await;
        let client = client();
        let waits = !matches!(&**example, "observe.yaml" | "several.yaml");

        let silent = Killable::silent(processor);
        let mut call = begin(&client, &envoy.url("/v1/0")).await;
        call.read(usize::MAX).await;
        assert!(call.status == 200 && call.bytes == whole.body, "{example}: silent");
        let given_up = envoy.counter("message_timeouts").await;
        assert_eq!(given_up > 0, waits, "{example}: {given_up} given up");
        drop(silent);

        let memory = Arc::new(Memory::new(10));
        let real = Killable::real(processor, &memory);
        // Envoy connects anew when it is asked to.
        envoy
            .wait_for("a record", || async {
                begin(&client, &envoy.url("/v1/0")).await.read(usize::MAX).await;
                !memory.records().is_empty()
            })
            .await;
        // What an answer that broke off did not wait for.
        let _ = tokio::time::timeout(Duration::ZERO, gate.notified()).await;
        let mut call = begin(&client, &envoy.url("/v1/1")).await;
        call.read(whole.half()).await;
        let failed = envoy.counter("streams_failed").await;
        drop(real);
        envoy
            .wait_for("the end of the stream", || async {
                envoy.counter("streams_failed").await > failed
            })
            .await;
        gate.notify_one();
        call.read(usize::MAX).await;
        if example == "duplex.yaml" {
            // Envoy has no copy of what it gave away.
            assert!(whole.body.starts_with(&call.bytes), "{example}: killed");
        } else {
            assert!(call.status == 200 && call.bytes == whole.body, "{example}: killed");
        }

        let failed = envoy.counter("streams_failed").await;
        let mut call = begin(&client, &envoy.url("/v1/0")).await;
        call.read(usize::MAX).await;
        assert!(call.status == 200 && call.bytes == whole.body, "{example}: absent");
        assert_eq!(envoy.counter("streams_failed").await, failed + 1, "{example}: absent");
    }
}
