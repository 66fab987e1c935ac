//! Many processes, one table, faults everywhere: the laws of the log hold for every seed.

use std::sync::Arc;

use rand::{Rng, SeedableRng, rngs::StdRng};
use turnlog_domain::{Actor, Command, CommandId, GameId, Seq, testing};
use turnlog_store::{AppendError, Log};
use turnlog_tests::{Database, Fault, say_seed};

use super::{Table, actor, ada, bob, now, seq_of};

const SEEDS: u64 = 6;
const COMMANDS_PER_PLAYER: u64 = 12;

/// A command of a player who does not give up: it is sent again until its fate is known.
async fn insist(log: &Log, game: GameId, id: CommandId, actor: &Actor, command: &Command) -> Option<Seq> {
    for _ in 0..50 {
        match log.append(game, id, actor, command, now(60)).await {
            Ok(appended) => return Some(seq_of(&appended)),
            Err(AppendError::Rejected(_)) => return None,
            Err(_) => {}
        }
    }
    panic!("a command never came through")
}

/// One player's random commands through a random one of the processes, each sent one to three times.
async fn play(logs: Arc<Vec<Log>>, game: GameId, player: u64, seed: u64) -> Vec<(CommandId, Seq)> {
    let mut random = StdRng::seed_from_u64(seed * 10 + player);
    let actor = actor(&if player == 0 { ada() } else { bob() });
    let mut acknowledged = Vec::new();
    for number in 0..COMMANDS_PER_PLAYER {
        let id = testing::command_id(1000 * (player + 1) + number);
        let command = match random.random_range(0..10) {
            0 => Command::LeaveSeat,
            1..=3 => Command::take_seat(None),
            _ => super::cell(random.random_range(0..9)),
        };
        for _ in 0..random.random_range(1..=3) {
            let log = &logs[random.random_range(0..logs.len())];
            if let Some(seq) = insist(log, game, id, &actor, &command).await {
                acknowledged.push((id, seq));
            }
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_schedule_of_processes_and_faults_breaks_the_log() {
    for seed in 0..SEEDS {
        say_seed(seed);
        let database = Database::start().await;
        let game = Table::new(&database.log()).await.game;
        let mut random = StdRng::seed_from_u64(seed);
        let faults =
            [Fault::LoseReply, Fault::Throttle, Fault::TransactionConflict, Fault::TimeOut, Fault::InternalError];
        for _ in 0..40 {
            let operation = if random.random_bool(0.6) { "PutItem" } else { "Query" };
            database.faults().plan(operation, faults[random.random_range(0..faults.len())]);
        }
        let logs = Arc::new((0..3).map(|_| database.log()).collect::<Vec<_>>());
        let (of_ada, of_bob) = tokio::join!(play(logs.clone(), game, 0, seed), play(logs.clone(), game, 1, seed));
        let tail = database.messages().tail(game, Seq(0)).await.expect("it reads");
        assert!(tail.iter().map(|entry| entry.message.seq.0).eq(1..=tail.len() as u64), "the log has no gap");
        let folded = database.log().current(game).await.expect("every hash agrees").expect("it is there");
        assert_eq!(folded.game.seq(), Seq(tail.len() as u64));
        let mut ids: Vec<CommandId> = tail.iter().map(|entry| entry.message.command).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), tail.len(), "every command stands there once");
        for (id, seq) in of_ada.into_iter().chain(of_bob) {
            let stored = tail.iter().find(|entry| entry.message.command == id);
            // A command that changed nothing was acknowledged with the head of that moment and is not stored.
            if let Some(entry) = stored {
                assert_eq!(entry.message.seq, seq, "an acknowledged command stands where it was said to");
            }
        }
    }
}
