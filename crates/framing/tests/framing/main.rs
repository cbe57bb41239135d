//! Bodies in, documents out: the framing crate through its public interface.

mod bounds;
mod encodings;
mod formats;
mod hostile;
mod splits;
mod support;
mod values;
