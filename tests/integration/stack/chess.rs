//! Games of chess that people have really played, through real sockets; `tests/fixtures/chess/README.md` says where they
//! are from. All 664 of them are played on the rules alone, in the tests of the domain.

use futures::future::join_all;
use serde_json::{Value, json};
use turnlog_domain::games::{PgnGame, PgnMove, PgnResult, pgn};
use turnlog_tests::Stack;

use super::{entries, play, table};

/// Games of each file, and half-moves in them at most, so that the test is quick.
const GAMES_PER_FILE: usize = 4;
const MOVES_MAX: usize = 70;

/// A game, and how another program saw it end.
struct Played {
    game: PgnGame,
    end: Value,
}

fn games() -> Vec<Played> {
    let mut ends: Value = serde_json::from_str(include_str!("../../fixtures/chess/ends.json")).expect("it is JSON");
    let mut chosen = Vec::new();
    for (name, text) in [
        ("twic-1599", include_str!("../../fixtures/chess/twic-1599.pgn")),
        ("lichess-2012", include_str!("../../fixtures/chess/lichess-2012.pgn")),
        ("lichess-2025", include_str!("../../fixtures/chess/lichess-2025.pgn")),
    ] {
        let Value::Array(ends) = ends[name].take() else { panic!("every file has its ends") };
        let games = pgn::read(text).map(|game| game.expect("a real game can be read"));
        let played = games.zip(ends).map(|(game, end)| Played { game, end });
        // Moves after the end of a game are the business of the rules' own tests.
        let is_short = |played: &Played| played.game.moves().len() <= MOVES_MAX && played.end["surplus"].is_null();
        chosen.extend(played.filter(is_short).take(GAMES_PER_FILE));
    }
    chosen
}

/// Plays a game to its end: by its moves, and then by what the file says about the result.
async fn play_through(stack: &Stack, number: usize, Played { game: recorded, end }: Played) {
    let (white, black) = (format!("white-{number}"), format!("black-{number}"));
    let mut players = [stack.connect(&white).await, stack.connect(&black).await];
    let [one, other] = &mut players;
    let game = table(one, other, "chess", json!({})).await;
    let moves = recorded.moves();
    for (turn, chess_move) in moves.iter().enumerate() {
        players[turn % 2].accept(play(&game, json!({ "uci": chess_move.uci() }))).await;
    }
    if end["ended"].is_null() {
        match (recorded.result(), &end["claims"][0]) {
            (PgnResult::White, _) => players[1].accept(json!({ "action": "resign", "game": game })).await,
            (PgnResult::Black, _) => players[0].accept(json!({ "action": "resign", "game": game })).await,
            (_, Value::String(claim)) => players[moves.len() % 2].accept(play(&game, json!({ "claim": claim }))).await,
            (_, Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                players[0].accept(json!({ "action": "offer", "game": game, "offer": "draw" })).await;
                players[1].accept(json!({ "action": "accept", "game": game, "offer": "draw" })).await
            }
        };
    }
    for client in &mut players {
        client.sees(&game, |view| view["phase"] == "finished").await;
        let view = client.view(&game);
        assert_eq!(view["game"]["fen"], end["fen"], "{recorded}");
        let winners = match recorded.result() {
            PgnResult::White => json!([0]),
            PgnResult::Black => json!([1]),
            PgnResult::Draw | PgnResult::Unknown => json!([]),
        };
        assert_eq!(view["outcome"]["winners"], winners, "{recorded}");
    }
    let log: Vec<_> = entries(stack, &game).await.into_iter().map(|entry| entry.message).collect();
    let exported = PgnGame::of_log(&log).expect("it is chess").to_string();
    let read = pgn::read(&exported).next().expect("there is one").expect("what we write can be read");
    let uci = |moves: &[PgnMove]| -> Vec<String> { moves.iter().map(|one| one.uci().to_string()).collect() };
    assert_eq!(uci(read.moves()), uci(moves));
    assert_eq!(read.result(), recorded.result());
}

#[tokio::test]
async fn real_games_end_as_they_did() {
    let stack = Stack::start().await;
    let games = games();
    assert_eq!(games.len(), 3 * GAMES_PER_FILE);
    join_all(games.into_iter().enumerate().map(|(number, played)| play_through(&stack, number, played))).await;
}
