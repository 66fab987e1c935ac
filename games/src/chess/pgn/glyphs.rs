//! Glyphs: what annotators write after a move, joined to it or apart.

/// Every glyph but the numeric ones (`$146`). One that is the end of another stands after it.
const GLYPHS: [&str; 49] = [
    "e.p.", "+/-", "-/+", "+/=", "=/+", "+-", "-+", "+−", "−+", "+–", "–+", "+", "=", "#", "!", "?", "‼", "⁇", "⁈",
    "⁉", "±", "∓", "⩲", "⩱", "∞", "⯹", "□", "○", "⊙", "⨀", "⟳", "→", "↑", "⇆", "⇄", "⇔", "⇗", "⇑", "⊕", "⨁", "∆", "Δ",
    "△", "⌓", "⟫", "⟪", "⊥", "†", "‡",
];

/// The word without the glyphs at its end; empty when it has nothing else.
pub(super) fn stripped(word: &str) -> &str {
    let mut rest = word;
    while let Some(shorter) = numeric(rest).or_else(|| GLYPHS.iter().find_map(|glyph| rest.strip_suffix(glyph))) {
        rest = shorter;
    }
    rest
}

/// The word without `$` and a number at its end.
fn numeric(word: &str) -> Option<&str> {
    let digits = word.bytes().rev().take_while(u8::is_ascii_digit).count();
    word[..word.len() - digits].strip_suffix('$').filter(|_| digits > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glyphs_are_stripped_and_moves_are_not() {
        for (word, left) in [
            ("d5$1", "d5"),
            ("d5!?$146$10", "d5"),
            ("Qa5±", "Qa5"),
            ("Qa5+-", "Qa5"),
            ("Qa5-/+", "Qa5"),
            ("e8=Q", "e8=Q"),
            ("e8=Q+!", "e8=Q"),
            ("exd6e.p.", "exd6"),
            ("O-O", "O-O"),
            ("$7", ""),
            ("!?", ""),
            ("±", ""),
            ("=∞", ""),
            ("e.p.", ""),
            ("$", "$"),
            ("!e4", "!e4"),
            ("+Nf3", "+Nf3"),
            ("--", "--"),
            ("🙂", "🙂"),
            ("", ""),
        ] {
            assert_eq!(stripped(word), left, "{word}");
        }
    }

    #[test]
    fn no_glyph_hides_a_longer_one() {
        for (index, glyph) in GLYPHS.iter().enumerate() {
            assert!(!GLYPHS[..index].iter().any(|earlier| glyph.ends_with(earlier)), "{glyph}");
        }
    }
}
