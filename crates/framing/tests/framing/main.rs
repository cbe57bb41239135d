//! Bodies in, documents out: the framing crate through its public interface.

mod bounds;
mod chunks;
mod corpus;
mod encoders;
mod encodings;
mod event_stream;
mod formats;
mod fuzz;
mod fuzz_targets;
mod hostile;
mod messages;
mod oracle;
mod reference;
mod repeats;
mod splits;
mod support;
mod values;
