//! The words of PGN, without what does not belong to the game itself: comments, variations, numbers and marks.

use super::PgnResult;
use crate::limits::PGN_VARIATION_DEPTH_MAX;

/// How a line begins with which a game does.
const GAME_START: &str = "[Event ";

/// Walks through a text word by word. It takes time and room in proportion to the text, whatever that is.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

/// What a game consists of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `[name "value"]`
    Tag(&'a str, String),
    /// A move, or what stands in the place of one.
    Move(&'a str),
    /// The end of the game.
    Result(PgnResult),
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text: text.strip_prefix('\u{feff}').unwrap_or(text), at: 0, line: 1 }
    }

    /// The line that is read now, counted from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// The next word of the main line; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token<'a>>, &'static str> {
        let mut depth = 0_usize;
        loop {
            self.skip_while(char::is_whitespace);
            let rest = self.rest();
            let Some(first) = rest.chars().next() else {
                return if depth == 0 { Ok(None) } else { Err("a variation has no end") };
            };
            let begins_line = self.at == 0 || self.text[..self.at].ends_with('\n');
            match first {
                '%' if begins_line => self.skip_line(),
                ';' => self.skip_line(),
                '{' => {
                    let end = rest.find('}');
                    // Without an end, the comment is all the rest, and nothing is looked through twice.
                    self.advance(end.map_or(rest.len(), |end| end + 1));
                    end.ok_or("a comment has no end")?;
                }
                '(' if depth >= PGN_VARIATION_DEPTH_MAX => return Err("variations are nested too deep"),
                '(' => {
                    depth += 1;
                    self.advance(1);
                }
                ')' => {
                    depth = depth.saturating_sub(1);
                    self.advance(1);
                }
                '[' if depth == 0 => return self.tag().map(Some),
                '[' if begins_line && rest.starts_with(GAME_START) => return Err("a variation has no end"),
                '*' if depth == 0 => {
                    self.advance(1);
                    return Ok(Some(Token::Result(PgnResult::Unknown)));
                }
                _ if ends_word(first) => self.advance(first.len_utf8()),
                _ => {
                    let token = word(self.take_word());
                    if depth == 0 && token.is_some() {
                        return Ok(token);
                    }
                }
            }
        }
    }

    /// Goes on to where the next game begins, after a word that could not be read.
    pub(super) fn skip_to_next_game(&mut self) {
        let rest = self.rest();
        let starts = rest.match_indices(GAME_START).map(|(index, _)| index);
        let mut starts = starts.filter(|&index| self.text[..self.at + index].ends_with('\n'));
        self.advance(starts.next().unwrap_or(rest.len()));
    }

    fn tag(&mut self) -> Result<Token<'a>, &'static str> {
        let malformed = "a tag is not of the form [Name \"value\"]";
        let is_in_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        self.advance(1);
        self.skip_while(char::is_whitespace);
        let rest = self.rest();
        let name = &rest[..rest.find(|letter| !is_in_name(letter)).unwrap_or(rest.len())];
        self.advance(name.len());
        self.skip_while(char::is_whitespace);
        let quoted = self.rest().strip_prefix('"').ok_or(malformed)?;
        let mut value = String::new();
        let mut letters = quoted.char_indices();
        let length = loop {
            match letters.next() {
                Some((index, '"')) => break index,
                Some((_, '\\')) => value.extend(letters.next().map(|(_, letter)| letter)),
                Some((_, '\n')) | None => return Err(malformed),
                Some((_, letter)) => value.push(letter),
            }
        };
        self.advance(length + 2);
        self.skip_while(char::is_whitespace);
        if name.is_empty() || !self.rest().starts_with(']') {
            return Err(malformed);
        }
        self.advance(1);
        Ok(Token::Tag(name, value))
    }

    fn take_word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(ends_word).unwrap_or(rest.len());
        // A variation, and nothing else, may follow a move without a space.
        let end = promotion_in_brackets(rest, end).unwrap_or(end);
        self.advance(end);
        &rest[..end]
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_while(&mut self, matches: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.advance(rest.find(|letter| !matches(letter)).unwrap_or(rest.len()));
    }

    fn skip_line(&mut self) {
        self.advance(self.rest().find('\n').unwrap_or(self.rest().len()));
    }

    fn advance(&mut self, length: usize) {
        self.line += self.rest()[..length].matches('\n').count();
        self.at += length;
    }
}

fn ends_word(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '{' | '}' | '(' | ')' | '[' | ']' | ';' | '*' | '<' | '>' | '"')
}

/// The end of a word like `e8(Q)`, whose first bracket is at `end`.
fn promotion_in_brackets(rest: &str, end: usize) -> Option<usize> {
    let bytes = rest.as_bytes();
    let before = bytes.get(end.checked_sub(1)?)?;
    let is_last_rank = matches!(before, b'1' | b'8');
    match bytes.get(end..end + 3)? {
        [b'(', b'Q' | b'R' | b'B' | b'N', b')'] if is_last_rank => Some(end + 3),
        _ => None,
    }
}

/// The move or result in a word; `None` when it is only a number or a mark.
fn word(word: &str) -> Option<Token<'_>> {
    if let Some(result) = PgnResult::parse(word) {
        return Some(Token::Result(result));
    }
    let after_number = word.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let text = match after_number {
        "" => "",
        // Only dots make digits a number: `0-0` is a move.
        _ if after_number.starts_with(['.', '…']) => after_number.trim_start_matches(['.', '…']),
        _ => word,
    };
    let is_mark = text.starts_with(['$', '!', '?', '+', '=', '#']) || text == "e.p.";
    (!text.is_empty() && !is_mark).then_some(Token::Move(text))
}
