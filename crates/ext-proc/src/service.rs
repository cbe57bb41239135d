//! The gRPC service: each call is the stream of its own answers, without a task or a queue.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::task::{Context, Poll, ready};

use envoy_types::pb::envoy::service::ext_proc::v3::external_processor_server::ExternalProcessor;
use envoy_types::pb::envoy::service::ext_proc::v3::{ProcessingRequest, ProcessingResponse};
use token_tracking_core::{NodeFacts, RecordSink};
use token_tracking_host::Attributor;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

use crate::call::Call;
use crate::choose::Choose;

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
    type ProcessStream = Answers;

    async fn process(
        &self,
        request: Request<Streaming<ProcessingRequest>>,
    ) -> Result<Response<Self::ProcessStream>, Status> {
        let call = Call::new(Arc::clone(&self.0));
        Ok(Response::new(Answers { messages: request.into_inner(), call, work: Work::Done }))
    }
}

/// The answers to a call's messages. It holds one message at a time: the next is read when
/// this one is answered and metered. Dropped when the call is reset or its connection is gone.
pub(crate) struct Answers {
    messages: Streaming<ProcessingRequest>,
    call: Call,
    work: Work,
}

/// Whether the last message is metered yet.
enum Work {
    Done,
    /// Its answer was given just now, and is still to be sent.
    Answered,
    Due,
}

impl Stream for Answers {
    type Item = Result<ProcessingResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            match this.work {
                Work::Done => {}
                // The connection sends the answer first: Envoy holds a chunk until then.
                Work::Answered => {
                    this.work = Work::Due;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Work::Due => {
                    this.call.work();
                    this.work = Work::Done;
                }
            }
            if this.call.is_over() {
                return Poll::Ready(None);
            }
            // Half-closed or failed: dropping the call ends its meter.
            let Some(Ok(message)) = ready!(Pin::new(&mut this.messages).poll_next(cx)) else {
                return Poll::Ready(None);
            };
            if let Some(answer) = this.call.on(message) {
                this.work = if this.call.has_work() { Work::Answered } else { Work::Done };
                return Poll::Ready(Some(Ok(answer)));
            }
            this.work = Work::Due;
        }
    }
}
