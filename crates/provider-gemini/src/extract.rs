//! The vendor's profile over the shared dialects.

use token_tracking_core::{Captured, End, Exchange, Extraction, Extractor, Wanted};
use token_tracking_dialects::{Dialect, Dialects, Gap, Profile, State};

const PROFILE: Profile = Profile {
    provider: Some("gcp.gemini"),
    native: &[Dialect::Gemini, Dialect::GeminiInteractions, Dialect::OpenAiChat],
    gap: Gap::Received,
};

/// Reads the answers.
#[derive(Clone, Debug)]
pub struct GeminiExtractor {
    dialects: Dialects,
}

impl Default for GeminiExtractor {
    fn default() -> Self {
        Self { dialects: Dialects::new(PROFILE) }
    }
}

impl Extractor for GeminiExtractor {
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
