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
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use token_tracking_core::{Details, End, Exchange, Meter};

use crate::attributes::Attributes;
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
    /// Request's and response's bodies are to be sent back.
    full_duplex: (bool, bool),
}

/// A head: its pseudo-headers, and the others.
#[derive(Default)]
struct Head {
    method: Method,
    path: String,
    query: Option<String>,
    scheme: Option<String>,
    authority: Option<String>,
    status: Option<StatusCode>,
    headers: HeaderMap,
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
            full_duplex: (false, false),
        }
    }

    /// Takes a message and answers it, at most once and as early as can be.
    pub(crate) fn on(
        &mut self,
        message: ProcessingRequest,
        answer: impl FnOnce(ProcessingResponse),
    ) {
        if let Some(config) = message.protocol_config {
            let full = |mode: i32| mode == BodySendMode::FullDuplexStreamed as i32;
            self.full_duplex = (full(config.request_body_mode), full(config.response_body_mode));
        }
        // With a body's chunks comes nothing that did not come with its head.
        if matches!(message.request, Some(Request::RequestHeaders(_) | Request::ResponseHeaders(_)))
        {
            self.attributes.add(message.attributes, message.metadata_context);
        }
        // Envoy does not wait then, and ignores what is answered.
        let observed = message.observability_mode;
        let answer = |reply: ProcessingResponse| {
            if !observed {
                answer(reply);
            }
        };
        match message.request {
            Some(Request::RequestHeaders(head)) => {
                answer(reply::request_headers());
                self.request = Some(Head::of(head));
            }
            Some(Request::RequestBody(body)) => {
                answer(reply::request_body(&body, self.full_duplex.0));
            }
            Some(Request::RequestTrailers(_)) => answer(reply::request_trailers()),
            Some(Request::ResponseHeaders(head)) => self.response_headers(head, answer),
            Some(Request::ResponseBody(body)) => self.response_body(&body, answer),
            Some(Request::ResponseTrailers(_)) => {
                let counts = self.finish(End::Complete);
                answer(reply::with_metadata(reply::response_trailers(), counts));
            }
            // Nothing that this version knows; nothing is waited for either.
            None => {}
        }
    }

    fn response_headers(&mut self, head: HttpHeaders, answer: impl FnOnce(ProcessingResponse)) {
        let ended = head.end_of_stream;
        if ended {
            self.begin(head);
            let counts = self.finish(End::Complete);
            answer(reply::with_metadata(reply::response_headers(), counts));
        } else {
            answer(reply::response_headers());
            self.begin(head);
        }
    }

    fn response_body(&mut self, body: &HttpBody, answer: impl FnOnce(ProcessingResponse)) {
        let reply = reply::response_body(body, self.full_duplex.1);
        if body.end_of_stream {
            self.push(&body.body);
            let counts = self.finish(End::Complete);
            answer(reply::with_metadata(reply, counts));
        } else {
            answer(reply);
            self.push(&body.body);
        }
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
    }

    /// Ends the meter, if there is one; its record as metadata.
    fn finish(&mut self, end: End) -> Option<Struct> {
        let record = self.meter.take()?.finish(end);
        let counts = metadata::of(&record);
        self.shared.sink.record(record);
        Some(counts)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.finish(End::Cancelled);
        self.shared.calls.fetch_sub(1, Relaxed);
    }
}

impl Head {
    fn of(sent: HttpHeaders) -> Self {
        let mut head = Self::default();
        for header in sent.headers.map(|map| map.headers).unwrap_or_default() {
            // Envoy uses one of the two, by its version and settings.
            let value = if header.raw_value.is_empty() {
                header.value.into_bytes()
            } else {
                header.raw_value
            };
            let text = || String::from_utf8_lossy(&value).into_owned();
            match header.key.as_str() {
                ":method" => head.method = Method::from_bytes(&value).unwrap_or_default(),
                ":path" => {
                    let text = text();
                    let (path, query) = match text.split_once('?') {
                        Some((path, query)) => (path, Some(query.to_owned())),
                        None => (&*text, None),
                    };
                    (head.path, head.query) = (path.to_owned(), query);
                }
                ":scheme" => head.scheme = Some(text()),
                ":authority" => head.authority = Some(text()),
                ":status" => head.status = StatusCode::from_bytes(&value).ok(),
                key => {
                    let name = HeaderName::from_bytes(key.as_bytes());
                    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_maybe_shared(value)) {
                        // Fails only beyond 32,768 headers.
                        let _ = head.headers.try_append(name, value);
                    }
                }
            }
        }
        head
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
        call.on(message(Request::RequestHeaders(asked)), drop);
        let answered = head(&[(":status", "200"), ("content-type", "application/json")]);
        call.on(message(Request::ResponseHeaders(answered)), drop);
        let body = br#"{"n": 7}"#.to_vec();
        let body = HttpBody { body, end_of_stream: true, ..HttpBody::default() };
        call.on(message(Request::ResponseBody(body)), drop);
        let record = &memory.records()[0];
        assert_eq!(record.model.as_deref(), Some("https://llm.example/v1/chat?n=7 7"));
        assert_eq!((record.usage.input, record.usage.output), (Some(7), Some(7)));
    }
}
