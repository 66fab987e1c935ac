//! The words of PGN, without what does not belong to the game itself: comments, variations, numbers and marks.

use super::{PgnResult, glyphs};
use crate::limits::PGN_VARIATION_DEPTH_MAX;

/// A variation that is not closed before the next game, or at all.
const VARIATION_WITHOUT_END: &str = "a variation has no end";

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
    /// What begins as a tag and is none, and whether it stands at the beginning of a line.
    BadTag {
        /// Whether it stands at the beginning of a line.
        begins_line: bool,
    },
    /// What is no part of a game, and why.
    Fault(&'static str),
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The line that is read now, counted from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next word of the main line; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        loop {
            self.skip_blanks();
            let first = self.rest().chars().next()?;
            match first {
                '%' if self.begins_line() => self.skip_line(),
                ';' => self.skip_line(),
                '{' => {
                    if let Err(reason) = self.comment() {
                        return Some(Token::Fault(reason));
                    }
                }
                '(' => {
                    if let Err(reason) = self.variation() {
                        return Some(Token::Fault(reason));
                    }
                }
                '[' => return Some(self.tag()),
                '*' => {
                    self.advance(1);
                    return Some(Token::Result(PgnResult::Unknown));
                }
                _ if ends_word(first) => {
                    self.advance(first.len_utf8());
                    return Some(Token::Fault("a bracket or quotation mark stands where nothing began"));
                }
                _ => {
                    if let Some(token) = word(self.take_word()) {
                        return Some(token);
                    }
                }
            }
        }
    }

    /// Whether the next moves are numbered from 1 again, after an empty line.
    pub(super) fn counts_anew(&self) -> bool {
        let next = self.rest().trim_start_matches(is_blank);
        self.precedes_empty_line() && next.starts_with("1.") && !next.starts_with("1..")
    }

    /// Whether an empty line stands between here and what is next.
    pub(super) fn precedes_empty_line(&self) -> bool {
        let rest = self.rest();
        line_ends(&rest[..rest.len() - rest.trim_start_matches(is_blank).len()], "") > 1
    }

    /// Goes past a comment. The tag of a next game ends it as well: its own end is missing then.
    fn comment(&mut self) -> Result<(), &'static str> {
        let rest = self.rest();
        let mut signs = rest.match_indices(['}', '[']);
        let (length, is_closed) = loop {
            match signs.next() {
                None => break (rest.len(), false),
                Some((index, "}")) => break (index + 1, true),
                Some((index, _)) if self.is_tag_line(index) => break (index, false),
                Some(_) => {}
            }
        };
        self.advance(length);
        if is_closed { Ok(()) } else { Err("a comment has no end") }
    }

    /// Goes past a variation with all that is within it. The tag of a next game ends it as well.
    fn variation(&mut self) -> Result<(), &'static str> {
        let (mut depth, mut deepest) = (0_usize, 0);
        loop {
            self.skip_blanks();
            let first = self.rest().chars().next();
            match first.ok_or(VARIATION_WITHOUT_END)? {
                '%' if self.begins_line() => self.skip_line(),
                ';' => self.skip_line(),
                '{' => self.comment()?,
                '[' if self.is_tag_line(0) => return Err(VARIATION_WITHOUT_END),
                '(' => {
                    depth += 1;
                    deepest = deepest.max(depth);
                    self.advance(1);
                }
                ')' => {
                    depth -= 1;
                    self.advance(1);
                    if depth == 0 {
                        break;
                    }
                }
                other if ends_word(other) => self.advance(other.len_utf8()),
                _ => {
                    self.take_word();
                }
            }
        }
        if deepest > PGN_VARIATION_DEPTH_MAX { Err("variations are nested too deep") } else { Ok(()) }
    }

    /// Reads a tag. One that is none goes to its bracket, or to the end of its line.
    fn tag(&mut self) -> Token<'a> {
        let rest = self.rest();
        if let Some((name, value, length)) = read_tag(rest) {
            self.advance(length);
            return Token::Tag(name, value);
        }
        let begins_line = self.begins_line();
        let end = rest.find(['\n', '\r', ']']).unwrap_or(rest.len());
        self.advance(end + usize::from(rest[end..].starts_with(']')));
        Token::BadTag { begins_line }
    }

    fn take_word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(ends_word).unwrap_or(rest.len());
        // A variation, and nothing else, may follow a move without a space.
        let end = promotion_in_brackets(rest, end).unwrap_or(end);
        self.advance(end);
        &rest[..end]
    }

    /// Whether a line begins here.
    fn begins_line(&self) -> bool {
        let before = self.text[..self.at].trim_end_matches(BYTE_ORDER_MARK);
        before.is_empty() || before.ends_with(['\n', '\r'])
    }

    /// Whether a line that begins with a tag begins so many bytes further.
    fn is_tag_line(&self, ahead: usize) -> bool {
        let there = Self { at: self.at + ahead, ..self.clone() };
        there.begins_line() && read_tag(there.rest()).is_some()
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.advance(rest.find(|letter| !is_blank(letter)).unwrap_or(rest.len()));
    }

    fn skip_line(&mut self) {
        self.advance(self.rest().find(['\n', '\r']).unwrap_or(self.rest().len()));
    }

    fn advance(&mut self, length: usize) {
        let (passed, rest) = self.rest().split_at(length);
        self.line += line_ends(passed, rest);
        self.at += length;
    }
}

/// What some programs write before a text, and so between texts that were put together.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What stands between words. The control character ends files of DOS.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, BYTE_ORDER_MARK | '\u{1a}')
}

fn ends_word(letter: char) -> bool {
    is_blank(letter) || matches!(letter, '{' | '}' | '(' | ')' | '[' | ']' | ';' | '*' | '<' | '>' | '"')
}

/// The ends of lines in a text, before the rest of it: `\n`, `\r\n` or `\r`.
fn line_ends(text: &str, rest: &str) -> usize {
    let pairs = text.matches("\r\n").count() + usize::from(text.ends_with('\r') && rest.starts_with('\n'));
    text.matches(['\n', '\r']).count() - pairs
}

/// The name and value of a tag with which the text begins, and its length.
fn read_tag(text: &str) -> Option<(&str, String, usize)> {
    let rest = text.strip_prefix('[')?.trim_start_matches(is_blank);
    let is_in_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let name = &rest[..rest.find(|letter| !is_in_name(letter)).unwrap_or(rest.len())];
    let quoted = rest[name.len()..].trim_start_matches(is_blank).strip_prefix('"')?;
    let mut value = String::new();
    let mut letters = quoted.chars();
    loop {
        match letters.next()? {
            '"' => break,
            '\n' | '\r' => return None,
            '\\' => value.push(letters.next()?),
            letter => value.push(letter),
        }
    }
    let after = letters.as_str().trim_start_matches(is_blank).strip_prefix(']')?;
    (!name.is_empty()).then(|| (name, value, text.len() - after.len()))
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

/// The move or result in a word; `None` when it is only a number or glyphs.
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
    let text = glyphs::stripped(text);
    (!text.is_empty()).then_some(Token::Move(text))
}
