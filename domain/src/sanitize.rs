//! What of a text can be read: for talk at the table, direct messages and names alike.
//!
//! Characters that turn the direction of writing or take no room can make a text look like another one, or like none.

use icu_properties::{
    CodePointMapData,
    props::{GeneralCategory, GeneralCategoryGroup},
};

use crate::limits::MARKS_PER_CHARACTER_MAX;

/// The text without what takes no room or turns the direction of writing, without more than a few combining marks on one
/// character, and without space around it; empty when nothing visible is left.
///
/// Joiners stay between visible characters, and selectors of a variation after one: many scripts and emoji need them.
pub fn sanitize(text: &str) -> String {
    let mut marks = 0;
    let kept: Vec<char> = text
        .chars()
        .filter(|&character| may_stay(character))
        .filter(|&character| {
            // A joiner or selector is no new character to put marks on.
            if is_mark(character) {
                marks += 1;
            } else if !is_joiner(character) && !is_selector(character) {
                marks = 0;
            }
            marks <= MARKS_PER_CHARACTER_MAX || !is_mark(character)
        })
        .collect();
    let mut sanitize = String::with_capacity(text.len());
    let mut before: Option<char> = None;
    for (index, &character) in kept.iter().enumerate() {
        let follows_visible = before.is_some_and(is_visible);
        let precedes_visible = kept.get(index + 1).copied().is_some_and(is_visible);
        let stays = if is_joiner(character) {
            (follows_visible || before.is_some_and(is_selector)) && precedes_visible
        } else {
            !is_selector(character) || follows_visible
        };
        if stays {
            sanitize.push(character);
            before = Some(character);
        }
    }
    sanitize.trim().to_owned()
}

fn may_stay(character: char) -> bool {
    let is_space = character.is_whitespace() && !character.is_control() && !is_ignorable(character);
    is_space || is_visible(character) || is_joiner(character) || is_selector(character)
}

fn is_visible(character: char) -> bool {
    !character.is_whitespace() && !character.is_control() && !is_ignorable(character)
}

/// What is drawn onto or around the character before.
fn is_mark(character: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    GeneralCategoryGroup::Mark.contains(category) && !is_selector(character)
}

fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}')
}

fn is_selector(character: char) -> bool {
    matches!(character, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// What Unicode calls `Default_Ignorable_Code_Point`, the separators of lines and paragraphs, and the empty pattern of Braille,
/// which looks like a space and is none. Marks, embeddings, overrides and isolates of direction are among the first.
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_no_room_or_turns_the_writing_is_taken_out() {
        let hidden = "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180e}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{202e}\
            \u{2060}\u{2066}\u{206a}\u{206f}\u{2800}\u{3164}\u{feff}\u{ffa0}\u{fff0}\u{1bca0}\u{1d173}\u{e0041}";
        for character in hidden.chars() {
            assert_eq!(sanitize(&format!("A{character}da")), "Ada", "{:x}", u32::from(character));
            assert_eq!(sanitize(&format!(" {character} ")), "", "{:x}", u32::from(character));
        }
        assert_eq!(sanitize(" Ada  Lovelace\u{3000}"), "Ada  Lovelace");
        assert_eq!(sanitize("A\u{7}da\n"), "Ada");
    }

    #[test]
    fn a_character_keeps_a_few_marks() {
        let piled = |marks: usize| format!("A{}da", "\u{301}".repeat(marks));
        assert_eq!(sanitize(&piled(MARKS_PER_CHARACTER_MAX)), piled(MARKS_PER_CHARACTER_MAX));
        assert_eq!(sanitize(&piled(39)), piled(MARKS_PER_CHARACTER_MAX));
        // Marks above, below, around and beside count together, and nothing between them begins anew.
        let mixed = "A\u{301}\u{323}\u{20dd}\u{903}\u{fe0f}\u{200d}\u{302}\u{303}\u{304}";
        assert_eq!(sanitize(mixed).chars().filter(|&character| is_mark(character)).count(), MARKS_PER_CHARACTER_MAX);
        assert_eq!(sanitize(&"\u{489}".repeat(40)).chars().count(), MARKS_PER_CHARACTER_MAX);
        for kept in [
            "Nguye\u{302}\u{303}n Thi\u{323}",
            "ש\u{5c1}\u{5b8}\u{5bc}ל\u{5d5}\u{5b9}ם",
            "กำลัง ก็ น้ำ",
            "རྫོང་ཁ",
            "क्षत्रिय",
            "1\u{fe0f}\u{20e3}",
            "بِسْمِ ٱللَّٰهِ",
        ] {
            assert_eq!(sanitize(kept), kept);
        }
    }

    #[test]
    fn joiners_and_selectors_stay_only_where_they_have_something_to_join_or_vary() {
        for kept in ["می\u{200c}خواهم", "क\u{94d}\u{200d}ष", "❤\u{fe0f}", "❤\u{fe0f}\u{200d}🔥", "👩\u{200d}👧"]
        {
            assert_eq!(sanitize(kept), kept);
        }
        for (text, left) in [
            ("\u{200d}", ""),
            ("\u{fe0f}\u{200c}\u{e0100}", ""),
            ("Ada\u{200d}", "Ada"),
            ("\u{200c}Ada", "Ada"),
            ("A\u{200d}\u{200d}\u{200d}da", "A\u{200d}da"),
            ("Ada \u{fe0f}B", "Ada B"),
            ("A\u{fe0f}\u{fe0f}", "A\u{fe0f}"),
        ] {
            assert_eq!(sanitize(text), left, "{text:?}");
        }
    }
}
