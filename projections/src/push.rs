//! `push`: tells every connection that follows a game what happened there, and the connections of a player their direct
//! messages.

mod inbox;
mod sender;

use std::collections::{BTreeMap, btree_map};

use aws_lambda_events::{dynamodb::Event, streams::DynamoDbEventResponse};
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use tokio::time::timeout;
use tracing::{debug, error, warn};
use turnlog_domain::{GameId, Misfit, Rejection, Seq, Session, Viewer};
use turnlog_protocol::{Push, encode};
use turnlog_store::{
    ConfigError, Entry, Folded, Games, Inbox, LoadError, Log, Management, Messages, Players, Sent, Subscriber,
    Websockets, client_from_env, required,
};

use self::sender::send;
use crate::{
    batch::{Batch, GameRecords, InboxRecords, report},
    limits::{
        GAMES_AT_ONCE_MAX, PUSH_ATTEMPT_TIMEOUT, PUSH_TIME_PER_GAME_MAX, PUSHED_MESSAGES_MAX, PUSHES_AT_ONCE_MAX,
        WATCHERS_PER_GAME_MAX,
    },
    now,
};

/// What the function needs.
#[derive(Debug)]
pub struct App {
    log: Log,
    inbox: Inbox,
    players: Players,
    websockets: Websockets,
    management: Management,
}

impl App {
    /// Reads the names of the tables from the environment; the management API's address comes from the SDK's own variable.
    ///
    /// # Errors
    /// When one is missing.
    pub async fn from_env() -> Result<Self, ConfigError> {
        let client = client_from_env().await;
        let messages = Messages::new(client.clone(), required("MESSAGES_TABLE")?);
        let games = Games::new(client.clone(), required("GAMES_TABLE")?);
        let players = Players::new(client.clone(), required("PLAYERS_TABLE")?);
        Ok(Self {
            inbox: Inbox::new(messages.clone(), players.clone()),
            players,
            log: Log::new(messages, games),
            websockets: Websockets::new(client, required("WEBSOCKETS_TABLE")?),
            management: Management::from_env(PUSH_ATTEMPT_TIMEOUT).await?,
        })
    }
}

/// Pushes what happened in every game and every inbox of the batch. One's failure or slowness never holds up another's.
///
/// # Errors
/// Never: what met an infrastructure error is named in the response.
pub async fn handle(app: &App, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
    let batch = Batch::of(event.payload);
    let pushed: Vec<Option<&GameRecords>> = stream::iter(&batch.games)
        .map(|(game, records)| push(app, *game, records))
        .buffer_unordered(GAMES_AT_ONCE_MAX)
        .collect()
        .await;
    let told: Vec<Option<&InboxRecords>> = stream::iter(&batch.inboxes)
        .map(|(player, records)| inbox::push(app, player, records))
        .buffer_unordered(GAMES_AT_ONCE_MAX)
        .collect()
        .await;
    let games = pushed.into_iter().flatten().filter_map(|records| records.first.as_ref());
    Ok(report(games.chain(told.into_iter().flatten().filter_map(|records| records.first.as_ref()))))
}

/// Pushes one game; returns its records when they have to be delivered again.
async fn push<'a>(app: &App, game: GameId, records: &'a GameRecords) -> Option<&'a GameRecords> {
    let Ok(pushed) = timeout(PUSH_TIME_PER_GAME_MAX, app.push(game, records)).await else {
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
    async fn push(&self, game: GameId, records: &GameRecords) -> Result<(), LoadError> {
        let (Some(first), Some(last)) = (records.first_seq(), records.last_seq()) else { return Ok(()) };
        let mut subscribers = self.websockets.subscribers(game, now()).await?;
        subscribers.retain(|subscriber| !was_answered(&subscriber.connection, &records.entries));
        if subscribers.is_empty() {
            return Ok(());
        }
        let Some(folded) = self.log.at_least(game, last, &records.entries).await? else { return Ok(()) };
        let entries = self.contiguous(&folded, first, &records.entries).await?;
        let (subscribers, unwelcome) = sorted(&folded.session, subscribers);
        let frames = Frames { session: &folded.session, entries: &entries };
        let texts = frames
            .for_all(&subscribers)
            .map_err(|Misfit| turnlog_store::LogFault::Unreadable("an event is not of the game's kind".to_owned()))?;
        let count = subscribers.len();
        stream::iter(chosen(&folded.session, subscribers))
            .map(|(viewer, subscriber)| self.deliver(game, subscriber, &texts[&viewer]))
            .buffer_unordered(PUSHES_AT_ONCE_MAX)
            .for_each(|()| async {})
            .await;
        stream::iter(unwelcome)
            .for_each_concurrent(PUSHES_AT_ONCE_MAX, |(reason, subscriber)| self.end(game, subscriber, reason))
            .await;
        debug!(game_id = %game, seq = %folded.session.seq(), connections = count, "game pushed");
        Ok(())
    }

    /// The messages from `first` up to the state: those at hand when they are complete, otherwise those of the log. None when
    /// they are more than a frame could hold: then the watchers are told to ask.
    async fn contiguous(&self, folded: &Folded, first: Seq, entries: &[Entry]) -> Result<Vec<Entry>, LoadError> {
        let head = folded.session.seq();
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
    async fn end(&self, game: GameId, subscriber: Subscriber, reason: Rejection) {
        if let Err(error) = self.websockets.unsubscribe(&subscriber.connection, game).await {
            warn!(game_id = %game, connection = subscriber.connection, cause = %error, "a subscription could not be ended");
        }
        self.deliver(game, subscriber, &encode(&Push::unwatched(game, reason))).await;
    }

    async fn deliver(&self, game: GameId, subscriber: Subscriber, text: &str) {
        let connection = subscriber.connection;
        match send(&self.management, &connection, text).await {
            Sent::Delivered => {}
            Sent::Gone => {
                // Clients vanish without $disconnect, so a gone connection is normal here.
                let forgotten = tokio::try_join!(
                    self.websockets.disconnect(&connection),
                    self.websockets.unsubscribe(&connection, game)
                );
                if let Err(error) = forgotten {
                    warn!(connection, cause = %error, "a gone connection could not be forgotten");
                }
            }
            Sent::Throttled => warn!(game_id = %game, connection, "a connection takes no more at the moment"),
            Sent::Failed(cause) => warn!(game_id = %game, connection, cause, "a connection could not be pushed to"),
        }
    }
}

/// Those who may go on watching, and those who may not, with the reason.
fn sorted(session: &Session, subscribers: Vec<Subscriber>) -> (Vec<Subscriber>, Vec<(Rejection, Subscriber)>) {
    let (mut welcome, mut unwelcome) = (Vec::new(), Vec::new());
    for subscriber in subscribers {
        match session.may_keep_watching(&subscriber.player) {
            Ok(()) => welcome.push(subscriber),
            Err(reason) => unwelcome.push((reason, subscriber)),
        }
    }
    (welcome, unwelcome)
}

fn game_of(folded: &Folded) -> GameId {
    folded.session.game()
}

/// Whether all this was caused on one connection, whose answers carried it already. Should one of them have been lost, it
/// is asked for like every other gap.
fn was_answered(connection: &str, entries: &[Entry]) -> bool {
    entries.iter().all(|entry| entry.connection() == Some(connection))
}

/// The subscribers that are served, players first, each with what they are to the game.
fn chosen(session: &Session, subscribers: Vec<Subscriber>) -> Vec<(Viewer, Subscriber)> {
    let as_viewer = |subscriber: Subscriber| (session.viewer(&subscriber.player), subscriber);
    let mut chosen: Vec<(Viewer, Subscriber)> = subscribers.into_iter().map(as_viewer).collect();
    chosen.sort_by_key(|(viewer, _)| *viewer);
    chosen.truncate(WATCHERS_PER_GAME_MAX);
    chosen
}

/// What is to be told about one game.
struct Frames<'a> {
    session: &'a Session,
    entries: &'a [Entry],
}

impl Frames<'_> {
    /// One text for each kind of viewer among the subscribers.
    fn for_all(&self, subscribers: &[Subscriber]) -> Result<BTreeMap<Viewer, String>, Misfit> {
        let viewers = subscribers.iter().map(|subscriber| self.session.viewer(&subscriber.player));
        let mut texts = BTreeMap::new();
        for viewer in viewers {
            if let btree_map::Entry::Vacant(text) = texts.entry(viewer) {
                text.insert(self.for_one(viewer)?);
            }
        }
        Ok(texts)
    }

    fn for_one(&self, viewer: Viewer) -> Result<String, Misfit> {
        if self.entries.is_empty() {
            return Ok(encode(&Push::Behind { game: self.session.game(), seq: self.session.seq().0 }));
        }
        Push::text(self.session, viewer, self.entries.iter().map(|entry| &entry.message))
    }
}
