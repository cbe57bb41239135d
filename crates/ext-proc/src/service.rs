//! The gRPC service: a task for each call.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use envoy_types::pb::envoy::service::ext_proc::v3::external_processor_server::ExternalProcessor;
use envoy_types::pb::envoy::service::ext_proc::v3::{ProcessingRequest, ProcessingResponse};
use token_tracking_core::{NodeFacts, RecordSink};
use token_tracking_host::Attributor;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::call::Call;
use crate::choose::Choose;

/// Answers that wait for the connection. Envoy asks for the next only when it has one, so
/// that more than a few wait only in full duplex.
const ANSWERS: usize = 16;

/// What all calls share.
pub(crate) struct Shared {
    pub(crate) choose: Arc<dyn Choose>,
    pub(crate) sink: Arc<dyn RecordSink>,
    pub(crate) attributor: Attributor,
    pub(crate) node: NodeFacts,
    /// How many calls there are, and whether the shutdown has begun.
    pub(crate) calls: AtomicUsize,
    pub(crate) draining: AtomicBool,
}

/// The service; cheap to clone.
#[derive(Clone)]
pub(crate) struct Service(pub(crate) Arc<Shared>);

#[tonic::async_trait]
impl ExternalProcessor for Service {
    type ProcessStream = Pin<Box<dyn Stream<Item = Result<ProcessingResponse, Status>> + Send>>;

    async fn process(
        &self,
        request: Request<Streaming<ProcessingRequest>>,
    ) -> Result<Response<Self::ProcessStream>, Status> {
        let mut messages = request.into_inner();
        let mut call = Call::new(Arc::clone(&self.0));
        let (answers, stream) = mpsc::channel(ANSWERS);
        tokio::spawn(async move {
            // Half-closed, reset, or the connection is gone: dropping the call ends its
            // meter in each case.
            while let Ok(Some(message)) = messages.message().await {
                // A place for the answer is had first, so that giving it never waits.
                let Ok(place) = answers.reserve().await else { return };
                call.on(message, |answer| place.send(Ok(answer)));
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }
}
