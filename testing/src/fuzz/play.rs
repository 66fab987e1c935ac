//! A game that the lines of an input play, as the store would keep it.

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Audience, Bot, BotTask, Chance, Command, Context, Event, Game, GameId, Invitation, Kind, Kinds, Message,
    OfferKind, Phase, PlayerId, Rejection, Seat, Seq, Thinking, Timestamp, Viewer, decide, limits,
    testing::{command_id, decide_with_log, invitation, key_id, player, server_part},
};

use super::{first, number, read};
use crate::{bare::legal_actions, laws::play::folded};

/// Moves that a bot tries before it chooses.
const BOT_MOVES_TRIED_MAX: u32 = 20;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const OFFERS: [OfferKind; 4] = [OfferKind::Draw, OfferKind::TakeBack, OfferKind::Pause, OfferKind::Rematch];

/// A log under construction, with its fold.
pub(super) struct Play<'a> {
    kinds: &'a Kinds,
    live: Option<Game>,
    log: Vec<Message>,
}

impl<'a> Play<'a> {
    /// With the options and table of the input where they are accepted, and as many of the defaults as it needs otherwise.
    pub(super) fn create(kinds: &'a Kinds, kind: Kind, options: &Value, table: &Value) -> Self {
        let mut game = Self { kinds, live: None, log: Vec::new() };
        let host = Actor::Player(player("host"));
        for (options, table) in [(options, table), (options, &json!({})), (&json!({}), table), (&json!({}), &json!({}))]
        {
            let create =
                Command::Create { kind: kind.name().to_owned(), options: options.clone(), settings: table.clone() };
            if game.attempt(&host, &create, 1).is_ok() {
                break;
            }
        }
        assert!(game.live.is_some(), "{}: the defaults are accepted", kind.name());
        game
    }

    fn live(&self) -> &Game {
        self.live.as_ref().expect("a game begins with its creation")
    }

    /// Takes every seat, and starts.
    pub(super) fn fill(&mut self) {
        for seat in 0..self.live().seats().len() {
            let take_seat = Command::TakeSeat { seat: None, entropy: None, invitation: self.invitation() };
            let _ = self.attempt(&Actor::Player(somebody(seat)), &take_seat, 1);
        }
        if *self.live().phase() == Phase::Waiting {
            let host = self.live().host().cloned().expect("somebody sits there");
            let _ = self.attempt(&Actor::Player(host), &Command::Start, 1);
        }
    }

    pub(super) fn command(&mut self, line: &str) {
        let (who, line) = first(line);
        let rest = line.get(1..).unwrap_or_default();
        match line.as_bytes().first() {
            None => {}
            Some(b'#' | b'=') => self.play_legal(who, rest),
            Some(b'o') => self.do_bot_task(),
            Some(b'R') => self.go_on_in_rematch(&somebody(who)),
            Some(b'?') => {
                let actor = if who == 9 { Actor::System } else { Actor::Player(somebody(who)) };
                let _ = self.attempt(&actor, &Command::ClaimTimeout, 1000 * (number(rest) as u64 % 1_000_000));
            }
            Some(b'a') => {
                let _ = self.attempt(&Actor::System, &Command::Abandon, DAY_MS * (number(rest) as u64 % 30));
            }
            Some(_) => {
                if let Some(command) = self.order(line, rest) {
                    let _ = self.attempt(&Actor::Player(somebody(who)), &command, 1);
                }
            }
        }
    }

    /// What a player asks for, whether it makes sense or not.
    fn order(&self, line: &str, rest: &str) -> Option<Command> {
        let seat = || rest.trim().parse().ok().map(Seat);
        let offer = || OFFERS[number(rest) % OFFERS.len()];
        let say = |to, text: &str| Command::Say { to, text: text.to_owned(), invitation: self.invitation() };
        Some(match line.as_bytes().first()? {
            b'!' => Command::Resign,
            b'+' => Command::Offer(offer()),
            b'-' => Command::accept(offer()),
            b'x' => Command::decline(offer()),
            b'w' => Command::withdraw(offer()),
            b'r' => Command::Resume,
            b'"' => say(Audience::All, rest),
            b'(' => say(Audience::Spectators, rest),
            b'\'' => {
                let (whom, text) = first(rest);
                say(Audience::Player(somebody(whom)), text)
            }
            b'm' => Command::Mute { player: somebody(number(rest)) },
            b'j' => Command::TakeSeat { seat: seat(), entropy: None, invitation: self.invitation() },
            b'l' => Command::LeaveSeat,
            b'k' => Command::kick(seat()?),
            b's' => Command::Start,
            b'b' => {
                let wanted = seat();
                let is_random = wanted.is_none_or(|Seat(number)| number % 2 == 0);
                let bot = if is_random { Bot::Random } else { Bot::Search };
                Command::AddBot { seat: wanted.map(|Seat(number)| Seat(number / 2)), bot }
            }
            _ => Command::Play { action: read(line)?, seen: None },
        })
    }

    /// The code of a private game, which everybody has been told here.
    fn invitation(&self) -> Option<Invitation> {
        self.live().is_private().then(|| invitation(self.live().id()))
    }

    fn play_legal(&mut self, who: usize, rest: &str) {
        let (index, leaf) = rest.split_once(':').unwrap_or((rest, ""));
        let Some((seat, mut action)) = self.legal(who, number(index)) else { return };
        let leaf = read(leaf);
        if let Some(leaf) = &leaf {
            replace_leaf(&mut action, leaf);
        }
        let command = Command::Play { action, seen: None };
        let answer = self.attempt(&self.occupant(seat), &command, 1);
        let is_fine = leaf.is_some() || matches!(answer, Ok(()) | Err(Rejection::TimeIsUp));
        assert!(
            is_fine,
            "`legal_actions` offers an action that `decide` refuses: {command:?} is answered with {answer:?}"
        );
    }

    /// A bot answers an offer or moves, as the function `bots` lets it; whatever it has to do can be done.
    fn do_bot_task(&mut self) {
        let Some(task) = self.live().bot_task() else { return };
        let actor = Actor::Player(task.player.clone());
        let command = task.answer.clone().unwrap_or_else(|| self.choice(&task));
        let answer = match (self.attempt(&actor, &command, 1), &command) {
            (Err(_), &Command::Accept { offer, seq }) => self.attempt(&actor, &Command::Decline { offer, seq }, 1),
            (answer, _) => answer,
        };
        let is_fine = matches!(answer, Ok(()) | Err(Rejection::TimeIsUp));
        assert!(is_fine, "a bot cannot do what it has chosen: {command:?} is answered with {answer:?}");
    }

    fn choice(&self, task: &BotTask) -> Command {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.live().seq().0.to_le_bytes());
        let mut thinking =
            Thinking { chance: Chance::of_key(key), moves: BOT_MOVES_TRIED_MAX, may_go_on: &mut || true };
        let action = self.live().choose(task.seat, task.bot, &mut thinking);
        let action = action.expect("a bot in turn finds something to do");
        Command::Play { action, seen: Some(self.live().seq()) }
    }

    /// The new game begins as the store makes it, and is the one that is played from here on.
    fn go_on_in_rematch(&mut self, player: &PlayerId) {
        let Some(game) = self.live().rematch() else { return };
        self.check_the_end();
        let old = self.live().clone();
        let key = key_id();
        let context = Context {
            kinds: self.kinds,
            at: old.at(),
            server: Some((&key, server_part(game))),
            invitation: Some(invitation(game)),
            earlier: Some(&old),
        };
        let actor = Actor::Player(player.clone());
        let Ok(events) = decide(None, &actor, &Command::CreateRematch, &context) else { return };
        (self.live, self.log) = (None, Vec::new());
        self.append(Message { game, seq: Seq(1), at: old.at(), command: command_id(1), actor, events });
    }

    /// A legal action, by the seat of that number among those in turn.
    fn legal(&self, who: usize, index: usize) -> Option<(Seat, Value)> {
        let turn = self.live().turn();
        let seat = *turn.get(who % turn.len().max(1))?;
        let mut actions = legal_actions(self.live().position(), seat);
        let index = index % actions.len();
        Some((seat, actions.swap_remove(index)))
    }

    fn occupant(&self, seat: Seat) -> Actor {
        Actor::Player(self.live().occupant(seat).expect("a seat in turn is taken").player_id.clone())
    }

    /// Decides, folds and appends, as the store does, and lets everybody look.
    fn attempt(&mut self, actor: &Actor, command: &Command, later_ms: u64) -> Result<(), Rejection> {
        let first = || GameId::of_create(&player("host"), command_id(1));
        let game = self.live.as_ref().map_or_else(first, Game::id);
        let at = Timestamp::from_ms(self.live.as_ref().map_or(0, |live| live.at().as_ms()) + later_ms);
        let answer = decide_with_log(self.kinds, game, &self.log, self.live.as_ref(), actor, command, at);
        if let Err(rejection) = &answer {
            assert!(!rejection.to_string().is_empty(), "a refusal says something");
        }
        let events = answer?;
        if events.is_empty() {
            return Ok(());
        }
        let seq = self.live.as_ref().map_or(Seq(1), |live| live.seq().next());
        self.append(Message { game, seq, at, command: command_id(seq.0), actor: actor.clone(), events });
        Ok(())
    }

    fn append(&mut self, message: Message) {
        assert!(message.events.len() <= limits::EVENTS_PER_MESSAGE_MAX, "{} events", message.events.len());
        let stored = serde_json::to_string(&message.events).expect("events are JSON");
        assert!(stored.len() <= limits::EVENTS_BYTES_MAX, "{} bytes of events", stored.len());
        let events: Vec<Event> = serde_json::from_str(&stored).expect("stored events are read back");
        assert_eq!(events, message.events, "the stored form loses nothing");
        let live = folded(self.kinds, self.live.take(), &message);
        look(&live, &message.events);
        self.live = Some(live);
        self.log.push(message);
    }

    /// The log folds to the same state again, and the state survives being stored.
    pub(super) fn check_the_end(&self) {
        let folded = self
            .log
            .iter()
            .fold(None, |game, message| Some(Game::fold(self.kinds, game, message).expect("a log folds")));
        let live = self.live().to_json();
        assert_eq!(folded.expect("it is not empty").to_json(), live, "the fold of the log is the live state");
        assert_eq!(Game::from_json(self.kinds, &live).expect("a stored state is read back").to_json(), live);
    }
}

/// Whoever has that number: the creator has 8, and there are more others than seats in any kind, so that some are strangers.
fn somebody(number: usize) -> PlayerId {
    const NAMES: [&str; 8] = ["ada", "bob", "cleo", "dan", "eve", "fay", "gus", "hal"];
    player(if number == NAMES.len() { "host" } else { NAMES[number % NAMES.len()] })
}

/// What every viewer gets can be made.
fn look(game: &Game, events: &[Event]) {
    let seats = (0_u8..).take(game.seats().len()).map(|seat| Viewer::Seat(Seat(seat)));
    for viewer in seats.chain([Viewer::Spectator, Viewer::Open]) {
        assert!(game.view(viewer).is_object(), "a view is an object");
        assert!(!game.text(viewer).trim().is_empty(), "a text says something");
        for event in events {
            let _ = game.redact(event, viewer).expect("what was decided can be shown");
        }
    }
}

/// Puts `leaf` in the place of the first value that holds no others.
fn replace_leaf(value: &mut Value, leaf: &Value) {
    match value {
        Value::Array(items) if !items.is_empty() => replace_leaf(&mut items[0], leaf),
        Value::Object(fields) if !fields.is_empty() => {
            if let Some(field) = fields.values_mut().next() {
                replace_leaf(field, leaf);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            *value = leaf.clone();
        }
    }
}
