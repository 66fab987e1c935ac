//! Bots play every kind, and know no more than their seat.

use serde_json::{Value, json};
use turnlog_domain::{
    Bot, Chance, Command, Kind, Kinds, Phase, Position, Seat, Thinking, Viewer,
    testing::{BOT_TASKS_MAX, given_at, player, run_bots},
    verify,
};

use crate::{
    bare::{after, decided},
    tried::{once, require_same},
};

/// Bots of either sort play a game of every kind to its end.
///
/// # Panics
/// When a kind breaks it.
pub fn bots_play_every_kind_to_the_end(kinds: &Kinds) {
    once(kinds, "bots_play_every_kind_to_the_end", |kind| {
        for bots in [[Bot::Search, Bot::Random], [Bot::Random, Bot::Search]] {
            let seats = given_at(kinds, kind.name(), json!({}), json!({})).state().position().seats();
            let seats = 2.max(*seats.start()).min(*seats.end());
            let host = player("host");
            let mut game = given_at(kinds, kind.name(), json!({}), json!({ "max_players": seats }));
            for seat in 0..seats {
                let add = Command::AddBot { seat: Some(Seat(seat)), bot: bots[usize::from(seat % 2)] };
                game = game.and(host.clone(), add);
            }
            let game = run_bots(game.and(host, Command::Start), 40);
            let phase = game.state().phase();
            assert!(
                matches!(phase, Phase::Finished(_)),
                "after {BOT_TASKS_MAX} moves at random the game still goes on. Some limit must end it: whoever waits for the end of \
                 a game of bots would wait for ever"
            );
            verify(kinds, game.messages()).expect("bots use the game's chance as people do");
        }
    });
}

/// A bot chooses the same, whatever its seat may not see.
///
/// # Panics
/// When a kind breaks it.
pub fn what_a_seat_may_not_see_makes_no_difference_to_its_bot(kinds: &Kinds) {
    once(kinds, "what_a_seat_may_not_see_makes_no_difference_to_its_bot", |kind| {
        compare(kinds, kind);
    });
}

/// Plays a few moves and compares what bots choose on the last seat in turn; tells whether anything hidden ever differed.
fn compare(kinds: &Kinds, kind: Kind) -> bool {
    let fresh = given_at(kinds, kind.name(), json!({}), json!({})).state().position().boxed();
    let words = |number| if kind.chance() { chance(number) } else { Chance::none() };
    let seats = fresh.seats();
    let events = fresh.begin(2.max(*seats.start()).min(*seats.end()), &mut words(7));
    let mut position = after(&*fresh, &events);
    let mut differed = false;
    for number in 0..24 {
        let Some(&seat) = position.turn().last() else { break };
        for bot in [Bot::Random, Bot::Search] {
            let other = position.resample(Viewer::Seat(seat), &mut chance(number ^ 0x55));
            differed |= other.stored().get() != position.stored().get();
            let [one, two] = [&*position, &*other].map(|position| choose(position, seat, bot, number, 300));
            require_same(one, two, || {
                format!(
                    "a bot on seat {} knows what is hidden from it, since it chooses differently in two states that `resample` \
                     makes of each other. `resample` must draw anew all that a seat does not know, and nothing that it knows. \
                     The states are {} and {}",
                    seat.0,
                    position.stored(),
                    other.stored()
                )
            });
        }
        // The lowest seat moves, so that the others decide while something is hidden from them.
        let mover = position.turn()[0];
        let action = choose(&*position, mover, Bot::Random, number, 1);
        let events = decided(&*position, mover, &action, &mut words(number));
        position = after(&*position, &events);
    }
    differed
}

/// The chance of a bot in a test.
fn chance(number: u8) -> Chance {
    Chance::of_key([number; 32])
}

/// What a bot chooses in a state with `moves` moves to try and all the time in the world.
fn choose(position: &dyn Position, seat: Seat, bot: Bot, number: u8, moves: u32) -> Value {
    let mut thinking = Thinking { chance: chance(number), moves, may_go_on: &mut || true };
    position.choose(seat, bot, &mut thinking).unwrap_or_else(|| {
        panic!(
            "`turn` says that seat {} may act, but `legal_actions` has nothing for its bot, in the state {}",
            seat.0,
            position.stored()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_compared_where_something_is_hidden_from_them() {
        for name in ["rock-paper-scissors", "liars-dice", "crazy-eights"] {
            let kinds = turnlog_games::kinds();
            let kind = kinds.find(name).expect("it is one of the six");
            assert!(compare(&kinds, kind), "{name}: nothing hidden was ever changed, so nothing was compared");
        }
    }
}
