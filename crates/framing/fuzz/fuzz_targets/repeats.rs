//! Runs the target `repeats`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| token_tracking_framing_fuzz::repeats(input));
