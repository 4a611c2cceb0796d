//! `frontdesk_tests::fuzz::phone` under the fuzzing engine.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| frontdesk_tests::fuzz::phone(data));
