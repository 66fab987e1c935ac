//! What the sweep does for one game.

use std::time::Instant;

use tracing::{error, info, warn};
use turnlog_domain::{Actor, Command, CommandId, Game, GameId, Rejection, Timestamp};
use turnlog_store::{ActiveGame, AppendError, Appended, Duty, StoreError, now};

use super::{App, tally::Done};
use crate::{
    bot_tasks::{self, Allowance},
    limits::{SWEEP_HEALED_GRACE_MS, SWEEP_TIME_PER_BOT},
    project::Projected,
};

impl App {
    /// Does what is due in a game. First its row is brought forward, which may show that nothing is any more.
    pub(super) async fn see_to(
        &self,
        game_id: GameId,
        duty: Duty,
        now: Timestamp,
        until: Instant,
    ) -> Result<Done, StoreError> {
        let Some(projected) = self.projector.project(game_id, &[]).await.inspect_err(|error| tell(game_id, error))?
        else {
            // It is parked, and there is a list of those.
            return Ok(Done::Nothing);
        };
        let game = &projected.folded.game;
        let has_acted = if !game.claimable(now).is_empty() {
            self.ask(game, &Command::ClaimTimeout, "timeout").await?
        } else if game.abandoned_from().is_some_and(|from| from <= now) {
            self.ask(game, &Command::Abandon, "abandon").await?
        } else {
            duty == Duty::Bot && self.act_for_a_bot(game_id, until).await
        };
        if !has_acted {
            return Ok(Done::Nothing);
        }
        // With its row it leaves the list of what is due, whether or not the stream brings the record.
        self.projector.project(game_id, &[]).await.inspect_err(|error| tell(game_id, error))?;
        Ok(Done::BroughtForward)
    }

    /// Brings a game forward whose log is ahead of its row.
    pub(super) async fn heal(&self, active: ActiveGame) -> Result<Done, StoreError> {
        let head = self.projector.messages.head(active.game).await.inspect_err(|error| tell(active.game, error))?;
        match head {
            // The stream is on its way with what has just been stored.
            Some((head, at)) if head > active.seq && now().ms_since(at) > SWEEP_HEALED_GRACE_MS => {
                self.project(active.game).await
            }
            Some(_) | None => Ok(Done::Nothing),
        }
    }

    /// Brings a game forward as far as its log goes.
    pub(super) async fn project(&self, game: GameId) -> Result<Done, StoreError> {
        let projected = self.projector.project(game, &[]).await.inspect_err(|error| tell(game, error))?;
        let Some(Projected { folded, has_moved: true }) = projected else { return Ok(Done::Nothing) };
        info!(game_id = %game, seq = %folded.game.seq(), "game healed");
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
        match bot_tasks::run(&self.log, game, allowance).await {
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
    async fn ask(&self, game: &Game, command: &Command, purpose: &str) -> Result<bool, StoreError> {
        let game_id = game.id();
        let id = CommandId::of_system(game_id, game.seq(), purpose);
        match self.log.append(game_id, id, &Actor::System, command, now()).await {
            Ok(Appended::Stored { .. }) => {
                info!(%game_id, purpose, "game brought forward");
                Ok(true)
            }
            // Somebody has moved, claimed or paused meanwhile.
            Ok(Appended::Repeated { .. } | Appended::Unchanged { .. })
            | Err(AppendError::Rejected(Rejection::NotAbandoned | Rejection::NotOverdue | Rejection::Paused)) => {
                Ok(false)
            }
            Err(AppendError::Store(error)) => {
                tell(game_id, &error);
                Err(error)
            }
            Err(
                error @ (AppendError::Rejected(_)
                | AppendError::Log(_)
                | AppendError::ClockBehind { .. }
                | AppendError::Unprepared
                | AppendError::Contended),
            ) => {
                warn!(%game_id, purpose, cause = %error, "game not brought forward");
                Ok(false)
            }
        }
    }
}

fn tell(game: GameId, error: &StoreError) {
    error!(game_id = %game, cause = %error, "sweep failed");
}
