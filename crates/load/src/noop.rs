//! An external processor for Envoy that does nothing: it answers each message that waits.

use std::net::SocketAddr;
use std::pin::Pin;

use envoy_types::pb::envoy::service::ext_proc::v3 as pb;
use pb::external_processor_server::{ExternalProcessor, ExternalProcessorServer};
use pb::processing_request::Request as Asked;
use pb::processing_response::Response as Reply;
use pb::{ProcessingRequest, ProcessingResponse};
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

struct Noop;

#[tonic::async_trait]
impl ExternalProcessor for Noop {
    type ProcessStream = Pin<Box<dyn Stream<Item = Result<ProcessingResponse, Status>> + Send>>;

    async fn process(
        &self,
        request: Request<Streaming<ProcessingRequest>>,
    ) -> Result<Response<Self::ProcessStream>, Status> {
        let answers = request.into_inner().filter_map(|message| message.map(answer).transpose());
        Ok(Response::new(Box::pin(answers)))
    }
}

fn answer(message: ProcessingRequest) -> Option<ProcessingResponse> {
    let reply = match message.request.filter(|_| !message.observability_mode)? {
        Asked::RequestHeaders(_) => Reply::RequestHeaders(Default::default()),
        Asked::ResponseHeaders(_) => Reply::ResponseHeaders(Default::default()),
        Asked::RequestBody(_) => Reply::RequestBody(Default::default()),
        Asked::ResponseBody(_) => Reply::ResponseBody(Default::default()),
        Asked::RequestTrailers(_) => Reply::RequestTrailers(Default::default()),
        Asked::ResponseTrailers(_) => Reply::ResponseTrailers(Default::default()),
    };
    Some(ProcessingResponse { response: Some(reply), ..ProcessingResponse::default() })
}

/// Serves for ever, with the settings of ours.
pub(crate) async fn serve(listen: SocketAddr) -> anyhow::Result<()> {
    let server = tonic::transport::Server::builder()
        .tcp_nodelay(true)
        .http2_adaptive_window(Some(true))
        .add_service(ExternalProcessorServer::new(Noop));
    Ok(server.serve(listen).await?)
}
