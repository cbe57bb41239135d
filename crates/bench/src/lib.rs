//! What the tracking step costs: the bodies, and the ways to read them.
//!
//! `cargo xtask bench` times them side by side in one run (`main.rs`),
//! `benches/instructions.rs` counts instructions, `tests/allocations.rs` allocations.
//! The rivals live here, so that nobody who embeds a crate of ours ever builds them.

pub mod answer;
pub mod bodies;
pub mod ours;
pub mod pointers;
pub mod rivals;
