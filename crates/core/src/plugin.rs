//! What a plugin is: a type, its configuration, and an extractor made from it.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Captured, End, Error, Exchange, Notes, Usage, Wanted};

/// A kind of provider, by the name that configurations give it.
///
/// Implement it on a unit struct and register that with [`plugin!`](crate::plugin).
pub trait ExtractorPlugin: 'static {
    /// The value of `extraction.type`, in capitals: `GPT`.
    const TYPE: &'static str;
    /// Title of its branch in the form: `ChatGPT by OpenAI`.
    const TITLE: &'static str;
    /// One sentence for the form and for `token-tracking plugins`.
    const DESCRIPTION: &'static str;
    /// What the form adds beside `type`. Every field needs a doc comment: it is the
    /// form's text. Name the type after the plugin (`AcmeConfig`), never `Config`.
    type Config: DeserializeOwned + JsonSchema + Serialize;
    /// What reads the answers.
    type Extractor: Extractor;

    /// Compiles a configuration, once per policy.
    ///
    /// # Errors
    /// When the configuration cannot work: say where, what was expected, what to type instead.
    fn build(config: Self::Config) -> Result<Built<Self::Extractor>, Error>;
}

/// An extractor, and what is worth telling the person who configured it.
#[derive(Debug)]
pub struct Built<E> {
    /// What reads the answers.
    pub extractor: E,
    /// Trouble that did not stop the building, such as an invalid optional pointer.
    pub warnings: Vec<Error>,
}

impl<E> From<E> for Built<E> {
    fn from(extractor: E) -> Self {
        Self { extractor, warnings: Vec::new() }
    }
}

/// Reads the answers of one kind of provider. It never sees a chunk boundary, does no
/// I/O and cannot fail: trouble becomes a note.
pub trait Extractor: Send + Sync + 'static {
    /// What it gathers during one response; dropped or finished exactly once.
    type State: Send + 'static;

    /// The paths to capture of each document.
    fn wanted(&self) -> &Wanted;

    /// Whether [`Extractor::start`] looks at the request's headers. Where it says no, a host may
    /// lend it none, and so need not keep them until the answer begins.
    fn reads_request_headers(&self) -> bool {
        true
    }

    /// Begins a response.
    fn start(&self, exchange: &Exchange<'_>) -> Self::State;

    /// One JSON document or stream event, already framed and scanned.
    fn observe(&self, state: &mut Self::State, captured: &Captured<'_>);

    /// Whether this event of a stream carries generated content, for the time to the
    /// first token; a lifecycle event does not.
    fn is_content(&self, _captured: &Captured<'_>) -> bool {
        true
    }

    /// Ends the response.
    fn finish(&self, state: Self::State, end: End) -> Extraction;
}

/// What an extractor found in one response.
#[derive(Clone, Debug, Default)]
pub struct Extraction {
    /// The counts in their normal form.
    pub usage: Usage,
    /// Whether the counts are the provider's last word, or only what a stream had said so far.
    pub completeness: Completeness,
    /// The model that answered; the last non-empty one.
    pub model: Option<String>,
    /// The model as requested, where the request told the extractor.
    pub requested_model: Option<String>,
    /// The provider, by its name in OpenTelemetry (`openai`, `gcp.gemini`, `anthropic`, `mistral_ai`).
    pub provider: Option<String>,
    /// The service tier that was served.
    pub service_tier: Option<String>,
    /// The provider's id of this response.
    pub response_id: Option<String>,
    /// Reasons and anomalies.
    pub notes: Notes,
}

/// Whether counts are final.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Completeness {
    /// The provider's final word.
    #[default]
    Final,
    /// A lower bound: the stream ended before the final word. Without any count: it
    /// ended before the event that has them.
    Interim,
}

/// Registers a plugin: makes its `PLUGIN` static and submits it for discovery.
///
/// `plugin!(Acme);` makes `pub static PLUGIN`. A whole plugin is in `examples/plugin.rs`.
#[macro_export]
macro_rules! plugin {
    ($plugin:ty) => {
        /// This crate's plugin, for a registry that is filled by hand.
        pub static PLUGIN: $crate::Descriptor = $crate::Descriptor::of::<$plugin>();
        $crate::__inventory::submit! { $crate::Discovered(&PLUGIN) }
    };
}
