//! The rules of chess, in domain words.

use serde_json::{Value, json};
use turnlog_domain::testing::{Given, given_with, play, player, take_seat};
use turnlog_domain::{
    Actor, Command, Context, Event, Game, Outcome, Rejection, Rules, Seat, Timestamp, Viewer, decide,
};
use turnlog_games::{Chess, ChessOptions, kinds};

pub(super) const ILLEGAL: Rejection = Rejection::IllegalMove { reason: "That move is not legal." };
pub(super) const NO_CLAIM: Rejection = Rejection::IllegalMove { reason: "There is no such draw to claim." };
/// Both knights go out and come home: the position is the same again.
pub(super) const ROUND: [&str; 4] = ["g1f3", "g8f6", "f3g1", "f6g8"];

pub(super) fn uci(uci: &str) -> Command {
    play(json!({ "uci": uci }))
}

pub(super) fn claim(claim: &str) -> Command {
    play(json!({ "claim": claim }))
}

pub(super) fn move_and_claim(uci: &str, claim: &str) -> Command {
    play(json!({ "uci": uci, "claim": claim }))
}

pub(super) fn moved(seat: u8, uci: &str, san: &str) -> Event {
    turnlog_domain::testing::played(json!({ "seat": seat, "uci": uci, "san": san }))
}

pub(super) fn claimed(seat: u8, claim: &str) -> Event {
    turnlog_domain::testing::played(json!({ "seat": seat, "claim": claim }))
}

pub(super) fn draw(reason: &str) -> Event {
    Event::Finished(Outcome::draw(2, reason))
}

pub(super) fn won(seat: u8) -> Event {
    Event::Finished(Outcome::win(Seat(seat), 2, "checkmate"))
}

/// White and Black at the table, and the moves that they have made.
pub(super) fn played<'a>(options: Value, moves: impl IntoIterator<Item = &'a str>) -> Given {
    let game =
        given_with(&kinds(), "chess", options).and(player("white"), take_seat(0)).and(player("black"), take_seat(1));
    moves.into_iter().fold(game, |game, text| {
        let next = mover(&game);
        game.and(player(next), uci(text))
    })
}

pub(super) fn from_start<'a>(moves: impl IntoIterator<Item = &'a str>) -> Given {
    played(json!({}), moves)
}

pub(super) fn from(fen: &str) -> Given {
    played(json!({ "fen": fen }), [])
}

pub(super) fn mover(game: &Given) -> &'static str {
    match game.state().turn()[..] {
        [Seat(0)] => "white",
        [Seat(1)] => "black",
        _ => panic!("the game is over"),
    }
}

/// What whoever is to move asks for.
pub(super) trait Ask {
    fn asked(&self, command: Command) -> turnlog_domain::testing::Decided;
}

impl Ask for Given {
    fn asked(&self, command: Command) -> turnlog_domain::testing::Decided {
        self.when(player(mover(self)), command)
    }
}

pub(super) fn view(game: &Given) -> Value {
    game.state().position().view(Viewer::Spectator)
}

/// What a command of White causes.
pub(super) fn decided(game: Option<&Game>, command: &Command, at_ms: u64) -> Result<Vec<Event>, Rejection> {
    let white = Actor::Player(player("white"));
    decide(game, &white, command, &Context::new(&kinds(), Timestamp::from_ms(at_ms)))
}

pub(super) fn chess(fen: &str) -> Chess {
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
