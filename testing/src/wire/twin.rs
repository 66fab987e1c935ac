//! A second log that differs from a first one in what one player may not see.
//!
//! What that is at the table stands here a second time, so that a redaction that goes missing is noticed: whispers to
//! others, the hash of the invitation, others' command ids. In the game it is what the words of chance or another
//! player's choice decide, for as long as the views of the kind stay alike.

use serde_json::Value;
use turnlog_domain::{
    Audience, Chance, Created, Event, Game, Kind, Message, PlayerId, Position, Said, TakenBack, TimedOut, Timeout,
    testing::command_id,
};

use super::course::Course;
use crate::random::Random;

/// What is changed in the game itself.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Nothing,
    /// One word of the chance of a message.
    Word {
        message: usize,
        word: usize,
        other: u32,
    },
    /// The action of a message.
    Action {
        message: usize,
        choice: usize,
    },
}

/// The other log, as far as the same course can be taken in it.
pub(crate) struct Twin {
    pub(crate) log: Vec<Message>,
    pub(crate) games: Vec<Game>,
}

impl Change {
    /// A change of something that others did or that chance did.
    pub(crate) fn of(course: &Course<'_>, player: &PlayerId, random: &mut Random) -> Self {
        let has_chance = |&index: &usize| !drawn(&course.log[index]).is_empty();
        let is_of_other = |&index: &usize| {
            course.actions[index].is_some() && course.log[index].actor.player().is_some_and(|other| other != player)
        };
        let with_chance: Vec<usize> = (0..course.log.len()).filter(has_chance).collect();
        let of_others: Vec<usize> = (0..course.log.len()).filter(is_of_other).collect();
        match random.below(3) {
            0 | 1 if !with_chance.is_empty() => {
                let message = random.choose(&with_chance);
                let (word, other) = (random.below(drawn(&course.log[message]).len()), random.below(1 << 20));
                Self::Word { message, word, other: u32::try_from(other).expect("it has 20 bits") }
            }
            _ if !of_others.is_empty() => Self::Action { message: random.choose(&of_others), choice: random.below(64) },
            _ => Self::Nothing,
        }
    }
}

impl Twin {
    pub(crate) fn of(course: &Course<'_>, player: &PlayerId, change: Change) -> Self {
        let mut twin = Self { log: Vec::new(), games: Vec::new() };
        for index in 0..course.log.len() {
            let Some(events) = twin.events(course, index, player, change) else { break };
            let mut message = Message { events, ..course.log[index].clone() };
            if message.actor.player() != Some(player) {
                message.command = command_id(1000 + message.seq.0);
            }
            let Ok(game) = Game::fold(course.kinds, twin.games.last().cloned(), &message) else { break };
            if game.position().outcome() != course.games[index].position().outcome() {
                break;
            }
            twin.log.push(message);
            twin.games.push(game);
        }
        twin
    }

    /// The events of the message here; nothing when it is not possible here.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing is hidden in any other event")]
    fn events(&self, course: &Course<'_>, index: usize, player: &PlayerId, change: Change) -> Option<Vec<Event>> {
        let message = &course.log[index];
        let kind = course.head().kind();
        let Some(before) = self.games.last() else { return Some(message.events.iter().map(as_created).collect()) };
        let mut replay =
            Replay { kind, position: before.position().boxed(), chance: chance(kind, message, index, change) };
        let mut events = Vec::new();
        if let (Some(Event::Played(_)), Some(action)) = (message.events.first(), &course.actions[index]) {
            let seat = before.seat_of(message.actor.player()?)?;
            let mut action = action.clone();
            if let Change::Action { message, choice } = change
                && message == index
            {
                let actions = replay.position.legal_actions(seat);
                action = actions.get(choice % actions.len().max(1))?.clone();
            }
            let payloads = replay.position.decide(seat, &action, &mut replay.chance).ok()?;
            events.extend(replay.follow(payloads)?);
        }
        for event in &message.events {
            match event {
                Event::Played(_) => {}
                Event::Said(said) => events.push(as_said(said, course, index, player)),
                Event::TakenBack(taken) => {
                    // What was hidden then has mostly been shown since, so it is drawn anew.
                    let earlier = self.games[usize::try_from(taken.to.0).ok()? - 1].position();
                    let restored = earlier.resample(before.viewer(player), &mut Chance::of_words(any_words(index)));
                    let position = serde_json::from_str(restored.stored().get()).ok();
                    events.push(Event::TakenBack(Box::new(TakenBack { position, ..*taken.clone() })));
                }
                other => {
                    events.push(other.clone());
                    let seats = course.games[index].seats().len();
                    events.extend(replay.caused_by(other, seats)?);
                }
            }
        }
        Some(events)
    }
}

/// The rules within one message.
struct Replay {
    kind: Kind,
    position: Box<dyn Position>,
    chance: Chance,
}

impl Replay {
    fn follow(&mut self, payloads: Vec<Value>) -> Option<Vec<Event>> {
        payloads.iter().try_for_each(|payload| self.position.evolve(payload)).ok()?;
        Some(payloads.into_iter().map(|payload| Event::Played(self.kind.played(payload))).collect())
    }

    /// The moves that follow from an event of the table.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rules have no part in anything else")]
    fn caused_by(&mut self, event: &Event, seats: usize) -> Option<Vec<Event>> {
        let payloads = match event {
            Event::Started => self.position.begin(u8::try_from(seats).ok()?, &mut self.chance),
            Event::TimedOut(TimedOut { seat, then: Timeout::DefaultMove }) => {
                let action = self.position.default_action(*seat)?;
                self.position.decide(*seat, &action, &mut self.chance).ok()?
            }
            Event::TimedOut(TimedOut { seat, then: Timeout::DropOut }) => {
                self.position.drop_out(*seat, &mut self.chance).unwrap_or_default()
            }
            Event::Resigned(resigned) => self.position.drop_out(resigned.seat, &mut self.chance).unwrap_or_default(),
            _ => return Some(Vec::new()),
        };
        self.follow(payloads)
    }
}

/// Another invitation.
fn as_created(event: &Event) -> Event {
    let Event::Created(created) = event else { return event.clone() };
    let other = created.invitation.map(|_| Value::String("5a".repeat(32)));
    let invitation = other.map(|hash| serde_json::from_value(hash).expect("it is a hash"));
    Event::Created(Box::new(Created { invitation, ..*created.clone() }))
}

/// Other words, and another number of them, unless the player is meant.
fn as_said(said: &Said, course: &Course<'_>, index: usize, player: &PlayerId) -> Event {
    let is_meant = match &said.to {
        Audience::All => true,
        Audience::Player(other) => other == player || said.player_id == *player,
        Audience::Spectators => course.games[index].seat_of(player).is_none(),
    };
    let text = if is_meant { said.text.clone() } else { Some("something else altogether, and longer".to_owned()) };
    Event::Said(Said { text, ..said.clone() })
}

/// The chance of a message, so that it comes out as in the log but for what is changed.
fn chance(kind: Kind, message: &Message, index: usize, change: Change) -> Chance {
    if !kind.chance() {
        return Chance::none();
    }
    let mut words = drawn(message);
    if let Change::Word { message, word, other } = change
        && message == index
    {
        words[word] = other;
    }
    // Should the change need more words, any will do.
    Chance::of_words(words.into_iter().chain(any_words(index)))
}

fn any_words(index: usize) -> impl Iterator<Item = u32> + Send + 'static {
    let mut random = Random(index as u64);
    std::iter::repeat_with(move || random.word())
}

/// Words from which everything in a message that was left to chance comes out as it did.
fn drawn(message: &Message) -> Vec<u32> {
    let mut words = Vec::new();
    for event in &message.events {
        if let Event::Played(played) = event {
            collect_drawn(&played.payload, &mut words);
        }
    }
    words
}

fn collect_drawn(value: &Value, words: &mut Vec<u32>) {
    let numbers = |name: &str| -> Option<Vec<u32>> {
        let list = value.get(name).filter(|list| list.is_array())?;
        serde_json::from_value(list.clone()).ok()
    };
    if let Some(order) = numbers("shuffled") {
        words.extend(exchanges(&order));
    } else if let Some(faces) = numbers("rolled") {
        words.extend(faces.iter().map(|face| face.saturating_sub(1)));
    } else if let Value::Object(fields) = value {
        fields.values().for_each(|field| collect_drawn(field, words));
    }
}

/// With which places a shuffle exchanged the last place, the one before, and so on, for this order to come out.
fn exchanges(order: &[u32]) -> Vec<u32> {
    let mut now: Vec<u32> = (0..).take(order.len()).collect();
    let mut words = Vec::new();
    for place in (1..order.len()).rev() {
        // An event of a kind may have a list of that name which is no order.
        let other = now.iter().position(|&number| number == order[place]).unwrap_or(place);
        now.swap(place, other);
        words.push(u32::try_from(other).expect("decks are small"));
    }
    words
}
