//! Which pieces can still mate.

use cozy_chess::{BitBoard, Board, Color, Piece};

/// Neither side can mate, whatever both do.
pub(super) fn is_insufficient(board: &Board) -> bool {
    !can_mate(board, Color::White) && !can_mate(board, Color::Black)
}

/// Whether `color` can mate if the other side helps. Counts pieces only: a blocked position may be dead all the same.
pub(super) fn can_mate(board: &Board, color: Color) -> bool {
    let own = board.colors(color);
    let of_kind = |piece: Piece| board.pieces(piece);
    if !(own & (of_kind(Piece::Pawn) | of_kind(Piece::Rook) | of_kind(Piece::Queen))).is_empty() {
        return true;
    }
    let knights = own & of_kind(Piece::Knight);
    let bishops = own & of_kind(Piece::Bishop);
    match (knights.len(), bishops.len()) {
        (0, 0) => false,
        // A lone knight needs a piece that takes a square from its own king. A queen takes too many or captures.
        (1, 0) => !(board.colors(!color) & !of_kind(Piece::King) & !of_kind(Piece::Queen)).is_empty(),
        // Bishops on one color need a man on the other one, or one that blocks it: a pawn or a knight of either side.
        (0, _) => {
            let all = of_kind(Piece::Bishop);
            let one_colored = (all & BitBoard::DARK_SQUARES).is_empty() || (all & BitBoard::LIGHT_SQUARES).is_empty();
            !one_colored || !(of_kind(Piece::Pawn) | of_kind(Piece::Knight)).is_empty()
        }
        (_, _) => true,
    }
}
