//! The vendor's profile over the shared dialects.

use token_tracking_core::{Captured, End, Exchange, Extraction, Extractor, Wanted};
use token_tracking_dialects::{Dialect, Dialects, Gap, Profile, State};

const PROFILE: Profile = Profile {
    provider: Some("mistral_ai"),
    native: &[Dialect::OpenAiChat, Dialect::MistralOcr],
    gap: Gap::Sent,
};

/// Reads the answers.
#[derive(Clone, Debug)]
pub struct MistralExtractor {
    dialects: Dialects,
}

impl Default for MistralExtractor {
    fn default() -> Self {
        Self { dialects: Dialects::new(PROFILE) }
    }
}

impl Extractor for MistralExtractor {
    type State = State;

    fn wanted(&self) -> &Wanted {
        self.dialects.wanted()
    }

    fn start(&self, exchange: &Exchange<'_>) -> State {
        self.dialects.start(exchange)
    }

    fn observe(&self, state: &mut State, captured: &Captured<'_>) {
        self.dialects.observe(state, captured);
    }

    fn is_content(&self, captured: &Captured<'_>) -> bool {
        self.dialects.is_content(captured)
    }

    fn finish(&self, state: State, end: End) -> Extraction {
        self.dialects.finish(state, end)
    }
}
