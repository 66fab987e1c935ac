//! Positions of chess: as they are stored, from which a game may start, and as a board and a terminal show them.

use serde_json::{Value, json};
use turnlog_domain::{Command, Event, Rejection, Rules, Viewer};
use turnlog_games::Chess;

use super::rules::{Ask, chess, claim, claimed, decided, draw, from, from_start, moved, mover, played, uci, view};

#[test]
fn a_stored_state_is_a_position_and_the_moves_since() {
    let game = from_start(["e2e4", "e7e5", "g1f3"]);
    let stored: Value = serde_json::from_str(game.state().position().stored().get()).expect("JSON");
    let since = "rnbqkbnr/pppp1ppp/8/4p3/4P3/8/PPPP1PPP/RNBQKBNR w KQkq e6 0 2";
    let course = json!({ "since": since, "moves": "g1f3", "last": "g1f3" });
    assert_eq!(stored, json!({ "course": course, "claimed": null }));
}

#[test]
fn a_damaged_state_is_not_restored() {
    let start = turnlog_games::START_FEN;
    for (since, moves) in
        [("", ""), ("8/8/8/8/8/8/8/8 w - - 0 1", ""), (start, "e2e5"), (start, "x"), (start, "g1f3 g1f3")]
    {
        let stored = json!({ "course": { "since": since, "moves": moves, "last": null }, "claimed": null });
        assert!(serde_json::from_value::<Chess>(stored).is_err(), "{since} {moves}");
    }
}

#[test]
fn an_event_that_cannot_have_happened_does_not_fold() {
    let game = chess(turnlog_games::START_FEN);
    for event in [
        json!({ "seat": 1, "uci": "e7e5", "san": "e5" }),
        json!({ "seat": 1, "uci": "e2e4", "san": "e4" }),
        json!({ "seat": 0, "uci": "e2e5", "san": "e5" }),
        json!({ "seat": 0, "claim": "threefold" }),
        json!({ "seat": 9, "claim": "fifty" }),
    ] {
        let event = serde_json::from_value(event).expect("it has the form of an event");
        assert!(game.clone().evolve(&event).is_err(), "{event:?}");
    }
    for event in [json!({ "seat": 0 }), json!({ "seat": 0, "uci": "e2e4" }), json!({ "seat": 0, "san": "e4" })] {
        assert!(serde_json::from_value::<<Chess as Rules>::Event>(event).is_err());
    }
}

#[test]
fn a_game_may_start_from_any_possible_position_that_is_not_over() {
    let black_begins = played(json!({ "fen": "4k3/8/8/8/8/8/4P3/4K3 b - - 0 1" }), ["e8e7"]);
    assert_eq!(mover(&black_begins), "white");
    let long = format!("4k3/8/8/8/8/8/4P3/4K3 w - - 0 {}", "1".repeat(200));
    for fen in [
        "",
        "chess",
        "♔",
        &long,
        "4k3/8/8/8/8/8/4P3/4K3 w -",
        "4k3/8/8/8/8/8/4P3/4K3 w - - 0 1 1",
        "4k3/8/8/8/8/8/4P3/4K3 w - - 150 1",
        "4k3/8/8/8/8/8/4P3/4K3 w - - 65536 1",
        "4k3/8/8/8/8/8/4P3/4K3 w - - 0 65536",
        "4k3/8/8/8/8/8/4P3/4K3 w - - -1 1",
        "4k3/8/8/8/8/8/4P3/4K3 w KQ - 0 1",
        "4k3/8/8/8/8/8/4P3/4K3 w - e3 0 1",
        "4k3/8/8/8/8/8/4P3/4K4 w - - 0 1",
        "4k3/8/8/8/8/8/4P3/8 w - - 0 1",
        "4k3/8/8/8/8/8/4P3/K3K3 w - - 0 1",
        "4k2P/8/8/8/8/8/8/4K3 w - - 0 1",
        "4k3/8/8/8/8/8/4R3/K7 w - - 0 1",
        "r3k3/8/8/8/8/8/8/3K3R w K - 0 1",
        "rnb1kbnr/pppp1ppp/8/4p3/6Pq/5P2/PPPPP2P/RNBQKBNR w KQkq - 1 3",
        "7k/8/5KQ1/8/8/8/8/8 b - - 0 1",
        "4k3/8/8/8/8/8/8/4K3 w - - 0 1",
    ] {
        let answer = decided(None, &Command::create("chess", json!({ "fen": fen })), 1);
        assert!(matches!(answer, Err(Rejection::InvalidOptions { .. })), "{fen}: {answer:?}");
    }
}

#[test]
fn a_start_is_taken_as_it_is_often_written_and_stored_with_its_six_fields() {
    let position = "4k3/8/8/8/8/8/4P3/4K3 w - -";
    for (numbers, stored) in
        [("", "0 1"), (" 7", "7 1"), (" 0 0", "0 1"), ("  12   9 ", "12 9"), (" 0 1", "0 1"), (" 149 90", "149 90")]
    {
        for fen in [format!("{position}{numbers}"), format!(" {}{numbers}", position.replace(' ', "  "))] {
            let given = from(&fen);
            let Event::Created(created) = &given.messages()[0].events[0] else { panic!("it is made first") };
            assert_eq!(created.options, json!({ "fen": format!("{position} {stored}") }), "{fen}");
            assert_eq!(view(&given)["fen"], format!("{position} {stored}"), "{fen}");
        }
    }
}

#[test]
fn every_position_that_a_view_shows_can_be_played_on_and_its_clock_counts_on() {
    let round = ["a1b1", "g8f8", "b1a1", "f8g8"];
    let from_99 = played(json!({ "fen": "6k1/5ppp/8/8/8/8/8/R5K1 w - - 99 90" }), round.repeat(2));
    let shown = view(&from_99)["fen"].as_str().expect("it is a text").to_owned();
    assert!(shown.ends_with(" w - - 107 94"), "{shown}");
    let again = from(&shown);
    assert_eq!(view(&again)["fen"], shown);
    assert_eq!(
        serde_json::from_str::<Chess>(again.state().position().stored().get()).map(|game| game.fen()).ok(),
        Some(shown)
    );
    from("6k1/5ppp/8/8/8/8/8/R5K1 w - - 120 90").asked(claim("fifty")).then([claimed(0, "fifty"), draw("fifty_moves")]);
    let last = from("6k1/5ppp/8/8/8/8/8/R5K1 w - - 149 115");
    last.asked(uci("a1a2")).then([moved(0, "a1a2", "Ra2"), draw("seventyfive_moves")]);
    let reset = played(json!({ "fen": "6k1/5ppp/8/8/8/8/8/R5K1 b - - 148 115" }), ["h7h6"]);
    assert!(view(&reset)["fen"].as_str().is_some_and(|fen| fen.ends_with(" w - - 0 116")), "{}", view(&reset));
}

#[test]
fn a_view_has_what_a_board_needs() {
    let start = view_of(&[]);
    assert_eq!([&start["check"], &start["last"]], [&json!(false), &Value::Null]);
    assert_eq!(start["moves"].as_array().map(Vec::len), Some(20));
    let check = view_of(&["e2e4", "f7f6", "d1h5"]);
    assert_eq!(check["last"], "d1h5");
    assert_eq!(check["fen"], "rnbqkbnr/ppppp1pp/5p2/7Q/4P3/8/PPPP1PPP/RNB1KBNR b KQkq - 1 2");
    assert_eq!(check["check"], true);
    assert_eq!(check["moves"], json!(["g7g6"]));
    assert_eq!(check["claims"], json!([]));
}

#[test]
fn the_fullest_view_still_fits_into_a_frame() {
    // No known position has more moves, and each of these might claim a draw.
    let game = from("R6R/3Q4/1Q4Q1/4Q3/2Q4Q/Q4Q2/pp1Q4/kBNN1KB1 w - - 99 90");
    let view = view(&game);
    assert_eq!(view["moves"].as_array().map(Vec::len), Some(218));
    assert!(view.to_string().len() < 12 * 1024, "{} bytes", view.to_string().len());
}

fn view_of(moves: &[&str]) -> Value {
    view(&from_start(moves.iter().copied()))
}

#[test]
fn a_terminal_shows_the_board_with_white_below() {
    let expected = "\
8 r n b q k b n r
7 p p p p p p p p
6 . . . . . . . .
5 . . . . . . . .
4 . . . . P . . .
3 . . . . . . . .
2 P P P P . P P P
1 R N B Q K B N R
  a b c d e f g h
";
    let game = chess("rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq - 0 1");
    assert_eq!(Chess::text(&game.view(Viewer::Spectator)), expected);
}
