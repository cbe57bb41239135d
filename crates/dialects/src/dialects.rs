//! The accumulator that extractors embed: what to capture, what a document adds, the result.

use token_tracking_core::{Captured, End, Exchange, Extraction, Wanted};

use crate::profile::{Dialect, Profile};
use crate::recognise;
use crate::roots::Roots;
use crate::state::State;

/// Reads any of the dialects, under the name of one vendor. See the crate's example.
#[derive(Clone, Debug)]
pub struct Dialects {
    profile: Profile,
    wanted: Wanted,
    roots: Roots,
}

impl Dialects {
    /// A reader for this vendor's endpoints.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        let mut wanted = Wanted::new();
        let roots = Roots::register(&mut wanted);
        Self { profile, wanted, roots }
    }

    /// The paths to capture of each document.
    #[must_use]
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Begins a response.
    #[must_use]
    pub fn start(&self, exchange: &Exchange<'_>) -> State {
        State::new(exchange)
    }

    /// Reads one document or event.
    pub fn observe(&self, state: &mut State, captured: &Captured<'_>) {
        state.observe(&self.roots, &self.profile, captured);
    }

    /// Whether this event of a stream carries generated content.
    #[must_use]
    pub fn is_content(&self, captured: &Captured<'_>) -> bool {
        recognise::is_content(&self.roots, captured)
    }

    /// Ends the response: what was found.
    #[must_use]
    pub fn finish(&self, state: State, end: End) -> Extraction {
        self.finish_with_dialect(state, end).0
    }

    /// As [`Dialects::finish`], and which dialect was spoken.
    #[must_use]
    pub fn finish_with_dialect(&self, state: State, end: End) -> (Extraction, Option<Dialect>) {
        // Whether the counts are the last word was in the documents; how the host's
        // connection ended after them changes nothing.
        let _ = end;
        state.finish(&self.profile)
    }
}
