//! A log that grows by whatever is tried.

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Command, Entropy, Event, Game, GameId, Kind, Kinds, Message, Phase, PlayerId, Rejection, Seat, Seq,
    Timestamp, limits,
    testing::{command_id, decide_with_log, player},
};

use super::attempt::Attempt;
use crate::{people::people, tried::require_same};

/// There are so many people at least, so that some are strangers at most tables.
const PEOPLE_MIN: usize = 7;

/// A log under construction, with the state that a live process would hold.
pub(super) struct Play<'a> {
    pub(super) kinds: &'a Kinds,
    live: Option<Game>,
    pub(super) log: Vec<Message>,
}

impl<'a> Play<'a> {
    /// Before there is a game.
    pub(super) fn of_nothing(kinds: &'a Kinds) -> Self {
        Self { kinds, live: None, log: Vec::new() }
    }

    /// A game with its default options, whose numbers are moved about as far as the kind takes it.
    pub(super) fn new(kinds: &'a Kinds, kind: Kind, numbers: &[u8], table: &Value) -> Self {
        let mut play = Self::of_nothing(kinds);
        let host = Actor::Player(player("host"));
        let plain = Command::create(kind.name(), json!({}));
        let defaults = play.decide(&host, &plain, Timestamp::from_ms(1));
        let options = bend_options(&defaults.expect("it was seen that the defaults make a game"), numbers);
        let bent = Command::Create { kind: kind.name().to_owned(), options, settings: table.clone() };
        if play.attempt(&host, &bent, 1).is_err() {
            play.attempt(&host, &plain, 1).expect("it was seen that the defaults make a game");
        }
        play
    }

    pub(super) fn live(&self) -> &Game {
        self.live.as_ref().expect("a play begins with a game")
    }

    pub(super) fn decide(&self, actor: &Actor, command: &Command, at: Timestamp) -> Result<Vec<Event>, Rejection> {
        let game = GameId::of_create(&player("host"), command_id(1));
        decide_with_log(self.kinds, game, &self.log, self.live.as_ref(), actor, command, at)
    }

    /// Decides, folds and appends, as the store does.
    pub(super) fn attempt(&mut self, actor: &Actor, command: &Command, later_ms: u64) -> Result<(), Rejection> {
        let previous = self.live.as_ref().map_or(0, |game| game.at().as_ms());
        let at = Timestamp::from_ms(previous + later_ms);
        let answer = self.decide(actor, command, at);
        require_same(answer.clone(), self.decide(actor, command, at), || {
            format!(
                "the rules answered {command:?} in two ways, although the state was the same. `setup`, `begin`, `decide` and \
                 `drop_out` must depend on nothing but what they are given: no clock, no random numbers but those of `chance`, \
                 nothing that is remembered between two calls, no order of a hash map"
            )
        });
        let events = answer?;
        if events.is_empty() {
            return Ok(());
        }
        require_limits(command, &events);
        let seq = self.live.as_ref().map_or(Seq(1), |game| game.seq().next());
        let game_id = GameId::of_create(&player("host"), command_id(1));
        let message = Message { game: game_id, seq, at, command: command_id(seq.0), actor: actor.clone(), events };
        self.live = Some(folded(self.kinds, self.live.take(), &message));
        self.log.push(message);
        Ok(())
    }

    /// Takes every seat and starts.
    pub(super) fn fill(&mut self) {
        for player in people(self.live().seats().len()) {
            self.attempt(&Actor::Player(player), &Command::take_seat(None), 1).expect("seats are free");
        }
        let host = self.live().host().expect("somebody sits there").clone();
        if *self.live().phase() == Phase::Waiting {
            self.attempt(&Actor::Player(host), &Command::Start, 1).expect("the table is full");
        }
    }

    /// Tries one thing after the other, whether or not it is allowed.
    pub(super) fn try_all(&mut self, attempts: &[Attempt]) {
        for attempt in attempts {
            self.try_one(attempt);
        }
    }

    fn try_one(&mut self, attempt: &Attempt) {
        let everybody = self.everybody();
        let game = self.live().clone();
        let (actor, command, later_ms) = match attempt {
            Attempt::Legal(index) | Attempt::Bent(index, _) => {
                let choices: Vec<(Seat, Value)> = legal_choices(&game);
                if choices.is_empty() {
                    return;
                }
                let (seat, mut action) = choices[index.index(choices.len())].clone();
                if let Attempt::Bent(_, number) = attempt {
                    bend(&mut action, *number);
                }
                let occupant = game.seats()[seat.index()].as_ref().expect("a seat in turn is taken");
                let command = Command::Play { action, seen: None };
                (Actor::Player(occupant.player_id.clone()), command, 1)
            }
            Attempt::Move(index, action) => {
                let command = Command::Play { action: action.clone(), seen: None };
                (Actor::Player(index.get(&everybody).clone()), command, 1)
            }
            Attempt::Join(index, seat) => {
                let entropy = seat.and_then(|seat| Entropy::parse(&format!("{seat:02x}")).ok());
                let command = Command::TakeSeat { seat: seat.map(|seat| Seat(seat % 8)), entropy, invitation: None };
                (Actor::Player(index.get(&everybody).clone()), command, 1)
            }
            Attempt::Leave(index) => (Actor::Player(index.get(&everybody).clone()), Command::LeaveSeat, 1),
            Attempt::Resign(index) => (Actor::Player(index.get(&everybody).clone()), Command::Resign, 1),
            Attempt::Abandon => (Actor::System, Command::Abandon, 1_000_000_000),
            Attempt::Create => {
                let kind = game.kind().name().to_owned();
                (Actor::Player(player("host")), Command::create(&kind, json!({})), 1)
            }
            Attempt::Other(index, command, ms) => {
                (Actor::Player(index.get(&everybody).clone()), command.clone(), u64::from(*ms))
            }
        };
        let answer = self.attempt(&actor, &command, later_ms);
        if matches!(attempt, Attempt::Legal(_)) {
            self.require_accepted(&command, &answer);
        }
        if answer == Ok(()) && command == Command::Resign && *self.live().phase() == Phase::Playing {
            let seat = actor.player().and_then(|player| self.live().seat_of(player)).expect("only the seated resign");
            let is_out = self.live().position().is_out(seat);
            assert!(
                is_out,
                "`drop_out` let the game go on without seat {}, but `is_out` does not say that it is out",
                seat.0
            );
        }
        self.require_sense(&game);
    }

    /// Everybody who may sit at the table, and some who may not.
    pub(super) fn everybody(&self) -> Vec<PlayerId> {
        people(self.live().seats().len().max(PEOPLE_MIN))
    }

    /// What the kind itself calls legal is accepted, unless it came too late.
    fn require_accepted(&mut self, command: &Command, answer: &Result<(), Rejection>) {
        match answer {
            Ok(()) => {}
            Err(Rejection::TimeIsUp) => {
                let later = limits::ARRIVED_AGO_MS_MAX + 1;
                let claim = self.attempt(&Actor::System, &Command::ClaimTimeout, later);
                claim.expect("a turn that came too late is ended");
            }
            Err(rejection) => panic!(
                "`legal_actions` offers an action that `decide` refuses: {command:?} is answered with {rejection:?} in the \
                 state {}",
                self.live().position().stored()
            ),
        }
    }

    /// What holds after everything that is tried, where `before` is the game until then.
    fn require_sense(&self, before: &Game) {
        let (kind, position) = (self.live().kind(), self.live().position());
        if matches!(before.phase(), Phase::Finished(_)) {
            assert_eq!(self.live().phase(), before.phase(), "the outcome is final");
            assert_eq!(position.stored().get(), before.position().stored().get(), "nobody moves any more");
        }
        for seat in self.live().turn() {
            let Seat(number) = seat;
            let has_default = position.default_action(seat).is_some();
            assert!(
                has_default == kind.default_moves(),
                "DEFAULT_MOVES is {}, but `default_action` of seat {number}, which is in turn, is {}",
                kind.default_moves(),
                if has_default { "an action" } else { "none" }
            );
            assert!(!position.is_out(seat), "seat {number} is out (`is_out`) and in turn (`turn`) at the same time");
        }
    }
}

/// A message has room for so much only.
fn require_limits(command: &Command, events: &[Event]) {
    let (most, count) = (limits::EVENTS_PER_MESSAGE_MAX, events.len());
    assert!(count <= most, "{command:?} causes {count} events; at most {most} can be stored together");
    let bytes = serde_json::to_string(events).expect("events are JSON").len();
    let most = limits::EVENTS_BYTES_MAX;
    assert!(bytes <= most, "{command:?} causes events of {bytes} bytes; at most {most} can be stored together");
}

/// The game after a message that was just decided.
pub(crate) fn folded(kinds: &Kinds, game: Option<Game>, message: &Message) -> Game {
    Game::fold(kinds, game, message).unwrap_or_else(|error| {
        panic!(
            "the rules do not take what they have just decided: {error}. `evolve` must apply every event that `begin`, \
             `decide` and `drop_out` return. The events are {}",
            json!(message.events)
        )
    })
}

/// What whoever is in turn can do.
pub(super) fn legal_choices(game: &Game) -> Vec<(Seat, Value)> {
    let of_seat = |seat: Seat| game.position().legal_actions(seat).into_iter().map(move |action| (seat, action));
    game.turn().into_iter().flat_map(of_seat).collect()
}

fn bend_options(created: &[Event], numbers: &[u8]) -> Value {
    let [Event::Created(created)] = created else { panic!("a create causes one event") };
    let mut options = created.options.clone();
    if let Value::Object(fields) = &mut options {
        let numeric = fields.values_mut().filter(|value| value.is_number());
        numeric.zip(numbers).for_each(|(value, number)| *value = json!(number));
    }
    options
}

/// Puts `number` into the first place that holds one.
fn bend(value: &mut Value, number: i64) -> bool {
    match value {
        Value::Number(_) => {
            *value = json!(number);
            true
        }
        Value::Array(items) => items.iter_mut().any(|item| bend(item, number)),
        Value::Object(fields) => fields.values_mut().any(|field| bend(field, number)),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}
