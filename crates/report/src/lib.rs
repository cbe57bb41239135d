//! Records to sinks: a file, the terminal, memory, or several at once.
//!
//! A sink takes a record and returns at once ([`RecordSink`]). Those that write do it on
//! a thread of their own, behind a bounded queue: when the disk or the terminal is slow,
//! records are dropped and counted, and traffic never waits. There is no async runtime
//! here, so the same reporters serve every host.

mod deduplicate;
mod fanout;
mod file;
mod format;
mod memory;
mod queue;
mod summary;
mod table;

pub use deduplicate::Deduplicate;
pub use fanout::Fanout;
pub use file::FileReporter;
pub use memory::Memory;
pub use queue::{QUEUE_CAPACITY, ReportError, Totals};
pub use summary::summary;
pub use table::TableReporter;
pub use token_tracking_core::RecordSink;
