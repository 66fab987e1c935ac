//! The laws that every kind obeys, tried with random legal and illegal actions.

mod attempt;
pub(crate) mod play;

use serde_json::json;
use turnlog_domain::{
    Actor, Command, Event, FoldError, Game, Kind, Kinds, Message, Phase, Seat, Timestamp, Viewer,
    testing::{command_id, played, player},
    verify,
};

use self::{
    attempt::{attempts, json_values, options, tables},
    play::{Play, legal_choices},
};
use crate::tried::{at_random, once, require_same};

/// So many courses of games of every kind are tried.
const CASES: u32 = 96;

/// Whatever players try, legal or not, the log of a game of any kind folds to the same state again, every viewer can be
/// shown it, legal actions are accepted, and the game ends when all have left.
///
/// # Panics
/// When a kind breaks it.
pub fn any_course_of_a_game_obeys_the_laws(kinds: &Kinds) {
    let law = "any_course_of_a_game_obeys_the_laws";
    let inputs = || (options(), tables(), attempts());
    at_random(kinds, law, CASES, inputs, |kind, (numbers, table, attempts)| {
        let mut play = Play::new(kinds, kind, numbers, table);
        play.fill();
        play.try_all(attempts);
        check_the_log(&play);
        check_the_views(play.live());
        check_the_chance(&mut play);
    });
}

/// The same for a table at which people come and go, whether or not the game ever starts.
///
/// # Panics
/// When a kind breaks it.
pub fn a_table_that_fills_and_empties_obeys_the_laws(kinds: &Kinds) {
    let law = "a_table_that_fills_and_empties_obeys_the_laws";
    at_random(kinds, law, CASES, attempts, |kind, attempts| {
        let mut play = Play::new(kinds, kind, &[], &json!({ "start": "host" }));
        play.try_all(attempts);
        check_the_log(&play);
    });
}

/// Any JSON as options or as settings is refused or makes a game.
///
/// # Panics
/// When a kind breaks it.
pub fn options_are_refused_or_make_a_game_but_never_panic(kinds: &Kinds) {
    let law = "options_are_refused_or_make_a_game_but_never_panic";
    at_random(kinds, law, CASES, json_values, |kind, options| {
        let play = Play::of_nothing(kinds);
        let ada = Actor::Player(player("ada"));
        let command = Command::create(kind.name(), options.clone());
        let _ = play.decide(&ada, &command, Timestamp::from_ms(1));
        let command = Command::Create { kind: kind.name().to_owned(), options: json!({}), settings: options.clone() };
        let _ = play.decide(&ada, &command, Timestamp::from_ms(1));
    });
}

/// Any JSON as an event of the kind, as a damaged log may hold it, is refused or applied.
///
/// # Panics
/// When a kind breaks it.
pub fn foreign_payloads_never_panic(kinds: &Kinds) {
    let law = "foreign_payloads_never_panic";
    let inputs = || (attempts(), json_values());
    at_random(kinds, law, CASES, inputs, |kind, (attempts, payload)| {
        let mut play = Play::new(kinds, kind, &[], &json!({}));
        play.try_all(attempts);
        let _ = kind.redact(payload, Viewer::Spectator);
        let live = play.live();
        // In the first version, so that it goes through every upcast, and in the newest.
        for event in [played(payload.clone()), Event::Played(kind.played(payload.clone()))] {
            let message = Message {
                game: live.id(),
                seq: live.seq().next(),
                at: Timestamp::from_ms(live.at().as_ms() + 1),
                command: command_id(0),
                actor: Actor::System,
                events: vec![event],
            };
            let _ = Game::fold(kinds, Some(live.clone()), &message);
        }
    });
}

/// A kind with chance opens everything at the end: its seed is revealed, so that everything could be computed anyway.
///
/// # Panics
/// When a kind breaks it.
pub fn a_kind_with_chance_opens_everything_at_the_end(kinds: &Kinds) {
    once(kinds, "a_kind_with_chance_opens_everything_at_the_end", |kind: Kind| {
        let is_closed = kind.chance() && !kind.opens_at_end();
        assert!(
            !is_closed,
            "CHANCE is true and OPENS_AT_END is false. The seed of a game with chance is revealed at its end, and from it \
             everything that was hidden can be computed: leave OPENS_AT_END true"
        );
    });
}

fn refold(kinds: &Kinds, log: &[Message]) -> Result<Game, FoldError> {
    let folded = log.iter().try_fold(None, |game, message| Game::fold(kinds, game, message).map(Some))?;
    Ok(folded.expect("a log is not empty"))
}

fn check_the_log(play: &Play<'_>) {
    let kinds = play.kinds;
    let reread = |message: &Message| {
        let stored = serde_json::to_string(&message.events).expect("events are JSON");
        let events = serde_json::from_str(&stored)
            .unwrap_or_else(|error| panic!("an event cannot be read back from its JSON ({error}): {stored}"));
        Message { events, ..message.clone() }
    };
    let read: Vec<Message> = play.log.iter().map(reread).collect();
    for (one, other) in play.log.iter().zip(&read) {
        require_same(&one.events, &other.events, || {
            "an event is another one when it is read back from its JSON".to_owned()
        });
    }
    let live = play.live().to_json();
    let why = "the same events, read back from their JSON, lead to another state. `evolve` must depend on the state and the \
               event alone, and the JSON of an event must hold all of it";
    let folded = refold(kinds, &read).unwrap_or_else(|error| panic!("{why}: {error}"));
    require_same(folded.to_json(), live.clone(), || why.to_owned());
    let why = "a state that was stored as JSON and read back goes on differently. The JSON of the type that implements \
               `Rules` must hold all of it";
    for cut in [0, play.log.len() / 2, play.log.len() - 1] {
        let head = refold(kinds, &read[..=cut]).expect("every prefix folds");
        let restored = Game::from_json(kinds, &head.to_json()).unwrap_or_else(|error| panic!("{why}: {error}"));
        let tail = read[cut + 1..].iter().try_fold(restored, |game, message| Game::fold(kinds, Some(game), message));
        let tail = tail.unwrap_or_else(|error| panic!("{why}: {error}"));
        require_same(tail.to_json(), live.clone(), || why.to_owned());
    }
    let seqs: Vec<u64> = play.log.iter().map(|message| message.seq.0).collect();
    assert!(seqs.iter().copied().eq(1..=play.log.len() as u64), "the log has no gap");
}

fn check_the_views(game: &Game) {
    let seats = (0..).zip(game.seats()).map(|(seat, _)| Viewer::Seat(Seat(seat)));
    for viewer in seats.chain([Viewer::Spectator]) {
        require_same(game.view(viewer), game.view(viewer), || "`view` must depend on the state alone".to_owned());
        require_same(game.text(viewer), game.text(viewer), || "`text` must depend on the view alone".to_owned());
    }
    let state = game.position().stored();
    match game.phase() {
        Phase::Finished(outcome) => {
            let (places, seats) = (outcome.as_places().len(), game.seats().len());
            assert_eq!(places, seats, "the outcome must have a place for each seat: {outcome:?}");
            assert!(game.turn().is_empty());
        }
        Phase::Playing => assert!(
            !legal_choices(game).is_empty(),
            "the game goes on (`outcome` is none), but nobody has a legal action, in the state {state}"
        ),
        Phase::Waiting | Phase::Paused => assert!(game.turn().is_empty()),
    }
}

/// Ends the game if it still runs, and demands that all of it is what chance and the players caused.
fn check_the_chance(play: &mut Play<'_>) {
    for player in play.everybody() {
        let _ = play.attempt(&Actor::Player(player), &Command::Resign, 1);
    }
    let phase = play.live().phase();
    assert!(matches!(phase, Phase::Finished(_)), "the game goes on although all players have given up: {phase:?}");
    if let Err(error) = verify(play.kinds, &play.log) {
        panic!(
            "the finished game cannot be verified: {error}. Whoever verifies a game asks the rules again what each message \
             caused; so `legal_actions` must be complete where CHANCE is true, and nothing may depend on more than the \
             parameters"
        );
    }
    let revealed = play.log.iter().flat_map(|message| &message.events).any(|event| event.name() == "seed_revealed");
    assert_eq!(revealed, play.live().kind().chance(), "what was promised is revealed at the end");
}
