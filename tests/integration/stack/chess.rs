//! Games of chess that people have really played, through real sockets; `tests/fixtures/chess/README.md` says where they
//! are from. With `TURNLOG_TEST_CHESS=all` it is every one of them, which takes some minutes; otherwise a fixed part. On the
//! rules alone, in the tests of the domain, all are played every time.

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use turnlog_games::{PgnGame, PgnMove, PgnResult, pgn};
use turnlog_tests::Stack;

use super::{entries, play, table};

/// Of so many games one is played when nobody asks for all.
const PART: usize = 24;
/// Games that are played at the same time.
const AT_ONCE: usize = 12;

/// A game, and how another program saw it end.
struct Played {
    game: PgnGame,
    end: Value,
}

impl Played {
    /// How many moves there are until the rules end the game: an electronic board may go on recording.
    fn length(&self) -> usize {
        let surplus = self.end["surplus"].as_u64().map_or(0, |surplus| usize::try_from(surplus).expect("it is small"));
        self.game.moves().len() - surplus
    }

    /// Who won, as the file has it.
    fn winners(&self) -> Value {
        match self.game.result() {
            PgnResult::White => json!([0]),
            PgnResult::Black => json!([1]),
            PgnResult::Draw | PgnResult::Unknown => json!([]),
        }
    }
}

/// The games of all files, in their order.
fn games() -> Vec<Played> {
    let mut ends: Value = serde_json::from_str(include_str!("../../fixtures/chess/ends.json")).expect("it is JSON");
    let mut all = Vec::new();
    for (name, text) in [
        ("twic-1599", include_str!("../../fixtures/chess/twic-1599.pgn")),
        ("various", include_str!("../../fixtures/chess/various.pgn")),
        ("lichess-2012", include_str!("../../fixtures/chess/lichess-2012.pgn")),
        ("lichess-2025", include_str!("../../fixtures/chess/lichess-2025.pgn")),
    ] {
        let Value::Array(ends) = ends[name].take() else { panic!("every file has its ends") };
        let games = pgn::read(text).map(|game| game.expect("a real game can be read"));
        let before = all.len();
        all.extend(games.zip(&ends).map(|(game, end)| Played { game, end: end.clone() }));
        assert_eq!(all.len() - before, ends.len(), "{name}");
    }
    all
}

/// Plays a game to its end: by its moves, and then by what the file says about the result.
async fn play_through(stack: &Stack, number: usize, played: Played) {
    let (white, black) = (format!("white-{number}"), format!("black-{number}"));
    let mut players = [stack.connect(&white).await, stack.connect(&black).await];
    let [one, other] = &mut players;
    let game = table(one, other, "chess", json!({})).await;
    let Played { game: recorded, end } = &played;
    let (moves, surplus) = recorded.moves().split_at(played.length());
    for (turn, chess_move) in moves.iter().enumerate() {
        players[turn % 2].accept(play(&game, json!({ "uci": chess_move.uci() }))).await;
    }
    if let Some(surplus) = surplus.first() {
        let beyond = play(&game, json!({ "uci": surplus.uci() }));
        assert_eq!(players[moves.len() % 2].reject(beyond).await, "finished");
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
        assert_eq!(view["outcome"]["winners"], played.winners(), "{recorded}");
    }
    let log: Vec<_> = entries(stack, &game).await.into_iter().map(|entry| entry.message).collect();
    let exported = PgnGame::of_log(&log).expect("it is chess").to_string();
    let read = pgn::read(&exported).next().expect("there is one").expect("what we write can be read");
    let uci = |moves: &[PgnMove]| -> Vec<String> { moves.iter().map(|one| one.uci().to_string()).collect() };
    assert_eq!(uci(read.moves()), uci(moves));
    assert_eq!(read.result(), recorded.result());
    for client in players {
        client.close().await;
    }
}

#[tokio::test]
async fn real_games_end_as_they_did() {
    let stack = Stack::start().await;
    let all = games();
    assert_eq!(all.len(), 664);
    let wants_all = std::env::var_os("TURNLOG_TEST_CHESS").is_some_and(|wanted| wanted == "all");
    let is_wanted =
        |(number, played): &(usize, Played)| wants_all || number % PART == 0 || !played.end["surplus"].is_null();
    let wanted: Vec<_> = all.into_iter().enumerate().filter(is_wanted).collect();
    let played = |(number, played)| play_through(&stack, number, played);
    stream::iter(wanted).map(played).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}
