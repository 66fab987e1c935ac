//! The game that a golden log holds: played at random, always the same.

use std::{cmp::Reverse, collections::BTreeSet};

use serde_json::{Value, json};
use turnlog_domain::{
    Command, Event, Kind, Kinds, Message, OfferKind, Phase, PlayerId, Seat,
    testing::{Given, given_at, play as make_move},
};

use crate::{bare::legal_actions, people::people, random::Random};

/// Games among which the one is chosen that has most to show.
const GAMES: u64 = 24;
/// Moves after which all give up, so that no golden log is long.
const MOVES_MAX: usize = 40;
/// So many people play, where the kind takes so many.
const SEATED_MAX: u8 = 3;
/// The move after which one is taken back, where the kind allows it.
const MOVE_TAKEN_BACK: usize = 1;

/// A short game in which as many forms of events happen as possible.
pub(super) fn play(kinds: &Kinds, kind: Kind) -> Vec<Message> {
    let games = (0..GAMES).map(|seed| game(kinds, kind, seed));
    let game = games.max_by_key(|game| {
        let is_played_out = game.state().position().outcome().is_some();
        (is_played_out, forms(game.messages()).len(), Reverse(game.messages().len()))
    });
    game.expect("there are some").messages().to_vec()
}

fn game(kinds: &Kinds, kind: Kind, seed: u64) -> Given {
    let mut random = Random(seed);
    let mut game = given_at(kinds, kind.name(), json!({}), json!({ "start": "host" }));
    let seats = game.state().position().seats();
    let people = people(SEATED_MAX.min(*seats.end()).max(*seats.start()).into());
    for person in &people {
        game = game.and(person.clone(), Command::take_seat(None));
    }
    game = game.and(people[0].clone(), Command::Start);
    for number in 0..MOVES_MAX {
        if *game.state().phase() != Phase::Playing {
            break;
        }
        let mover = mover(&game, &mut random);
        game = one_move(game, &mover, &mut random);
        if number == MOVE_TAKEN_BACK && kind.take_backs() {
            game = people
                .iter()
                .fold(and_if_allowed(game, &mover.1, Command::Offer(OfferKind::TakeBack)), |game, person| {
                    and_if_allowed(game, person, Command::accept(OfferKind::TakeBack))
                });
        }
        // A game that goes on without somebody may say so in events of its own.
        if people.len() > 2 && random.below(MOVES_MAX / 2) == 0 {
            game = and_if_allowed(game, &random.choose(&people), Command::Resign);
        }
    }
    people.iter().fold(game, |game, person| and_if_allowed(game, person, Command::Resign))
}

/// Somebody who is in turn.
fn mover(game: &Given, random: &mut Random) -> (Seat, PlayerId) {
    let seat = random.choose(&game.state().turn());
    let occupant = game.state().occupant(seat).expect("a seat in turn is taken");
    (seat, occupant.player_id.clone())
}

fn one_move(game: Given, (seat, person): &(Seat, PlayerId), random: &mut Random) -> Given {
    let action = random.choose(&legal_actions(game.state().position(), *seat));
    game.and(person.clone(), make_move(action))
}

fn and_if_allowed(game: Given, person: &PlayerId, command: Command) -> Given {
    let events = game.when(person.clone(), command.clone());
    if events.is_accepted() { game.and(person.clone(), command) } else { game }
}

/// The forms of what the rules said in a log: the names of all fields, and the words that stand alone.
fn forms(log: &[Message]) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    for event in log.iter().flat_map(|message| &message.events) {
        if let Event::Played(played) = event {
            collect(&played.payload, "", &mut forms);
        }
    }
    forms
}

fn collect(value: &Value, path: &str, forms: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| collect(field, &format!("{path}.{name}"), forms));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, &format!("{path}[]"), forms)),
        Value::String(word) if path.is_empty() => drop(forms.insert(word.clone())),
        Value::Null => drop(forms.insert(format!("{path} null"))),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => drop(forms.insert(path.to_owned())),
    }
}
