//! `push`: tells every connection that follows a game what happened there, and the connections of a player their direct
//! messages.
//!
//! Several batches of a shard are pushed at once, so that the records of one game come in any order: what a batch lacks stands
//! in the log, and clients sort frames by `seq`.

mod inbox;
mod sender;

use std::sync::Arc;

use aws_lambda_events::{dynamodb::Event, streams::DynamoDbEventResponse};
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use tokio::time::{sleep, timeout};
use tracing::{debug, error, warn};
use turnlog_domain::{Game, GameId, InvalidEvent, Kinds, Rejection, Seq, Viewer};
use turnlog_protocol::{Push, encode};
use turnlog_store::{
    ConfigError, Entry, Environment, Folded, Games, Inbox, LoadError, Log, Management, Messages, Players, Subscriber,
    Websockets, now,
};

use self::sender::{About, FirstAttempts, Sender};
use crate::{
    batch::{Batch, GameRecords, InboxRecords, report},
    limits::{
        GAMES_AT_ONCE_MAX, PUSH_ATTEMPT_TIMEOUT, PUSH_READING_TIME_MAX, PUSH_TIME_PER_GAME_MAX, PUSHED_MESSAGES_MAX,
        PUSHES_AT_ONCE_MAX,
    },
};

/// What the function needs.
#[derive(Debug)]
pub struct App {
    log: Log,
    inbox: Inbox,
    players: Players,
    websockets: Websockets,
    sender: Sender,
}

impl App {
    /// Reads the names of the tables from the environment; the management API's address comes from the SDK's own variable.
    ///
    /// # Errors
    /// When one is missing.
    pub fn from_environment(environment: &Environment, kinds: &Kinds) -> Result<Self, ConfigError> {
        let management = Management::from_environment(environment, PUSH_ATTEMPT_TIMEOUT)?;
        let client = environment.dynamodb();
        let messages = Messages::new(client.clone(), environment.required("MESSAGES_TABLE")?);
        let games = Games::new(client.clone(), environment.required("GAMES_TABLE")?, kinds.clone());
        let players = Players::new(client.clone(), environment.required("PLAYERS_TABLE")?);
        let websockets = Websockets::new(client, environment.required("WEBSOCKETS_TABLE")?);
        let app = Self::new(messages, games, players, websockets, management);
        Ok(Self { log: app.log.with_cache(environment.cache()), ..app })
    }

    /// The function over its tables and the management API.
    pub fn new(
        messages: Messages,
        games: Games,
        players: Players,
        websockets: Websockets,
        management: Management,
    ) -> Self {
        Self {
            inbox: Inbox::new(messages.clone(), players.clone()),
            log: Log::new(messages, games),
            players,
            sender: Sender::new(management, websockets.clone()),
            websockets,
        }
    }
}

/// Pushes what happened in every game and every inbox of the batch. One's failure or slowness never holds up another's.
///
/// # Errors
/// Never: what met an infrastructure error is named in the response.
pub async fn handle(app: &App, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
    let batch = Batch::of(event.payload);
    let attempts = FirstAttempts::new();
    let games = stream::iter(&batch.games)
        .map(|(game, records)| push(app, *game, records, &attempts))
        .buffer_unordered(GAMES_AT_ONCE_MAX);
    let inboxes = stream::iter(&batch.inboxes)
        .map(|(player, records)| inbox::push(app, player, records, &attempts))
        .buffer_unordered(GAMES_AT_ONCE_MAX);
    // Cancel-safe: who is not told when the time is over finds out by a ping, or asks with the next connect.
    let (pushed, told): (Vec<Option<&GameRecords>>, Vec<Option<&InboxRecords>>) = tokio::join!(
        games.take_until(sleep(PUSH_READING_TIME_MAX)).collect(),
        inboxes.take_until(sleep(PUSH_READING_TIME_MAX)).collect(),
    );
    app.sender.wait(attempts).await;
    let games = pushed.into_iter().flatten().filter_map(|records| records.first.as_ref());
    Ok(report(games.chain(told.into_iter().flatten().filter_map(|records| records.first.as_ref()))))
}

/// Pushes one game; returns its records when they have to be delivered again.
async fn push<'a>(
    app: &App,
    game: GameId,
    records: &'a GameRecords,
    attempts: &FirstAttempts,
) -> Option<&'a GameRecords> {
    // Cancel-safe: it takes from nothing; who was not sent to learns the rest from a ping.
    let Ok(pushed) = timeout(PUSH_TIME_PER_GAME_MAX, app.push(game, records, attempts)).await else {
        warn!(game_id = %game, "push took too long; its watchers learn the rest from their pings");
        return None;
    };
    match pushed {
        Ok(()) => None,
        Err(LoadError::Log(fault)) => {
            // The games projection parks it; here is nobody to tell.
            error!(game_id = %game, reason = %fault, "game cannot be pushed");
            None
        }
        Err(LoadError::Store(error)) => {
            error!(game_id = %game, cause = %error, "push failed");
            Some(records)
        }
    }
}

impl App {
    async fn push(&self, game: GameId, records: &GameRecords, attempts: &FirstAttempts) -> Result<(), LoadError> {
        let now = now();
        let subscribers = self.websockets.subscribers(game, now).await?;
        let (expired, subscribers): (Vec<_>, Vec<_>) =
            subscribers.into_iter().partition(|subscriber| subscriber.token_expiry.has_passed(now));
        self.sender.end_expired(expired.into_iter().map(|subscriber| subscriber.connection).collect(), attempts);
        self.push_to(game, records, subscribers, attempts).await
    }

    async fn push_to(
        &self,
        game_id: GameId,
        records: &GameRecords,
        mut subscribers: Vec<Subscriber>,
        attempts: &FirstAttempts,
    ) -> Result<(), LoadError> {
        let (Some(first), Some(last)) = (records.first_seq(), records.last_seq()) else { return Ok(()) };
        subscribers.retain(|subscriber| !was_answered(&subscriber.connection, &records.entries));
        if subscribers.is_empty() {
            return Ok(());
        }
        let Some(folded) = self.log.at_least(game_id, last, &records.entries).await? else { return Ok(()) };
        let entries = self.contiguous(&folded, first, &records.entries).await?;
        let (subscribers, unwelcome) = sorted(&folded.game, subscribers);
        let viewers = subscribers.iter().map(|subscriber| folded.game.viewer(&subscriber.player));
        let texts = Push::texts(&folded.game, viewers, entries.iter().map(|entry| &entry.message))
            .map_err(|InvalidEvent(reason)| turnlog_store::LogFault::Unreadable(reason.to_owned()))?;
        let count = subscribers.len();
        let about = entries.first().map_or(About::Game(game_id), |oldest| About::Messages(game_id, oldest.message.at));
        for (viewer, subscriber) in by_viewer(&folded.game, subscribers) {
            self.sender.send(&subscriber.connection, Arc::clone(&texts[&viewer]), about, attempts);
        }
        stream::iter(unwelcome)
            .for_each_concurrent(PUSHES_AT_ONCE_MAX, |(reason, subscriber)| {
                self.end(game_id, subscriber, reason, attempts)
            })
            .await;
        debug!(%game_id, seq = %folded.game.seq(), connections = count, "game pushed");
        Ok(())
    }

    /// The messages from `first` up to the state: those at hand when they are complete, otherwise those of the log. None when
    /// they are more than a frame could hold: then the watchers are told to ask.
    async fn contiguous(&self, folded: &Folded, first: Seq, entries: &[Entry]) -> Result<Vec<Entry>, LoadError> {
        let head = folded.game.seq();
        let seqs = entries.iter().map(|entry| entry.message.seq.0);
        if seqs.eq(first.0..=head.0) {
            return Ok(entries.to_vec());
        }
        let count = usize::try_from((head.0 + 1).saturating_sub(first.0)).unwrap_or(usize::MAX);
        if count > PUSHED_MESSAGES_MAX {
            return Ok(Vec::new());
        }
        self.log.messages().page(game_of(folded), Seq(first.0 - 1), count).await
    }

    /// Ends a subscription and tells so, once.
    async fn end(&self, game: GameId, subscriber: Subscriber, reason: Rejection, attempts: &FirstAttempts) {
        if let Err(error) = self.websockets.unsubscribe(&subscriber.connection, game).await {
            warn!(game_id = %game, connection = subscriber.connection, cause = %error, "a subscription could not be ended");
        }
        let text = encode(&Push::unwatched(game, reason)).into();
        self.sender.send(&subscriber.connection, text, About::Game(game), attempts);
    }
}

/// Those who may go on watching, and those who may not, with the reason.
fn sorted(game: &Game, subscribers: Vec<Subscriber>) -> (Vec<Subscriber>, Vec<(Rejection, Subscriber)>) {
    let (mut welcome, mut unwelcome) = (Vec::new(), Vec::new());
    for subscriber in subscribers {
        match game.may_keep_watching(&subscriber.player) {
            Ok(()) => welcome.push(subscriber),
            Err(reason) => unwelcome.push((reason, subscriber)),
        }
    }
    (welcome, unwelcome)
}

fn game_of(folded: &Folded) -> GameId {
    folded.game.id()
}

/// Whether all this was caused on one connection, whose answers carried it already. Should one of them have been lost, it
/// is asked for like every other gap.
fn was_answered(connection: &str, entries: &[Entry]) -> bool {
    entries.iter().all(|entry| entry.connection() == Some(connection))
}

/// The subscribers in the order in which they are sent to, players first, each with what they are to the game.
fn by_viewer(game: &Game, subscribers: Vec<Subscriber>) -> Vec<(Viewer, Subscriber)> {
    let as_viewer = |subscriber: Subscriber| (game.viewer(&subscriber.player), subscriber);
    let mut subscribers: Vec<(Viewer, Subscriber)> = subscribers.into_iter().map(as_viewer).collect();
    subscribers.sort_by_key(|(viewer, _)| *viewer);
    subscribers
}
