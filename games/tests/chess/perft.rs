//! Positions reached by all moves to some depth, as published: <https://www.chessprogramming.org/Perft_Results>.

use turnlog_domain::{Chance, Rules};
use turnlog_games::{Chess, ChessAction, ChessOptions, START_FEN};

/// Counts as every player of these moves would: by asking for the legal actions, deciding, and folding.
fn count(game: &Chess, depth: usize) -> usize {
    let [seat] = game.turn()[..] else { return 0 };
    let moves = game.legal_actions(seat).into_iter().filter(|action| matches!(action, ChessAction::Move(_)));
    // The last moves are counted and not made, as is usual.
    if depth == 1 {
        return moves.count();
    }
    let after = |action: ChessAction| {
        let mut game = game.clone();
        for event in game.decide(seat, &action, &mut Chance::none()).expect("a legal action is accepted") {
            game.evolve(&event).expect("what is decided folds");
        }
        count(&game, depth - 1)
    };
    moves.map(after).sum()
}

#[track_caller]
fn counts_are(fen: &str, published: [usize; 4]) {
    let game = Chess::setup(&ChessOptions::starting_from(fen)).expect("a possible position");
    assert_eq!([1, 2, 3, 4].map(|depth| count(&game, depth)), published);
}

#[test]
fn the_start_position_has_the_published_counts() {
    counts_are(START_FEN, [20, 400, 8902, 197_281]);
}

#[test]
fn kiwipete_has_the_published_counts() {
    counts_are("r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1", [48, 2039, 97_862, 4_085_603]);
}

#[test]
fn position_three_has_the_published_counts() {
    counts_are("8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1", [14, 191, 2812, 43_238]);
}

#[test]
fn position_five_has_the_published_counts() {
    counts_are("rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ - 1 8", [44, 1486, 62_379, 2_103_487]);
}
