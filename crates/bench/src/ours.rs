//! Our own: the scanner of `framing` alone, and the whole meter of a policy.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value};
use token_tracking_core::{End, Exchange, Meter, Record};
use token_tracking_framing::{BodyHead, BodyReader, Event, Level, Limits, PathId, Paths};
use token_tracking_policy::Policy;

use crate::answer::{Answer, Shape};
use crate::bodies::Body;

/// The three fields that the rivals look for, as paths to capture.
#[derive(Clone, Debug)]
pub struct Three {
    paths: Arc<Paths>,
    ids: [PathId; 3],
}

impl Three {
    /// The fields of this shape.
    ///
    /// # Panics
    /// Never: the pointers are constants.
    #[must_use]
    pub fn of(shape: Shape) -> Self {
        let mut paths = Paths::new();
        let ids = shape.pointers().map(|pointer| paths.add(pointer).expect("a pointer"));
        Self { paths: Arc::new(paths), ids }
    }

    fn answer(&self, event: &Event<'_>) -> Answer {
        let [model, sent, received] = self.ids.map(|id| event.raw(id));
        // Two quotes are no part of the name; the names have no escapes.
        let model = model.map_or(0, |raw| raw.len().saturating_sub(2));
        Answer { model, ..Answer::of(None, count(sent), count(received)) }
    }
}

fn count(raw: Option<&[u8]>) -> Option<u64> {
    raw?.iter().try_fold(0_u64, |count, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        count.checked_mul(10)?.checked_add(digit)
    })
}

/// Reads a body in chunks of this size and decodes the three fields.
#[must_use]
pub fn scan(body: &Body, three: &Three, chunk: usize, level: Level) -> Answer {
    let mut answer = Answer::default();
    read(body, &three.paths, chunk, level, &mut |event| {
        if !event.is_repeat() {
            answer = answer.then(three.answer(&event));
        }
    });
    answer
}

/// All the paths that the provider of this type wants.
///
/// # Panics
/// When the type is not in the bundle, or needs to be told more.
#[must_use]
pub fn plugin_paths(type_name: &str) -> Arc<Paths> {
    let registry = token_tracking_bundle::registry();
    let plugin = registry.get(type_name).expect("a type of the bundle");
    let built = plugin.build(Value::Object(Map::new())).expect("a type without settings");
    built.extractor.wanted().paths()
}

/// Reads a body in chunks of this size with these paths; how many documents it has.
#[must_use]
pub fn scan_all(body: &Body, paths: &Arc<Paths>, chunk: usize, level: Level) -> u64 {
    read(body, paths, chunk, level, &mut |event| {
        std::hint::black_box(&event);
    })
}

fn read(
    body: &Body,
    paths: &Arc<Paths>,
    chunk: usize,
    level: Level,
    on_event: &mut dyn FnMut(Event<'_>),
) -> u64 {
    let head = BodyHead { content_type: Some(body.content_type()), ..BodyHead::default() };
    let mut reader = BodyReader::new(head, Arc::clone(paths), Limits::default());
    // Moving it costs something on short bodies, and nobody else does it.
    if level != Level::best() {
        reader = reader.at_level(level);
    }
    for chunk in body.text.as_bytes().chunks(chunk) {
        reader.push(chunk, on_event);
    }
    reader.finish(on_event).documents
}

/// A policy without prices, as a host has it, with the head of a response.
#[derive(Clone, Debug)]
pub struct Metered {
    policy: Policy,
    headers: HeaderMap,
}

impl Metered {
    /// The policy for this body's provider.
    ///
    /// # Panics
    /// When the bundle has no such type.
    #[must_use]
    pub fn of(body: &Body) -> Self {
        let registry = token_tracking_bundle::registry();
        let policy = Policy::quick(body.shape.type_name(), &registry).expect("a plain type");
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(body.content_type()));
        Self { policy, headers }
    }

    /// The meter of a response, with a request and the names that a gateway knows.
    ///
    /// # Panics
    /// Never: a response with status 200 has a meter.
    pub fn meter(&self) -> Meter {
        let exchange = Exchange::new(StatusCode::OK, &self.headers)
            .with_request(&Method::POST, "/v1/chat/completions", &self.headers)
            .with_api("assistant")
            .with_application("web");
        self.policy.meter(&exchange).expect("a response with a body")
    }

    /// Meters the body in chunks of this size, from the response's head to the record.
    #[must_use]
    pub fn record(&self, body: &Body, chunk: usize) -> Record {
        let mut meter = self.meter();
        for chunk in body.text.as_bytes().chunks(chunk) {
            meter.push(chunk);
        }
        meter.finish(End::Complete)
    }
}
