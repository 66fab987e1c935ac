//! Moves as people write them: `Nf3`, `exd5`, `O-O`, `e8=Q+`.

use cozy_chess::{Board, Move, util};

/// The notation of a move that is legal on `board`.
pub(super) fn write(board: &Board, legal: Move) -> String {
    util::display_san_move(board, legal).to_string()
}
