//! A position together with the earlier ones that can still occur again, which is what the rules of draws count.

use cozy_chess::{Board, Rank, Square, get_pawn_attacks};
use serde::{Deserialize, Serialize};

use super::{
    fen,
    notation::{Claim, UciMove},
};
use turnlog_domain::InvalidEvent;

/// Where the pieces stand when a usual game begins.
pub const START_FEN: &str = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1";

/// A position and its past, back to the last capture or pawn move: nothing before it can occur again.
///
/// The rule of 75 moves bounds its length. Positions are compared as they are and not by a hash, so that nobody can make
/// two of them look alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredCourse", into = "StoredCourse")]
pub(super) struct Course {
    /// The positions, the current one last; there is one more than `moves`.
    positions: Vec<Board>,
    /// The clock at the first of them.
    clock: usize,
    /// The moves between them.
    moves: Vec<UciMove>,
    last: Option<UciMove>,
}

/// A course as JSON has it: the moves tell the positions.
#[derive(Serialize, Deserialize)]
struct StoredCourse {
    /// The first position in FEN.
    since: String,
    /// The moves from there on, with spaces between.
    moves: String,
    last: Option<UciMove>,
}

impl Course {
    pub(super) fn starting_from(fen: &str) -> Option<Self> {
        let (board, clock) = fen::read(fen)?;
        Some(Self { positions: vec![board], clock, moves: Vec::new(), last: None })
    }

    /// The current position. Its own half-move clock stops at 100: ask [`clock`](Self::clock).
    pub(super) fn board(&self) -> &Board {
        self.positions.last().expect("a course has at least one position")
    }

    /// The move that led here.
    pub(super) fn last(&self) -> Option<UciMove> {
        self.last
    }

    /// Makes a move; `None` when it is not legal, and nothing has changed then.
    pub(super) fn play(&mut self, uci: UciMove) -> Option<()> {
        let legal = uci.on(self.board())?;
        let mut board = self.board().clone();
        board.play_unchecked(legal);
        if board.halfmove_clock() == 0 {
            self.positions.clear();
            self.moves.clear();
            self.clock = 0;
        } else {
            self.moves.push(uci);
        }
        self.positions.push(board);
        self.last = Some(uci);
        Some(())
    }

    pub(super) fn legal_moves(&self) -> Vec<UciMove> {
        let board = self.board();
        let mut legal = Vec::new();
        board.generate_moves(|of_piece| {
            legal.extend(of_piece.into_iter().map(|chess_move| UciMove::of(board, chess_move)));
            false
        });
        legal
    }

    pub(super) fn can_move(&self) -> bool {
        self.board().generate_moves(|_| true)
    }

    pub(super) fn is_check(&self) -> bool {
        !self.board().checkers().is_empty()
    }

    /// Moves by either side since the last capture or pawn move.
    pub(super) fn clock(&self) -> usize {
        self.clock + self.moves.len()
    }

    /// How often the current position has occurred: same pieces, same side to move, same possible moves.
    pub(super) fn repetitions(&self) -> usize {
        let board = self.board();
        self.positions.iter().filter(|earlier| earlier.same_position(board)).count()
    }

    /// Whether some move might make `claim` possible. Rules out most positions without trying any move.
    pub(super) fn may_soon_be_claimed(&self, claim: Claim) -> bool {
        match claim {
            Claim::Threefold => self.moves.len() >= 7,
            Claim::Fifty => self.clock() == 99,
        }
    }

    /// The current position in FEN, with the en passant square only when somebody can capture on it.
    pub(super) fn fen(&self) -> String {
        let board = self.board();
        let written = fen::write(board, self.clock());
        if en_passant(board).is_some() {
            return written;
        }
        let mut fields: Vec<&str> = written.split(' ').collect();
        fields[3] = "-";
        fields.join(" ")
    }
}

/// The square on which a pawn can legally be captured en passant.
fn en_passant(board: &Board) -> Option<Square> {
    let color = board.side_to_move();
    let square = Square::new(board.en_passant()?, Rank::Sixth.relative_to(color));
    let capture = |from| board.is_legal(cozy_chess::Move { from, to: square, promotion: None });
    let pawns = get_pawn_attacks(square, !color) & board.colored_pieces(color, cozy_chess::Piece::Pawn);
    pawns.into_iter().any(capture).then_some(square)
}

impl TryFrom<StoredCourse> for Course {
    type Error = InvalidEvent;

    fn try_from(stored: StoredCourse) -> Result<Self, InvalidEvent> {
        let mut course = Self::starting_from(&stored.since).ok_or(InvalidEvent("the first position is none"))?;
        course.last = stored.last;
        for uci in stored.moves.split_whitespace() {
            let uci = UciMove::parse(uci).map_err(|_| InvalidEvent("a move is not written as one"))?;
            course.play(uci).ok_or(InvalidEvent("a move is not legal"))?;
        }
        Ok(course)
    }
}

impl From<Course> for StoredCourse {
    fn from(course: Course) -> Self {
        let moves: Vec<String> = course.moves.iter().map(UciMove::to_string).collect();
        Self { since: fen::write(&course.positions[0], course.clock), moves: moves.join(" "), last: course.last }
    }
}
