//! `frontdesk_tests::fuzz::sms_webhook` under the fuzzing engine.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| frontdesk_tests::fuzz::sms_webhook(data));
