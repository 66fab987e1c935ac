//! A game of ten thousand messages: moves on the largest board, taken back and made again, and talk.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use turnlog_domain::{Actor, Audience, Command, GameId, OfferKind, Timestamp, testing};
use turnlog_store::{Appended, Games, Log, Messages};
use turnlog_tests::{Stack, eventually};

/// How long half of the looks may take. Without optimisation, beside other tests and on a slow machine, everything takes several times
/// as long; what must not be is a fold of the whole log.
const MIDDLE_MS_MAX: f64 = if cfg!(debug_assertions) { 500.0 } else { 100.0 };

const MESSAGES: u64 = 10_000;
const LOOKS: usize = 100;
/// Between two messages, so that anybody may talk as much as they do here.
const PAUSE_MS: u64 = 4_000;

/// What is done as a message: of fifty, one is a move, three more are a move and its taking back, and the rest is talk. So
/// there are moves from the beginning to the end of the log.
fn next(seq: u64, turn: Option<usize>) -> (usize, Command) {
    // Each round over the board begins one column further, so that no column belongs to one player.
    let column = (seq / 50 + seq / 800) % 16;
    match (seq % 50, turn) {
        (0 | 10, Some(seat)) => (seat, testing::play(json!({ "column": column }))),
        (11, Some(seat)) => (1 - seat, Command::Offer(OfferKind::TakeBack)),
        (12, Some(seat)) => (seat, Command::accept(OfferKind::TakeBack)),
        _ => {
            let text = format!("This is what was said as message {seq}");
            (usize::from(seq.is_multiple_of(2)), Command::Say { to: Audience::All, text, invitation: None })
        }
    }
}

/// Makes the game past the gateway, but by everything that decides and stores; the projections see it as any other.
async fn make(log: &Log, beginning_ms: u64) -> GameId {
    let players = [testing::player("ada"), testing::player("bob")].map(Actor::Player);
    let options = json!({ "columns": 16, "rows": 16, "line": 16 });
    let game = GameId::of_create(&testing::player("ada"), testing::command_id(1));
    let sit = Command::take_seat(None);
    let opening = [(0, Command::create("connect-four", options)), (0, sit.clone()), (1, sit)];
    let mut commands = opening.into_iter();
    let mut turn = None;
    for seq in 1..=MESSAGES {
        let (player, command) = commands.next().unwrap_or_else(|| next(seq, turn));
        let at = Timestamp::from_ms(beginning_ms + seq * PAUSE_MS);
        let id = testing::command_id(seq);
        let appended = log.append(game, id, &players[player], &command, at).await.expect("it is allowed");
        let Appended::Stored { folded, .. } = appended else { panic!("message {seq} is new") };
        turn = folded.game.turn().first().map(|seat| seat.index());
    }
    assert_ne!(turn, None, "the game goes on to the end");
    game
}

fn milliseconds(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let index = (share * (sorted.len() - 1) as f64).round() as usize;
    sorted[index]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the figure is told")]
async fn any_of_ten_thousand_moments_is_there_at_once() {
    let stack = Stack::start().await;
    let dynamodb = stack.dynamodb().await;
    let games = Games::new(dynamodb.clone(), "GamesTable".to_owned(), turnlog_games::kinds());
    let log = Log::new(Messages::new(dynamodb.clone(), "MessagesTable".to_owned()), games.clone());
    let began = Instant::now();
    // Some hours ago: a game that rests for weeks is closed.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_millis();
    let beginning_ms = u64::try_from(now).expect("it fits for some time") - (MESSAGES + 1) * PAUSE_MS;
    let game = make(&log, beginning_ms).await;
    println!("{MESSAGES} messages in {:?}", began.elapsed());
    let is_projected = || async {
        let row = games.row(game).await.expect("it reads")?;
        (row.game.seq().0 == MESSAGES).then_some(())
    };
    eventually("the row of the long game", is_projected).await;
    let mut ada = stack.connect("ada").await;
    let mut random = StdRng::seed_from_u64(5);
    let mut look = async |at: Value, expected: u64| {
        let began = Instant::now();
        let moment = ada.accept(json!({ "action": "view", "game": game, "at": at })).await;
        let took = began.elapsed().as_secs_f64() * 1000.0;
        assert_eq!(moment["seq"], json!(expected));
        took
    };
    look(json!({ "seq": 1 }), 1).await;
    for by_time in [false, true] {
        let mut took = Vec::new();
        for _ in 0..LOOKS {
            let seq = random.random_range(1..=MESSAGES);
            let at = json!({ "time": beginning_ms + seq * PAUSE_MS + random.random_range(0..PAUSE_MS) });
            took.push(look(if by_time { at } else { json!({ "seq": seq }) }, seq).await);
        }
        took.sort_by(f64::total_cmp);
        let [middle, most, last] = [0.5, 0.99, 1.0].map(|share| milliseconds(&took, share));
        let what = if by_time { "time" } else { "seq" };
        println!("{LOOKS} moments by {what}: p50 {middle:.1} ms, p99 {most:.1} ms, max {last:.1} ms");
        assert!(middle < MIDDLE_MS_MAX, "half of the moments took longer than {middle} ms");
    }
    stack.stop("TERM").await;
}
