//! Conformance kit for plugin authors, inside and outside this repository.
//!
//! Put answers of your provider into `fixtures/`, and one test into your crate:
//!
//! ```no_run
//! # mod acme { pub static PLUGIN: std::sync::LazyLock<token_tracking_core::Descriptor> = std::sync::LazyLock::new(|| unimplemented!()); }
//! // in tests/conformance.rs, as a #[test]
//! fn fixtures() {
//!     token_tracking_testkit::conformance(
//!         &acme::PLUGIN,
//!         concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"),
//!     );
//! }
//! ```
//!
//! Then `UPDATE_SNAPSHOTS=1 cargo test` writes a record beside each fixture: read it, and
//! check it in. From then on the test demands that
//!
//! - each answer gives the record of its snapshot, however it is cut into chunks and
//!   whichever way it is compressed;
//! - an answer that breaks off never panics, never passes a lower bound for the provider's
//!   last word, and never counts more than the whole answer, unless the
//!   fixture says that the provider's own counts fall;
//! - an answer and its streamed twin give the same counts and the same model.
//!
//! | file | what it is |
//! |---|---|
//! | `NAME.json`, `.sse`, `.ndjson`, `.jsonarray` | the body; its ending says the content type |
//! | `NAME.messages` | an AWS event stream, a line per message: `{"event": "metadata", "payload": {…}}`, `{"event": "chunk", "bytes": {…}}` (in base64), `{"exception": "throttlingException", "payload": {…}}` |
//! | `NAME.bin` | an AWS event stream as it was on the wire |
//! | `NAME.config.json` | what stands beside `type` in `extraction`; absent: `{}` |
//! | `NAME.head.json` | `{"status": 429, "headers": {"content-type": "…"}, "path": "/v1/…", "counts_fall": true}`, each optional; the last where the provider itself takes counts back on the way |
//! | `NAME.snap.json` | the record, without its times; written, not typed |
//! | `NAME.stream.sse` (`.json`, …) | the streamed twin of `NAME.json` |

pub mod corpus;

mod aws;
mod checks;
mod encode;
mod events;
mod fixture;
mod snapshot;

pub use checks::exceeding;
pub use events::ends as event_ends;

use std::path::Path;

use http::{HeaderMap, StatusCode};
use serde_json::Value;
use token_tracking_core::{Descriptor, End, Exchange, Record, Tracker};

use crate::fixture::Fixture;

/// Runs every fixture of a folder through a plugin. See the crate's documentation.
///
/// # Panics
/// When a fixture fails, with all failures of all fixtures; when the folder cannot be
/// read, or has no fixture.
pub fn conformance(plugin: &Descriptor, dir: impl AsRef<Path>) {
    let dir = dir.as_ref();
    let fixtures = match fixture::load(dir) {
        Ok(fixtures) => fixtures,
        Err(why) => panic!("{why}"),
    };
    assert!(!fixtures.is_empty(), "there is no fixture in {}", dir.display());
    let mut failures = Vec::new();
    for fixture in &fixtures {
        if let Err(why) = check(plugin, fixture) {
            failures.push(format!("{}: {why}", fixture.file.display()));
        }
    }
    failures.extend(checks::twins(plugin, &fixtures));
    assert!(failures.is_empty(), "{}\n", failures.join("\n\n"));
}

/// The record of one answer, for examples and for tests of a single thing. The configuration is
/// what stands beside `type`; the body is recognised by its first bytes. The documentation of
/// each provider has an example.
///
/// # Panics
/// When the configuration does not build.
#[must_use]
pub fn record(plugin: &Descriptor, config: Value, body: impl AsRef<[u8]>) -> Record {
    let built = match plugin.build(config) {
        Ok(built) => built,
        Err(error) => panic!("the configuration does not build: {error:#}"),
    };
    let headers = HeaderMap::new();
    let exchange = Exchange::new(StatusCode::OK, &headers);
    let meter = Tracker::new(built.extractor, None).meter(&exchange);
    let mut meter = meter.expect("an answer with the status 200 has a body");
    meter.push(body.as_ref());
    meter.finish(End::Complete)
}

fn check(plugin: &Descriptor, fixture: &Fixture) -> Result<(), String> {
    let tracker = fixture.tracker(plugin)?;
    let whole = fixture.record(&tracker, [fixture.body.as_slice()]);
    snapshot::check(&fixture.snapshot(), &whole)?;
    checks::chunks(&tracker, fixture, &whole)?;
    checks::encodings(&tracker, fixture, &whole)?;
    checks::truncations(&tracker, fixture, &whole)
}
