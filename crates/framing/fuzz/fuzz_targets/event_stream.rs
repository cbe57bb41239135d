//! Runs the target `event_stream`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| token_tracking_framing_fuzz::event_stream(input));
