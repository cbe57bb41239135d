//! A plugin of one's own: a model server whose answers say `{"meter": {"in": 1, "out": 2}}`.
//!
//! `cargo run -p token-tracking-core --example plugin`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use token_tracking_core::http::{HeaderMap, StatusCode};
use token_tracking_core::{
    Built, Captured, Completeness, Count, End, Error, Exchange, Extraction, Extractor,
    ExtractorPlugin, Notes, PathId, Registry, Tracker, Usage, Wanted,
};

/// The plugin: a name, a form, and how its extractor is built.
struct Orchard;

/// What a configuration says beside `"type": "ORCHARD"`. The comments are the form's text.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OrchardConfig {
    /// The model to name, since the answers name none.
    model: Option<String>,
}

struct OrchardExtractor {
    wanted: Wanted,
    sent: PathId,
    received: PathId,
    model: Option<String>,
}

/// What one response has said so far.
#[derive(Default)]
struct Seen {
    usage: Usage,
    notes: Notes,
}

impl ExtractorPlugin for Orchard {
    const TYPE: &'static str = "ORCHARD";
    const TITLE: &'static str = "Orchard";
    const DESCRIPTION: &'static str = "The model server of the orchard";
    type Config = OrchardConfig;
    type Extractor = OrchardExtractor;

    fn build(config: OrchardConfig) -> Result<Built<OrchardExtractor>, Error> {
        let mut wanted = Wanted::new();
        let (sent, received) = (wanted.constant("/meter/in"), wanted.constant("/meter/out"));
        Ok(OrchardExtractor { wanted, sent, received, model: config.model }.into())
    }
}

impl Extractor for OrchardExtractor {
    type State = Seen;

    fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    fn start(&self, _exchange: &Exchange<'_>) -> Seen {
        Seen::default()
    }

    /// One document, or one event of a stream: never a chunk.
    fn observe(&self, seen: &mut Seen, captured: &Captured<'_>) {
        let Seen { usage, notes } = seen;
        let mut count = |path| captured.decode::<Count>(path, notes)?.get(notes);
        usage.input = count(self.sent).or(usage.input);
        usage.output = count(self.received).or(usage.output);
    }

    fn finish(&self, seen: Seen, _end: End) -> Extraction {
        Extraction {
            usage: seen.usage,
            model: self.model.clone(),
            completeness: Completeness::Final,
            notes: seen.notes,
            ..Extraction::default()
        }
    }
}

token_tracking_core::plugin!(Orchard);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `Registry::discovered()` finds it too, as it does every plugin that is linked.
    let registry = Registry::new().add(&PLUGIN)?;
    let built = registry.get("ORCHARD")?.build(serde_json::json!({"model": "pippin"}))?;
    let tracker = Tracker::new(built.extractor, None);

    let headers = HeaderMap::new();
    let exchange = Exchange::new(StatusCode::OK, &headers);
    let mut meter = tracker.meter(&exchange).ok_or("a response without a body")?;
    meter.push(br#"{"apples": ["#);
    meter.push(br#"1, 2, 3], "meter": {"in": 12, "out": 3}}"#);
    println!("{}", meter.finish(End::Complete).to_json_line());
    Ok(())
}
