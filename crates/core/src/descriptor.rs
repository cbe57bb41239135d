//! A plugin with its types erased: what the registry holds.

use std::any::Any;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::{
    Built, Captured, End, Error, ErrorKind, Exchange, Extraction, Extractor, ExtractorPlugin,
    Wanted,
};

/// One plugin: its names, its form, and how to build its extractor.
pub struct Descriptor {
    type_name: &'static str,
    title: &'static str,
    description: &'static str,
    schema: fn(&mut SchemaGenerator) -> Schema,
    build: fn(Value) -> Result<Built<BoxedExtractor>, Error>,
}

impl Descriptor {
    /// The descriptor of a plugin type.
    #[must_use]
    pub const fn of<P: ExtractorPlugin>() -> Self {
        Self {
            type_name: P::TYPE,
            title: P::TITLE,
            description: P::DESCRIPTION,
            schema: |generator| P::Config::json_schema(generator),
            build: build::<P>,
        }
    }

    /// The value of `extraction.type`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Title of the form's branch.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// One sentence on what it reads.
    #[must_use]
    pub fn description(&self) -> &'static str {
        self.description
    }

    /// Schema of what the form adds beside `type`; may leave definitions in the generator.
    #[must_use]
    pub fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.schema)(generator)
    }

    /// Builds the extractor from its configuration: the `extraction` object without `type`.
    ///
    /// # Errors
    /// When the configuration does not decode or cannot work; the place is a JSON
    /// Pointer inside `extraction`.
    pub fn build(&self, config: Value) -> Result<Built<BoxedExtractor>, Error> {
        (self.build)(config)
    }
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Descriptor")
            .field("type_name", &self.type_name)
            .field("title", &self.title)
            .finish_non_exhaustive()
    }
}

fn build<P: ExtractorPlugin>(config: Value) -> Result<Built<BoxedExtractor>, Error> {
    let config = serde_path_to_error::deserialize(config).map_err(|error| {
        let at = pointer(error.path());
        let message = error.inner().to_string();
        Error::new(ErrorKind::InvalidConfig, message).at(at)
    })?;
    let Built { extractor, warnings } = P::build(config)?;
    Ok(Built { extractor: BoxedExtractor(Box::new(extractor)), warnings })
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Map { key } => {
                pointer += "/";
                pointer += &key.replace('~', "~0").replace('/', "~1");
            }
            Segment::Seq { index } => pointer += &format!("/{index}"),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// An extractor with its type erased.
pub struct BoxedExtractor(Box<dyn Erased>);

impl BoxedExtractor {
    /// The paths to capture of each document.
    #[must_use]
    pub fn wanted(&self) -> &Wanted {
        self.0.wanted()
    }

    pub(crate) fn reads_request_headers(&self) -> bool {
        self.0.reads_request_headers()
    }

    pub(crate) fn start(&self, exchange: &Exchange<'_>) -> BoxedState {
        self.0.start(exchange)
    }

    pub(crate) fn observe(&self, state: &mut BoxedState, captured: &Captured<'_>) {
        self.0.observe(state, captured);
    }

    pub(crate) fn is_content(&self, captured: &Captured<'_>) -> bool {
        self.0.is_content(captured)
    }

    pub(crate) fn finish(&self, state: BoxedState, end: End) -> Extraction {
        self.0.finish(state, end)
    }
}

impl fmt::Debug for BoxedExtractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxedExtractor")
    }
}

/// The state of one response; one allocation.
pub(crate) type BoxedState = Box<dyn Any + Send>;

trait Erased: Send + Sync {
    fn wanted(&self) -> &Wanted;
    fn reads_request_headers(&self) -> bool;
    fn start(&self, exchange: &Exchange<'_>) -> BoxedState;
    fn observe(&self, state: &mut BoxedState, captured: &Captured<'_>);
    fn is_content(&self, captured: &Captured<'_>) -> bool;
    fn finish(&self, state: BoxedState, end: End) -> Extraction;
}

impl<E: Extractor> Erased for E {
    fn wanted(&self) -> &Wanted {
        Extractor::wanted(self)
    }

    fn reads_request_headers(&self) -> bool {
        Extractor::reads_request_headers(self)
    }

    fn start(&self, exchange: &Exchange<'_>) -> BoxedState {
        Box::new(Extractor::start(self, exchange))
    }

    fn observe(&self, state: &mut BoxedState, captured: &Captured<'_>) {
        if let Some(state) = state.downcast_mut() {
            Extractor::observe(self, state, captured);
        }
    }

    fn is_content(&self, captured: &Captured<'_>) -> bool {
        Extractor::is_content(self, captured)
    }

    fn finish(&self, state: BoxedState, end: End) -> Extraction {
        // The meter keeps an extractor and its own state together, so the types agree.
        match state.downcast() {
            Ok(state) => Extractor::finish(self, *state, end),
            Err(_) => Extraction::default(),
        }
    }
}
