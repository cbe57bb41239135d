//! The target functions of `tests/evaluation/fuzz_targets.rs`, for the fuzzer.
//!
//! `cargo +nightly fuzz run evaluator -- -max_len=256 -dict=fuzz/expressions.dict` in the
//! crate's folder. A text that fails becomes a case of `tests/evaluation`.
#![allow(dead_code)]

#[path = "../../tests/evaluation/fuzz_targets.rs"]
mod fuzz_targets;
#[path = "../../tests/evaluation/hosts.rs"]
mod hosts;

/// Parsing and printing.
pub fn parser(input: &[u8]) {
    fuzz_targets::parser(input);
}

/// Evaluation over a fixed answer.
pub fn evaluator(input: &[u8]) {
    fuzz_targets::evaluator(input);
}
