//! Games that people and engines have really played; `tests/fixtures/chess/README.md` says where they are from.

use serde::Deserialize;
use serde_json::{Value, json};
use turnlog_domain::{
    Chance, Command, Outcome, Phase, Rejection, Rules, Seat,
    testing::{Given, given_with, play, player, take_seat},
};
use turnlog_games::{Chess, ChessAction, PgnGame, PgnMove, PgnResult, kinds, pgn};

/// The end of a game, as another program computed it.
#[derive(Deserialize)]
struct End {
    fen: String,
    /// How the rules end the game without anybody asking for it.
    ended: Option<String>,
    #[serde(default)]
    claims: Vec<String>,
    #[serde(default)]
    cannot_win: Vec<u8>,
    /// Moves that were recorded after the rules had ended the game.
    #[serde(default)]
    surplus: usize,
}

impl End {
    /// The moves until the game was over.
    fn moves<'a>(&self, game: &'a PgnGame) -> &'a [PgnMove] {
        &game.moves()[..game.moves().len() - self.surplus]
    }
}

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/chess/", $name))
    };
}

/// The games of one file with their ends.
fn games(name: &str, text: &str) -> Vec<(PgnGame, End)> {
    let mut ends: Value = serde_json::from_str(fixture!("ends.json")).expect("the ends are JSON");
    let ends: Vec<End> = serde_json::from_value(ends[name].take()).expect("every file has its ends");
    let games: Vec<PgnGame> = pgn::read(text).map(|game| game.expect("a real game can be read")).collect();
    assert_eq!(games.len(), ends.len(), "{name}");
    games.into_iter().zip(ends).collect()
}

/// Plays a game to its end on a table of its own: by its moves, and then by what the file says about the result.
fn played(game: &PgnGame, end: &End) -> Given {
    let table =
        given_with(&kinds(), "chess", json!({})).and(player("white"), take_seat(0)).and(player("black"), take_seat(1));
    let mut players = ["white", "black"].into_iter().map(player).cycle();
    let mut next = || players.next().expect("they alternate for ever");
    let command = |chess_move: &PgnMove| play(json!({ "uci": chess_move.uci() }));
    let table = end.moves(game).iter().fold(table, |table, chess_move| table.and(next(), command(chess_move)));
    if let Some(surplus) = game.moves()[end.moves(game).len()..].first() {
        table.when(next(), command(surplus)).then_rejected(Rejection::Finished);
    }
    if matches!(table.state().phase(), Phase::Finished(_)) {
        return table;
    }
    match (game.result(), end.claims.first()) {
        (PgnResult::White, _) => table.and(player("black"), Command::Resign),
        (PgnResult::Black, _) => table.and(player("white"), Command::Resign),
        (PgnResult::Draw, Some(claim)) => table.and(next(), play(json!({ "claim": claim }))),
        // They agreed.
        (PgnResult::Draw, None) | (PgnResult::Unknown, _) => table,
    }
}

fn restored(table: &Given) -> Chess {
    serde_json::from_str(table.state().position().stored().get()).expect("a stored position is read back")
}

fn check_the_end(name: &str, game: &PgnGame, table: &Given, end: &End) {
    let chess = restored(table);
    assert_eq!(chess.fen(), end.fen, "{name}\n{game}");
    let cannot_win: Vec<u8> = (0..2).filter(|&seat| !chess.can_win(Seat(seat))).collect();
    assert_eq!(cannot_win, end.cannot_win, "{name}\n{game}");
    let claimed = end.claims.first().filter(|_| game.result() == PgnResult::Draw);
    let by_the_rules = match claimed.map(String::as_str) {
        Some("threefold") => Some("threefold_repetition"),
        Some("fifty") => Some("fifty_moves"),
        Some(_) | None => end.ended.as_deref(),
    };
    let resigned = matches!(game.result(), PgnResult::White | PgnResult::Black).then_some("resigned");
    let outcome = outcome(table);
    assert_eq!(outcome.as_ref().map(Outcome::reason), by_the_rules.or(resigned), "{name}\n{game}");
    let winners: &[Seat] = match game.result() {
        PgnResult::White => &[Seat(0)],
        PgnResult::Black => &[Seat(1)],
        PgnResult::Draw | PgnResult::Unknown => &[],
    };
    assert_eq!(outcome.map_or(Vec::new(), |outcome| outcome.winners()), winners, "{name}\n{game}");
}

fn outcome(table: &Given) -> Option<Outcome> {
    match table.state().phase() {
        Phase::Finished(outcome) => Some(outcome.clone()),
        Phase::Waiting | Phase::Playing | Phase::Paused => None,
    }
}

/// What the file claims about the end, and can be told from the board.
fn check_what_the_file_says(game: &PgnGame, end: &End) {
    if game.tag("Termination") == Some("Time forfeit") && game.result() == PgnResult::Draw {
        assert!(!end.cannot_win.is_empty(), "time runs out without a loss only against who cannot mate\n{game}");
    }
}

fn check_the_export(game: &PgnGame, table: &Given, end: &End) {
    let exported = PgnGame::of_log(table.messages()).expect("it is a game of chess");
    let text = exported.clone().with_tag("White", "\"Ada\" \\ Lovelace").to_string();
    assert!(text.lines().all(|line| line.len() < 80), "{text}");
    let read: Vec<PgnGame> = pgn::read(&text).map(|game| game.expect("what we write can be read")).collect();
    let [read] = &read[..] else { panic!("it is one game\n{text}") };
    assert_eq!(read.tag("White"), Some("\"Ada\" \\ Lovelace"));
    assert_eq!(read.moves(), end.moves(game), "{text}");
    assert_eq!(read.to_string(), text, "reading and writing changes nothing");
    match outcome(table) {
        Some(_) => assert_eq!(read.result(), game.result(), "{text}"),
        None => assert_eq!([read.result().as_str(), game.result().as_str()], ["*", "1/2-1/2"]),
    }
}

#[track_caller]
fn the_games_end_as_they_did(name: &str, text: &str, count: usize) {
    let games = games(name, text);
    assert_eq!(games.len(), count);
    for (game, end) in &games {
        let table = played(game, end);
        check_the_end(name, game, &table, end);
        check_what_the_file_says(game, end);
        check_the_export(game, &table, end);
    }
}

#[test]
fn games_of_masters_and_engines_end_as_they_did() {
    the_games_end_as_they_did("various", fixture!("various.pgn"), 31);
}

#[test]
fn games_of_tournaments_end_as_they_did() {
    the_games_end_as_they_did("twic-1599", fixture!("twic-1599.pgn"), 109);
}

#[test]
fn games_of_amateurs_in_2012_end_as_they_did() {
    the_games_end_as_they_did("lichess-2012", fixture!("lichess-2012.pgn"), 98);
}

#[test]
fn games_of_amateurs_in_2025_end_as_they_did() {
    the_games_end_as_they_did("lichess-2025", fixture!("lichess-2025.pgn"), 426);
}

#[test]
fn every_move_of_a_real_game_is_among_the_legal_actions() {
    for (game, end) in games("twic-1599", fixture!("twic-1599.pgn")) {
        let mut chess = Chess::setup(&game.options()).expect("the usual start");
        for chess_move in end.moves(&game) {
            let seat = chess.turn()[0];
            let action = ChessAction::Move(chess_move.uci());
            assert!(chess.legal_actions(seat).contains(&action), "{chess_move:?}\n{game}");
            let events = chess.decide(seat, &action, &mut Chance::none()).expect("a legal action is accepted");
            chess.evolve(&events[0]).expect("what is decided folds");
        }
    }
}
