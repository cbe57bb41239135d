//! Records to wherever people look at them: files, the terminal, memory, databases, metrics.
//!
//! A sink takes a record and returns at once ([`RecordSink`]). Whoever writes does so as a
//! [`Writer`] behind a [`Reporter`]: a bounded queue and a thread of its own. When the other side
//! is slow or away, the writer tries again with growing pauses, the queue fills, and then records
//! go to an overflow file or are dropped; each is counted, and traffic never waits.
//! [`Reporters`] runs any number of them at once.
//!
//! ```
//! use std::time::Duration;
//! use http::{HeaderMap, StatusCode};
//! use token_tracking_core::{End, Exchange, Meter, RecordSink};
//! use token_tracking_report::{Reporters, Target};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("records.jsonl");
//! let mut reporters = Reporters::default();
//! reporters.add(Target::parse(&format!("file:{}", path.display()))?.open()?);
//!
//! let headers = HeaderMap::new();
//! let exchange = Exchange::new(StatusCode::OK, &headers);
//! let record = Meter::misconfigured(&exchange, "no such type").finish(End::Complete);
//! reporters.record(record); // returns at once
//!
//! let totals = reporters.close(Duration::from_secs(5)).unwrap(); // waits for what is queued
//! assert_eq!((totals.written, totals.dropped), (1, 0));
//! assert!(std::fs::read_to_string(&path)?.contains("\"misconfigured\""));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The file, the table and memory are always here, without an async runtime. The heavy ones are
//! features.

mod deduplicate;
#[cfg(feature = "elasticsearch")]
pub mod elasticsearch;
mod error;
mod fanout;
pub mod file;
mod format;
#[cfg(any(feature = "elasticsearch", feature = "otlp"))]
mod http;
#[cfg(any(feature = "otlp", feature = "prometheus"))]
mod labels;
#[cfg(any(feature = "ledger", feature = "postgres"))]
pub mod ledger;
mod memory;
mod options;
#[cfg(feature = "otlp")]
pub mod otlp;
#[cfg(feature = "prometheus")]
mod prometheus;
mod queue;
mod recent;
mod reporter;
mod reporters;
mod rotate;
mod summary;
pub mod table;
mod target;
mod writer;

pub use deduplicate::Deduplicate;
pub use error::ReportError;
pub use fanout::Fanout;
#[cfg(any(feature = "otlp", feature = "prometheus"))]
pub use labels::{Caps, OTHER};
pub use memory::Memory;
#[cfg(feature = "prometheus")]
pub use prometheus::Prometheus;
pub use queue::QUEUE_CAPACITY;
pub use recent::Recent;
pub use reporter::{Health, Queueing, Reporter, Totals};
pub use reporters::{Observer, Reporters};
pub use summary::summary;
pub use target::Target;
pub use token_tracking_core::RecordSink;
pub use writer::{Outcome, Writer};
