//! What is known of a response besides its counts.

use crate::record::Latency;
use crate::verdict::note_end;
use crate::{End, Exchange, Instant, Notes, Provenance, Record, RequestFacts, SystemTime, Usage};

/// What is known without the body.
pub(crate) struct Facts {
    pub(crate) id: Option<String>,
    pub(crate) started: Instant,
    pub(crate) timestamp: SystemTime,
    pub(crate) first_byte: Option<Instant>,
    pub(crate) first_token: Option<Instant>,
    pub(crate) api: Option<String>,
    pub(crate) application: Option<String>,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) request: Option<RequestFacts>,
    pub(crate) status: u16,
    pub(crate) notes: Notes,
}

impl Facts {
    pub(crate) fn of(exchange: &Exchange<'_>) -> Self {
        let attributes = exchange
            .attributes
            .iter()
            .take(Exchange::MAX_ATTRIBUTES)
            .map(|(name, value)| (name.clone(), clip(value, Exchange::MAX_ATTRIBUTE_BYTES)))
            .collect();
        Self {
            id: exchange.details.id.map(str::to_owned),
            started: exchange.started.unwrap_or_else(Instant::now),
            timestamp: exchange.timestamp.unwrap_or_else(SystemTime::now),
            first_byte: None,
            first_token: None,
            api: exchange.api.map(str::to_owned),
            application: exchange.application.map(|name| clip(name, Exchange::MAX_ATTRIBUTE_BYTES)),
            attributes,
            request: exchange.request.map(|request| RequestFacts {
                method: request.method.clone(),
                path: clip(request.path, 2_048),
            }),
            status: exchange.status.as_u16(),
            notes: Notes::default(),
        }
    }

    /// The record of a response without counts.
    pub(crate) fn record(self, end: End) -> Record {
        let mut notes = self.notes;
        note_end(&mut notes, end);
        let since = |instant: Option<Instant>| instant.map(|at| at.duration_since(self.started));
        Record {
            id: self.id,
            timestamp: self.timestamp,
            api: self.api,
            application: self.application,
            attributes: self.attributes,
            request: self.request,
            status: self.status,
            provider: None,
            model: None,
            requested_model: None,
            service_tier: None,
            response_id: None,
            streaming: false,
            end,
            provenance: Provenance::Absent,
            reasons: notes.reasons,
            anomalies: notes.anomalies,
            details: notes.details,
            usage: Usage::default(),
            cost: None,
            latency: Latency {
                first_byte: since(self.first_byte),
                first_token: None,
                total: since(Some(Instant::now())),
            },
        }
    }
}

/// The longest prefix of at most `max` bytes that ends between characters.
pub(crate) fn clip(text: &str, max: usize) -> String {
    text[..text.floor_char_boundary(max)].to_owned()
}

/// As [`clip`], without another allocation where nothing is cut.
pub(crate) fn clipped(text: String, max: usize) -> String {
    if text.len() <= max { text } else { clip(&text, max) }
}
