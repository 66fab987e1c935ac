//! PGN: what it takes, what it refuses, and that it never falls over.

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::json;
use turnlog_domain::{
    Chance, Command, OfferKind, Rules, Seat,
    testing::{Given, given_with, play, player, take_seat},
};
use turnlog_games::{Chess, ChessAction, ChessOptions, PgnGame, PgnMove, PgnResult, UciMove, kinds, pgn};

#[track_caller]
fn one(text: &str) -> PgnGame {
    let games: Vec<_> = pgn::read(text).collect();
    match &games[..] {
        [Ok(game)] => game.clone(),
        _ => panic!("{games:?}"),
    }
}

#[track_caller]
fn error(text: &str) -> String {
    pgn::read(text).find_map(Result::err).expect("it cannot be read").to_string()
}

fn uci(game: &PgnGame) -> Vec<String> {
    game.moves().iter().map(|played| played.uci().to_string()).collect()
}

fn san(game: &PgnGame) -> Vec<&str> {
    game.moves().iter().map(PgnMove::san).collect()
}

#[test]
fn what_is_not_the_game_is_skipped() {
    let text = "\u{feff}% made by hand\n[White \"A\"]\n\n{Before} 1.e4!! $1 (1.d4 d5 (1... Nf6 {) not here} 2. c4) 2. c4) \
                e5?! ; to the end (of the line\n2 . Nf3 {over\ntwo lines} Nc6 3... 3. Bb5 $146 a6 1-0";
    let game = one(text);
    assert_eq!(uci(&game), ["e2e4", "e7e5", "g1f3", "b8c6", "f1b5", "a7a6"]);
    assert_eq!((game.result(), game.tag("White")), (PgnResult::White, Some("A")));
}

#[test]
fn moves_are_taken_as_they_are_often_written() {
    for (text, canonical) in [
        ("1. Ng1-f3", "Nf3"),
        ("1. Ng1f3!", "Nf3"),
        ("1. e2-e4", "e4"),
        ("1. e2e4", "e4"),
        ("1.e4+", "e4"),
        ("1.Pe4", "e4"),
    ] {
        assert_eq!(san(&one(text)), [canonical], "{text}");
    }
    let castled = one("1. e4 e5 2. Nf3 Nf6 3. Bc4 Bc5 4. 0-0 o-o");
    assert_eq!([castled.moves()[6].uci().to_string(), castled.moves()[7].uci().to_string()], ["e1g1", "e8g8"]);
    for promotion in ["e8=Q", "e8Q", "e8(Q)", "e8=Q+", "e7-e8=Q", "e8=Q#"] {
        let text = format!("[FEN \"3n3k/4P3/8/8/8/8/8/4K3 w - - 0 1\"]\n{promotion} *");
        assert_eq!(uci(&one(&text)), ["e7e8q"], "{promotion}");
    }
    let en_passant = one("1. e4 a6 2. e5 d5 3. exd6 e.p. *");
    assert_eq!(en_passant.moves().last().map(|played| played.uci().to_string()), Some("e5d6".to_owned()));
}

#[test]
fn moves_that_are_not_legal_or_not_clear_are_refused() {
    for text in ["1. e5", "1. Ke2", "1. O-O", "1. --", "1. Z0", "hello", "1. e4 e4", "1. exd5", "1. Nf3xe5", "1. 🙂"]
    {
        assert!(error(text).contains("is no legal move, or more than one"), "{text}: {}", error(text));
    }
    assert!(error("[FEN \"4k3/8/8/R6R/8/8/8/4K3 w - - 0 1\"]\n1. Rd5").contains("more than one"));
    // The crate beneath would take this for castling.
    assert!(error("[FEN \"4k3/8/8/8/8/8/8/4K2R w K - 0 1\"]\n1. Kh1").contains("no legal move"));
    assert_eq!(error("[White \"A\"]\n\n1. e4 e5\n2. Ke3 *"), "line 4: Ke3 is no legal move, or more than one");
}

#[test]
fn a_game_that_cannot_be_read_does_not_hide_the_next() {
    let good = "[Event \"good\"]\n\n1. d4 *\n\n";
    for bad in [
        "[Event \"bad\"]\n\n1. e5 d5 *\n\n",
        "[Event \"bad\"]\n\n1. e5 d5\n\n",
        "[Event \"bad\"]\n[White A]\n\n1. e4 *\n\n",
        "[Event \"bad\n\n1. e4 *\n\n",
        "[Event \"bad\"]\n\n1. e4 (1. d4 *\n\n",
        "[Event \"bad\"]\n\n1. e4 {for ever\n\n",
        "[Event \"bad\"]\n\n1. e4 (1. d4 {for ever *\n\n",
        "[Event \"bad\"]\n[FEN \"nowhere\"]\n\n1. e4 *\n\n",
        &format!("[Event \"bad\"]\n\n1. e4 {}\n\n", "(".repeat(1000)),
    ] {
        let read: Vec<_> = pgn::read(&format!("{good}{bad}{good}")).collect();
        assert!(matches!(&read[..], [Ok(_), Err(_), Ok(_)]), "{bad}: {read:?}");
    }
}

#[test]
fn games_end_where_the_next_begins_and_the_last_at_the_end() {
    let read = |text: &str| -> Vec<(usize, &'static str)> {
        pgn::read(text)
            .map(|game| game.expect("it can be read"))
            .map(|g| (g.moves().len(), g.result().as_str()))
            .collect()
    };
    assert_eq!(read("1. e4 1-0 1. d4 d5 0-1 *"), [(1, "1-0"), (2, "0-1"), (0, "*")]);
    assert_eq!(read("[Event \"a\"]\n1. e4\n[Event \"b\"]\n[Result \"1/2-1/2\"]\n1. d4"), [(1, "*"), (1, "1/2-1/2")]);
    assert_eq!(read("[Event \"a\"]\n[Event \"b\"]\n"), [(0, "*"), (0, "*")]);
    assert_eq!(read(" \n\t"), []);
}

#[test]
fn too_much_of_anything_is_refused() {
    let tags: Vec<String> = (0..100).map(|number| format!("[T{number} \"x\"]")).collect();
    assert!(error(&tags.join("\n")).contains("too many tags"));
    let knights = "Nf3 Nf6 Ng1 Ng8 ".repeat(5000);
    assert!(error(&knights).contains("too many moves"));
    assert!(error(&("(".repeat(100_000) + &")".repeat(100_000))).contains("nested too deep"));
    let long = one(&format!("[White \"{}\"]\n*", "ä".repeat(100_000)));
    assert_eq!(long.tag("White").map(|name| name.chars().count()), Some(255));
}

#[test]
fn an_export_has_the_roster_the_start_and_short_lines() {
    let fen = "4k3/8/8/8/8/8/4P3/4K3 b - - 3 17";
    let table = given_with(&kinds(), "chess", json!({ "fen": fen }))
        .and(player("a"), take_seat(0))
        .and(player("b"), take_seat(1));
    let table = table.and(player("b"), play(json!({ "uci": "e8d7" }))).and(player("a"), play(json!({ "uci": "e2e4" })));
    let table = table.and(player("b"), Command::Resign);
    let game = PgnGame::of_log(table.messages())
        .expect("it is chess")
        .with_tag("White", "Ada")
        .with_tag("Annotator", "nobody");
    let expected = "\
[Event \"?\"]
[Site \"?\"]
[Date \"????.??.??\"]
[Round \"?\"]
[White \"Ada\"]
[Black \"?\"]
[Result \"1-0\"]
[SetUp \"1\"]
[FEN \"4k3/8/8/8/8/8/4P3/4K3 b - - 3 17\"]
[Annotator \"nobody\"]
[Termination \"normal\"]

17... Kd7 18. e4 1-0
";
    assert_eq!(game.to_string(), expected);
    let read = one(expected);
    assert_eq!(read.moves(), game.moves());
    assert_eq!(read.options().fen(), fen);
    assert_eq!(read.to_string(), expected);
}

#[test]
fn an_unfinished_game_and_one_of_another_kind() {
    let table = given_with(&kinds(), "chess", json!({})).and(player("a"), take_seat(0)).and(player("b"), take_seat(1));
    let game = PgnGame::of_log(table.messages()).expect("it is chess");
    assert_eq!((game.result(), game.tag("Termination")), (PgnResult::Unknown, Some("unterminated")));
    assert!(game.to_string().ends_with("\"]\n\n*\n"));
    let other = given_with(&kinds(), "tic-tac-toe", json!({}));
    assert_eq!(PgnGame::of_log(other.messages()), None);
    assert_eq!(PgnGame::of_log(&[]), None);
}

#[test]
fn moves_that_were_taken_back_are_not_exported() {
    let table = given_with(&kinds(), "chess", json!({})).and(player("a"), take_seat(0)).and(player("b"), take_seat(1));
    let uci = |uci: &str| play(json!({ "uci": uci }));
    let take_back = |table: Given, asks: &str, agrees: &str| {
        let offered = table.and(player(asks), Command::Offer(OfferKind::TakeBack));
        offered.and(player(agrees), Command::accept(OfferKind::TakeBack))
    };
    let table = table.and(player("a"), uci("e2e4")).and(player("b"), uci("e7e5")).and(player("a"), uci("g1h3"));
    let table = take_back(table, "a", "b");
    assert_eq!(san(&PgnGame::of_log(table.messages()).expect("it is chess")), ["e4", "e5"]);
    // Further back than the last time, and on from there.
    let table = take_back(table, "b", "a").and(player("b"), uci("c7c5")).and(player("a"), uci("g1f3"));
    let game = PgnGame::of_log(table.messages()).expect("it is chess");
    assert_eq!(san(&game), ["e4", "c5", "Nf3"]);
    assert_eq!(san(&one(&game.to_string())), ["e4", "c5", "Nf3"]);
}

#[test]
fn no_name_breaks_out_of_its_tag() {
    let name = "x\"]\n[Result \"0-1\"]\n\n1. e4 {\\\u{0}";
    let game = one("1. d4 *").with_tag("White", name).with_tag("Bad name", "x").with_tag("Result", "1-0");
    let read = one(&game.to_string());
    assert_eq!(read.tag("White"), Some("x\"] [Result \"0-1\"]  1. e4 {\\ "));
    assert_eq!((uci(&read), read.result(), read.tag("Result")), (vec!["d2d4".to_owned()], PgnResult::Unknown, None));
}

/// Pieces of PGN in any order.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("1. ".to_owned()),
        Just("e4 ".to_owned()),
        Just("d5 exd5 ".to_owned()),
        Just("O-O ".to_owned()),
        Just("[Event \"".to_owned()),
        Just("\"]\n".to_owned()),
        Just("[FEN \"4k3/8/8/8/8/8/8/4K2R w K - 0 1\"]\n".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just("\\".to_owned()),
        Just("1/2-1/2 ".to_owned()),
        Just("\n%".to_owned()),
        Just("e8(".to_owned()),
        ".{0,6}",
    ];
    vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}", soup in soup()) {
        for text in [text, soup] {
            for game in pgn::read(&text).flatten() {
                let read = one(&game.to_string());
                prop_assert_eq!(read.moves(), game.moves());
            }
            let _ = UciMove::parse(&text);
            let _ = Chess::setup(&ChessOptions::starting_from(&text));
        }
    }

    #[test]
    fn a_move_is_the_text_that_it_was_read_from(text in "[a-h][1-8][a-h][1-8][nbrq]?") {
        prop_assert_eq!(UciMove::parse(&text).map(|uci| uci.to_string()), Ok(text));
    }

    #[test]
    fn positions_that_are_nearly_right_are_refused_or_played(
        fen in "[1-8pnbrqkPNBRQK/]{8,40} [wb] (-|[KQkqAHah]{1,4}) (-|[a-h][1-8]) [0-9]{1,3} [0-9]{1,6}",
        choices in vec(any::<Index>(), 0..40),
    ) {
        if let Ok(game) = Chess::setup(&ChessOptions::starting_from(&fen)) {
            played_at_random(game, &choices);
        }
    }

    #[test]
    fn any_course_of_a_game_reads_back(choices in vec(any::<Index>(), 0..150)) {
        let game = Chess::setup(&ChessOptions::default()).expect("the usual start");
        let (_, events) = played_at_random(game, &choices);
        let written = PgnGame::of_events(&ChessOptions::default(), &events, None);
        let read = one(&written.to_string());
        prop_assert_eq!(read.moves(), written.moves());
        prop_assert_eq!(read.to_string(), written.to_string());
    }
}

/// Plays legal actions by these choices; every state is stored and restored on the way.
fn played_at_random(mut game: Chess, choices: &[Index]) -> (Chess, Vec<<Chess as Rules>::Event>) {
    let mut log = Vec::new();
    for choice in choices {
        let [seat] = game.turn()[..] else { break };
        let actions: Vec<ChessAction> = game.legal_actions(seat);
        let events = game.decide(seat, choice.get(&actions), &mut Chance::none()).expect("a legal action is accepted");
        for event in &events {
            game.evolve(event).expect("what is decided folds");
        }
        let stored = serde_json::to_string(&game).expect("a state is JSON");
        assert_eq!(serde_json::from_str::<Chess>(&stored).expect("a stored state is read back"), game);
        assert!(game.legal_actions(Seat(2)).is_empty());
        log.extend(events);
    }
    (game, log)
}
