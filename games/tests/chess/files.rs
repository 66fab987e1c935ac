//! Files of games of chess: every game in them is counted, and every byte belongs to one.

use proptest::{collection::vec, prelude::*, sample::select};
use turnlog_games::{PgnMove, PgnResult, pgn};

/// What is read from a text: the moves of each game, or what is wrong with it.
fn games(text: &str) -> Vec<Result<String, String>> {
    let san = |game: pgn::PgnGame| game.moves().iter().map(PgnMove::san).collect::<Vec<_>>().join(" ");
    pgn::read(text).map(|game| game.map(san).map_err(|error| error.to_string())).collect()
}

#[track_caller]
fn assert_games(text: &str, expected: &[Result<&str, &str>]) {
    let expected: Vec<_> = expected.iter().map(|game| game.map(str::to_owned).map_err(str::to_owned)).collect();
    assert_eq!(games(text), expected, "{text:?}");
}

const BAD_TAG: &str = "a tag is not of the form [Name \"value\"]";

#[test]
fn remarks_end_with_their_line_whatever_ends_it() {
    for end in ["\n", "\r\n", "\r"] {
        let file = "% made by a program\n[Event \"A\"]\n[Site \"x\"]\n\n1. e4 ; a remark\ne5 2. Qh5 Ke7\n%escaped\n3. Qxe5# 1-0\n";
        assert_games(&file.replace('\n', end), &[Ok("e4 e5 Qh5 Ke7 Qxe5#")]);
        let wrong = "[Event \"A\"]\n\n1. e4\n; e5\n2. Ke3 *\n";
        assert_games(&wrong.replace('\n', end), &[Err("line 5: Ke3 is no legal move, or more than one")]);
    }
}

#[test]
fn games_after_a_tag_that_cannot_be_read_are_counted_without_an_event() {
    let rest = "\n[Site \"B\"]\n[White \"x\"]\n[Result \"*\"]\n\n1. d4 *\n\n[Site \"C\"]\n[White \"y\"]\n\n1. c4 *\n";
    for bad in ["[White \"The \"Great\" One\"]", "[White Ada]", "[White \"Ada]", "[White \"Ada\" ", "[]", "[\"Ada\"]"] {
        let first = format!("[Event \"A\"]\n{bad}\n[Result \"*\"]\n\n1. e4 e5 *\n");
        assert_games(&format!("{first}{rest}"), &[Err(&format!("line 2: {BAD_TAG}")), Ok("d4"), Ok("c4")]);
        // A line before it is enough, with moves that nothing ended.
        let unended = format!("[Event \"A\"]\n\n1. e4 e5\n\n{bad}\n\n1. d4 *\n");
        assert_games(
            &format!("{unended}{rest}"),
            &[Ok("e4 e5"), Err(&format!("line 5: {BAD_TAG}")), Ok("d4"), Ok("c4")],
        );
    }
    let in_the_moves = format!("1. e4 [%clk 0:01:00] e5 *{rest}");
    assert_games(&in_the_moves, &[Err(&format!("line 1: {BAD_TAG}")), Ok("d4"), Ok("c4")]);
}

#[test]
fn what_has_no_end_ends_with_the_next_game() {
    let next = "[Site \"B\"]\n\n1. d4 {good} d5 *\n";
    for (bad, reason) in [
        ("1. e4 {oops\n\n", "a comment has no end"),
        ("1. e4 (1. c4 {oops *\n\n", "a comment has no end"),
        ("1. e4 (1. c4 (1. a3) *\n\n", "a variation has no end"),
    ] {
        assert_games(&format!("{bad}{next}"), &[Err(&format!("line 3: {reason}")), Ok("d4 d5")]);
        let read = games(bad);
        assert!(matches!(&read[..], [Err(error)] if error.ends_with(reason)), "{read:?}");
    }
    // A comment may have brackets and lines of its own.
    assert_games("1. e4 {[Event\n[%clk 1:00] [Site \"x\"]\n} e5 *", &[Ok("e4 e5")]);
}

#[test]
fn signs_that_belong_to_nothing_are_faults_and_not_passed_over() {
    for sign in ["}", ")", "]", "<", ">", "\""] {
        let read = games(&format!("1. e4 {sign} e5 *"));
        assert!(matches!(&read[..], [Err(error)] if error.contains("where nothing began")), "{sign}: {read:?}");
    }
    for word in ["!e5", "+e5", "#e5", "=e5", "$e5", "$"] {
        let read = games(&format!("1. e4 {word} *"));
        assert!(matches!(&read[..], [Err(error)] if error.contains("is no legal move")), "{word}: {read:?}");
    }
}

#[test]
fn games_without_a_result_end_with_an_empty_line_and_the_next_tags_or_numbers() {
    assert_games("1. e4 e5\n\n1. d4 d5\n\n1.c4", &[Ok("e4 e5"), Ok("d4 d5"), Ok("c4")]);
    assert_games("1. e4\n\n1... e5\n\n2. Nf3 *", &[Ok("e4 e5 Nf3")]);
    assert_games("[Site \"A\"]\n\n[Site \"B\"]\n\n*\n", &[Ok(""), Ok("")]);
    // A tag that stands there twice is no second game.
    assert_games("[Event \"A\"]\n[Site \"x\"]\n[Site \"y\"]\n\n1. e4 *", &[Ok("e4")]);
}

#[test]
fn byte_order_marks_and_the_last_sign_of_dos_are_nothing() {
    let game = "\u{feff}[Event \"A\"]\n[Result \"1-0\"]\n\n1. e4 \u{feff}e5 2. Qh5 Ke7 3. Qxe5# 1-0\n\n";
    let read = Ok("e4 e5 Qh5 Ke7 Qxe5#");
    assert_games(&game.repeat(2), &[read, read]);
    assert_games(&format!("{game}\u{feff}% escaped\n\u{feff}{game}\u{1a}"), &[read, read]);
}

#[test]
fn glyphs_may_stand_apart_and_joined() {
    let moves = Ok("e4 d5 exd5 Qxd5 Nc3 Qa5");
    assert_games("[Event \"A\"]\n[Result \"*\"]\n\n1. e4 d5? ± {remark} 2. exd5 Qxd5 = 3. Nc3 Qa5 ∓ *", &[moves]);
    assert_games("1. e4!? d5$1 2. exd5± Qxd5= 3. Nc3 ! $10 Qa5+- *", &[moves]);
    assert_games("1.e4 +/= d5 ⩲ 2.exd5 □ Qxd5 -+ 3.Nc3∞ Qa5?!$6$146 −+ *", &[moves]);
    // No glyph takes the piece from a promotion.
    for promotion in ["e8=Q+-", "e8=Q =", "e8Q±", "e8(Q) $1"] {
        assert_games(&format!("[FEN \"3n3k/4P3/8/8/8/8/8/4K3 w - - 0 1\"]\n\n{promotion} *"), &[Ok("e8=Q+")]);
    }
}

#[test]
fn positions_are_taken_as_they_are_often_written_and_exported_with_six_fields() {
    let position = "6R1/2p1qr1k/1p1p1r1p/p3p3/2P1P3/2P3Q1/PP3P2/2K3R1 w - -";
    for (numbers, exported) in
        [(" 0 0", "0 1"), ("", "0 1"), (" 3", "3 1"), ("  101  70", "101 70"), (" 200 130", "200 130")]
    {
        let text = format!("[SetUp \"1\"]\n[FEN \"{position}{numbers}\"]\n\n1. Rh8+ *");
        let game = pgn::read(&text).next().expect("there is one").expect("it can be read");
        assert_eq!(game.options().fen(), format!("{position} {exported}"));
        assert!(game.to_string().contains(&format!("[FEN \"{position} {exported}\"]\n")), "{game}");
    }
}

#[test]
fn only_mate_and_stalemate_end_a_game_whatever_the_rules_of_its_time() {
    let ending = |text: &str| pgn::read(text).next().expect("there is one").expect("it can be read").ending();
    assert_eq!(ending("1. e4 e5 2. Qh5 Ke7 3. Qxe5# *"), Some(PgnResult::White));
    assert_eq!(ending("1. f3 e5 2. g4 Qh4# 0-1"), Some(PgnResult::Black));
    assert_eq!(ending("[FEN \"7k/8/5KQ1/8/8/8/8/8 b - - 0 1\"]\n\n1-0"), Some(PgnResult::Draw));
    let fivefold = "Nf3 Nf6 Ng1 Ng8 ".repeat(4);
    let seventyfive = "[FEN \"6k1/5ppp/8/8/8/8/8/R5K1 w - - 160 90\"]\n\nRa8#";
    for text in [&fivefold, "[FEN \"4k3/8/8/8/8/8/8/4K3 w - - 0 1\"]\n\nKe2 1-0", "1. e4 *"] {
        assert_eq!(ending(text), None, "{text}");
    }
    assert_eq!(ending(seventyfive), Some(PgnResult::White));
}

/// Games by themselves, each with an end, and whether it can be read.
const GAMES: [(&str, bool); 12] = [
    ("[Event \"A\"]\n[Result \"*\"]\n\n1. e4 e5 *\n\n", true),
    ("[Site \"B\"]\n[White \"x\"]\n\n1. d4 {c [Site \"y\"] (} d5 $1 (1... Nf6 {)} 2. c4) 0-1\n", true),
    ("1. c4 ; a remark } ) 1-0\n*\n\n", true),
    ("\n%escaped 1-0\n1. Nf3 ± d5?! 1/2-1/2\n", true),
    ("\u{feff}[White \"W\"]\n\n1.e4 e5 2.Qh5 Ke7 3.Qxe5# 1-0 ", true),
    ("\n[FEN \"4k3/8/8/8/8/8/4P3/4K3 w - -\"]\n*\n", true),
    (" *", true),
    ("\n[White \"The \"Great\" One\"]\n[Result \"*\"]\n\n1. e4 e5 *\n\n", false),
    ("\n[White Ada]\n\n1. e4 *\n\n", false),
    ("\n[White \"Ada\n\n1. e4 *", false),
    ("\n1. e5 d5 0-1\n", false),
    ("[FEN \"nowhere\"]\n1. d4 > 1-0\n\n", false),
];

/// Reads everything; returns how many bytes belong to each game, and whether it can be read.
fn spans(text: &str) -> Vec<(usize, bool)> {
    let mut reader = pgn::read(text);
    let mut spans = Vec::new();
    let mut before = reader.rest();
    assert_eq!(before, text);
    while let Some(game) = reader.next() {
        let rest = reader.rest();
        assert!(before.ends_with(rest) && rest.len() < before.len(), "a game has bytes, one after the other");
        spans.push((before.len() - rest.len(), game.is_ok()));
        before = rest;
    }
    assert_eq!(reader.rest(), "", "nothing is left");
    spans
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn games_that_are_put_together_are_the_sum_of_the_games(
        chosen in vec(select(GAMES.to_vec()), 0..12),
        end in select(vec!["\n", "\r\n", "\r"]),
    ) {
        let text: String = chosen.iter().map(|(game, _)| game.replace('\n', end)).collect();
        let sound: Vec<bool> = chosen.iter().map(|&(_, is_sound)| is_sound).collect();
        let spans = spans(&text);
        prop_assert_eq!(spans.iter().map(|&(_, is_sound)| is_sound).collect::<Vec<_>>(), sound, "{:?}", text);
        // Each game is what it is by itself.
        let (together, mut apart, mut at) = (games(&text), Vec::new(), 0);
        for (length, _) in spans {
            apart.extend(games(&text[at..at + length]));
            at += length;
        }
        let without_lines = |games: Vec<Result<String, String>>| -> Vec<Result<String, String>> {
            let reason = |error: String| error.split_once(": ").map(|(_, reason)| reason.to_owned()).unwrap_or_default();
            games.into_iter().map(|game| game.map_err(reason)).collect()
        };
        prop_assert_eq!(without_lines(apart), without_lines(together), "{:?}", text);
    }

    #[test]
    fn every_byte_of_any_text_belongs_to_a_game_or_is_blank(
        pieces in vec(select(vec![
            "[Event \"", "\"]", "[White x]", "[", "]", "{", "}", "(", ")", ";", "%", "*", "1-0", "1. ", "e4 ", "±", "$1",
            "\n", "\r", "\r\n", "\u{feff}", "\u{1a}", " ", "<", "\\", "é", "[Site \"A\"]\n",
        ]), 0..40),
    ) {
        let text = pieces.concat();
        let spans = spans(&text);
        let total: usize = spans.iter().map(|(length, _)| length).sum();
        prop_assert!(total <= text.len());
        // What follows the last game is blank or a remark.
        prop_assert_eq!(spans.len(), pgn::read(&text).count());
        prop_assert!(pgn::read(&text[total..]).next().is_none(), "{:?}", text);
    }
}
