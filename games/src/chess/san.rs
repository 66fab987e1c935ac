//! Moves as people write them: `Nf3`, `exd5`, `O-O`, `e8=Q+`.

use cozy_chess::{Board, Move, util};

/// The longest text that is a move, with room for marks and for habits of other programs.
const SAN_LENGTH_MAX: usize = 16;

/// The notation of a move that is legal on `board`.
pub(super) fn write(board: &Board, legal: Move) -> String {
    util::display_san_move(board, legal).to_string()
}

/// The legal move that `text` means on `board`; `None` when there is none, or more than one.
///
/// Takes what the standard does and what is often met besides: `0-0`, `Ng1-f3`, `e8Q`, `e8(Q)`, missing or superfluous
/// marks of check and capture.
pub(super) fn read(board: &Board, text: &str) -> Option<Move> {
    if text.len() > SAN_LENGTH_MAX {
        return None;
    }
    let text = text.trim_end_matches(['+', '#', '!', '?']);
    let is_castling = text.starts_with(['O', '0', 'o']);
    let plain: String = if is_castling {
        text.replace(['0', 'o'], "O")
    } else {
        text.chars().filter(|letter| !matches!(letter, '-' | '(' | ')' | ':')).collect()
    };
    let found = util::parse_san_move(board, &plain).ok()?;
    // For the crate, a king that castles goes to its rook's square, so `Kh1` might mean it.
    let castles = board.colors(board.side_to_move()).has(found.to);
    (castles == is_castling).then_some(found)
}
