//! A harness for tests of rules: given these messages, when this command, then these events.
//!
//! ```
//! use turnlog_domain::{Rejection, Seat, testing::{given, play, player, take_seat}};
//!
//! given("tic-tac-toe")
//!     .and(player("ada"), take_seat(0))
//!     .when(player("bob"), take_seat(0))
//!     .then_rejected(Rejection::SeatTaken);
//! ```

use serde_json::{Value, json};

use crate::{
    ids::{Actor, CommandId, GameId, PlayerId, Seat, Seq, Timestamp},
    session::{command::Command, decide::decide, event::Event, message::Message, rejection::Rejection, state::Session},
};

/// A session that some accepted commands have brought about.
#[derive(Debug, Clone)]
pub struct Given {
    session: Session,
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
    Command::TakeSeat { seat: Some(Seat(seat)) }
}

/// The command to make a move.
pub fn play(action: Value) -> Command {
    Command::Play { action, seen: None }
}

/// A new game of that kind with its default options, created by `host`.
///
/// # Panics
/// When there is no such kind.
#[track_caller]
pub fn given(kind: &str) -> Given {
    given_with(kind, json!({}))
}

/// A new game of that kind, created by `host`.
///
/// # Panics
/// When there is no such kind, or it does not take the options.
#[track_caller]
pub fn given_with(kind: &str, options: Value) -> Given {
    let create = Command::Create { kind: kind.to_owned(), options };
    let host = player("host");
    let events = decide(None, &Actor::Player(host.clone()), &create, Timestamp::from_ms(1)).expect("a valid game");
    let command = command_id(1);
    let game = GameId::of_create(&host, command);
    let actor = Actor::Player(host);
    let message = Message { game, seq: Seq(1), at: Timestamp::from_ms(1), command, actor, events };
    let session = Session::fold(None, &message).expect("a decided message folds");
    Given { session, messages: vec![message] }
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
    pub fn and_by(mut self, actor: Actor, command: Command) -> Self {
        let at = Timestamp::from_ms(self.session.at().as_ms() + 1000);
        let events = decide(Some(&self.session), &actor, &command, at).expect("the test says that this is accepted");
        let seq = self.session.seq().next();
        let message = Message { game: self.session.game(), seq, at, command: command_id(seq.0), actor, events };
        self.session = Session::fold(Some(self.session), &message).expect("a decided message folds");
        self.messages.push(message);
        self
    }

    /// Asks what a command causes, a second later.
    pub fn when(&self, player: PlayerId, command: Command) -> Decided {
        self.when_by(Actor::Player(player), command, 1000)
    }

    /// Asks what a command of any actor causes `later_ms` later.
    pub fn when_by(&self, actor: Actor, command: Command, later_ms: u64) -> Decided {
        let at = Timestamp::from_ms(self.session.at().as_ms() + later_ms);
        Decided(decide(Some(&self.session), &actor, &command, at))
    }

    /// The state.
    pub fn session(&self) -> &Session {
        &self.session
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

    /// Demands this rejection.
    ///
    /// # Panics
    /// When it led to anything else.
    #[track_caller]
    pub fn then_rejected(self, rejection: Rejection) {
        assert_eq!(self.0, Err(rejection));
    }
}
