//! Positions in FEN, as programs and people write them.

use cozy_chess::{Board, Color, File};

use crate::limits::FEN_LENGTH_MAX;

/// What the crate's own half-move clock stops at.
const BOARD_CLOCK_MAX: u8 = 100;

/// The text with one space between its six fields; `None` when it is no FEN.
///
/// Both numbers may be missing, as in EPD, and many programs write a move number of 0, which means the first move.
pub(super) fn complete(fen: &str) -> Option<String> {
    if fen.len() > FEN_LENGTH_MAX {
        return None;
    }
    let fields: Vec<&str> = fen.split_whitespace().collect();
    let (position, numbers) = fields.split_at_checked(4)?;
    let (clock, number) = match *numbers {
        [] => ("0", "1"),
        [clock] | [clock, "0"] => (clock, "1"),
        [clock, number] => (clock, number),
        _ => return None,
    };
    Some(format!("{} {clock} {number}", position.join(" ")))
}

/// The position, and how many moves by either side were made since the last capture or pawn move; `None` when it is no
/// possible one. The board's own count stops at 100.
pub(super) fn read(fen: &str) -> Option<(Board, usize)> {
    let fen = complete(fen)?;
    let mut fields: Vec<&str> = fen.split(' ').collect();
    let clock: u16 = fields[4].parse().ok()?;
    let of_board = u8::try_from(clock).map_or(BOARD_CLOCK_MAX, |clock| clock.min(BOARD_CLOCK_MAX)).to_string();
    fields[4] = &of_board;
    let board = Board::from_fen(&fields.join(" "), false).ok()?;
    // The crate knows Chess960 too, where kings castle from any file, and where `e1g1` can mean two things.
    let castles_as_usual = |color: Color| {
        let rights = board.castle_rights(color);
        (rights.short.is_none() && rights.long.is_none()) || board.king(color).file() == File::E
    };
    (castles_as_usual(Color::White) && castles_as_usual(Color::Black)).then_some((board, usize::from(clock)))
}

/// The position of a board with another clock than its own. Its en passant square is there after every double step.
pub(super) fn write(board: &Board, clock: usize) -> String {
    let printed = board.to_string();
    let fields: Vec<&str> = printed.split(' ').collect();
    let [pieces, side, castling, en_passant, _, number] = fields[..] else { unreachable!("a FEN has six fields") };
    format!("{pieces} {side} {castling} {en_passant} {clock} {number}")
}
