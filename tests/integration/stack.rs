//! The whole stack: the `turnlog` command, the real functions, real WebSockets.

mod actions;
mod agreements;
mod at_once;
mod backup;
mod bench;
mod bots;
mod chess;
mod clocks;
mod crashes;
mod doors;
mod frames;
mod future;
mod guests;
mod history;
mod lifecycle;
mod limits;
mod load;
mod logs;
mod long_game;
mod messages;
mod metrics;
mod moments;
mod play;
mod races;
mod rebuild;
mod resume;
mod secrets;
mod stalls;
mod tables;
mod tokens;
mod transfer;
mod verify;

use std::path::Path;
use turnlog_games::kinds;

use serde_json::{Value, json};
use turnlog_store::{Entry, Folded, Games, Messages};
use turnlog_tests::{Client, Stack, eventually};

/// A game of `kind` that Ada made, with Ada on seat 0 and Bob on seat 1, whom both follow.
pub(crate) async fn table(ada: &mut Client, bob: &mut Client, kind: &str, options: Value) -> String {
    let created = ada.accept(json!({ "action": "create", "kind": kind, "options": options })).await;
    let game = created["game"].as_str().expect("it has an id").to_owned();
    ada.accept(json!({ "action": "watch", "game": game })).await;
    assert_eq!(ada.accept(json!({ "action": "join", "game": game, "seat": 0 })).await["seat"], 0);
    bob.accept(json!({ "action": "watch", "game": game })).await;
    assert_eq!(bob.accept(json!({ "action": "join", "game": game })).await["seat"], 1);
    game
}

pub(crate) fn play(game: &str, action: Value) -> Value {
    json!({ "action": "play", "game": game, "move": action })
}

pub(crate) fn cell(game: &str, cell: u64) -> Value {
    play(game, json!({ "cell": cell }))
}

/// Plays cells of tic-tac-toe in turn.
pub(crate) async fn play_cells(ada: &mut Client, bob: &mut Client, game: &str, cells: &[u64]) {
    for (turn, mark) in cells.iter().enumerate() {
        let player = if turn % 2 == 0 { &mut *ada } else { &mut *bob };
        player.accept(cell(game, *mark)).await;
    }
}

/// The log of a game, folded with every hash checked.
pub(crate) async fn folded(stack: &Stack, game: &str) -> Folded {
    let fold = |folded, entry| Folded::fold(&kinds(), folded, entry).map(Some);
    entries(stack, game)
        .await
        .iter()
        .try_fold(None, fold)
        .expect("every message folds and every hash agrees")
        .expect("there are messages")
}

/// The log of a game.
pub(crate) async fn entries(stack: &Stack, game: &str) -> Vec<Entry> {
    let messages = Messages::new(stack.dynamodb().await, "MessagesTable".to_owned());
    let game = turnlog_domain::GameId::parse(game).expect("it is an id");
    messages.tail(game, turnlog_domain::Seq(0)).await.expect("it reads")
}

/// The names of the events of a game.
pub(crate) async fn events(stack: &Stack, game: &str) -> Vec<&'static str> {
    let entries = entries(stack, game).await;
    entries.iter().flat_map(|entry| &entry.message.events).map(turnlog_domain::Event::name).collect()
}

/// The secrets with which a stack that keeps its data in `folder` signs tokens.
pub(crate) async fn token_secrets(stack: &Stack, folder: &Path) -> String {
    // With the first token they are there.
    stack.token("nobody").await;
    let parameters = std::fs::read_to_string(folder.join("parameters.json")).expect("it reads");
    let parameters: Value = serde_json::from_str(&parameters).expect("it is JSON");
    parameters["/turnlog/token-secret"].as_str().expect("it is a text").to_owned()
}

/// A game that this player has just made.
pub(crate) async fn create(host: &mut Client, kind: &str, options: Value, table: Value) -> String {
    let frame = json!({ "action": "create", "kind": kind, "options": options, "table": table });
    host.accept(frame).await["game"].as_str().expect("it has an id").to_owned()
}

/// Waits until the row of a game is the fold of its log.
pub(crate) async fn row_is_current(stack: &Stack, game: &str) {
    let games = Games::new(stack.dynamodb().await, "GamesTable".to_owned(), turnlog_games::kinds());
    let id = turnlog_domain::GameId::parse(game).expect("it is an id");
    let folded = folded(stack, game).await;
    let is_current = || async {
        let row = games.row(id).await.expect("it reads")?;
        (row.game.seq() == folded.game.seq()).then_some(row)
    };
    assert_eq!(eventually("the row of the game", is_current).await, folded);
}
