//! A harness for tests of rules: given these messages, when this command, then these events.
//!
//! ```
//! use turnlog_domain::{Rejection, Seat, testing::{given, play, player, take_seat}};
//!
//! given(&turnlog_games::kinds(), "tic-tac-toe")
//!     .and(player("ada"), take_seat(0))
//!     .when(player("bob"), take_seat(0))
//!     .then_rejected(Rejection::SeatTaken);
//! ```

use serde_json::{Value, json};

use crate::{
    bot::Thinking,
    chance::Chance,
    game::{
        command::Command,
        decide::{Context, decide},
        event::{Event, OfSeat, Played, SeatTaken},
        invitation::Invitation,
        message::Message,
        rejection::Rejection,
        state::Game,
    },
    ids::{Actor, CommandId, GameId, PlayerId, Seat, Seq, Timestamp},
    kind::Kinds,
    seed::{KeyId, ServerPart},
};

/// The key from which the chance of games in tests comes.
const KEY: &[u8] = b"a key for tests";

/// Tasks after which [`run_bots`] stops, although bots have more.
pub const BOT_TASKS_MAX: usize = 5000;

/// A game that some accepted commands have brought about.
#[derive(Debug, Clone)]
pub struct Given {
    kinds: Kinds,
    game: Game,
    messages: Vec<Message>,
}

/// What a command led to.
#[derive(Debug)]
pub struct Decided(Result<Vec<Event>, Rejection>);

/// A player of that name.
///
/// # Panics
/// When the name is no player id.
pub fn player(name: &str) -> PlayerId {
    PlayerId::parse(name).expect("tests name players by valid ids")
}

/// The command to take a seat.
pub fn take_seat(seat: u8) -> Command {
    Command::take_seat(Some(Seat(seat)))
}

/// The command to make a move.
pub fn play(action: Value) -> Command {
    Command::Play { action, seen: None }
}

/// What happens when a player sits down without contributing to the seed.
pub fn seat_taken(seat: u8, player_id: PlayerId) -> Event {
    Event::SeatTaken(SeatTaken { seat: Seat(seat), player_id, entropy: None, bot: None })
}

/// What the rules of a kind say happened whose first version is its newest.
pub fn played(payload: Value) -> Event {
    Event::Played(Played { version: 1, payload })
}

/// What an event says that is about nothing but a seat.
pub fn of_seat(seat: u8) -> OfSeat {
    OfSeat { seat: Seat(seat) }
}

/// The id of the key from which the chance of games in tests comes.
///
/// # Panics
/// Never.
pub fn key_id() -> KeyId {
    KeyId::parse("test").expect("it is one")
}

/// The server's part of the seed of a game in tests.
pub fn server_part(game: GameId) -> ServerPart {
    ServerPart::derive(KEY, game)
}

/// The code of a private game in tests.
pub fn invitation(game: GameId) -> Invitation {
    Invitation::derive(KEY, game, None)
}

/// The code of a private game in tests since the message at `seq` renewed it.
pub fn renewed_invitation(game: GameId, seq: Seq) -> Invitation {
    Invitation::derive(KEY, game, Some(seq))
}

/// Asks for a decision with everything that it can need: chance, an invitation, and the earlier state from the log.
///
/// # Errors
/// When a rule forbids it.
///
/// # Panics
/// When the log does not fold.
pub fn decide_with_log(
    kinds: &Kinds,
    game_id: GameId,
    log: &[Message],
    game: Option<&Game>,
    actor: &Actor,
    command: &Command,
    at: Timestamp,
) -> Result<Vec<Event>, Rejection> {
    let key = key_id();
    let earlier = game.and_then(|game| game.needs_earlier(actor, command)).and_then(|seq| {
        let until = log.iter().take_while(|message| message.seq <= seq);
        until.fold(None, |game, message| Some(Game::fold(kinds, game, message).expect("a log folds")))
    });
    let context = Context {
        kinds,
        at,
        server: Some((&key, server_part(game_id))),
        invitation: Some(Invitation::derive(KEY, game_id, game.map(|game| game.seq().next()))),
        earlier: earlier.as_ref(),
    };
    decide(game, actor, command, &context)
}

/// A new game of that kind with its default options, created by `host`.
///
/// # Panics
/// When there is no such kind.
#[track_caller]
pub fn given(kinds: &Kinds, kind: &str) -> Given {
    given_with(kinds, kind, json!({}))
}

/// A new game of that kind, created by `host`.
///
/// # Panics
/// When there is no such kind, or it does not take the options.
#[track_caller]
pub fn given_with(kinds: &Kinds, kind: &str, options: Value) -> Given {
    given_at(kinds, kind, options, json!({}))
}

/// A new game of that kind at such a table, created by `host`.
///
/// # Panics
/// When there is no such kind, or something is not valid.
#[track_caller]
pub fn given_at(kinds: &Kinds, kind: &str, options: Value, settings: Value) -> Given {
    let create = Command::Create { kind: kind.to_owned(), options, settings };
    let host = player("host");
    let (command, at) = (command_id(1), Timestamp::from_ms(1));
    let game_id = GameId::of_create(&host, command);
    let actor = Actor::Player(host);
    let events = decide_with_log(kinds, game_id, &[], None, &actor, &create, at).expect("a valid game");
    let message = Message { game: game_id, seq: Seq(1), at, command, actor, events };
    let game = Game::fold(kinds, None, &message).expect("a decided message folds");
    Given { kinds: kinds.clone(), game, messages: vec![message] }
}

/// A new game of that kind with Ada on seat 0 and Bob on seat 1, who then move in turn.
///
/// # Panics
/// When there is no such kind, or a move is refused.
#[track_caller]
pub fn started(kinds: &Kinds, kind: &str, options: Value, moves: impl IntoIterator<Item = Command>) -> Given {
    let (ada, bob) = (player("ada"), player("bob"));
    let game = given_with(kinds, kind, options).and(ada.clone(), take_seat(0)).and(bob.clone(), take_seat(1));
    let moves = moves.into_iter().zip([ada, bob].into_iter().cycle());
    moves.fold(game, |game, (command, player)| game.and(player, command))
}

/// Runs the tasks of bots until none is left, as the projection does, each with so many moves to try.
///
/// # Panics
/// When a bot in turn has no move, or its command is refused.
#[must_use]
pub fn run_bots(mut game: Given, moves: u32) -> Given {
    for number in (0..=u8::MAX).cycle().take(BOT_TASKS_MAX) {
        let Some(task) = game.state().bot_task() else { return game };
        let chance = Chance::of_key([number; 32]);
        let mut thinking = Thinking { chance, moves, may_go_on: &mut || true };
        let command = task
            .answer
            .unwrap_or_else(|| play(game.state().choose(task.seat, task.bot, &mut thinking).expect("it has a move")));
        game = game.and(task.player, command);
    }
    game
}

/// The id of the n-th command of a test.
///
/// # Panics
/// Never.
pub fn command_id(number: u64) -> CommandId {
    CommandId::parse(&format!("00000000-0000-4000-8000-{number:012x}")).expect("a UUID in the usual form")
}

impl Given {
    /// Adds an accepted command, a second after the one before.
    ///
    /// # Panics
    /// When the command is refused.
    #[must_use]
    #[track_caller]
    pub fn and(self, player: PlayerId, command: Command) -> Self {
        self.and_by(Actor::Player(player), command)
    }

    /// Adds an accepted command of any actor.
    ///
    /// # Panics
    /// When the command is refused.
    #[must_use]
    #[track_caller]
    pub fn and_by(self, actor: Actor, command: Command) -> Self {
        self.and_later(actor, command, 1000)
    }

    /// Adds an accepted command of any actor, `later_ms` after the one before.
    ///
    /// # Panics
    /// When the command is refused.
    #[must_use]
    #[track_caller]
    pub fn and_later(mut self, actor: Actor, command: Command, later_ms: u64) -> Self {
        let at = Timestamp::from_ms(self.game.at().as_ms() + later_ms);
        let events = self.decide(&actor, &command, at).expect("the test says that this is accepted");
        let seq = self.game.seq().next();
        let message = Message { game: self.game.id(), seq, at, command: command_id(seq.0), actor, events };
        self.game = Game::fold(&self.kinds, Some(self.game), &message).expect("a decided message folds");
        self.messages.push(message);
        self
    }

    /// Asks what a command causes, a second later.
    pub fn when(&self, player: PlayerId, command: Command) -> Decided {
        self.when_by(Actor::Player(player), command, 1000)
    }

    /// Asks what a command of any actor causes `later_ms` later.
    pub fn when_by(&self, actor: Actor, command: Command, later_ms: u64) -> Decided {
        let at = Timestamp::from_ms(self.game.at().as_ms() + later_ms);
        Decided(self.decide(&actor, &command, at))
    }

    fn decide(&self, actor: &Actor, command: &Command, at: Timestamp) -> Result<Vec<Event>, Rejection> {
        decide_with_log(&self.kinds, self.game.id(), &self.messages, Some(&self.game), actor, command, at)
    }

    /// The state.
    pub fn state(&self) -> &Game {
        &self.game
    }

    /// The log.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }
}

impl Decided {
    /// Demands exactly these events.
    ///
    /// # Panics
    /// When it led to anything else.
    #[track_caller]
    pub fn then(self, events: impl IntoIterator<Item = Event>) {
        assert_eq!(self.0, Ok(events.into_iter().collect()));
    }

    /// The events.
    ///
    /// # Panics
    /// When it was refused.
    #[track_caller]
    pub fn events(self) -> Vec<Event> {
        self.0.expect("the test says that this is accepted")
    }

    /// Whether no rule forbids it.
    pub fn is_accepted(&self) -> bool {
        self.0.is_ok()
    }

    /// The rejection.
    ///
    /// # Panics
    /// When it was accepted.
    #[track_caller]
    pub fn rejection(self) -> Rejection {
        self.0.expect_err("the test says that this is refused")
    }

    /// Demands this rejection.
    ///
    /// # Panics
    /// When it led to anything else.
    #[track_caller]
    pub fn then_rejected(self, rejection: Rejection) {
        assert_eq!(self.0, Err(rejection));
    }
}
