//! From words to games: every move is tried on the board.

use std::{collections::BTreeMap, fmt};

use cozy_chess::Board;

use super::{
    PgnGame, PgnMove, PgnResult,
    lexer::{Lexer, Token},
};
use crate::{
    UciMove,
    chess::{START_FEN, fen, san},
    limits::{PGN_MOVES_MAX, PGN_TAGS_MAX},
};

/// Reads games from a text, one after the other and only as far as they are asked for.
///
/// Comments, variations and glyphs are skipped, and everything else is part of a game: what cannot be read is a fault of the
/// game in which it stands. Rules that end a game in a draw by themselves are not applied: files hold games from before there
/// were any.
pub fn read(text: &str) -> PgnReader<'_> {
    PgnReader { lexer: Lexer::new(text) }
}

/// The games in a text. After one that cannot be read it goes on with the next.
#[derive(Debug, Clone)]
pub struct PgnReader<'a> {
    lexer: Lexer<'a>,
}

/// A game cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PgnError {
    line: usize,
    reason: String,
}

impl PgnError {
    /// The line in which reading ended, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for PgnError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, reason } = self;
        write!(formatter, "line {line}: {reason}")
    }
}

impl std::error::Error for PgnError {}

impl<'a> PgnReader<'a> {
    /// What has not been read yet. Nothing before it is left out: every game is read from where the one before ended.
    pub fn rest(&self) -> &'a str {
        self.lexer.rest()
    }
}

impl Iterator for PgnReader<'_> {
    type Item = Result<PgnGame, PgnError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut draft = Draft::default();
        loop {
            let before = self.lexer.clone();
            if draft.has_moves && self.lexer.counts_anew() {
                return Some(draft.finish(None, self.lexer.line()));
            }
            let Some(token) = self.lexer.next() else {
                return (!draft.is_empty()).then(|| draft.finish(None, self.lexer.line()));
            };
            if draft.ends_before(&token, &before) {
                self.lexer = before;
                return Some(draft.finish(None, self.lexer.line()));
            }
            let line = self.lexer.line();
            match token {
                Token::Result(result) => return Some(draft.finish(Some(result), line)),
                Token::Tag(name, value) => draft.tag(name, value, line),
                Token::BadTag { .. } => draft.fail(line, "a tag is not of the form [Name \"value\"]".to_owned()),
                Token::Fault(reason) => draft.fail(line, reason.to_owned()),
                Token::Move(text) => draft.play(text, line),
            }
        }
    }
}

/// A game while it is read.
#[derive(Default)]
struct Draft {
    tags: BTreeMap<String, String>,
    board: Option<Board>,
    moves: Vec<PgnMove>,
    /// Whether there were any, readable or not.
    has_moves: bool,
    /// What is wrong with it first. The rest of the game is read over then.
    error: Option<PgnError>,
}

impl Draft {
    fn is_empty(&self) -> bool {
        self.tags.is_empty() && !self.has_moves && self.error.is_none()
    }

    /// The next game begins with this token, though nothing said that this one is over.
    fn ends_before(&self, token: &Token<'_>, before: &Lexer<'_>) -> bool {
        match token {
            Token::Tag(name, _) => {
                // Some programs write a tag twice, but no program leaves a line empty between two tags of a game.
                let is_again = self.tags.contains_key(*name) && (*name == "Event" || before.precedes_empty_line());
                self.has_moves || is_again
            }
            Token::BadTag { begins_line } => self.has_moves && *begins_line,
            Token::Move(_) | Token::Result(_) | Token::Fault(_) => false,
        }
    }

    fn tag(&mut self, name: &str, value: String, line: usize) {
        if self.tags.len() >= PGN_TAGS_MAX {
            return self.fail(line, "there are too many tags".to_owned());
        }
        self.tags.insert(name.to_owned(), value);
    }

    fn play(&mut self, text: &str, line: usize) {
        self.has_moves = true;
        if self.error.is_some() {
            return;
        }
        let Some(board) = self.begin(line) else { return };
        if let Some(legal) = san::read(board, text) {
            let played = PgnMove { uci: UciMove::of(board, legal), san: san::write(board, legal) };
            board.play_unchecked(legal);
            self.moves.push(played);
        } else {
            let shown: String = text.chars().filter(|letter| !letter.is_control()).take(16).collect();
            self.fail(line, format!("{shown} is no legal move, or more than one"));
        }
        if self.moves.len() > PGN_MOVES_MAX {
            self.fail(line, "there are too many moves".to_owned());
        }
    }

    /// Puts up the pieces, before the first move.
    fn begin(&mut self, line: usize) -> Option<&mut Board> {
        if self.board.is_none() {
            self.board = fen::read(self.start()).map(|(board, _)| board);
            if self.board.is_none() {
                self.board = Some(Board::startpos());
                self.fail(line, "FEN is no possible position".to_owned());
                return None;
            }
        }
        self.board.as_mut()
    }

    fn start(&self) -> &str {
        self.tags.get("FEN").map_or(START_FEN, String::as_str)
    }

    fn fail(&mut self, line: usize, reason: String) {
        self.error.get_or_insert(PgnError { line, reason });
    }

    fn finish(mut self, result: Option<PgnResult>, line: usize) -> Result<PgnGame, PgnError> {
        self.begin(line);
        if let Some(error) = self.error {
            return Err(error);
        }
        let said = self.tags.get("Result").and_then(|text| PgnResult::parse(text));
        let result = result.or(said).unwrap_or(PgnResult::Unknown);
        let start = fen::complete(self.start()).unwrap_or_default();
        let mut game = PgnGame { tags: BTreeMap::new(), start, moves: self.moves, result };
        for (name, value) in &self.tags {
            game.set_tag(name, value);
        }
        Ok(game)
    }
}
