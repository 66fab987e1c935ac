//! The rules of chess, in domain words.

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Command, Context, Event, Game, Outcome, Rejection, Rules, Seat, Timestamp, Viewer, decide,
    testing::{Given, given_at, given_with, of_seat, play, player, take_seat},
};
use turnlog_games::{Chess, ChessOptions, kinds};

const ILLEGAL: Rejection = Rejection::IllegalMove { reason: "That move is not legal." };
const NO_CLAIM: Rejection = Rejection::IllegalMove { reason: "There is no such draw to claim." };
/// Both knights go out and come home: the position is the same again.
const ROUND: [&str; 4] = ["g1f3", "g8f6", "f3g1", "f6g8"];

fn uci(uci: &str) -> Command {
    play(json!({ "uci": uci }))
}

fn claim(claim: &str) -> Command {
    play(json!({ "claim": claim }))
}

fn move_and_claim(uci: &str, claim: &str) -> Command {
    play(json!({ "uci": uci, "claim": claim }))
}

fn moved(seat: u8, uci: &str, san: &str) -> Event {
    turnlog_domain::testing::played(json!({ "seat": seat, "uci": uci, "san": san }))
}

fn claimed(seat: u8, claim: &str) -> Event {
    turnlog_domain::testing::played(json!({ "seat": seat, "claim": claim }))
}

fn draw(reason: &str) -> Event {
    Event::Finished(Outcome::draw(2, reason))
}

fn won(seat: u8) -> Event {
    Event::Finished(Outcome::win(Seat(seat), 2, "checkmate"))
}

/// White and Black at the table, and the moves that they have made.
fn played<'a>(options: Value, moves: impl IntoIterator<Item = &'a str>) -> Given {
    let game =
        given_with(&kinds(), "chess", options).and(player("white"), take_seat(0)).and(player("black"), take_seat(1));
    moves.into_iter().fold(game, |game, text| {
        let next = mover(&game);
        game.and(player(next), uci(text))
    })
}

fn from_start<'a>(moves: impl IntoIterator<Item = &'a str>) -> Given {
    played(json!({}), moves)
}

fn from(fen: &str) -> Given {
    played(json!({ "fen": fen }), [])
}

fn mover(game: &Given) -> &'static str {
    match game.state().turn()[..] {
        [Seat(0)] => "white",
        [Seat(1)] => "black",
        _ => panic!("the game is over"),
    }
}

/// What whoever is to move asks for.
trait Ask {
    fn asked(&self, command: Command) -> turnlog_domain::testing::Decided;
}

impl Ask for Given {
    fn asked(&self, command: Command) -> turnlog_domain::testing::Decided {
        self.when(player(mover(self)), command)
    }
}

fn view(game: &Given) -> Value {
    game.state().position().view(Viewer::Spectator)
}

/// What a command of White causes.
fn decided(game: Option<&Game>, command: &Command, at_ms: u64) -> Result<Vec<Event>, Rejection> {
    let white = Actor::Player(player("white"));
    decide(game, &white, command, &Context::new(&kinds(), Timestamp::from_ms(at_ms)))
}

fn chess(fen: &str) -> Chess {
    Chess::setup(&ChessOptions::starting_from(fen)).expect("a possible position")
}

#[test]
fn a_move_is_stored_for_machines_and_for_people() {
    from_start([]).asked(uci("g1f3")).then([moved(0, "g1f3", "Nf3")]);
    from_start(["e2e4", "d7d5"]).asked(uci("e4d5")).then([moved(0, "e4d5", "exd5")]);
    let rooks = from("4k3/8/8/R6R/8/8/8/4K2R w - - 0 1");
    rooks.asked(uci("a5d5")).then([moved(0, "a5d5", "Rad5")]);
    rooks.asked(uci("h5h2")).then([moved(0, "h5h2", "R5h2")]);
    let queens = from("8/8/2k5/Q6Q/8/8/8/Q5K1 w - - 0 1");
    queens.asked(uci("a5e5")).then([moved(0, "a5e5", "Qa5e5")]);
}

#[test]
fn moves_that_the_rules_forbid_are_refused() {
    let start = from_start([]);
    for text in ["e2e5", "e7e5", "e3e4", "e2e2", "a1a2", "e1e2", "e2e4q", "e1g1"] {
        start.asked(uci(text)).then_rejected(ILLEGAL);
    }
    from_start(["e2e4", "f7f6", "d1h5"]).asked(uci("e7e6")).then_rejected(ILLEGAL);
    start.when(player("black"), uci("e7e5")).then_rejected(Rejection::NotYourTurn);
}

#[test]
fn texts_that_are_no_moves_are_refused_whatever_they_are() {
    let game = from_start([]);
    let long = "e2e4".repeat(10_000);
    let texts = ["", "e2", "e2e", "e2e9", "i2e4", "E2E4", "e2e4qq", "e2e4k", "e2e4p", "e2e4Q", "é2e4", "e2eé", "e2 e4"];
    let more = ["e2\u{202e}4", "\u{200b}e2e4", "e2e4\u{301}", "🙂", "0000", "--", "O-O", "e4", "NaN", "e2e4\0", &long];
    for text in texts.into_iter().chain(more) {
        let reason = "a move is written like e2e4 or e7e8q".to_owned();
        game.asked(uci(text)).then_rejected(Rejection::MalformedMove { reason });
    }
    let missing = "missing field `uci` or `claim`".to_owned();
    game.asked(play(json!({}))).then_rejected(Rejection::MalformedMove { reason: missing.clone() });
    game.asked(play(json!({ "uci": null }))).then_rejected(Rejection::MalformedMove { reason: missing });
    for action in [json!({ "uci": 1 }), json!({ "uci": ["e2e4"] }), json!({ "claim": "mate" }), json!({ "claim": 3 })] {
        let seen = game.state();
        let answer = decided(Some(seen), &play(action), 9999);
        assert!(matches!(answer, Err(Rejection::MalformedMove { .. })), "{answer:?}");
    }
}

#[test]
fn castling_is_the_kings_move() {
    let fen = "r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1";
    from(fen).asked(uci("e1g1")).then([moved(0, "e1g1", "O-O")]);
    from(fen).asked(uci("e1c1")).then([moved(0, "e1c1", "O-O-O")]);
    let black = played(json!({ "fen": fen }), ["a1b1"]);
    black.asked(uci("e8g8")).then([moved(1, "e8g8", "O-O")]);
    black.asked(uci("e8c8")).then([moved(1, "e8c8", "O-O-O")]);
    let castled = played(json!({ "fen": fen }), ["e1g1", "e8c8"]);
    assert_eq!(view(&castled)["fen"], "2kr3r/8/8/8/8/8/8/R4RK1 w - - 2 2");
    // Not as the capture of one's own rook.
    from(fen).asked(uci("e1h1")).then_rejected(ILLEGAL);
    from(fen).asked(uci("e1a1")).then_rejected(ILLEGAL);
}

#[test]
fn castling_needs_an_unmoved_king_and_rook_and_squares_that_are_free_and_safe() {
    let fen = "r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1";
    let king_moved = played(json!({ "fen": fen }), ["e1e2", "a8b8", "e2e1", "b8a8"]);
    king_moved.asked(uci("e1g1")).then_rejected(ILLEGAL);
    let rook_moved = played(json!({ "fen": fen }), ["h1h2", "e8e7", "h2h1", "e7e8"]);
    rook_moved.asked(uci("e1g1")).then_rejected(ILLEGAL);
    rook_moved.asked(uci("e1c1")).then([moved(0, "e1c1", "O-O-O")]);
    // In check, through check, into check; only the king's own way counts.
    from("4k3/8/8/8/4r3/8/8/R3K2R w KQ - 0 1").asked(uci("e1g1")).then_rejected(ILLEGAL);
    from("4k3/8/8/8/5r2/8/8/R3K2R w KQ - 0 1").asked(uci("e1g1")).then_rejected(ILLEGAL);
    from("4k3/8/8/8/6r1/8/8/R3K2R w KQ - 0 1").asked(uci("e1g1")).then_rejected(ILLEGAL);
    from("4k3/8/8/8/1r6/8/8/R3K2R w KQ - 0 1").asked(uci("e1c1")).then([moved(0, "e1c1", "O-O-O")]);
    from("4k3/8/8/8/8/8/8/RN2K2R w KQ - 0 1").asked(uci("e1c1")).then_rejected(ILLEGAL);
}

#[test]
fn a_pawn_is_captured_en_passant_at_once_or_never() {
    let game = from_start(["e2e4", "a7a6", "e4e5", "d7d5"]);
    assert_eq!(view(&game)["fen"], "rnbqkbnr/1pp1pppp/p7/3pP3/8/8/PPPP1PPP/RNBQKBNR w KQkq d6 0 3");
    game.asked(uci("e5d6")).then([moved(0, "e5d6", "exd6")]);
    let taken = game.clone().and(player("white"), uci("e5d6"));
    assert_eq!(view(&taken)["fen"], "rnbqkbnr/1pp1pppp/p2P4/8/8/8/PPPP1PPP/RNBQKBNR b KQkq - 0 3");
    let later = game.and(player("white"), uci("h2h3")).and(player("black"), uci("h7h6"));
    later.asked(uci("e5d6")).then_rejected(ILLEGAL);
    // The two pawns would leave the fifth rank together, and the king in check.
    let pinned = played(json!({ "fen": "4k3/3p4/8/K3P2r/8/8/8/8 b - - 0 1" }), ["d7d5"]);
    pinned.asked(uci("e5d6")).then_rejected(ILLEGAL);
    assert_eq!(view(&pinned)["fen"], "4k3/8/8/K2pP2r/8/8/8/8 w - - 0 2");
}

#[test]
fn a_pawn_becomes_what_its_player_says() {
    let game = from("3n3k/4P3/8/8/8/8/7p/4K3 w - - 0 1");
    game.asked(uci("e7e8q")).then([moved(0, "e7e8q", "e8=Q+")]);
    game.asked(uci("e7e8r")).then([moved(0, "e7e8r", "e8=R+")]);
    game.asked(uci("e7e8b")).then([moved(0, "e7e8b", "e8=B")]);
    game.asked(uci("e7d8n")).then([moved(0, "e7d8n", "exd8=N")]);
    game.asked(uci("e7e8")).then_rejected(ILLEGAL);
    game.asked(uci("e1e2q")).then_rejected(ILLEGAL);
}

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
