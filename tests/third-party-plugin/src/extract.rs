//! From an answer's values to the normal form.

use token_tracking_core::{
    Captured, Completeness, Count, End, Exchange, Extraction, Extractor, Notes, PathId, Usage,
    Wanted, add,
};

use crate::config::{OrchardConfig, Sent};

/// Reads the answers.
#[derive(Debug)]
pub struct OrchardExtractor {
    pub(crate) wanted: Wanted,
    pub(crate) sent: PathId,
    pub(crate) received: PathId,
    pub(crate) cached: PathId,
    pub(crate) model: PathId,
    pub(crate) config: OrchardConfig,
}

/// What one answer has said so far.
#[derive(Debug, Default)]
pub struct OrchardState {
    sent: Option<u64>,
    received: Option<u64>,
    cached: Option<u64>,
    model: Option<String>,
    notes: Notes,
}

impl Extractor for OrchardExtractor {
    type State = OrchardState;

    fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    fn start(&self, _exchange: &Exchange<'_>) -> OrchardState {
        OrchardState::default()
    }

    fn observe(&self, state: &mut OrchardState, captured: &Captured<'_>) {
        // Of a stream, the last event that counts is the whole.
        for (path, count) in [
            (self.sent, &mut state.sent),
            (self.received, &mut state.received),
            (self.cached, &mut state.cached),
        ] {
            let read = captured.decode::<Count>(path, &mut state.notes);
            if let Some(read) = read.and_then(|count| count.get(&mut state.notes)) {
                *count = Some(read);
            }
        }
        if let Some(model) = captured.text(self.model).filter(|model| !model.trim().is_empty()) {
            state.model = Some(model.into_owned());
        }
    }

    fn finish(&self, state: OrchardState, end: End) -> Extraction {
        let input = match self.config.sent {
            Sent::WithCached => state.sent,
            Sent::WithoutCached => state.sent.and_then(|sent| add(Some(sent), state.cached)),
        };
        let usage =
            Usage { input, output: state.received, cache_read: state.cached, ..Usage::default() };
        // Nothing in an event says that it is the last one.
        let broken_off = end != End::Complete;
        Extraction {
            usage,
            completeness: if broken_off { Completeness::Interim } else { Completeness::Final },
            model: state.model.or_else(|| self.config.default_model.clone()),
            provider: Some("orchard".to_owned()),
            notes: state.notes,
            ..Extraction::default()
        }
    }
}
