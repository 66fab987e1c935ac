//! See `src/moves.rs`.

#![no_main]

#[path = "../src/moves.rs"]
mod moves;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| moves::check(bytes));
