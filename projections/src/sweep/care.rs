//! What the sweep does for one game.

use std::time::Instant;

use tracing::{error, info, warn};
use turnlog_domain::{Actor, Command, CommandId, GameId, Rejection, Session, Timestamp};
use turnlog_store::{ActiveGame, AppendError, Appended, Duty, StoreError};

use super::{App, tally::Done};
use crate::{
    errands::{self, Allowance},
    limits::SWEEP_TIME_PER_BOT,
    now,
    project::Projected,
};

impl App {
    /// Does what is due in a game. First its row is brought forward, which may show that nothing is any more.
    pub(super) async fn see_to(
        &self,
        game: GameId,
        duty: Duty,
        now: Timestamp,
        until: Instant,
    ) -> Result<Done, StoreError> {
        let Some(projected) = self.projector.project(game, &[]).await.inspect_err(|error| tell(game, error))? else {
            // It is parked, and there is a list of those.
            return Ok(Done::Nothing);
        };
        let session = &projected.folded.session;
        let has_acted = if !session.claimable(now).is_empty() {
            self.ask(session, &Command::ClaimTimeout, "timeout").await?
        } else if session.abandoned_from().is_some_and(|from| from <= now) {
            self.ask(session, &Command::Abandon, "abandon").await?
        } else {
            duty == Duty::Bot && self.act_for_a_bot(game, until).await
        };
        if !has_acted {
            return Ok(Done::Nothing);
        }
        // With its row it leaves the list of what is due, whether or not the stream brings the record.
        self.projector.project(game, &[]).await.inspect_err(|error| tell(game, error))?;
        Ok(Done::BroughtForward)
    }

    /// Brings a game forward whose log is ahead of its row.
    pub(super) async fn heal(&self, active: ActiveGame) -> Result<Done, StoreError> {
        let head = self.projector.messages.head(active.game).await.inspect_err(|error| tell(active.game, error))?;
        match head {
            // Usually the stream is only a moment late; what is written twice is written once.
            Some((head, _)) if head > active.seq => self.project(active.game).await,
            Some(_) | None => Ok(Done::Nothing),
        }
    }

    /// Brings a game forward as far as its log goes.
    pub(super) async fn project(&self, game: GameId) -> Result<Done, StoreError> {
        let projected = self.projector.project(game, &[]).await.inspect_err(|error| tell(game, error))?;
        let Some(Projected { folded, has_moved: true }) = projected else { return Ok(Done::Nothing) };
        info!(game_id = %game, seq = %folded.session.seq(), "game healed");
        Ok(Done::Healed)
    }

    /// Tries a parked game again.
    pub(super) async fn retry(&self, game: GameId) -> Result<Done, StoreError> {
        self.projector.retry(game).await.inspect_err(|error| tell(game, error)).map(|()| Done::Nothing)
    }

    /// Lets a bot act, if one still has something to do. One command is enough: its message rings again. Tells whether it did.
    async fn act_for_a_bot(&self, game: GameId, until: Instant) -> bool {
        let until = until.min(Instant::now() + SWEEP_TIME_PER_BOT);
        let allowance = Allowance { commands: 1, more_until: until, until };
        match errands::run(&self.log, game, allowance).await {
            Ok(0) => false,
            Ok(_) => {
                info!(game_id = %game, "bot brought forward");
                true
            }
            Err(error) => {
                warn!(game_id = %game, cause = %error, "bot not brought forward");
                false
            }
        }
    }

    /// Asks the rules to end a turn whose time is up, or to close a game that has rested long enough. Every sweep asks with
    /// the same command id. Tells whether they did.
    async fn ask(&self, session: &Session, command: &Command, purpose: &str) -> Result<bool, StoreError> {
        let game = session.game();
        let id = CommandId::of_system(game, session.seq(), purpose);
        match self.log.append(game, id, &Actor::System, command, now()).await {
            Ok(Appended::Stored { .. }) => {
                info!(game_id = %game, purpose, "game brought forward");
                Ok(true)
            }
            // Somebody has moved, claimed or paused meanwhile.
            Ok(Appended::Repeated { .. } | Appended::Unchanged { .. })
            | Err(AppendError::Rejected(Rejection::NotAbandoned | Rejection::NotOverdue | Rejection::Paused)) => {
                Ok(false)
            }
            Err(AppendError::Store(error)) => {
                tell(game, &error);
                Err(error)
            }
            Err(
                error @ (AppendError::Rejected(_)
                | AppendError::Log(_)
                | AppendError::ClockBehind { .. }
                | AppendError::Unprepared
                | AppendError::Contended),
            ) => {
                warn!(game_id = %game, purpose, cause = %error, "game not brought forward");
                Ok(false)
            }
        }
    }
}

fn tell(game: GameId, error: &StoreError) {
    error!(game_id = %game, cause = %error, "sweep failed");
}
