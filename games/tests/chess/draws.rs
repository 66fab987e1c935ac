//! How a game of chess ends, and draws that may be claimed.

use serde_json::json;
use turnlog_domain::testing::{Given, given_at, of_seat, player, take_seat};
use turnlog_domain::{Actor, Command, Event, Game, Outcome, Rejection, Rules, Seat};
use turnlog_games::kinds;

use super::rules::{
    Ask, ILLEGAL, NO_CLAIM, ROUND, chess, claim, claimed, decided, draw, from, from_start, move_and_claim, moved,
    played, uci, view, won,
};

#[test]
fn mate_wins_and_stalemate_does_not() {
    from_start(["f2f3", "e7e5", "g2g4"]).asked(uci("d8h4")).then([moved(1, "d8h4", "Qh4#"), won(1)]);
    from("7k/8/5KQ1/8/8/8/8/8 w - - 0 1").asked(uci("g6g7")).then([moved(0, "g6g7", "Qg7#"), won(0)]);
    from("7k/8/5K2/8/6Q1/8/8/8 w - - 0 1").asked(uci("g4g6")).then([moved(0, "g4g6", "Qg6"), draw("stalemate")]);
}

#[test]
fn material_that_mates_nobody_draws() {
    let dead = draw("insufficient_material");
    let last_capture = |fen: &str, text: &str, san: &str, finished: bool| {
        let events = [moved(0, text, san)].into_iter().chain(finished.then(|| dead.clone()));
        from(fen).asked(uci(text)).then(events);
    };
    last_capture("4k3/8/8/8/8/8/3p4/4K3 w - - 0 1", "e1d2", "Kxd2", true);
    last_capture("4k3/8/8/8/8/8/3p4/4KB2 w - - 0 1", "e1d2", "Kxd2", true);
    last_capture("4k3/8/8/8/8/8/3p4/4KN2 w - - 0 1", "e1d2", "Kxd2", true);
    // Both bishops on light squares, then on squares of both colors.
    last_capture("2b1k3/8/8/8/8/8/3p4/4KB2 w - - 0 1", "e1d2", "Kxd2", true);
    last_capture("4kb2/8/8/8/8/8/3p4/4KB2 w - - 0 1", "e1d2", "Kxd2", false);
    last_capture("4kn2/8/8/8/8/8/3p4/4KN2 w - - 0 1", "e1d2", "Kxd2", false);
    last_capture("4k3/8/8/8/8/8/3p4/4KNN1 w - - 0 1", "e1d2", "Kxd2", false);
    last_capture("4k3/7p/8/8/8/8/3p4/4K3 w - - 0 1", "e1d2", "Kxd2", false);
}

#[test]
fn a_side_that_cannot_mate_cannot_win_on_time() {
    for (fen, white, black) in [
        ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1", true, true),
        ("4k3/8/8/8/8/8/4P3/4K3 w - - 0 1", true, false),
        ("4k3/8/8/8/8/8/8/3RK3 w - - 0 1", true, false),
        ("4k3/8/8/8/8/8/8/3NK2q w - - 0 1", false, true),
        ("4k3/8/8/8/8/8/7r/3NK3 w - - 0 1", true, true),
        ("4k3/8/8/8/8/8/8/2NNK3 w - - 0 1", true, false),
        ("4k3/8/8/8/8/8/8/2BNK3 w - - 0 1", true, false),
        ("4k3/8/8/8/8/7r/8/2B1K3 w - - 0 1", false, true),
        ("4k3/7p/8/8/8/8/8/2B1K3 w - - 0 1", true, true),
        ("4k3/8/8/8/8/8/8/2B1KB2 w - - 0 1", true, false),
    ] {
        let game = chess(fen);
        assert_eq!([game.can_win(Seat(0)), game.can_win(Seat(1))], [white, black], "{fen}");
    }
}

#[test]
fn whoever_resigns_or_is_late_against_a_side_that_cannot_mate_draws() {
    let fen = "4k3/8/8/8/8/8/4P3/4K3 w - - 0 1";
    let end = |places: Vec<u8>, reason: &str| Event::Finished(Outcome::places(places, reason));
    let resigned = |seat: u8| Event::Resigned(of_seat(seat));
    from(fen).when(player("white"), Command::Resign).then([resigned(0), end(vec![1, 1], "resigned")]);
    from(fen).when(player("black"), Command::Resign).then([resigned(1), end(vec![1, 2], "resigned")]);
    let late = given_at(&kinds(), "chess", json!({ "fen": fen }), json!({ "clock": { "seconds": 30 } }));
    let late = late.and(player("white"), take_seat(0)).and(player("black"), take_seat(1));
    let events = late.when_by(Actor::System, Command::ClaimTimeout, 60_000).events();
    assert_eq!(events.last(), Some(&end(vec![1, 1], "timeout")));
}

#[test]
fn a_position_that_occurs_for_the_third_time_may_be_claimed() {
    let twice = from_start(ROUND);
    twice.asked(claim("threefold")).then_rejected(NO_CLAIM);
    let thrice = from_start(ROUND.repeat(2));
    assert_eq!(view(&thrice)["claims"], json!([{ "claim": "threefold" }]));
    thrice.asked(claim("threefold")).then([claimed(0, "threefold"), draw("threefold_repetition")]);
    thrice.asked(claim("fifty")).then_rejected(NO_CLAIM);
    thrice.when(player("black"), claim("threefold")).then_rejected(Rejection::NotYourTurn);
    // Nobody has to, and with the next move it is gone.
    let gone = thrice.and(player("white"), uci("e2e4"));
    gone.asked(claim("threefold")).then_rejected(NO_CLAIM);
}

#[test]
fn a_draw_may_be_claimed_with_the_move_that_brings_it_about() {
    let game = from_start(ROUND.repeat(2).into_iter().take(7));
    assert_eq!(view(&game)["claims"], json!([{ "uci": "f6g8", "claim": "threefold" }]));
    game.asked(move_and_claim("f6g8", "threefold")).then([
        moved(1, "f6g8", "Ng8"),
        claimed(1, "threefold"),
        draw("threefold_repetition"),
    ]);
    game.asked(move_and_claim("e7e5", "threefold")).then_rejected(NO_CLAIM);
    game.asked(move_and_claim("e7e4", "threefold")).then_rejected(ILLEGAL);
    game.asked(claim("threefold")).then_rejected(NO_CLAIM);
}

#[test]
fn a_position_that_occurs_for_the_fifth_time_ends_the_game() {
    let game = from_start(ROUND.repeat(4).into_iter().take(15));
    game.asked(uci("f6g8")).then([moved(1, "f6g8", "Ng8"), draw("fivefold_repetition")]);
    let over = from_start(ROUND.repeat(4));
    over.when(player("white"), uci("e2e4")).then_rejected(Rejection::Finished);
    assert_eq!([&view(&over)["moves"], &view(&over)["claims"]], [&json!([]), &json!([])]);
}

#[test]
fn positions_with_other_castling_or_en_passant_are_not_the_same() {
    let fen = "r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1";
    let kings = ["e1e2", "e8e7", "e2e1", "e7e8"];
    // The position at the start could castle; it comes back twice without.
    let twice = played(json!({ "fen": fen }), kings.repeat(2));
    twice.asked(claim("threefold")).then_rejected(NO_CLAIM);
    played(json!({ "fen": fen }), kings.repeat(3))
        .asked(claim("threefold"))
        .then([claimed(0, "threefold"), draw("threefold_repetition")]);
    let after_double_step = |moves: [&str; 2], claims: bool| {
        let game = from_start(moves.into_iter().chain(ROUND).chain(ROUND));
        assert_eq!(view(&game)["claims"].as_array().is_some_and(|claims| !claims.is_empty()), claims, "{moves:?}");
    };
    // Nobody could capture the pawn, so its double step makes no difference.
    after_double_step(["e2e4", "e7e5"], true);
    let black_knights = ["g8f6", "g1f3", "f6g8", "f3g1"];
    let possible = from_start(["e2e4", "a7a6", "e4e5", "a6a5", "h2h3", "d7d5"].into_iter().chain(ROUND).chain(ROUND));
    possible.asked(claim("threefold")).then_rejected(NO_CLAIM);
    let no_pawn_beside = from_start(["e2e4"].into_iter().chain(black_knights).chain(black_knights));
    no_pawn_beside.asked(claim("threefold")).then([claimed(1, "threefold"), draw("threefold_repetition")]);
}

#[test]
fn repetitions_survive_storage() {
    let game = from_start(["e2e4", "e7e5"].into_iter().chain(ROUND.repeat(2)));
    let restored = Game::from_json(&kinds(), &game.state().to_json()).expect("a stored state is read back");
    assert_eq!(restored, *game.state());
    let events = decided(Some(&restored), &claim("threefold"), 99_999);
    assert_eq!(events, Ok(vec![claimed(0, "threefold"), draw("threefold_repetition")]));
}

#[test]
fn fifty_moves_without_capture_or_pawn_move_may_be_claimed() {
    let early = from("4k3/8/8/8/8/8/4P3/R3K3 w - - 98 80");
    early.asked(claim("fifty")).then_rejected(NO_CLAIM);
    early.asked(move_and_claim("a1a2", "fifty")).then_rejected(NO_CLAIM);
    let before = from("4k3/8/8/8/8/8/4P3/R3K3 w - - 99 80");
    let fifty = [moved(0, "a1a2", "Ra2"), claimed(0, "fifty"), draw("fifty_moves")];
    before.asked(move_and_claim("a1a2", "fifty")).then(fifty);
    before.asked(move_and_claim("e2e3", "fifty")).then_rejected(NO_CLAIM);
    before.asked(claim("fifty")).then_rejected(NO_CLAIM);
    let after = before.and(player("white"), uci("a1a2"));
    after.asked(claim("fifty")).then([claimed(1, "fifty"), draw("fifty_moves")]);
    after.asked(claim("threefold")).then_rejected(NO_CLAIM);
    from("4k3/8/8/8/8/8/4P3/R3K3 w - - 99 80").asked(uci("e2e3")).then([moved(0, "e2e3", "e3")]);
}

#[test]
fn a_move_that_ends_the_game_leaves_nothing_to_claim() {
    let game = from("7k/8/5KQ1/8/8/8/8/8 w - - 99 90");
    game.asked(move_and_claim("g6g7", "fifty")).then_rejected(NO_CLAIM);
    let fifty = [moved(0, "g6g5", "Qg5"), claimed(0, "fifty"), draw("fifty_moves")];
    game.asked(move_and_claim("g6g5", "fifty")).then(fifty);
    let mating = json!({ "uci": "g6g7", "claim": "fifty" });
    assert!(!view(&game)["claims"].as_array().expect("a list").contains(&mating));
}

/// Black's king steps to and fro while White's rook visits one square after the other: 49 moves after the hundredth,
/// without a capture, a pawn move or a repetition.
fn moves_up_to_149() -> Given {
    let squares = (2..=5).flat_map(|rank| {
        let files: Vec<char> = if rank % 2 == 0 { ('a'..='f').collect() } else { ('a'..='f').rev().collect() };
        files.into_iter().map(move |file| format!("{file}{rank}"))
    });
    let mut moves = Vec::new();
    let mut rook = "a1".to_owned();
    for (index, square) in squares.enumerate() {
        moves.push(if index % 2 == 0 { "g8h8" } else { "h8g8" }.to_owned());
        moves.push(format!("{rook}{square}"));
        rook = square;
    }
    moves.push("g8h8".to_owned());
    let fen = "6k1/5ppp/8/8/8/8/8/R5K1 b - - 100 90";
    played(json!({ "fen": fen }), moves.iter().map(String::as_str))
}

#[test]
fn seventyfive_moves_end_the_game_unless_the_last_one_mates() {
    let game = moves_up_to_149();
    assert!(view(&game)["fen"].as_str().is_some_and(|fen| fen.ends_with(" w - - 149 115")), "{}", view(&game));
    game.asked(uci("a5b5")).then([moved(0, "a5b5", "Rb5"), draw("seventyfive_moves")]);
    game.asked(uci("a5a8")).then([moved(0, "a5a8", "Ra8#"), won(0)]);
    let length = game.state().position().stored().get().len();
    assert!(length < 500, "a state stays small, but this one has {length} bytes");
}
