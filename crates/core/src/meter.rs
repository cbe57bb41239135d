//! The meter: one response body in, exactly one record out.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use token_tracking_framing::{BodyHead, BodyReader, Format, Limits};

use crate::descriptor::BoxedState;
use crate::facts::{Facts, clipped};
use crate::verdict::{price, provenance};
use crate::{
    BoxedExtractor, Captured, Descriptor, Error, Exchange, Instant, Pricer, Reason, Record, Usage,
};

/// How a response ended, as its host saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// All of the body passed.
    Complete,
    /// The client went away.
    Cancelled,
    /// The provider's side failed: a reset, a timeout, a wrong length.
    Failed,
}

/// A compiled extractor and pricer: makes the meters of one policy.
#[derive(Clone)]
pub struct Tracker {
    extractor: Arc<BoxedExtractor>,
    pricer: Option<Arc<dyn Pricer>>,
    limits: Limits,
}

impl std::fmt::Debug for Tracker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracker").field("priced", &self.pricer.is_some()).finish_non_exhaustive()
    }
}

impl Tracker {
    /// A tracker of a plugin that needs no configuration, without costs.
    ///
    /// # Errors
    /// When the plugin needs to be told more.
    pub fn of(plugin: &Descriptor) -> Result<Self, Error> {
        Ok(Self::new(plugin.build(serde_json::json!({}))?.extractor, None))
    }

    /// A tracker that extracts and, with a pricer, prices.
    #[must_use]
    pub fn new(extractor: BoxedExtractor, pricer: Option<Arc<dyn Pricer>>) -> Self {
        Self { extractor: Arc::new(extractor), pricer, limits: Limits::default() }
    }

    /// The same, with costs.
    #[must_use]
    pub fn priced_by(self, pricer: Arc<dyn Pricer>) -> Self {
        Self { pricer: Some(pricer), ..self }
    }

    /// Whether its meters look at the request's headers: a host need not keep them otherwise.
    #[must_use]
    pub fn reads_request_headers(&self) -> bool {
        self.extractor.reads_request_headers()
    }

    /// A meter for the response that now begins. `None` where a response has no body
    /// (HEAD, 1xx, 204, 304): there is nothing to do.
    #[must_use]
    pub fn meter(&self, exchange: &Exchange<'_>) -> Option<Meter> {
        if !exchange.has_body() {
            return None;
        }
        let encoding = exchange.content_encoding();
        let head = BodyHead {
            content_type: exchange.content_type(),
            content_encoding: encoding.as_deref(),
        };
        let reader = BodyReader::new(head, self.extractor.wanted().paths(), self.limits);
        let state = self.extractor.start(exchange);
        let work = Work {
            extractor: Arc::clone(&self.extractor),
            pricer: self.pricer.clone(),
            state,
            reader,
        };
        Some(Meter { work: Some(work), facts: Facts::of(exchange) })
    }
}

/// Meters one response. Push each chunk after it was forwarded; finish it into the record.
///
/// A host that may lose its meter wraps it with [`Meter::deliver_to`].
#[must_use = "a meter gives its record only when it is finished"]
pub struct Meter {
    /// Absent where the policy does not compile: then there is nothing to read.
    work: Option<Work>,
    facts: Facts,
}

struct Work {
    extractor: Arc<BoxedExtractor>,
    pricer: Option<Arc<dyn Pricer>>,
    state: BoxedState,
    reader: BodyReader,
}

impl Meter {
    /// A meter for a policy that does not compile: it reads nothing, and its record
    /// says `misconfigured` and why.
    pub fn misconfigured(exchange: &Exchange<'_>, why: &str) -> Self {
        Self::unread(exchange, Reason::Misconfigured, why)
    }

    /// A meter for an answer that the host made itself, since the provider could not be
    /// reached: its record says `upstream-failed` and why.
    pub fn unreachable(exchange: &Exchange<'_>, why: &str) -> Self {
        Self::unread(exchange, Reason::UpstreamFailed, why)
    }

    /// A meter that reads nothing: of an answer that never began, or that no policy can
    /// read. Its record says this reason, and why.
    pub fn unread(exchange: &Exchange<'_>, reason: Reason, why: &str) -> Self {
        let mut facts = Facts::of(exchange);
        facts.notes.explain(reason, why);
        Self { work: None, facts }
    }

    /// Reads the next chunk of the body. Cannot fail and holds nothing back.
    pub fn push(&mut self, chunk: &[u8]) {
        if chunk.is_empty() {
            return;
        }
        let facts = &mut self.facts;
        let first = facts.first_byte.is_none();
        if first {
            facts.first_byte = Some(Instant::now());
        }
        let Some(Work { extractor, state, reader, .. }) = &mut self.work else {
            return;
        };
        reader.push(chunk, &mut |event| {
            let captured = Captured::new(event);
            if facts.first_token.is_none() && extractor.is_content(&captured) {
                facts.first_token = if first { facts.first_byte } else { Some(Instant::now()) };
            }
            extractor.observe(state, &captured);
        });
    }

    /// Ends the response and says all that is known of it.
    pub fn finish(self, end: End) -> Record {
        let Self { work, facts } = self;
        match work {
            Some(work) => work.finish(end, facts),
            None => facts.record(end),
        }
    }

    /// Gives this meter a sink: its record is then delivered exactly once, at the
    /// latest as `cancelled` when it is dropped.
    pub fn deliver_to(self, sink: Arc<dyn RecordSink>) -> SinkMeter {
        SinkMeter { meter: Some(self), sink }
    }
}

/// Where records go. Must return at once: a queue, not a connection. A closure is one.
pub trait RecordSink: Send + Sync {
    /// Takes a record.
    fn record(&self, record: Record);
}

impl<F: Fn(Record) + Send + Sync> RecordSink for F {
    fn record(&self, record: Record) {
        self(record);
    }
}

/// A meter that cannot lose its record.
pub struct SinkMeter {
    meter: Option<Meter>,
    sink: Arc<dyn RecordSink>,
}

impl SinkMeter {
    /// Reads the next chunk of the body. Cannot fail and holds nothing back.
    pub fn push(&mut self, chunk: &[u8]) {
        if let Some(meter) = &mut self.meter {
            meter.push(chunk);
        }
    }

    /// Ends the response and delivers its record.
    pub fn finish(mut self, end: End) {
        self.deliver(end);
    }

    fn deliver(&mut self, end: End) {
        if let Some(meter) = self.meter.take() {
            self.sink.record(meter.finish(end));
        }
    }
}

impl Drop for SinkMeter {
    fn drop(&mut self) {
        self.deliver(End::Cancelled);
    }
}

impl Work {
    fn finish(self, end: End, mut facts: Facts) -> Record {
        let Self { extractor, pricer, mut state, mut reader } = self;
        let body = reader.finish(&mut |event| {
            extractor.observe(&mut state, &Captured::new(event));
        });
        let mut extraction = extractor.finish(state, end);
        if facts.status >= 400 {
            // An error's body may say anything; it is not consumption.
            extraction.usage = Usage::default();
            extraction.notes.reason(Reason::ErrorResponse);
        }
        let provenance = provenance(&mut extraction, &body, end);
        let cost = price(pricer.as_deref(), &mut extraction, provenance);
        let first_token = facts.first_token.map(|at| at.duration_since(facts.started));
        facts.notes = extraction.notes;
        let streaming = matches!(
            body.format,
            Some(Format::Sse | Format::JsonArray | Format::JsonSequence | Format::EventStream)
        );
        let mut record = facts.record(end);
        record.latency.first_token = first_token.filter(|_| streaming);
        record.provider = extraction.provider;
        record.model = extraction.model.map(|model| clipped(model, 256));
        record.requested_model = extraction.requested_model.map(|model| clipped(model, 256));
        record.service_tier = extraction.service_tier.map(|tier| clipped(tier, 64));
        record.response_id = extraction.response_id.map(|id| clipped(id, 256));
        record.streaming = streaming;
        record.provenance = provenance;
        record.usage = extraction.usage;
        record.cost = cost;
        record
    }
}
