//! Token tracking for Orchard: a plugin that lives outside the repository of token-tracking.
//!
//! It brings a type of its own, `ORCHARD`, and so a branch in the form, with fields of its
//! own: two are expressions, one is a choice, one is plain text.
//!
//! A host that wants it names it once (`use orchard_plugin as _;`) and finds it with
//! `Registry::discovered()`; or adds it by hand: `registry.add(&orchard_plugin::PLUGIN)`.

mod config;
mod extract;

use token_tracking_core::{Built, Error, ErrorKind, ExtractorPlugin, PathId, Wanted};
use token_tracking_el::Pointer;

pub use config::{OrchardConfig, Sent};
pub use extract::{OrchardExtractor, OrchardState};

/// The plugin.
#[derive(Debug)]
pub struct Orchard;

impl ExtractorPlugin for Orchard {
    const TYPE: &'static str = "ORCHARD";
    const TITLE: &'static str = "Orchard";
    const DESCRIPTION: &'static str = "Orchard's model server, with its counts where you put them.";
    type Config = OrchardConfig;
    type Extractor = OrchardExtractor;

    fn build(config: OrchardConfig) -> Result<Built<OrchardExtractor>, Error> {
        let mut wanted = Wanted::new();
        let sent = place(&mut wanted, "sentPointer", &config.sent_pointer)?;
        let received = place(&mut wanted, "receivedPointer", &config.received_pointer)?;
        let cached = wanted.constant("/meter/cached");
        let model = wanted.constant("/model");
        Ok(OrchardExtractor { wanted, sent, received, cached, model, config }.into())
    }
}

token_tracking_core::plugin!(Orchard);

/// A pointer of the configuration as a place that is captured: any of the notations, as
/// long as it is a plain path.
fn place(wanted: &mut Wanted, field: &str, text: &str) -> Result<PathId, Error> {
    let wrong = |message: String| {
        Error::new(ErrorKind::InvalidConfig, message)
            .at(format!("/{field}"))
            .expected("a place in the answer, such as \"/meter/in\"")
    };
    let pointer = Pointer::parse(text).map_err(|error| {
        let mut said = wrong(error.message.clone()).excerpt(error.underlined());
        if let Some(instead) = &error.suggestion {
            said = said.suggest(format!("did you mean \"{instead}\"?"));
        }
        said
    })?;
    let path = pointer.path().ok_or_else(|| wrong("this computes, and Orchard cannot".into()))?;
    wanted.path(path).map_err(|error| wrong(error.to_string()))
}
