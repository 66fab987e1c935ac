//! What players send to a game. `turnlog_testing::fuzz` says how the bytes are read.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| turnlog_testing::fuzz::moves(&turnlog_games::kinds(), bytes));
