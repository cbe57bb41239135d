//! What is known of one response so far, and what comes of it.

use token_tracking_core::{
    Captured, Completeness, Exchange, Extraction, Notes, PathId, Reason, Usage, ValueKind,
};

use crate::invocation::{self, Invocation};
use crate::profile::{Dialect, Profile};
use crate::recognise;
use crate::request;
use crate::roots::Roots;
use crate::tally::{Chunk, Tally};

/// What one response said so far.
#[derive(Debug, Default)]
pub struct State {
    tally: Tally,
    model: Option<String>,
    requested_model: Option<String>,
    response_id: Option<String>,
    service_tier: Option<String>,
    /// A choice or candidate said why it ended.
    finished: bool,
    /// A chat chunk without counts came before the first with counts, so that these
    /// are the only ones and no running count.
    counts_once: bool,
    /// Gemini showed a text.
    shown: bool,
    /// What a GET asks for: the id of a stored answer, if the answer has that id.
    fetched: Option<String>,
    /// What is fetched was made in the background.
    background: bool,
    /// What AWS counted of it, on Bedrock.
    invocation: Invocation,
    /// A document was read: until then headers are all there is.
    begun: bool,
    /// A chunk of Bedrock came that is not Claude's last: there AWS still says what it counted.
    awaits_aws: bool,
    /// The last word on it was that the stream goes on.
    unfinished: bool,
    /// The document before had counts.
    counted: bool,
    /// The document with the counts is a chunk of a chat stream.
    in_chunk: bool,
    /// A choice said that it goes on, or why it ended.
    finish_known: bool,
    notes: Notes,
}

impl State {
    pub(crate) fn new(exchange: &Exchange<'_>) -> Self {
        Self {
            requested_model: request::model(exchange),
            fetched: request::fetched(exchange),
            invocation: Invocation::of_headers(exchange.headers),
            service_tier: invocation::service_tier(exchange.headers),
            ..Self::default()
        }
    }

    pub(crate) fn observe(&mut self, roots: &Roots, profile: &Profile, c: &Captured<'_>) {
        // Most events of a stream. What they said once they may say again; only of counts
        // it could matter how often.
        if c.is_repeat() && !self.counted {
            return;
        }
        if recognise::is_error(roots, c) {
            self.notes.reason(Reason::ErrorResponse);
        }
        if let Some(counts) = c.decode(roots.invocation_metrics, &mut self.notes) {
            self.invocation = counts;
        }
        self.begun = true;
        if c.event_name() == Some("chunk") {
            self.awaits_aws = c.raw(roots.kind) != Some(b"\"message_stop\"");
        }
        let open = self.observe_finish(roots, c);
        let goes_on = recognise::goes_on(roots, c, self.finished);
        self.unfinished = goes_on.unwrap_or(open || self.unfinished && !self.finished);
        self.shown |= c.kind(roots.text_parts) == Some(ValueKind::String);
        let counted = match recognise::recognise(roots, profile, self.tally.dialect(), c) {
            Some(shape) => {
                let chunk = Chunk { open, counts_once: self.counts_once };
                self.tally.observe(shape, chunk, roots, c, &mut self.notes)
            }
            None => {
                let counted = [roots.counted_input, roots.counted_total, roots.counted_input_camel];
                let only_counts = counted.iter().any(|path| c.has(*path));
                if only_counts && matches!(self.tally, Tally::Nothing) {
                    self.notes.reason(Reason::NotConsumption);
                }
                false
            }
        };
        if !counted && recognise::is_bare_message(roots, profile, c) {
            self.notes.reason(Reason::ErrorResponse);
        }
        self.counts_once |= open && !counted && matches!(self.tally, Tally::Nothing);
        self.observe_names(roots, c, counted);
        if counted {
            self.in_chunk = recognise::is_chunk(roots, c);
        }
        self.counted = counted;
        self.background |= c.raw(roots.background) == Some(b"true");
    }

    /// Whether a choice of this document is still being written.
    fn observe_finish(&mut self, roots: &Roots, c: &Captured<'_>) -> bool {
        let mut open = false;
        for reason in c.raw_all(roots.finish_reason) {
            self.finish_known = true;
            match reason {
                b"null" => open = true,
                _ => self.finished = true,
            }
        }
        if c.has(roots.gemini_finish_reason) {
            self.finished = true;
        } else if c.has(roots.candidates) {
            open = true;
        }
        open
    }

    /// The last non-empty model and tier; the id of the document with the counts, else the first.
    fn observe_names(&mut self, roots: &Roots, c: &Captured<'_>, counted: bool) {
        let models = [
            roots.model_id,
            roots.outputs_model,
            roots.model,
            roots.model_version,
            roots.message_model,
            roots.response_model,
            roots.interaction_model,
            roots.routed_model,
        ];
        for path in models {
            keep_last(&mut self.model, c, path);
        }
        keep_last(&mut self.service_tier, c, roots.service_tier);
        keep_last(&mut self.service_tier, c, roots.response_service_tier);
        keep_last(&mut self.service_tier, c, roots.tier_type);
        if counted || self.response_id.is_none() {
            let ids = [
                roots.id,
                roots.message_id,
                roots.response_id,
                roots.gemini_response_id,
                roots.interaction_id,
                roots.cohere_id,
                roots.response_cohere_id,
            ];
            for path in ids {
                keep_last(&mut self.response_id, c, path);
            }
        }
    }

    pub(crate) fn finish(mut self, profile: &Profile) -> Extraction {
        let mut dialect = self.tally.dialect();
        let (mut usage, mut settled) = self.usage(profile);
        if self.invocation.has_counts() {
            dialect = dialect.or(Some(Dialect::Bedrock));
            if usage.is_empty() || self.tally.yields_to_aws() {
                self.invocation.lay_over(&mut usage, &mut self.notes);
                settled = self.begun;
            }
        }
        // Whether counts are the last word was in the documents, however the connection ended.
        settled &= !(usage.is_empty() && self.unfinished);
        let native = dialect.is_none_or(|dialect| profile.native.contains(&dialect));
        let mut extraction = Extraction {
            usage,
            completeness: if settled { Completeness::Final } else { Completeness::Interim },
            model: self.model,
            requested_model: self.requested_model,
            provider: profile.provider.or(dialect.map(Dialect::provider)).map(str::to_owned),
            service_tier: self.service_tier,
            response_id: self.response_id,
            notes: self.notes,
        };
        if let Some(dialect) = dialect.filter(|_| !native) {
            extraction.provider = Some(dialect.provider().to_owned());
            extraction.notes.explain(
                Reason::ShapeMismatch,
                format!(
                    "the answers have the shape of {}: set \"extraction\": {{\"type\": \"{}\"}}",
                    dialect.vendor(),
                    dialect.type_name()
                ),
            );
        }
        let stored = self.fetched.is_some() && self.fetched == extraction.response_id;
        if stored && !self.background && !extraction.usage.is_empty() {
            extraction.usage = Usage::default();
            extraction.notes.explain(
                Reason::NotConsumption,
                "a stored answer was fetched: its tokens were counted when it was made",
            );
        }
        extraction
    }

    /// The counts, and whether they are the last word.
    fn usage(&mut self, profile: &Profile) -> (Usage, bool) {
        let notes = &mut self.notes;
        let model = self.model.as_deref();
        match &mut self.tally {
            Tally::Nothing => (Usage::default(), true),
            Tally::Chat(tally) => {
                if self.service_tier.is_none() {
                    self.service_tier = tally.counts().service_tier.0.clone();
                }
                let usage = tally.counts().usage(profile.gap, model, notes);
                // Perplexity counts in each chunk, and only the last has a `finish_reason`.
                let running = self.in_chunk && !self.finish_known;
                (usage, tally.settled && !running || self.finished)
            }
            Tally::Responses(tally) => (tally.usage(profile.gap, model, notes), tally.settled()),
            Tally::Anthropic(tally) => {
                let usage = tally.usage(notes);
                if let Some(served) = tally.fallback_model() {
                    self.model = Some(served.to_owned());
                }
                if let Some(tier) = tally.service_tier() {
                    self.service_tier = Some(tier.to_owned());
                }
                (usage, tally.settled && !self.awaits_aws)
            }
            Tally::Gemini(tally) => {
                if self.shown {
                    tally.show();
                }
                if let Some(tier) = tally.service_tier() {
                    self.service_tier = Some(tier.to_owned());
                }
                (tally.usage(notes), tally.settled || self.finished)
            }
            Tally::Interaction(usage) => (usage.usage(notes), true),
            Tally::Pages(pages) => {
                let mut usage = Usage::default();
                usage.units.pages = pages.pages_processed.get(notes);
                (usage, true)
            }
            Tally::Converse(usage) => (usage.usage(notes), true),
            Tally::Cohere(usage) => (usage.usage(notes), true),
            Tally::Bare(tally) => (tally.usage(), tally.settled),
        }
    }
}

/// Keeps a text that is there and not empty; one that is known costs a comparison.
fn keep_last(kept: &mut Option<String>, c: &Captured<'_>, path: PathId) {
    let Some(raw) = c.raw(path) else { return };
    let known = kept.as_deref().map(str::as_bytes);
    if known.is_some() && raw.strip_prefix(b"\"").and_then(|raw| raw.strip_suffix(b"\"")) == known {
        return;
    }
    if let Some(text) = c.text(path).filter(|text| !text.is_empty()) {
        *kept = Some(text.into_owned());
    }
}
