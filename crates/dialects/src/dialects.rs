//! The accumulator that extractors embed: what to capture, what a document adds, the result.

use token_tracking_core::{Captured, End, Exchange, Extraction, Extractor, Wanted};

use crate::profile::Profile;
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
}

impl Extractor for Dialects {
    type State = State;

    fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    fn reads_request_headers(&self) -> bool {
        false
    }

    fn start(&self, exchange: &Exchange<'_>) -> State {
        State::new(exchange)
    }

    fn observe(&self, state: &mut State, captured: &Captured<'_>) {
        state.observe(&self.roots, &self.profile, captured);
    }

    fn is_content(&self, captured: &Captured<'_>) -> bool {
        recognise::is_content(&self.roots, captured)
    }

    fn finish(&self, state: State, _end: End) -> Extraction {
        state.finish(&self.profile)
    }
}
