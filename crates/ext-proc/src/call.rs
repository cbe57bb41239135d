//! One call: the messages of its heads, chunks and trailers, and what is answered to each.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Instant, SystemTime};

use envoy_types::pb::envoy::extensions::filters::http::ext_proc::v3::processing_mode::BodySendMode;
use envoy_types::pb::envoy::service::ext_proc::v3::processing_request::Request;
use envoy_types::pb::envoy::service::ext_proc::v3::{
    HttpBody, HttpHeaders, ProcessingRequest, ProcessingResponse,
};
use envoy_types::pb::google::protobuf::Struct;
use http::StatusCode;
use token_tracking_core::{Details, End, Exchange, Meter};

use crate::attributes::Attributes;
use crate::head::Head;
use crate::service::Shared;
use crate::{metadata, reply};

/// One call, from its first message to its last. Dropped before the response's end, it
/// delivers its record as cancelled.
pub(crate) struct Call {
    shared: Arc<Shared>,
    started: (Instant, SystemTime),
    attributes: Attributes,
    request: Option<Head>,
    meter: Option<Meter>,
    /// What the last message leaves to do once it is answered.
    unread: Option<Unread>,
    /// Request's and response's bodies are to be sent back.
    full_duplex: (bool, bool),
    /// Envoy does not wait, and ignores what is answered.
    observed: bool,
    /// Nothing more is to be learnt.
    over: bool,
}

/// A part of a response that the meter has not seen.
enum Unread {
    Head(HttpHeaders),
    Chunk(Vec<u8>),
}

impl Call {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        shared.calls.fetch_add(1, Relaxed);
        Self {
            shared,
            started: (Instant::now(), SystemTime::now()),
            attributes: Attributes::default(),
            request: None,
            meter: None,
            unread: None,
            full_duplex: (false, false),
            observed: false,
            over: false,
        }
    }

    /// Takes a message; its answer, if Envoy waits for one. What takes longer is left to
    /// [`Call::work`], unless the answer carries the counts.
    pub(crate) fn on(&mut self, message: ProcessingRequest) -> Option<ProcessingResponse> {
        if let Some(config) = message.protocol_config {
            let full = |mode: i32| mode == BodySendMode::FullDuplexStreamed as i32;
            self.full_duplex = (full(config.request_body_mode), full(config.response_body_mode));
        }
        self.observed = message.observability_mode;
        // With a body's chunks comes nothing that did not come with its head.
        if matches!(message.request, Some(Request::RequestHeaders(_) | Request::ResponseHeaders(_)))
        {
            self.attributes.add(message.attributes, message.metadata_context);
        }
        // Nothing that this version knows has no answer; nothing is waited for either.
        let answer = match message.request? {
            Request::RequestHeaders(head) => {
                self.request = Some(Head::of(head));
                reply::request_headers()
            }
            Request::RequestBody(body) => reply::request_body(body, self.full_duplex.0),
            Request::RequestTrailers(_) => reply::request_trailers(),
            Request::ResponseHeaders(head) => self.response_headers(head),
            Request::ResponseBody(body) => self.response_body(body),
            Request::ResponseTrailers(_) => {
                let counts = self.finish(End::Complete);
                reply::with_metadata(reply::response_trailers(), counts)
            }
        };
        (!self.observed).then_some(answer)
    }

    /// Whether the last message left something to do.
    pub(crate) fn has_work(&self) -> bool {
        self.unread.is_some()
    }

    /// Does what the last message left to do.
    pub(crate) fn work(&mut self) {
        match self.unread.take() {
            Some(Unread::Head(head)) => self.begin(head),
            Some(Unread::Chunk(chunk)) => self.push(&chunk),
            None => {}
        }
    }

    /// Whether the call may end here. Envoy keeps a call that it only observes open for seconds
    /// after the response, and each counts among the requests that it lets one cluster have.
    pub(crate) fn is_over(&self) -> bool {
        self.observed && self.over
    }

    fn response_headers(&mut self, head: HttpHeaders) -> ProcessingResponse {
        if head.end_of_stream {
            self.begin(head);
            let counts = self.finish(End::Complete);
            return reply::with_metadata(reply::response_headers(), counts);
        }
        self.unread = Some(Unread::Head(head));
        reply::response_headers()
    }

    fn response_body(&mut self, mut body: HttpBody) -> ProcessingResponse {
        if body.end_of_stream {
            self.push(&body.body);
            let counts = self.finish(End::Complete);
            return reply::with_metadata(reply::response_body(body, self.full_duplex.1), counts);
        }
        if self.meter.is_some() {
            let chunk = match self.full_duplex.1 {
                true => body.body.clone(),
                false => std::mem::take(&mut body.body),
            };
            self.unread = Some(Unread::Chunk(chunk));
        }
        reply::response_body(body, self.full_duplex.1)
    }

    fn push(&mut self, chunk: &[u8]) {
        if let Some(meter) = &mut self.meter {
            meter.push(chunk);
        }
    }

    /// The response's head is there: chooses a policy.
    fn begin(&mut self, head: HttpHeaders) {
        let response = Head::of(head);
        let status = response.status.unwrap_or(StatusCode::OK);
        // An interim answer; the real one follows.
        if status.is_informational() {
            return;
        }
        let mut exchange =
            Exchange::new(status, &response.headers).with_started(self.started.0, self.started.1);
        exchange.details = Details {
            remote: self.attributes.address("source.address"),
            local: self.attributes.address("destination.address"),
            version: self.attributes.version(),
            told: self.attributes.told(),
            node: Some(&self.shared.node),
            ..Details::default()
        };
        if let Some(request) = &self.request {
            // Envoy makes it or passes on the client's: it names the exchange, not the record.
            let id = request.headers.get("x-request-id").and_then(|id| id.to_str().ok());
            exchange.details.transaction_id = id;
            exchange.details.query = request.query.as_deref();
            exchange.details.scheme = request.scheme.as_deref();
            exchange.details.host = request.authority.as_deref();
            exchange = exchange.with_request(&request.method, &request.path, &request.headers);
        }
        let caller = self.shared.attributor.of(&exchange);
        exchange.application = caller.application.as_deref();
        exchange = exchange.with_attributes(&caller.attributes);
        self.meter = self.shared.choose.meter(&exchange);
        self.over = self.meter.is_none();
    }

    /// Ends the meter, if there is one; its record as metadata where Envoy takes that.
    fn finish(&mut self, end: End) -> Option<Struct> {
        self.over = true;
        let record = self.meter.take()?.finish(end);
        let counts = (!self.observed).then(|| metadata::of(&record));
        self.shared.sink.record(record);
        counts
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.work();
        self.finish(End::Cancelled);
        self.shared.calls.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use envoy_types::pb::envoy::config::core::v3::{HeaderMap as Sent, HeaderValue as Header};
    use token_tracking_core::NodeFacts;
    use token_tracking_host::{Attribution, Attributor};
    use token_tracking_policy::{Policy, PolicyConfig};
    use token_tracking_report::Memory;

    use super::*;
    use crate::choose::Choose;

    fn head(fields: &[(&str, &str)]) -> HttpHeaders {
        let header = |(key, value): &(&str, &str)| Header {
            key: (*key).to_owned(),
            raw_value: value.as_bytes().to_vec(),
            ..Header::default()
        };
        let headers = fields.iter().map(header).collect();
        HttpHeaders { headers: Some(Sent { headers }), ..HttpHeaders::default() }
    }

    fn shared(
        choose: impl Choose + 'static,
        memory: &Arc<Memory>,
        attribution: &Attribution,
    ) -> Arc<Shared> {
        Arc::new(Shared {
            choose: Arc::new(choose),
            sink: memory.clone(),
            attributor: Attributor::new(attribution).unwrap(),
            node: NodeFacts { zone: Some("eu".to_owned()), ..NodeFacts::default() },
            calls: 0.into(),
            draining: false.into(),
        })
    }

    fn message(request: Request) -> ProcessingRequest {
        ProcessingRequest { request: Some(request), ..ProcessingRequest::default() }
    }

    #[test]
    fn expressions_see_the_request_as_envoy_tells_of_it() {
        let config = serde_json::json!({ "extraction": {
            "type": "CUSTOM", "inputTokenPointer": "/n", "outputTokenPointer": "/n",
            "modelPointer": "{#request.scheme}://{#request.host}{#request.uri} \
                             {#request.params['n'][0]}{#request.headers['X-Api-Key']}",
        } });
        let config = PolicyConfig::from_value(&config).unwrap().value;
        let policy = Policy::compile(&config, &token_tracking_bundle::registry()).unwrap();
        let choose = move |exchange: &Exchange<'_>| policy.meter(exchange);
        let memory = Arc::new(Memory::new(1));
        let mut call = Call::new(shared(choose, &memory, &Attribution::default()));
        let asked = head(&[
            (":method", "POST"),
            (":path", "/v1/chat?n=7&key=secret"),
            (":authority", "llm.example"),
            (":scheme", "https"),
            ("x-api-key", "secret"),
        ]);
        call.on(message(Request::RequestHeaders(asked)));
        call.work();
        let answered = head(&[(":status", "200"), ("content-type", "application/json")]);
        call.on(message(Request::ResponseHeaders(answered)));
        call.work();
        let body = br#"{"n": 7}"#.to_vec();
        let body = HttpBody { body, end_of_stream: true, ..HttpBody::default() };
        call.on(message(Request::ResponseBody(body)));
        call.work();
        let record = &memory.records()[0];
        assert_eq!(record.model.as_deref(), Some("https://llm.example/v1/chat?n=7 7"));
        assert_eq!((record.usage.input, record.usage.output), (Some(7), Some(7)));
    }

    #[test]
    fn what_no_policy_wants_is_over_with_the_head_if_envoy_only_observes() {
        let memory = Arc::new(Memory::new(1));
        for observability_mode in [true, false] {
            let shared = shared(|_: &Exchange<'_>| None, &memory, &Attribution::default());
            let mut call = Call::new(shared);
            for status in ["103", "200"] {
                assert!(!call.is_over());
                let request = Request::ResponseHeaders(head(&[(":status", status)]));
                let message = ProcessingRequest { observability_mode, ..message(request) };
                assert_eq!(call.on(message).is_some(), !observability_mode);
                call.work();
            }
            assert_eq!(call.is_over(), observability_mode);
        }
        assert!(memory.records().is_empty());
    }
}
