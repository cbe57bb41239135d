//! What an extractor is, and the meter that runs one over a response.
//!
#![doc = include_str!("../README.md")]

mod captured;
mod clock;
mod cost;
mod credentials;
mod descriptor;
mod details;
mod error;
mod exchange;
mod facts;
#[cfg(feature = "expressions")]
mod known;
mod meter;
mod note;
mod plugin;
mod record;
mod registry;
mod usage;
mod verdict;

pub use captured::{Captured, Count, Lenient, Wanted};
pub use clock::{Instant, SystemTime};
pub use cost::{Cost, Pricer, ReceiptLine};
pub use credentials::{is_credential, masked_query, masked_told};
pub use descriptor::{BoxedExtractor, Descriptor};
pub use details::{ApiFacts, Details, NodeFacts, Told};
pub use error::{Error, ErrorKind};
pub use exchange::{Exchange, Request};
pub use http;
#[cfg(feature = "expressions")]
pub use known::Credentials;
pub use meter::{End, Meter, RecordSink, SinkMeter, Tracker};
pub use note::{Anomalies, Anomaly, Notes, Reason, Reasons};
pub use plugin::{Built, Completeness, Extraction, Extractor, ExtractorPlugin};
pub use record::{AdditionalMetrics, Latency, Provenance, Record, RecordLine, RequestFacts};
pub use registry::{Discovered, Registry, nearest};
pub use token_tracking_framing::{Format, PathError, PathId, ValueKind};
pub use usage::{Units, Usage, add};

#[doc(hidden)]
pub use inventory as __inventory;

/// The snippet of the repository's README, compiled as it stands there.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct RepositoryReadme;
