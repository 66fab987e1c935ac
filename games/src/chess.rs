//! Chess by the laws of FIDE: seat 0 has white, seat 1 black.
//!
//! A crate knows how the pieces move. What is here is when a game ends: by mate and stalemate, by material that mates
//! nobody, after 75 moves or a fivefold repetition by itself, after 50 moves or a threefold repetition by a claim.

mod course;
mod fen;
mod material;
mod notation;
pub mod pgn;
mod san;

use std::ops::RangeInclusive;

use cozy_chess::Color;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use self::course::Course;
pub use self::{
    course::START_FEN,
    notation::{ChessAction, ChessEvent, Claim, InvalidMove, UciMove},
};
use turnlog_domain::{Chance, Illegal, InvalidEvent, InvalidOptions, Outcome, Rules, Seat, Viewer};

/// A game of chess.
///
/// ```
/// use turnlog_domain::{Chance, Rules, Seat};
/// use turnlog_games::{Chess, ChessAction, ChessOptions, UciMove};
///
/// let mut game = Chess::setup(&ChessOptions::default()).expect("the usual start");
/// for (seat, uci) in [(0, "f2f3"), (1, "e7e5"), (0, "g2g4"), (1, "d8h4")] {
///     let action = ChessAction::Move(UciMove::parse(uci).expect("two squares"));
///     for event in game.decide(Seat(seat), &action, &mut Chance::none()).expect("it is legal") {
///         game.evolve(&event).expect("it was just decided");
///     }
/// }
/// assert_eq!(game.outcome().expect("it is over").reason(), "checkmate");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chess {
    course: Course,
    claimed: Option<Claim>,
}

/// Where the pieces stand at the start, in FEN with its six fields.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChessOptions {
    #[serde(deserialize_with = "read_fen")]
    fen: String,
}

fn read_fen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|fen| ChessOptions::starting_from(&fen).fen)
}

impl Default for ChessOptions {
    fn default() -> Self {
        Self { fen: START_FEN.to_owned() }
    }
}

impl ChessOptions {
    /// A game that starts from another position, whose two numbers may be missing, and whose move number may be 0. Whether it
    /// is a possible one is checked at the setup.
    pub fn starting_from(fen: &str) -> Self {
        Self { fen: fen::complete(fen).unwrap_or_else(|| fen.to_owned()) }
    }

    /// Where the pieces stand at the start, in FEN with its six fields.
    pub fn fen(&self) -> &str {
        &self.fen
    }
}

/// What anyone may see: nothing on the board is hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChessView {
    /// The position. Its en passant square is there only when somebody can capture on it.
    fen: String,
    /// Whether the side to move is in check.
    check: bool,
    /// The move before.
    last: Option<UciMove>,
    /// The legal moves of the side to move.
    moves: Vec<UciMove>,
    /// The actions with which the side to move can claim a draw.
    claims: Vec<ChessAction>,
}

impl Rules for Chess {
    const KIND: &'static str = "chess";
    type Options = ChessOptions;
    type Action = ChessAction;
    type Event = ChessEvent;
    type View = ChessView;

    fn setup(options: &ChessOptions) -> Result<Self, InvalidOptions> {
        let course =
            Course::starting_from(&options.fen).ok_or(InvalidOptions("fen must be a possible position of chess"))?;
        let chess = Self { course, claimed: None };
        match chess.outcome() {
            Some(_) => Err(InvalidOptions("fen must be a position in which the game is not over")),
            None => Ok(chess),
        }
    }

    fn seats(&self) -> RangeInclusive<u8> {
        2..=2
    }

    fn decide(&self, seat: Seat, action: &ChessAction, _: &mut Chance) -> Result<Vec<ChessEvent>, Illegal> {
        match *action {
            ChessAction::Move(uci) => Ok(vec![self.moved(seat, uci)?]),
            ChessAction::Claim(claim) => {
                self.require(claim)?;
                Ok(vec![ChessEvent::Claimed { seat, claim }])
            }
            ChessAction::MoveAndClaim(uci, claim) => {
                let moved = self.moved(seat, uci)?;
                self.after(uci)?.require(claim)?;
                Ok(vec![moved, ChessEvent::Claimed { seat, claim }])
            }
        }
    }

    fn evolve(&mut self, event: &ChessEvent) -> Result<(), InvalidEvent> {
        match *event {
            ChessEvent::Moved { seat, uci, san: _ } => {
                if self.turn() != [seat] {
                    return Err(InvalidEvent("the other side is in turn"));
                }
                self.course.play(uci).ok_or(InvalidEvent("the move is not legal"))
            }
            // Either side may have claimed: the one to move, or the other together with its move.
            ChessEvent::Claimed { seat, claim } => {
                if seat.0 >= 2 || self.require(claim).is_err() {
                    return Err(InvalidEvent("nobody may claim that here"));
                }
                self.claimed = Some(claim);
                Ok(())
            }
        }
    }

    fn turn(&self) -> Vec<Seat> {
        if self.outcome().is_some() { Vec::new() } else { vec![self.to_move()] }
    }

    fn outcome(&self) -> Option<Outcome> {
        let mated = !self.course.can_move();
        if mated && self.course.is_check() {
            return Some(Outcome::loss(self.to_move(), 2, "checkmate"));
        }
        let reason = if mated {
            "stalemate"
        } else if material::is_insufficient(self.course.board()) {
            "insufficient_material"
        } else if self.course.repetitions() >= 5 {
            "fivefold_repetition"
        } else if self.course.clock() >= 150 {
            "seventyfive_moves"
        } else {
            match self.claimed? {
                Claim::Threefold => "threefold_repetition",
                Claim::Fifty => "fifty_moves",
            }
        };
        Some(Outcome::draw(2, reason))
    }

    fn view(&self, _: Viewer) -> ChessView {
        let over = self.outcome().is_some();
        ChessView {
            fen: self.fen(),
            check: self.course.is_check(),
            last: self.course.last(),
            moves: if over { Vec::new() } else { self.course.legal_moves() },
            claims: if over { Vec::new() } else { self.claims() },
        }
    }

    fn can_win(&self, seat: Seat) -> bool {
        material::can_mate(self.course.board(), if seat == Seat(0) { Color::White } else { Color::Black })
    }

    /// The board with white below.
    fn text(view: &ChessView) -> String {
        let ranks = view.fen.split(' ').next().unwrap_or_default().split('/');
        let mut text = String::new();
        for (rank, pieces) in (1..=8).rev().zip(ranks) {
            text.push_str(&rank.to_string());
            for piece in pieces.chars() {
                let empty = piece.to_digit(10).unwrap_or_default() as usize;
                text.push_str(&" .".repeat(empty));
                text.extend((empty == 0).then(|| format!(" {piece}")));
            }
            text.push('\n');
        }
        text.push_str("  a b c d e f g h\n");
        text
    }

    fn legal_actions(&self, seat: Seat) -> Vec<ChessAction> {
        if self.turn() != [seat] {
            return Vec::new();
        }
        let moves = self.course.legal_moves().into_iter().map(ChessAction::Move);
        moves.chain(self.claims()).collect()
    }
}

impl Chess {
    /// The position in FEN. Its en passant square is there only when somebody can capture on it.
    pub fn fen(&self) -> String {
        self.course.fen()
    }

    fn to_move(&self) -> Seat {
        match self.course.board().side_to_move() {
            Color::White => Seat(0),
            Color::Black => Seat(1),
        }
    }

    fn moved(&self, seat: Seat, uci: UciMove) -> Result<ChessEvent, Illegal> {
        let board = self.course.board();
        let legal = uci.on(board).ok_or(Illegal("That move is not legal."))?;
        Ok(ChessEvent::Moved { seat, uci, san: san::write(board, legal) })
    }

    fn after(&self, uci: UciMove) -> Result<Self, Illegal> {
        let mut after = self.clone();
        after.course.play(uci).ok_or(Illegal("That move is not legal."))?;
        Ok(after)
    }

    /// A draw by `claim` is to be had in this very position.
    fn require(&self, claim: Claim) -> Result<(), Illegal> {
        let fulfilled = match claim {
            Claim::Threefold => self.course.repetitions() >= 3,
            Claim::Fifty => self.course.clock() >= 100,
        };
        if fulfilled && self.outcome().is_none() { Ok(()) } else { Err(Illegal("There is no such draw to claim.")) }
    }

    /// What the side to move can claim: at once, or else together with a move that brings the draw about.
    fn claims(&self) -> Vec<ChessAction> {
        let mut claims = Vec::new();
        for claim in [Claim::Threefold, Claim::Fifty] {
            if self.require(claim).is_ok() {
                claims.push(ChessAction::Claim(claim));
            } else if self.course.may_soon_be_claimed(claim) {
                let fulfils = |uci: &UciMove| self.after(*uci).is_ok_and(|after| after.require(claim).is_ok());
                let moves = self.course.legal_moves().into_iter().filter(fulfils);
                claims.extend(moves.map(|uci| ChessAction::MoveAndClaim(uci, claim)));
            }
        }
        claims
    }
}
