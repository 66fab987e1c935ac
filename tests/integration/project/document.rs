//! The code blocks of a document, and what they show of what commands print.

use std::{collections::VecDeque, fs};

use turnlog_tests::root;

/// What stands for anything in an output that is shown.
const LEFT_OUT: char = '…';

/// The code blocks of a document, from one that is to be looked at next.
pub(super) struct Document {
    name: &'static str,
    blocks: VecDeque<Block>,
}

struct Block {
    language: String,
    text: String,
}

impl Document {
    pub(super) fn read(name: &'static str) -> Self {
        let text = fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut blocks = VecDeque::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let Some(language) = line.strip_prefix("```") else { continue };
            let text = lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
            blocks.push_back(Block { language: language.to_owned(), text });
        }
        Self { name, blocks }
    }

    /// The next block of that language, before which there are none of others.
    pub(super) fn next(&mut self, language: &str) -> String {
        let block = self.blocks.pop_front().unwrap_or_else(|| panic!("{} has no further block", self.name));
        assert_eq!(block.language, language, "{}: {}", self.name, block.text);
        block.text
    }

    /// All blocks of that language.
    pub(super) fn all(self, language: &str) -> Vec<String> {
        self.blocks.into_iter().filter(|block| block.language == language).map(|block| block.text).collect()
    }

    /// The text of the next block.
    pub(super) fn peek(&self) -> &str {
        self.blocks.front().map(|block| block.text.as_str()).unwrap_or_default()
    }

    /// The next block shows what was printed, as far as it leaves nothing out. White space and numbers may be others, since
    /// lines are broken, and times and ports are never the same.
    pub(super) fn shows(&mut self, printed: &str) {
        let shown = self.next("");
        let normal = normal(printed);
        let mut rest = normal.as_str();
        for part in shown.split(LEFT_OUT).map(self::normal) {
            let Some(place) = rest.find(&part) else {
                panic!("{} shows what was not printed.\n\nShown: {part}\n\nPrinted:\n{printed}", self.name)
            };
            rest = &rest[place + part.len()..];
        }
    }

    /// Nothing is left that was not looked at.
    pub(super) fn ends(self) {
        let rest: Vec<String> = self.blocks.into_iter().map(|block| block.text).collect();
        assert!(rest.is_empty(), "nothing runs these blocks of {}: {rest:#?}", self.name);
    }
}

/// A text in one line, with every number as 0.
fn normal(text: &str) -> String {
    let mut normal = String::new();
    for word in text.split_whitespace() {
        let mut was_digit = false;
        for character in word.chars() {
            let is_digit = character.is_ascii_digit();
            if !(is_digit && was_digit) {
                normal.push(if is_digit { '0' } else { character });
            }
            was_digit = is_digit;
        }
        normal.push(' ');
    }
    normal.trim_end().to_owned()
}
