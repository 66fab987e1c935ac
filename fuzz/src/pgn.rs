//! Arbitrary bytes as a file of games of chess.

use turnlog_games::pgn;

/// Games of one input that are looked at.
const GAMES_MAX: usize = 64;

/// Reads the bytes as PGN, and panics when a game that was read is not read back from what is written of it.
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.split(['\n', '\r']).count();
    let mut before = 0;
    for read in pgn::read(&text).take(GAMES_MAX) {
        match read {
            Ok(game) => {
                let written = game.to_string();
                let again: Vec<_> = pgn::read(&written).collect();
                let [Ok(again)] = again.as_slice() else { panic!("one game is read back: {again:?}\n{written}") };
                assert_eq!(again.moves(), game.moves(), "the moves are the same\n{written}");
                assert_eq!(again.result(), game.result(), "the result is the same\n{written}");
                assert_eq!(again.to_string(), written, "what is written stays so");
            }
            Err(error) => {
                assert!((before.max(1)..=lines + 1).contains(&error.line()), "{error} of {lines} lines");
                before = error.line();
                assert!(!error.to_string().is_empty(), "an error says something");
            }
        }
    }
}
