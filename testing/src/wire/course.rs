//! A whole game at random, from `create` on: tables, seats, talk, moves, offers, clocks, perhaps the end.

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Audience, Command, Entropy, Game, GameId, Kind, Kinds, Message, OfferKind, Phase, PlayerId, Rejection, Seat,
    Seq, Timestamp,
    testing::{command_id, decide_with_log, invitation, play, player},
};

use crate::{bare::legal_actions, laws::play::folded, people::people, random::Random};

/// So many people sit down at most, unless a kind needs more.
const SEATED_MAX: usize = 4;

/// A log, with the game after each of its messages and the action by which it was caused, where it was a move.
pub(crate) struct Course<'a> {
    pub(crate) kinds: &'a Kinds,
    pub(crate) log: Vec<Message>,
    pub(crate) games: Vec<Game>,
    pub(crate) actions: Vec<Option<Value>>,
}

impl<'a> Course<'a> {
    /// A game of this kind in which about `length` things are tried after the table is full.
    pub(crate) fn of(kinds: &'a Kinds, kind: Kind, random: &mut Random, length: usize) -> Self {
        let empty = || Self { kinds, log: Vec::new(), games: Vec::new(), actions: Vec::new() };
        let mut course = empty();
        let table = table(kind, random);
        let create = |options| Command::Create { kind: kind.name().to_owned(), options, settings: table.clone() };
        course.attempt(&player("ada"), create(json!({})), 1).expect("the table is valid");
        let longer = bent(course.head().options(), 5 + 2 * random.below(3));
        let mut other = empty();
        if other.attempt(&player("ada"), create(longer), 1).is_ok() {
            course = other;
        }
        let least = usize::from(course.head().settings().min_players);
        let most = course.head().seats().len().min(SEATED_MAX).max(least);
        for name in people(least + random.below(most - least + 1)) {
            course.talk(random);
            let entropy = Entropy::parse(&format!("{:08x}", random.next() >> 32)).ok();
            let invitation = Some(invitation(course.head().id()));
            let sit = Command::TakeSeat { seat: None, entropy, invitation };
            course.attempt(&name, sit, 900).expect("a seat is free");
        }
        course.talk(random);
        let _ = course.attempt(&player("ada"), Command::Start, 1000);
        for _ in 0..length {
            course.go_on(random);
        }
        course
    }

    /// Everybody who may appear: some of them take seats, and one at least does not.
    pub(crate) fn everybody(&self) -> Vec<PlayerId> {
        people(SEATED_MAX.max(self.head().settings().min_players.into()) + 1)
    }

    pub(crate) fn head(&self) -> &Game {
        self.games.last().expect("a course begins with a game")
    }

    fn attempt(&mut self, player: &PlayerId, command: Command, later_ms: u64) -> Result<(), Rejection> {
        let (actor, before) = (Actor::Player(player.clone()), self.games.last());
        let id = command_id(self.log.len() as u64 + 1);
        let game = before.map_or(GameId::of_create(player, id), Game::id);
        let at = Timestamp::from_ms(before.map_or(0, |before| before.at().as_ms()) + later_ms);
        let events = decide_with_log(self.kinds, game, &self.log, before, &actor, &command, at)?;
        if events.is_empty() {
            return Ok(());
        }
        let seq = before.map_or(Seq(1), |before| before.seq().next());
        let message = Message { game, seq, at, command: id, actor, events };
        self.games.push(folded(self.kinds, before.cloned(), &message));
        self.log.push(message);
        self.actions.push(if let Command::Play { action, .. } = command { Some(action) } else { None });
        Ok(())
    }

    fn go_on(&mut self, random: &mut Random) {
        let everybody = self.everybody();
        let anybody = random.choose(&everybody);
        let seated: Vec<PlayerId> = self.head().players().cloned().collect();
        let seated = random.choose(&seated);
        let offer = random.choose(&[OfferKind::TakeBack, OfferKind::TakeBack, OfferKind::Pause, OfferKind::Draw]);
        // Rejections are as good as anything else here: another thing is tried next.
        let _ = match random.below(40) {
            0..=5 => {
                self.talk(random);
                Ok(())
            }
            6..=8 => self.attempt(&seated, Command::Offer(offer), 1000).map(|()| {
                if random.below(2) == 0 {
                    self.agree();
                }
            }),
            9..=12 => {
                self.agree();
                Ok(())
            }
            13 => self.attempt(&seated, Command::decline(offer), 1000),
            14 => self.attempt(&seated, Command::withdraw(offer), 1000),
            15 | 16 => self.attempt(&seated, Command::Resume, 1000),
            17 => self.attempt(&seated, Command::ClaimTimeout, 70_000),
            18 => self.attempt(&player("ada"), Command::Mute { player: anybody }, 1000),
            19 if random.below(6) == 0 => self.attempt(&seated, Command::Resign, 1000),
            _ => self.make_move(random),
        };
    }

    /// Everybody else agrees to what is open, unless that would end the game at once.
    fn agree(&mut self) {
        let Some(open) = self.head().offers().iter().find(|open| !open.declined).cloned() else { return };
        if open.offer == OfferKind::Draw && self.log.len() < 30 {
            return;
        }
        for player in self.everybody() {
            let _ = self.attempt(&player, Command::accept(open.offer), 1000);
        }
    }

    fn make_move(&mut self, random: &mut Random) -> Result<(), Rejection> {
        let game = self.head();
        let (Phase::Playing, turn) = (game.phase(), game.turn()) else { return Ok(()) };
        let seat: Seat = random.choose(&turn);
        let actions = legal_actions(game.position(), seat);
        // Half of the time the last one, since that keeps most games going.
        let action = if random.below(2) == 0 { actions[actions.len() - 1].clone() } else { random.choose(&actions) };
        let occupant = game.occupant(seat).expect("a seat in turn is taken").player_id.clone();
        self.attempt(&occupant, play(action), 1000)
    }

    fn talk(&mut self, random: &mut Random) {
        let everybody = self.everybody();
        let speaker = random.choose(&everybody);
        let to = match random.below(6) {
            0 => Audience::All,
            1 | 2 => Audience::Spectators,
            _ => Audience::Player(random.choose(&everybody)),
        };
        let text = format!("words {:x}", random.next());
        let invitation = Some(invitation(self.head().id()));
        let _ = self.attempt(&speaker, Command::Say { to, text, invitation }, 4000);
    }
}

/// The options with another number wherever there is one.
fn bent(options: &Value, number: usize) -> Value {
    let fields = options.as_object().cloned().unwrap_or_default();
    let bend = |(name, value): (String, Value)| (name, if value.is_number() { json!(number) } else { value });
    fields.into_iter().map(bend).collect()
}

fn table(kind: Kind, random: &mut Random) -> Value {
    let clock = random.choose(&[json!("none"), json!({ "seconds": 30 }), json!({ "days": 1 })]);
    let timeout = random.choose(&["drop_out", "default_move", "default_move", "loss"]);
    let timeout = if kind.default_moves() || timeout != "default_move" { timeout } else { "drop_out" };
    json!({ "start": "host", "clock": clock, "timeout": timeout, "private": random.below(2) == 0 })
}
