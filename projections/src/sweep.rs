//! `sweep`: heals what no stream record will heal, wakes bots, ends turns whose time is up, and closes abandoned games.

use std::time::{Duration, Instant, SystemTime};

use aws_lambda_events::eventbridge::EventBridgeEvent;
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use tokio::time::timeout;
use tracing::{error, info, warn};
use turnlog_domain::{Actor, Command, CommandId, Kind, Rejection, Timestamp, limits::WAITING_IDLE_MS_MAX};
use turnlog_store::{
    ActiveGame, AppendError, Appended, ChanceKeys, Games, Log, Messages, ParkedGame, Players, SecretError, StoreError,
    limits::INDEX_BUCKETS,
};

use crate::{
    errands::{self, Allowance},
    limits::{GAMES_AT_ONCE_MAX, SWEEP_RESERVE, SWEEP_STARTED_MS, SWEEP_TIME_PER_BOT},
    now,
    project::Projector,
};

/// What the function needs.
#[derive(Debug)]
pub struct App {
    log: Log,
    projector: Projector,
}

impl App {
    /// Reads the names of the tables and the keys behind chance from the environment.
    ///
    /// # Errors
    /// When one is missing, or no key.
    pub async fn from_env() -> Result<Self, SecretError> {
        Ok(Self::over(Projector::from_env().await?, ChanceKeys::from_env().await?))
    }

    /// The function over its tables.
    pub fn new(messages: Messages, games: Games, players: Players, keys: ChanceKeys) -> Self {
        Self::over(Projector::new(messages, games, players), keys)
    }

    fn over(projector: Projector, keys: ChanceKeys) -> Self {
        Self { log: Log::new(projector.messages.clone(), projector.games.clone()).with_keys(keys), projector }
    }
}

/// Compares all unfinished games, and all that began lately, with the tails of their logs.
///
/// # Errors
/// When an index cannot be read; the next sweep tries again.
pub async fn handle(app: &App, event: LambdaEvent<EventBridgeEvent>) -> Result<(), Error> {
    let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    let time_max = left.saturating_sub(SWEEP_RESERVE).max(Duration::from_secs(1));
    // Cancel-safe: every step may be done twice or not at all, and the next sweep does what this one leaves.
    let Ok(swept) = timeout(time_max, app.sweep()).await else {
        warn!("the sweep ran out of time; the next one begins elsewhere, and comes to the rest");
        return Ok(());
    };
    Ok(swept?)
}

impl App {
    async fn sweep(&self) -> Result<(), StoreError> {
        let now = now();
        let since = Timestamp::from_ms(now.as_ms().saturating_sub(SWEEP_STARTED_MS));
        self.retry_parked().await?;
        let mut count = 0;
        let mut overdue = Vec::new();
        for bucket in buckets(now) {
            for kind in Kind::all() {
                let games = self.projector.messages.started(kind.name(), bucket, since).await?;
                count += games.len();
                let heal = |game| async move {
                    if let Err(error) = self.projector.project(game, &[]).await {
                        error!(game_id = %game, cause = %error, "sweep failed");
                    }
                };
                stream::iter(games).for_each_concurrent(GAMES_AT_ONCE_MAX, heal).await;
            }
            let mut games = self.projector.games.active(bucket).await?;
            count += games.len();
            // Somebody waits for those whose time is up; the others only rest.
            games.sort_by_key(|game| !is_overdue(game, now));
            let care = |game: ActiveGame| async move {
                if let Err(error) = self.care_for(game, now).await {
                    error!(game_id = %game.game, cause = %error, "sweep failed");
                }
            };
            overdue.extend(games.iter().copied().filter(|game| is_overdue(game, now)));
            stream::iter(games).for_each_concurrent(GAMES_AT_ONCE_MAX, care).await;
        }
        // Last, because bots think, and nobody should wait for that who waits for a clock.
        stream::iter(overdue).for_each_concurrent(GAMES_AT_ONCE_MAX, |game| self.act_for_a_bot(game)).await;
        info!(games = count, "swept");
        Ok(())
    }

    /// Counts the parked games and tries each of them again: newer code, or a mended log, may fold it, and no further message
    /// of it may ever come.
    async fn retry_parked(&self) -> Result<(), StoreError> {
        let parked = self.projector.games.all_parked().await?;
        // The metric of parked games, on which operators have an alarm, is taken from this line.
        info!(games = parked.len(), "parked games");
        let retry = |parked: ParkedGame| async move {
            if let Err(error) = self.projector.retry(parked.game).await {
                error!(game_id = %parked.game, cause = %error, "sweep failed");
            }
        };
        stream::iter(parked).for_each_concurrent(GAMES_AT_ONCE_MAX, retry).await;
        Ok(())
    }

    async fn care_for(&self, active: ActiveGame, now: Timestamp) -> Result<(), StoreError> {
        let Some((head, at)) = self.projector.messages.head(active.game).await? else { return Ok(()) };
        if head > active.seq {
            // Usually the stream is only a moment late; what is written twice is written once.
            if !self.projector.project(active.game, &[]).await? {
                // It is parked, and the next sweep tries again: the code that knows it may be there by then.
                return Ok(());
            }
            info!(game_id = %active.game, seq = %head, "game healed");
        }
        if is_overdue(&active, now) {
            self.ask(active, &Command::ClaimTimeout, "timeout").await?;
        }
        if now.ms_since(at) >= WAITING_IDLE_MS_MAX {
            self.ask(active, &Command::Abandon, "abandon").await?;
        }
        Ok(())
    }

    /// Lets a bot act, if one still has something to do: it is late, because its doorbell was lost. One command is enough: its
    /// message rings again.
    async fn act_for_a_bot(&self, active: ActiveGame) {
        let until = Instant::now() + SWEEP_TIME_PER_BOT;
        let allowance = Allowance { commands: 1, more_until: until, until };
        match errands::run(&self.log, active.game, allowance).await {
            Ok(0) => {}
            Ok(_) => info!(game_id = %active.game, "bot brought forward"),
            Err(error) => warn!(game_id = %active.game, cause = %error, "bot not brought forward"),
        }
    }

    /// Asks the rules to end a turn whose time is up, or to close a game that has rested long enough. Every sweep asks with
    /// the same command id.
    async fn ask(&self, active: ActiveGame, command: &Command, purpose: &str) -> Result<(), StoreError> {
        let id = CommandId::of_system(active.game, active.seq, purpose);
        match self.log.append(active.game, id, &Actor::System, command, now()).await {
            Ok(Appended::Stored { .. }) => {
                info!(game_id = %active.game, purpose, "game brought forward");
                Ok(())
            }
            // The row is a little older than the log: somebody has moved, claimed or paused meanwhile.
            Ok(Appended::Repeated { .. } | Appended::Unchanged { .. })
            | Err(AppendError::Rejected(Rejection::NotAbandoned | Rejection::NotOverdue | Rejection::Paused)) => Ok(()),
            Err(AppendError::Store(error)) => Err(error),
            Err(
                error @ (AppendError::Rejected(_)
                | AppendError::Log(_)
                | AppendError::ClockBehind { .. }
                | AppendError::Unprepared
                | AppendError::Contended),
            ) => {
                warn!(game_id = %active.game, purpose, cause = %error, "game not brought forward");
                Ok(())
            }
        }
    }
}

/// The partitions of an index, each minute from another one on, so that each is the first in its turn.
fn buckets(now: Timestamp) -> impl Iterator<Item = u8> {
    let minute = usize::try_from(now.as_ms() / 60_000).unwrap_or_default();
    let count = usize::from(INDEX_BUCKETS);
    (0..INDEX_BUCKETS).cycle().skip(minute % count).take(count)
}

/// Whether somebody's time was up in the game when its row was written, or a bot was late, and still is if nothing has
/// happened since.
fn is_overdue(game: &ActiveGame, now: Timestamp) -> bool {
    game.due.is_some_and(|due| due < now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bucket_is_swept_once_and_is_the_first_in_its_turn() {
        let at = |minute: u64| buckets(Timestamp::from_ms(1_700_000_000_000 + minute * 60_000)).collect::<Vec<_>>();
        let all: Vec<u8> = (0..INDEX_BUCKETS).collect();
        let mut firsts = Vec::new();
        for minute in 0..u64::from(INDEX_BUCKETS) {
            let mut swept = at(minute);
            firsts.push(swept[0]);
            swept.sort_unstable();
            assert_eq!(swept, all);
        }
        firsts.sort_unstable();
        assert_eq!(firsts, all);
    }
}
