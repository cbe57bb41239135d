//! Tests across crates live in `tests/`; this library holds what they share.

pub mod answers;
pub mod envoy;
