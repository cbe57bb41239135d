//! The target functions of `tests/framing/fuzz_targets.rs`, for the fuzzer.
//!
//! `cargo +nightly fuzz run scanner fuzz/corpus/scanner fuzz/seeds/scanner -- -max_len=4096
//! -dict=fuzz/json.dict` in the crate's folder. An input that fails goes to
//! `tests/framing/crashes/<target>/`, where `cargo test` runs it from then on.
#![allow(dead_code)]

#[path = "../../tests/framing/encoders.rs"]
mod encoders;
#[path = "../../tests/framing/fuzz_targets.rs"]
mod fuzz_targets;
#[path = "../../tests/framing/messages.rs"]
mod messages;
#[path = "../../tests/framing/oracle.rs"]
mod oracle;
#[path = "../../tests/framing/reference.rs"]
mod reference;
#[path = "../../tests/framing/support.rs"]
mod support;

/// One document, or what is none, or several.
pub fn scanner(input: &[u8]) {
    fuzz_targets::scanner(input);
}

/// Server-sent events.
pub fn sse(input: &[u8]) {
    fuzz_targets::sse(input);
}

/// Server-sent events that repeat.
pub fn repeats(input: &[u8]) {
    fuzz_targets::repeats(input);
}

/// AWS event streams.
pub fn event_stream(input: &[u8]) {
    fuzz_targets::event_stream(input);
}

/// Content codings.
pub fn decoders(input: &[u8]) {
    fuzz_targets::decoders(input);
}
