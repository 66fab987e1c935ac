//! What the fuzzer has found worth keeping is played again, without a fuzzer. `turnlog::testing::fuzz` says how it reads.

use std::{fs, path::Path};

use turnlog::testing::fuzz;
use turnlog_games::kinds;

#[path = "../../fuzz/src/pgn.rs"]
mod pgn;

fn replay(target: &str, check: impl Fn(&[u8]) + std::panic::RefUnwindSafe) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut inputs = 0;
    for entry in fs::read_dir(folder).expect("the corpus is in the repository") {
        let path = entry.expect("the folder can be listed").path();
        let bytes = fs::read(&path).expect("an input is a file");
        let outcome = std::panic::catch_unwind(|| check(&bytes));
        assert!(outcome.is_ok(), "{} breaks a law", path.display());
        inputs += 1;
    }
    assert!(inputs > 0, "there is nothing to replay");
}

#[test]
fn moves_that_the_fuzzer_found_break_no_law() {
    replay("moves", |bytes| fuzz::moves(&kinds(), bytes));
}

#[test]
fn games_of_chess_that_the_fuzzer_found_are_read_back() {
    replay("pgn", pgn::check);
}
