//! Bots in seats: they hang off the stream of Games, and act as people do.

use serde_json::{Value, json};
use turnlog_domain::{GameId, Phase};
use turnlog_games::kinds;
use turnlog_store::Games;
use turnlog_tests::{Client, Stack, eventually};

use super::{folded, play, row_is_current};

/// A game of `kind` that this player has made and follows.
async fn made_by(client: &mut Client, kind: &str, table: Value) -> String {
    let created = client.accept(json!({ "action": "create", "kind": kind, "table": table })).await;
    let game = created["game"].as_str().expect("it has an id").to_owned();
    client.accept(json!({ "action": "watch", "game": game })).await;
    game
}

fn add_bot(game: &str, bot: &str) -> Value {
    json!({ "action": "add_bot", "game": game, "bot": bot })
}

/// A game between two bots that this player has started.
async fn of_two_bots(client: &mut Client, kind: &str, table: Value) -> String {
    let game = made_by(client, kind, table).await;
    client.accept(add_bot(&game, "search")).await;
    client.accept(add_bot(&game, "random")).await;
    client.accept(json!({ "action": "start", "game": game })).await;
    game
}

/// Drops into the first open column whenever it is this player's turn.
async fn play_columns(client: &mut Client, game: &str, seat: u64) {
    loop {
        client.sees(game, |view| view["phase"] == "finished" || view["turn"] == json!([seat])).await;
        let view = client.view(game);
        if view["phase"] == "finished" {
            return;
        }
        let cells = view["game"]["cells"].as_array().expect("it is a board");
        let column = cells.iter().position(Value::is_null).expect("a column is open while the game goes on");
        client.accept(play(game, json!({ "column": column }))).await;
    }
}

/// Waits until the row of a game says that it is over.
async fn is_over(stack: &Stack, game: &str) {
    let games = Games::new(stack.dynamodb().await, "GamesTable".to_owned(), turnlog_games::kinds());
    let id = GameId::parse(game).expect("it is an id");
    let over = || async {
        let row = games.row(id).await.expect("it reads")?;
        matches!(row.game.phase(), Phase::Finished(_)).then_some(())
    };
    eventually("the end of the game", over).await;
}

/// Who made the messages of a game, and what began them.
fn courses(client: &Client, game: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let course = |message: &Value| (text(&message["player_id"]), text(&message["events"][0]["type"]));
    client.messages(game).iter().map(course).collect()
}

#[tokio::test]
async fn a_person_plays_connect_four_against_a_bot_to_the_end() {
    let stack = Stack::start().await;
    let mut ada = stack.connect("ada").await;
    let game = made_by(&mut ada, "connect-four", json!({})).await;
    ada.accept(json!({ "action": "join", "game": game, "seat": 0 })).await;
    let answer = ada.accept(add_bot(&game, "search")).await;
    assert_eq!(answer["view"]["seats"][1], json!({ "player_id": "bot:search:1", "bot": "search" }));
    assert_eq!(answer["view"]["phase"], "playing");
    play_columns(&mut ada, &game, 0).await;
    let seq = folded(&stack, &game).await.game.seq().0;
    ada.hears(&game, seq).await;
    let moves: Vec<_> = courses(&ada, &game).into_iter().filter(|(_, event)| event == "played").collect();
    for (index, (player, _)) in moves.iter().enumerate() {
        assert_eq!(player, if index % 2 == 0 { "ada" } else { "bot:search:1" }, "they move in turn: {moves:?}");
    }
    assert_eq!(ada.view(&game)["outcome"]["winners"], json!([1]), "filling columns one by one is no way to win");

    // The bot plays again, and begins this time.
    ada.accept(json!({ "action": "offer", "game": game, "offer": "rematch" })).await;
    ada.sees(&game, |view| view["rematch"].is_string()).await;
    let again = ada.accept(json!({ "action": "rematch", "game": game })).await["game"].clone();
    let again = again.as_str().expect("it has an id").to_owned();
    ada.accept(json!({ "action": "watch", "game": again })).await;
    ada.accept(json!({ "action": "join", "game": again })).await;
    ada.sees(&again, |view| view["turn"] == json!([1])).await;
    assert_eq!(ada.view(&again)["seats"][0]["bot"], "search");
}

#[tokio::test]
async fn two_bots_play_to_the_end_by_themselves() {
    let stack = Stack::start().await;
    let mut host = stack.connect("host").await;
    let game = of_two_bots(&mut host, "tic-tac-toe", json!({})).await;
    host.sees(&game, |view| view["phase"] == "finished").await;
    assert_eq!(host.view(&game)["seats"][0], json!({ "player_id": "bot:search:0", "bot": "search" }));
    row_is_current(&stack, &game).await;
}

#[tokio::test]
async fn bots_play_every_kind_by_themselves() {
    let stack = Stack::start().await;
    let mut host = stack.connect("host").await;
    let mut games = Vec::new();
    for kind in kinds().iter() {
        let game = made_by(&mut host, kind.name(), json!({ "max_players": 2 })).await;
        host.accept(add_bot(&game, "random")).await;
        host.accept(add_bot(&game, "random")).await;
        host.accept(json!({ "action": "start", "game": game })).await;
        games.push(game);
    }
    // Chess among them may be longer than one doorbell lets bots go on, so it needs several.
    for game in games {
        is_over(&stack, &game).await;
    }
}

#[tokio::test]
async fn records_that_come_twice_move_once() {
    let stack = Stack::start_with(&["--ephemeral", "--fault", "duplicated-batch=1"]).await;
    let mut ada = stack.connect("ada").await;
    let game = made_by(&mut ada, "rock-paper-scissors", json!({})).await;
    ada.accept(add_bot(&game, "random")).await;
    ada.accept(json!({ "action": "join", "game": game })).await;
    // Both choose at the same time, so that a second move would be lawful in the next round: it must not come.
    loop {
        ada.sees(&game, |view| view["phase"] == "finished" || view["turn"] == json!([1])).await;
        if ada.view(&game)["phase"] == "finished" {
            break;
        }
        ada.accept(play(&game, json!({ "choose": "rock" }))).await;
    }
    let seq = folded(&stack, &game).await.game.seq().0;
    ada.hears(&game, seq).await;
    let messages = ada.messages(&game);
    let mut chosen = [0, 0];
    for event in messages.iter().flat_map(|message| message["events"].as_array().expect("there are events")) {
        let chose = &event["data"]["chose"]["seat"];
        if let Some(seat) = chose.as_u64() {
            chosen[usize::try_from(seat).expect("it is 0 or 1")] += 1;
        }
    }
    assert_eq!(chosen[0], chosen[1], "{messages:?}");
}

#[tokio::test]
async fn bots_are_no_players_with_games_of_their_own() {
    let stack = Stack::start().await;
    let mut host = stack.connect("host").await;
    let game = of_two_bots(&mut host, "tic-tac-toe", json!({})).await;
    is_over(&stack, &game).await;
    row_is_current(&stack, &game).await;
    let items = stack.dynamodb().await.scan().table_name("PlayersTable").send().await.expect("it reads");
    let ids: Vec<String> = items.items().iter().map(|item| item["player_id"].as_s().expect("a text").clone()).collect();
    assert!(!ids.is_empty() && ids.iter().all(|id| id == "host"), "{ids:?}");
    let mut eve = stack.connect("eve").await;
    assert_eq!(eve.reject(add_bot(&game, "search")).await, "not_host");
    assert_eq!(host.reject(add_bot(&game, "search")).await, "finished");
}

#[tokio::test]
async fn nobody_gets_a_token_of_a_bot() {
    let stack = Stack::start().await;
    let url = format!("{}/dev/token", stack.address());
    let asked = reqwest::Client::new().post(url).json(&json!({ "player_id": "bot:search:0" })).send().await;
    assert!(asked.expect("the stack answers").status().is_client_error());
}
