//! The append: decides a command and stores what it causes, once and only once.

use std::time::{Duration, Instant};

use rand::Rng;
use turnlog_domain::{
    Actor, Command, CommandId, Context, Game, GameId, Kinds, Message, Rejection, Seq, Timestamp, decide,
};

use crate::{
    entry::{Entry, Folded, LogFault},
    error::StoreError,
    keys::ChanceKeys,
    limits::{APPEND_ROUNDS_MAX, APPEND_WAIT_MS_MAX, ARRIVED_AGO_MS_MAX, CLOCK_AHEAD_MS_MAX},
    load_error::LoadError,
    log::Log,
    messages::Put,
    metrics,
};

/// An accepted command.
#[derive(Debug, Clone, PartialEq)]
pub enum Appended {
    /// It was stored just now.
    Stored {
        /// The new message.
        message: Box<Message>,
        /// The state after it.
        folded: Box<Folded>,
    },
    /// It had been stored before.
    Repeated {
        /// Where it stands.
        seq: Seq,
    },
    /// What it asks for holds already; nothing was stored.
    Unchanged {
        /// The state.
        folded: Box<Folded>,
    },
}

/// A command was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// A rule said no. Nothing was written.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The log of this game cannot be folded. Nothing was written.
    #[error(transparent)]
    Log(LogFault),
    /// A table did not answer as it should. Whether the command was stored is not known, so it may be given again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The last message lies too far ahead of this process's clock. Nothing was written.
    #[error("the clock is {behind_ms} ms behind the log")]
    ClockBehind {
        /// By how much.
        behind_ms: u64,
    },
    /// The key from which the game's chance comes is not among those of this process. Nothing was written.
    #[error("the key of the game's chance is not at hand")]
    Unprepared,
    /// Others wrote first in every round. Nothing was written.
    #[error("the command lost every race")]
    Contended,
}

impl From<LoadError> for AppendError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => Self::Store(error),
            LoadError::Log(fault) => Self::Log(fault),
        }
    }
}

/// Who asks for something, and on which connection the answer goes back.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// Who asks.
    pub actor: &'a Actor,
    /// The connection whose answer carries the new message, so that it need not be told of it once more.
    pub connection: Option<&'a str>,
    /// When the command arrived, if that was before now.
    pub arrived: Option<Timestamp>,
}

impl<'a> From<&'a Actor> for Origin<'a> {
    fn from(actor: &'a Actor) -> Self {
        Self { actor, connection: None, arrived: None }
    }
}

/// A command on its way into the log.
struct Attempt<'a> {
    game: GameId,
    id: CommandId,
    origin: Origin<'a>,
    command: &'a Command,
    now: Timestamp,
    /// The finished game that a rematch follows.
    finished: Option<&'a Game>,
}

/// What the state of a round says about a command.
enum Judged {
    /// It stands in the log already.
    Repeated(Seq),
    /// What it asks for holds already.
    Unchanged,
    /// This is to be stored.
    Store(Box<Entry>, Box<Folded>),
    /// A rule said no.
    Rejected(Rejection),
}

impl Log {
    /// Carries out a command on a game, at `now` by the clock.
    ///
    /// However often the same command arrives, it is stored once; every repeat learns where.
    ///
    /// # Errors
    /// When it is refused, or it cannot be said whether it was stored.
    pub async fn append<'a>(
        &self,
        game: GameId,
        id: CommandId,
        origin: impl Into<Origin<'a>>,
        command: &Command,
        now: Timestamp,
    ) -> Result<Appended, AppendError> {
        self.attempt(&Attempt { game, id, origin: origin.into(), command, now, finished: None }).await
    }

    /// Makes the game on which the players of a finished one agreed; it is made once, whoever of them asks.
    ///
    /// # Errors
    /// When it is refused, or it cannot be said whether it was stored.
    pub async fn append_rematch(
        &self,
        finished: &Game,
        id: CommandId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Appended, AppendError> {
        let game = finished.rematch().ok_or(Rejection::NotFinished)?;
        let command = &Command::CreateRematch;
        self.attempt(&Attempt { game, id, origin: actor.into(), command, now, finished: Some(finished) }).await
    }

    async fn attempt(&self, attempt: &Attempt<'_>) -> Result<Appended, AppendError> {
        let began = Instant::now();
        let ended = self.rounds(attempt).await;
        metrics::append_ended(outcome(&ended), began);
        ended
    }

    async fn rounds(&self, attempt: &Attempt<'_>) -> Result<Appended, AppendError> {
        let mut last = AppendError::Contended;
        for round in 0..APPEND_ROUNDS_MAX {
            if round > 0 {
                pause(round).await;
            }
            match self.round(attempt).await {
                Ok(Some(appended)) => return Ok(appended),
                Ok(None) => last = AppendError::Contended,
                Err(AppendError::Store(error)) if error.is_retryable() => {
                    // Whether the write took effect is not known: only the log can tell.
                    self.cache.forget(attempt.game);
                    last = AppendError::Store(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// One round; `None` when somebody else wrote first.
    async fn round(&self, attempt: &Attempt<'_>) -> Result<Option<Appended>, AppendError> {
        let (mut known, is_cached) = self.known(attempt).await?;
        let mut judged = self.judge(attempt, known.as_ref()).await?;
        // A stale game proves neither a refusal nor that nothing is left to do.
        if is_cached && matches!(judged, Judged::Rejected(_) | Judged::Unchanged) {
            known = self.catch_up(known, attempt.game).await?;
            judged = self.judge(attempt, known.as_ref()).await?;
        }
        match judged {
            Judged::Repeated(seq) => Ok(Some(Appended::Repeated { seq })),
            Judged::Unchanged => Ok(known.map(|folded| Appended::Unchanged { folded: Box::new(folded) })),
            Judged::Rejected(rejection) => Err(rejection.into()),
            Judged::Store(entry, folded) => self.store(attempt, known, *entry, *folded).await,
        }
    }

    /// Decides, with everything that the rules cannot know by themselves.
    async fn judge(&self, attempt: &Attempt<'_>, known: Option<&Folded>) -> Result<Judged, AppendError> {
        let game = known.map(|folded| &folded.game);
        let earlier = match game.and_then(|game| game.needs_earlier(attempt.origin.actor, attempt.command)) {
            Some(seq) => self.at(attempt.game, seq).await?,
            None => None,
        };
        let earlier = earlier.as_ref().map(|folded| &folded.game).or(attempt.finished);
        attempt.judge(self.kinds(), known, &self.keys, earlier)
    }

    /// The state to decide on, and whether it may be stale.
    async fn known(&self, attempt: &Attempt<'_>) -> Result<(Option<Folded>, bool), AppendError> {
        if matches!(attempt.command, Command::Create { .. }) {
            // The position of a `create` is free, or holds its own first arrival.
            return Ok((None, false));
        }
        match self.cache.get(attempt.game) {
            Some(folded) if attempt.has_seen_more_than(&folded) => {
                Ok((self.catch_up(Some(folded), attempt.game).await?, false))
            }
            Some(folded) => Ok((Some(folded), true)),
            None => Ok((self.load(attempt.game).await?, false)),
        }
    }

    async fn store(
        &self,
        attempt: &Attempt<'_>,
        known: Option<Folded>,
        entry: Entry,
        folded: Folded,
    ) -> Result<Option<Appended>, AppendError> {
        match self.messages.put(&entry).await? {
            Put::Stored => {
                self.cache.keep(folded.clone());
                Ok(Some(Appended::Stored { message: Box::new(entry.message), folded: Box::new(folded) }))
            }
            Put::Taken(taken) if attempt.is(&taken.message) => Ok(Some(Appended::Repeated { seq: taken.message.seq })),
            Put::Taken(_) => {
                metrics::append_conflict();
                self.catch_up(known, attempt.game).await?;
                Ok(None)
            }
        }
    }
}

impl Attempt<'_> {
    fn judge(
        &self,
        kinds: &Kinds,
        known: Option<&Folded>,
        keys: &ChanceKeys,
        earlier: Option<&Game>,
    ) -> Result<Judged, AppendError> {
        if let Some(seq) = known.and_then(|folded| folded.game.recorded(self.origin.actor, self.id)) {
            return Ok(Judged::Repeated(seq));
        }
        let at = self.time_after(known)?;
        let game = known.map(|folded| &folded.game);
        let context = self.context(kinds, game, at, keys, earlier);
        let events = match decide(game, self.origin.actor, self.command, &context) {
            Ok(events) => events,
            Err(Rejection::Unprepared) => return Err(AppendError::Unprepared),
            Err(rejection) => return Ok(Judged::Rejected(rejection)),
        };
        if events.is_empty() {
            return Ok(Judged::Unchanged);
        }
        let seq = known.map_or(Seq(1), |folded| folded.game.seq().next());
        let message = Message { game: self.game, seq, at, command: self.id, actor: self.origin.actor.clone(), events };
        let (entry, folded) = Entry::seal(kinds, known, message, self.origin.connection)?;
        Ok(Judged::Store(Box::new(entry), Box::new(folded)))
    }

    /// When the command arrived, later than the last message by a millisecond at least. It has waited no longer than
    /// [`ARRIVED_AGO_MS_MAX`], and it does not come from the future.
    fn time_after(&self, known: Option<&Folded>) -> Result<Timestamp, AppendError> {
        let earliest = Timestamp::from_ms(self.now.as_ms().saturating_sub(ARRIVED_AGO_MS_MAX));
        let arrived = self.origin.arrived.unwrap_or(self.now).clamp(earliest, self.now);
        let Some(folded) = known else { return Ok(arrived) };
        let behind_ms = folded.game.at().ms_since(self.now);
        if behind_ms > CLOCK_AHEAD_MS_MAX {
            return Err(AppendError::ClockBehind { behind_ms });
        }
        Ok(arrived.after(folded.game.at()))
    }

    fn context<'a>(
        &self,
        kinds: &'a Kinds,
        game: Option<&Game>,
        at: Timestamp,
        keys: &'a ChanceKeys,
        earlier: Option<&'a Game>,
    ) -> Context<'a> {
        let Some(game) = game else {
            let (server, invitation) = (keys.for_new(self.game), keys.new_invitation(self.game, None));
            return Context { kinds, at, server, invitation, earlier };
        };
        let is_renewed = *self.command == Command::RenewInvitation;
        let invitation = is_renewed.then(|| keys.new_invitation(self.game, Some(game.seq().next()))).flatten();
        Context { kinds, at, server: keys.for_game(game), invitation, earlier }
    }

    fn has_seen_more_than(&self, folded: &Folded) -> bool {
        matches!(self.command, Command::Play { seen: Some(seen), .. } if *seen > folded.game.seq())
    }

    fn is(&self, message: &Message) -> bool {
        message.command == self.id && message.actor == *self.origin.actor
    }
}

impl AppendError {
    /// Whether the same command may succeed when it is given again.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Rejected(_) | Self::Log(_) => false,
            Self::Store(error) => error.is_retryable(),
            Self::ClockBehind { .. } | Self::Unprepared | Self::Contended => true,
        }
    }
}

/// What came of a command, in a word.
fn outcome(ended: &Result<Appended, AppendError>) -> &'static str {
    match ended {
        Ok(Appended::Stored { .. }) => "stored",
        Ok(Appended::Repeated { .. }) => "repeated",
        Ok(Appended::Unchanged { .. }) => "unchanged",
        Err(AppendError::Rejected(_)) => "rejected",
        Err(
            AppendError::Log(_)
            | AppendError::Store(_)
            | AppendError::ClockBehind { .. }
            | AppendError::Unprepared
            | AppendError::Contended,
        ) => "failed",
    }
}

/// Waits before a further round, longer with each.
pub async fn pause(round: u32) {
    let longest = APPEND_WAIT_MS_MAX << (round - 1);
    let wait_ms = rand::rng().random_range(0..=longest);
    tokio::time::sleep(Duration::from_millis(wait_ms)).await;
}
