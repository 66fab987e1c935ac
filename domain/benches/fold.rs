//! How many messages of a log are folded in a second, in memory and without hashing.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Game, Message,
    testing::{Given, given, play, player, take_seat},
};
use turnlog_games::{kinds, pgn};

/// Games of people and engines, as the tests of chess have them.
const CHESS: [&str; 2] = [
    include_str!("../../tests/fixtures/chess/lichess-2012.pgn"),
    include_str!("../../tests/fixtures/chess/twic-1599.pgn"),
];
/// Games of one log after the other in one round.
const GAMES: usize = 50;

/// A running game for two.
fn started(kind: &str) -> Given {
    given(&kinds(), kind).and(player("ada"), take_seat(0)).and(player("bob"), take_seat(1))
}

/// Plays the moves in turn until the game is over.
fn played(kind: &str, actions: impl IntoIterator<Item = Value>) -> Vec<Message> {
    let mover = |game: &Given| {
        let seat = game.state().turn().first().copied();
        seat.and_then(|seat| game.state().occupant(seat)).map(|occupant| occupant.player_id.clone())
    };
    let game = actions.into_iter().fold(started(kind), |game, action| match mover(&game) {
        Some(player) => game.and_by(Actor::Player(player), play(action)),
        None => game,
    });
    game.messages().to_vec()
}

/// Games of connect four whose columns are chosen by a fixed pattern, most of them long.
fn connect_four() -> Vec<Vec<Message>> {
    let columns = |number: usize| {
        let mut game = started("connect-four");
        for turn in 0.. {
            let Some(&seat) = game.state().turn().first() else { break };
            let actions = game.state().position().legal_actions(seat);
            let action = actions[(number * 7 + turn * turn * 3 + turn * number) % actions.len()].clone();
            let player = game.state().occupant(seat).expect("somebody sits there").player_id.clone();
            game = game.and(player, play(action));
        }
        game.messages().to_vec()
    };
    (0..GAMES).map(columns).collect()
}

fn chess() -> Vec<Vec<Message>> {
    let games = CHESS.iter().flat_map(|text| pgn::read(text)).filter_map(Result::ok);
    let standard = games.filter(|game| game.tag("FEN").is_none() && game.moves().len() > 10);
    let moves = |game: &turnlog_games::PgnGame| {
        game.moves().iter().map(|made| json!({ "uci": made.uci().to_string() })).collect::<Vec<_>>()
    };
    standard.take(GAMES).map(|game| played("chess", moves(&game))).collect()
}

fn fold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fold");
    for (kind, logs) in [("connect-four", connect_four()), ("chess", chess())] {
        let messages: usize = logs.iter().map(Vec::len).sum();
        group.throughput(Throughput::Elements(messages as u64));
        let name = format!("{} games, {messages} messages", logs.len());
        group.bench_with_input(BenchmarkId::new(kind, name), &logs, |bencher, logs| {
            bencher.iter(|| {
                for log in logs {
                    let fold = |game, message| Game::fold(&kinds(), game, message).map(Some);
                    black_box(log.iter().try_fold(None, fold).expect("it folds"));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, fold);
criterion_main!(benches);
