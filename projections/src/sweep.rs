//! `sweep`: ends turns whose time is up, wakes bots, closes abandoned games, and heals what no stream record will heal.
//!
//! What somebody waits for is found by an index over when it is due, so that its cost grows with what is due and not with what
//! is played. Healing looks at so many games in each run. Everything goes on where the run before has stopped.

mod care;
mod tally;

use std::{
    pin::pin,
    time::{Duration, Instant, SystemTime},
};

use aws_lambda_events::eventbridge::EventBridgeEvent;
use futures::{StreamExt, TryStreamExt as _, stream};
use lambda_runtime::{Error, LambdaEvent};
use tokio::time::{timeout, timeout_at};
use tracing::{error, info};
use turnlog_domain::{GameId, Kinds, Timestamp};
use turnlog_store::{
    ActiveGame, ChanceKeys, DueCursor, DuePage, Duty, Environment, Games, Log, Messages, Players, Round, SecretError,
    StoreError, SweepCursor, limits::INDEX_BUCKETS, metrics, now,
};

use self::tally::{Done, Tally};
use crate::{
    limits::{
        GAMES_AT_ONCE_MAX, PARKED_COUNTED_MAX, SWEEP_COMPARED_GAMES_MAX, SWEEP_PARKED_GAMES_MAX, SWEEP_RESERVE,
        SWEEP_STARTED_GRACE_MS, SWEEP_STARTED_MS, SWEEP_STARTED_PAGE_GAMES, SWEEP_TIME_FOR_HEALING,
        SWEEP_TIME_PER_GAME,
    },
    project::Projector,
};

/// What the function needs.
#[derive(Debug)]
pub struct App {
    log: Log,
    projector: Projector,
}

/// One run.
struct Run<'a> {
    app: &'a App,
    now: Timestamp,
    /// Where the last run stopped, and this one is.
    cursor: SweepCursor,
    tally: Tally,
}

/// A list in which a run goes on where the last one stopped.
#[derive(Debug, Clone, Copy)]
enum List {
    Due(Duty),
    All,
    Parked,
}

impl App {
    /// Reads the names of the tables and the keys behind chance from the environment.
    ///
    /// # Errors
    /// When one is missing, or no key.
    pub async fn from_environment(environment: &Environment, kinds: &Kinds) -> Result<Self, SecretError> {
        Ok(Self::over(
            Projector::from_environment(environment, kinds)?,
            ChanceKeys::from_environment(environment).await?,
        ))
    }

    /// The function over its tables.
    pub fn new(messages: Messages, games: Games, players: Players, keys: ChanceKeys) -> Self {
        Self::over(Projector::new(messages, games, &players), keys)
    }

    fn over(projector: Projector, keys: ChanceKeys) -> Self {
        Self { log: Log::new(projector.messages.clone(), projector.games.clone()).with_keys(keys), projector }
    }
}

/// Sees to everything that is due, and compares some unfinished games, and all that were made lately, with their logs.
///
/// # Errors
/// When not even the place is known where the last run stopped; the next run tries again.
pub async fn handle(app: &App, event: LambdaEvent<EventBridgeEvent>) -> Result<(), Error> {
    let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    let time_max = left.saturating_sub(SWEEP_RESERVE).max(Duration::from_secs(1));
    let (began, until) = (Instant::now(), Instant::now() + time_max);
    let cursor = app.projector.games.sweep_cursor().await?;
    let mut run = Run { app, now: now(), cursor, tally: Tally::default() };
    run.go(began, until).await;
    run.tally.tell();
    Ok(())
}

impl List {
    fn cursor(self, cursor: &mut SweepCursor) -> &mut Option<DueCursor> {
        match self {
            Self::Due(Duty::Clock) => &mut cursor.clock,
            Self::Due(Duty::Bot) => &mut cursor.bot,
            Self::Due(Duty::Rest) => &mut cursor.rest,
            Self::All => &mut cursor.all,
            Self::Parked => &mut cursor.parked,
        }
    }
}

impl Run<'_> {
    async fn go(&mut self, began: Instant, until: Instant) {
        self.count_parked().await;
        // Somebody waits for clocks and bots. However many there are, something is left for the rest, or nothing else would
        // ever heal.
        let time = until.duration_since(began);
        let urgent = began + time.saturating_sub(SWEEP_TIME_FOR_HEALING.min(time / 2));
        // Bots think, and nobody should wait for that who waits for a clock.
        for (duty, until) in [(Duty::Clock, urgent), (Duty::Bot, urgent), (Duty::Rest, until)] {
            self.see_to_due(duty, until).await;
        }
        self.look_for_new(until).await;
        self.compare(until).await;
        self.retry_parked(until).await;
    }

    /// The metric of parked games, on which operators have an alarm, is taken from this line.
    async fn count_parked(&mut self) {
        match self.app.projector.games.count_parked(PARKED_COUNTED_MAX).await {
            Ok(games) => {
                info!(games, "parked games");
                metrics::parked_games(games);
            }
            Err(error) => self.fail(&error),
        }
    }

    /// Sees to the games with this duty that are due.
    async fn see_to_due(&mut self, duty: Duty, until: Instant) {
        let (app, now, list) = (self.app, self.now, List::Due(duty));
        let from = list.cursor(&mut self.cursor).clone();
        let mut round = app.projector.games.due(duty, now, from.as_ref());
        while let Some(games) = self.next(&mut round, list, until).await {
            self.tally.due += games.len();
            let games = games.into_iter().map(|active| active.game);
            self.work(games, until, |game| app.see_to(game, duty, now, until)).await;
        }
    }

    /// Looks at every game that was made since the last run, once: all its records may have been lost.
    async fn look_for_new(&mut self, until: Instant) {
        let app = self.app;
        let last = Timestamp::from_ms(self.now.as_ms().saturating_sub(SWEEP_STARTED_GRACE_MS));
        let at_first = self.now.as_ms().saturating_sub(SWEEP_STARTED_MS);
        let mut since = Timestamp::from_ms(self.cursor.started_ms.unwrap_or(at_first));
        while since < last {
            // However long nothing was made, and however long no sweep has run: the next run goes on from here.
            if Instant::now() >= until {
                self.tally.is_through = false;
                break;
            }
            let end = last.min(Timestamp::from_ms(since.as_ms().saturating_add(SWEEP_STARTED_MS)));
            let games = match self.started(since, end).await {
                Ok(games) => games,
                Err(error) => return self.fail(&error),
            };
            for page in games.chunks(SWEEP_STARTED_PAGE_GAMES) {
                let (begin, failed) = (page.first().map_or(end, |(at, _)| *at), self.tally.failed);
                self.tally.started += page.len();
                // Those that were made before the first of this page have been seen.
                self.cursor.started_ms = Some(begin.as_ms().saturating_sub(1));
                self.keep_cursor().await;
                self.work(page.iter().map(|(_, game)| *game), until, |game| app.project(game)).await;
                // They have no entry by which a later run could find them, so that it has to begin with them again. For ever,
                // one of them must not hold up all others.
                let has_failed = self.tally.failed > failed && begin.as_ms() >= at_first;
                if has_failed || Instant::now() >= until {
                    self.tally.is_through = false;
                    return;
                }
            }
            since = end;
            self.cursor.started_ms = Some(since.as_ms());
        }
        self.keep_cursor().await;
    }

    /// The games that were made in this time, in its order.
    async fn started(&mut self, since: Timestamp, end: Timestamp) -> Result<Vec<(Timestamp, GameId)>, StoreError> {
        let messages = &self.app.projector.messages;
        let kinds = self.app.projector.games.kinds();
        let lists = kinds.iter().flat_map(|kind| (0..INDEX_BUCKETS).map(move |bucket| (kind.name(), bucket)));
        let lists = lists.map(|(kind, bucket)| messages.started_between(kind, bucket, since, end));
        let lists: Vec<_> = stream::iter(lists).buffered(GAMES_AT_ONCE_MAX).try_collect().await?;
        self.tally.unreadable += lists.iter().map(|started| started.unreadable).sum::<usize>();
        let mut games: Vec<_> = lists.into_iter().flat_map(|started| started.games).collect();
        games.sort_unstable();
        Ok(games)
    }

    /// Compares some unfinished games with their logs: the last record of a game may have been lost.
    async fn compare(&mut self, until: Instant) {
        let app = self.app;
        let from = self.cursor.all.clone();
        let mut round = app.projector.games.unfinished(from.as_ref());
        while self.tally.compared < SWEEP_COMPARED_GAMES_MAX
            && let Some(games) = self.next(&mut round, List::All, until).await
        {
            self.tally.compared += games.len();
            self.work(games, until, |active| app.heal(active)).await;
        }
    }

    /// Tries some of the parked games again: newer code, or a mended log, may fold them, and no further message of them may ever
    /// come.
    async fn retry_parked(&mut self, until: Instant) {
        let (app, mut tried) = (self.app, 0);
        let from = self.cursor.parked.clone();
        let mut round = app.projector.games.parked_round(from.as_ref());
        while tried < SWEEP_PARKED_GAMES_MAX
            && let Some(games) = self.next(&mut round, List::Parked, until).await
        {
            tried += games.len();
            self.work(games, until, |parked| app.retry(parked.game)).await;
        }
    }

    /// The next games of a round; none when it is complete, or the time is up.
    ///
    /// That the run has come so far is noted before it works on them. Whatever ends it there, the next one goes on behind, and
    /// comes back when its round does.
    async fn next(&mut self, round: &mut Round<'_>, list: List, until: Instant) -> Option<Vec<ActiveGame>> {
        while !round.is_complete() {
            if Instant::now() >= until {
                self.tally.is_through = false;
                return None;
            }
            match round.next().await {
                Ok(Some(DuePage { games, unreadable, position })) => {
                    self.tally.unreadable += unreadable;
                    *list.cursor(&mut self.cursor) = Some(position);
                    self.keep_cursor().await;
                    return Some(games);
                }
                Ok(None) => {}
                // The round goes on with the list behind.
                Err(error) => self.fail(&error),
            }
        }
        None
    }

    async fn keep_cursor(&mut self) {
        if let Err(error) = self.app.projector.games.put_sweep_cursor(&self.cursor).await {
            self.fail(&error);
        }
    }

    /// Works on some games at the same time, on none of them for too long. What is dropped half-way may be done again: commands
    /// have an id that every run makes alike, and rows are written only forwards.
    async fn work<T, F>(&mut self, games: impl IntoIterator<Item = T>, until: Instant, job: impl Fn(T) -> F)
    where
        F: Future<Output = Result<Done, StoreError>>,
    {
        // Cancel-safe, here and below: every step may be done twice or not at all.
        let jobs = stream::iter(games).map(|game| timeout(SWEEP_TIME_PER_GAME, job(game)));
        let mut jobs = pin!(jobs.buffer_unordered(GAMES_AT_ONCE_MAX));
        loop {
            match timeout_at(until.into(), jobs.next()).await {
                Ok(Some(Ok(Ok(done)))) => self.tally.count(done),
                Ok(Some(Ok(Err(_)) | Err(_))) => self.tally.failed += 1,
                Ok(None) => return,
                Err(_) => {
                    self.tally.is_through = false;
                    return;
                }
            }
        }
    }

    /// A part of the run is missing, and the others go on.
    fn fail(&mut self, error: &StoreError) {
        error!(cause = %error, "a part of the sweep failed");
        self.tally.failed += 1;
        self.tally.is_through = false;
    }
}
