//! Answers to Envoy: go on, nothing changes.

use envoy_types::pb::envoy::service::ext_proc::v3::{
    BodyMutation, BodyResponse, CommonResponse, HeadersResponse, HttpBody, ProcessingResponse,
    StreamedBodyResponse, TrailersResponse, body_mutation, processing_response,
};
use envoy_types::pb::google::protobuf::Struct;
use processing_response::Response;

fn reply(response: Response) -> ProcessingResponse {
    ProcessingResponse { response: Some(response), ..ProcessingResponse::default() }
}

/// To the head of a request.
pub(crate) fn request_headers() -> ProcessingResponse {
    reply(Response::RequestHeaders(HeadersResponse::default()))
}

/// To the head of a response.
pub(crate) fn response_headers() -> ProcessingResponse {
    reply(Response::ResponseHeaders(HeadersResponse::default()))
}

/// To a chunk of a request's body. In full duplex Envoy keeps no copy: it is sent back.
pub(crate) fn request_body(body: HttpBody, full_duplex: bool) -> ProcessingResponse {
    reply(Response::RequestBody(same(body, full_duplex)))
}

/// To a chunk of a response's body.
pub(crate) fn response_body(body: HttpBody, full_duplex: bool) -> ProcessingResponse {
    reply(Response::ResponseBody(same(body, full_duplex)))
}

/// To a request's trailers.
pub(crate) fn request_trailers() -> ProcessingResponse {
    reply(Response::RequestTrailers(TrailersResponse::default()))
}

/// To a response's trailers.
pub(crate) fn response_trailers() -> ProcessingResponse {
    reply(Response::ResponseTrailers(TrailersResponse::default()))
}

/// Adds dynamic metadata.
pub(crate) fn with_metadata(
    mut reply: ProcessingResponse,
    metadata: Option<Struct>,
) -> ProcessingResponse {
    reply.dynamic_metadata = metadata;
    reply
}

fn same(body: HttpBody, full_duplex: bool) -> BodyResponse {
    if !full_duplex {
        return BodyResponse::default();
    }
    let streamed = StreamedBodyResponse {
        body: body.body,
        end_of_stream: body.end_of_stream,
        end_of_stream_without_message: body.end_of_stream_without_message,
        grpc_message_compressed: body.grpc_message_compressed,
        drain_complete: body.drain_complete,
    };
    let mutation =
        BodyMutation { mutation: Some(body_mutation::Mutation::StreamedResponse(streamed)) };
    BodyResponse {
        response: Some(CommonResponse {
            body_mutation: Some(mutation),
            ..CommonResponse::default()
        }),
    }
}
