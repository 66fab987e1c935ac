//! See `src/pgn.rs`.

#![no_main]

#[path = "../src/pgn.rs"]
mod pgn;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pgn::check(bytes));
