//! Runs the target `evaluator`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| token_tracking_el_fuzz::evaluator(input));
