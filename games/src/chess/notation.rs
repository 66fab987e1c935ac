//! What is said about moves of chess, and the JSON in which it is said.

use std::fmt;

use cozy_chess::{Board, File, Move, Piece, Square};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use turnlog_domain::Seat;

/// A move as chess engines write it: from, to, and what a pawn becomes. Castling is the king's move, `e1g1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct UciMove(Move);

/// A text is no move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a move is written like e2e4 or e7e8q")]
pub struct InvalidMove;

/// A draw that a player has to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// The position occurred three times.
    Threefold,
    /// Both sides made fifty moves without a capture or a pawn move.
    Fifty,
}

/// What a player asks for when it is their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ActionFields", into = "ActionFields")]
pub enum ChessAction {
    /// Move a piece.
    Move(UciMove),
    /// Claim a draw in the position on the board.
    Claim(Claim),
    /// Claim a draw in the position that this move brings about; without the draw, the move is not made either.
    MoveAndClaim(UciMove, Claim),
}

/// What happened on the board. Its JSON is stored for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "EventFields", into = "EventFields")]
pub enum ChessEvent {
    /// A piece was moved.
    Moved {
        /// Who moved.
        seat: Seat,
        /// The move, which is what counts.
        uci: UciMove,
        /// The move as people write it (`Nf3`), for whoever reads the log.
        san: String,
    },
    /// A draw was claimed, and the claim was right.
    Claimed {
        /// Who claimed it.
        seat: Seat,
        /// Why it is one.
        claim: Claim,
    },
}

impl UciMove {
    /// Reads a move. It may be impossible on every board.
    ///
    /// # Errors
    /// When the text is not two squares, with a piece to promote to or without.
    pub fn parse(text: &str) -> Result<Self, InvalidMove> {
        // The crate takes a longer text for what it begins with.
        let promotion = match text.as_bytes() {
            [_, _, _, _] => None,
            [_, _, _, _, b'n'] => Some(Piece::Knight),
            [_, _, _, _, b'b'] => Some(Piece::Bishop),
            [_, _, _, _, b'r'] => Some(Piece::Rook),
            [_, _, _, _, b'q'] => Some(Piece::Queen),
            _ => return Err(InvalidMove),
        };
        let square = |range| text.get(range).and_then(|square: &str| square.parse().ok()).ok_or(InvalidMove);
        Ok(Self(Move { from: square(0..2)?, to: square(2..4)?, promotion }))
    }

    /// The notation of a legal move of the crate, for which a king that castles captures its own rook.
    pub(super) fn of(board: &Board, legal: Move) -> Self {
        if !board.colors(board.side_to_move()).has(legal.to) {
            return Self(legal);
        }
        let file = if legal.from.file() < legal.to.file() { File::G } else { File::C };
        Self(Move { to: Square::new(file, legal.from.rank()), ..legal })
    }

    /// The move of the crate that this means on `board`; `None` when it is not legal there.
    pub(super) fn on(self, board: &Board) -> Option<Move> {
        let color = board.side_to_move();
        // Castling as the capture of one's own rook is the crate's way, and not a second one for players.
        if board.colors(color).has(self.0.to) {
            return None;
        }
        let is_king = self.0.from == board.king(color);
        let rights = board.castle_rights(color);
        let rook = match (self.0.from.file(), self.0.to.file()) {
            (File::E, File::G) if is_king => rights.short,
            (File::E, File::C) if is_king => rights.long,
            _ => None,
        };
        let meant = match rook {
            Some(file) if self.0.to.rank() == self.0.from.rank() => {
                Move { to: Square::new(file, self.0.from.rank()), ..self.0 }
            }
            Some(_) | None => self.0,
        };
        board.is_legal(meant).then_some(meant)
    }
}

impl fmt::Display for UciMove {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl TryFrom<String> for UciMove {
    type Error = InvalidMove;

    fn try_from(text: String) -> Result<Self, InvalidMove> {
        Self::parse(&text)
    }
}

impl From<UciMove> for String {
    fn from(uci: UciMove) -> Self {
        uci.to_string()
    }
}

/// An action as JSON has it: `{"uci"}`, `{"claim"}` or both.
#[derive(Serialize, Deserialize, JsonSchema)]
struct ActionFields {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uci: Option<UciMove>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<Claim>,
}

impl TryFrom<ActionFields> for ChessAction {
    type Error = &'static str;

    fn try_from(fields: ActionFields) -> Result<Self, &'static str> {
        match (fields.uci, fields.claim) {
            (Some(uci), None) => Ok(Self::Move(uci)),
            (None, Some(claim)) => Ok(Self::Claim(claim)),
            (Some(uci), Some(claim)) => Ok(Self::MoveAndClaim(uci, claim)),
            (None, None) => Err("missing field `uci` or `claim`"),
        }
    }
}

impl From<ChessAction> for ActionFields {
    fn from(action: ChessAction) -> Self {
        match action {
            ChessAction::Move(uci) => Self { uci: Some(uci), claim: None },
            ChessAction::Claim(claim) => Self { uci: None, claim: Some(claim) },
            ChessAction::MoveAndClaim(uci, claim) => Self { uci: Some(uci), claim: Some(claim) },
        }
    }
}

/// An event as JSON has it: `{"seat","uci","san"}` or `{"seat","claim"}`.
#[derive(Serialize, Deserialize)]
struct EventFields {
    seat: Seat,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uci: Option<UciMove>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    san: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<Claim>,
}

impl TryFrom<EventFields> for ChessEvent {
    type Error = &'static str;

    fn try_from(fields: EventFields) -> Result<Self, &'static str> {
        let EventFields { seat, uci, san, claim } = fields;
        match (uci, san, claim) {
            (Some(uci), Some(san), None) => Ok(Self::Moved { seat, uci, san }),
            (None, None, Some(claim)) => Ok(Self::Claimed { seat, claim }),
            (Some(_) | None, Some(_) | None, Some(_) | None) => Err("neither a move nor a claim"),
        }
    }
}

impl From<ChessEvent> for EventFields {
    fn from(event: ChessEvent) -> Self {
        match event {
            ChessEvent::Moved { seat, uci, san } => Self { seat, uci: Some(uci), san: Some(san), claim: None },
            ChessEvent::Claimed { seat, claim } => Self { seat, uci: None, san: None, claim: Some(claim) },
        }
    }
}
