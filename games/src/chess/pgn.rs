//! Games of chess as text, in the Portable Game Notation: written from a log, and read from files.

mod glyphs;
mod lexer;
mod read;

use std::{collections::BTreeMap, fmt};

use cozy_chess::{Board, Color};

pub use self::read::{PgnError, PgnReader, read};
use super::{ChessEvent, ChessOptions, START_FEN, UciMove, fen};
use crate::{Chess, limits::PGN_TAG_LENGTH_MAX};
use turnlog_domain::{Event, Kind, Message, Outcome, Seq};

/// The tags that every game has, in their order, with what stands for the unknown. The result comes last.
const ROSTER: [(&str, &str); 6] =
    [("Event", "?"), ("Site", "?"), ("Date", "????.??.??"), ("Round", "?"), ("White", "?"), ("Black", "?")];
/// The tags that follow from the game itself.
const DERIVED: [&str; 3] = ["FEN", "Result", "SetUp"];
/// The longest line that is written. The standard asks for fewer than 80 characters.
const LINE_LENGTH_MAX: usize = 79;

/// A game of chess as PGN keeps it: tags, start, moves and result, without comments and variations.
///
/// Its text, by [`Display`](fmt::Display), is PGN's export format.
///
/// ```
/// use turnlog_games::pgn;
///
/// let game = pgn::read("[White \"Ada\"]\n\n1. e4 e5 2. Qh5?! {Too early.} Ke7 3. Qxe5# 1-0").next();
/// let game = game.expect("there is one").expect("its moves are legal");
/// assert_eq!(game.tag("White"), Some("Ada"));
/// assert_eq!(game.moves().last().expect("there are five").uci().to_string(), "h5e5");
/// assert!(game.to_string().ends_with("\n\n1. e4 e5 2. Qh5 Ke7 3. Qxe5# 1-0\n"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PgnGame {
    tags: BTreeMap<String, String>,
    start: String,
    moves: Vec<PgnMove>,
    result: PgnResult,
}

/// A move, for machines and for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PgnMove {
    uci: UciMove,
    san: String,
}

/// How a game ended, as far as PGN says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PgnResult {
    /// White won.
    White,
    /// Black won.
    Black,
    /// Nobody won.
    Draw,
    /// It has not ended, or nobody knows how.
    Unknown,
}

impl PgnMove {
    /// The move as a command takes it.
    pub fn uci(&self) -> UciMove {
        self.uci
    }

    /// The move as people write it.
    pub fn san(&self) -> &str {
        &self.san
    }
}

impl PgnResult {
    /// The result as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::White => "1-0",
            Self::Black => "0-1",
            Self::Draw => "1/2-1/2",
            Self::Unknown => "*",
        }
    }

    /// Reads a result as it is written; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "1-0" => Some(Self::White),
            "0-1" => Some(Self::Black),
            "1/2-1/2" | "1/2" => Some(Self::Draw),
            "*" => Some(Self::Unknown),
            _ => None,
        }
    }

    fn of(outcome: Option<&Outcome>) -> Self {
        let Some(outcome) = outcome else { return Self::Unknown };
        match outcome.as_places() {
            [1, 1] => Self::Draw,
            [1, _] => Self::White,
            [_, 1] => Self::Black,
            _ => Self::Unknown,
        }
    }
}

impl PgnGame {
    /// The game that these events of the kind tell, and how it ended.
    pub fn of_events<'a>(
        options: &ChessOptions,
        events: impl IntoIterator<Item = &'a ChessEvent>,
        outcome: Option<&Outcome>,
    ) -> Self {
        let moves = events.into_iter().filter_map(|event| match event {
            ChessEvent::Moved { seat: _, uci, san } => Some(PgnMove { uci: *uci, san: san.clone() }),
            ChessEvent::Claimed { .. } => None,
        });
        let game = Self {
            tags: BTreeMap::new(),
            start: options.fen().to_owned(),
            moves: moves.collect(),
            result: PgnResult::of(outcome),
        };
        game.with_tag("Termination", termination(outcome.map(Outcome::reason)))
    }

    /// The game that a log tells, without moves that were taken back; `None` when it is no game of chess.
    /// Who played, where and when is not in it: add it [`with_tag`](Self::with_tag).
    pub fn of_log<'a>(log: impl IntoIterator<Item = &'a Message>) -> Option<Self> {
        let kind = Kind::of::<Chess>();
        let mut options = None;
        let mut events: Vec<(Seq, ChessEvent)> = Vec::new();
        let mut outcome = None;
        for (seq, event) in log.into_iter().flat_map(|message| message.events.iter().map(|event| (message.seq, event)))
        {
            if let Event::Created(created) = event {
                let is_chess = created.kind == kind.name();
                options = is_chess.then(|| serde_json::from_value(kind.created(created).ok()?.options).ok()).flatten();
            } else if let Event::Played(played) = event {
                events.push((seq, serde_json::from_value(kind.payload(played).ok()?.into_owned()).ok()?));
            } else if let Event::TakenBack(taken_back) = event {
                events.retain(|(seq, _)| *seq <= taken_back.to);
            } else if let Event::Finished(result) = event {
                outcome = Some(result);
            }
        }
        Some(Self::of_events(&options?, events.iter().map(|(_, event)| event), outcome))
    }

    /// Sets a tag. Characters that PGN cannot hold become spaces, and a value that is too long is cut. `Result`, `FEN` and
    /// `SetUp` follow from the game and stay as they are, and so does everything if the name is not one of PGN's.
    #[must_use]
    pub fn with_tag(mut self, name: &str, value: &str) -> Self {
        self.set_tag(name, value);
        self
    }

    fn set_tag(&mut self, name: &str, value: &str) {
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name || DERIVED.contains(&name) {
            return;
        }
        let printable = value.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
        self.tags.insert(name.to_owned(), printable.take(PGN_TAG_LENGTH_MAX).collect());
    }

    /// The value of a tag other than `Result`, `FEN` and `SetUp`.
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags.get(name).map(String::as_str)
    }

    /// Where the pieces stand at the start, as options for a new game.
    pub fn options(&self) -> ChessOptions {
        ChessOptions::starting_from(&self.start)
    }

    /// The moves by both sides.
    pub fn moves(&self) -> &[PgnMove] {
        &self.moves
    }

    /// How it ended.
    pub fn result(&self) -> PgnResult {
        self.result
    }

    /// How the laws of every time end the game after its last move: by checkmate or stalemate. `None` where somebody can
    /// still move, whatever may end such a game nowadays.
    pub fn ending(&self) -> Option<PgnResult> {
        let mut board = self.start()?;
        for played in &self.moves {
            board.play_unchecked(played.uci.on(&board)?);
        }
        match (board.generate_moves(|_| true), board.checkers().is_empty(), board.side_to_move()) {
            (true, _, _) => None,
            (false, true, _) => Some(PgnResult::Draw),
            (false, false, Color::Black) => Some(PgnResult::White),
            (false, false, Color::White) => Some(PgnResult::Black),
        }
    }

    fn start(&self) -> Option<Board> {
        fen::read(&self.start).map(|(board, _)| board)
    }

    /// The moves with their numbers, and the result.
    fn movetext(&self) -> Vec<String> {
        let start = self.start();
        let number = start.as_ref().map_or(1, |board| usize::from(board.fullmove_number()));
        let black_begins = start.is_some_and(|board| board.side_to_move() == Color::Black);
        let mut words = Vec::new();
        for (index, PgnMove { uci: _, san }) in (usize::from(black_begins)..).zip(&self.moves) {
            let is_first = words.is_empty();
            match index % 2 {
                0 => words.push(format!("{}.", number + index / 2)),
                _ if is_first => words.push(format!("{}...", number + index / 2)),
                _ => {}
            }
            words.push(san.clone());
        }
        words.push(self.result.as_str().to_owned());
        words
    }
}

impl fmt::Display for PgnGame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, unknown) in ROSTER {
            write_tag(formatter, name, self.tag(name).unwrap_or(unknown))?;
        }
        write_tag(formatter, "Result", self.result.as_str())?;
        if self.start != START_FEN {
            write_tag(formatter, "SetUp", "1")?;
            write_tag(formatter, "FEN", &self.start)?;
        }
        let in_roster = |name: &str| ROSTER.iter().any(|&(known, _)| known == name);
        for (name, value) in self.tags.iter().filter(|(name, _)| !in_roster(name)) {
            write_tag(formatter, name, value)?;
        }
        let mut column = 0;
        for word in self.movetext() {
            // The first word follows the blank line after the tags.
            let fits = column > 0 && column + 1 + word.len() <= LINE_LENGTH_MAX;
            formatter.write_str(if fits { " " } else { "\n" })?;
            column = if fits { column + 1 + word.len() } else { word.len() };
            formatter.write_str(&word)?;
        }
        formatter.write_str("\n")
    }
}

fn write_tag(formatter: &mut fmt::Formatter<'_>, name: &str, value: &str) -> fmt::Result {
    writeln!(formatter, "[{name} \"{}\"]", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// PGN's word for why a game ended.
fn termination(reason: Option<&str>) -> &'static str {
    match reason {
        None => "unterminated",
        Some("timeout") => "time forfeit",
        Some("abandoned") => "abandoned",
        Some(_) => "normal",
    }
}
