//! Many games at once.

use futures::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use turnlog_tests::{Client, Stack};

use super::{folded, play, row_is_current, table};

const GAMES: u64 = 50;

/// Plays random legal moves on a board of columns until the game is over, each as soon as the player sees their turn.
async fn play_randomly(ada: &mut Client, bob: &mut Client, game: &str, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut turn = 0;
    loop {
        let player = if turn == 0 { &mut *ada } else { &mut *bob };
        player.sees(game, |view| view["phase"] == "finished" || view["turn"] == json!([turn])).await;
        let view = player.view(game);
        if view["phase"] == "finished" {
            return;
        }
        let columns = view["game"]["columns"].as_u64().expect("it is a board");
        let cells = view["game"]["cells"].as_array().expect("it is a board");
        // A column is open while its topmost cell is free.
        let open: Vec<u64> =
            (0..columns).zip(cells).filter(|(_, cell)| cell.is_null()).map(|(column, _)| column).collect();
        let column = open[random.random_range(0..open.len())];
        player.accept(play(game, json!({ "column": column }))).await;
        turn = 1 - turn;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_games_at_once_keep_every_law() {
    let stack = Stack::start().await;
    let one = |number: u64| {
        let stack = &stack;
        async move {
            let mut ada = stack.connect(&format!("ada-{number}")).await;
            let mut bob = stack.connect(&format!("bob-{number}")).await;
            let options = json!({ "columns": 4 + number % 4, "rows": 4, "line": 3 + number % 2 });
            let game = table(&mut ada, &mut bob, "connect-four", options).await;
            play_randomly(&mut ada, &mut bob, &game, number).await;
            let head = folded(stack, &game).await.game.seq().0;
            for client in [&mut ada, &mut bob] {
                client.hears(&game, head).await;
                assert_eq!(client.seqs(&game), (1..=head).collect::<Vec<_>>());
            }
            row_is_current(stack, &game).await;
        }
    };
    join_all((0..GAMES).map(one)).await;
    stack.stop("TERM").await;
}
