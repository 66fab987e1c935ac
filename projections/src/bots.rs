//! `bots`: moves the seats that bots hold.
//!
//! The stream of the Games table is its doorbell; what is to be done stands in the log. A bot acts as a person does, through
//! the ordinary append.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime},
};

use aws_lambda_events::{dynamodb::Event, streams::DynamoDbEventResponse};
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use tokio::time::timeout_at;
use tracing::error;
use turnlog_domain::{GameId, Kinds};
use turnlog_store::{ChanceKeys, Environment, Games, Log, Messages, SecretError};

use crate::{
    batch::{RecordId, report},
    bot_tasks::{self, Allowance, BotTaskError},
    limits::{BOT_COMMANDS_PER_DOORBELL_MAX, BOT_TIME_PER_BATCH, BOTS_END_RESERVE, BOTS_RESERVE, GAMES_AT_ONCE_MAX},
};

/// What the function needs.
#[derive(Debug)]
pub struct App {
    log: Log,
}

impl App {
    /// Reads the names of the tables and the keys behind chance from the environment.
    ///
    /// # Errors
    /// When one is missing, or no key.
    pub async fn from_environment(environment: &Environment, kinds: &Kinds) -> Result<Self, SecretError> {
        let client = environment.dynamodb();
        let messages = Messages::new(client.clone(), environment.required("MESSAGES_TABLE")?);
        let games = Games::new(client, environment.required("GAMES_TABLE")?, kinds.clone());
        let app = Self::new(messages, games, ChanceKeys::from_environment(environment).await?);
        Ok(Self { log: app.log.with_cache(environment.cache()) })
    }

    /// The function over its tables.
    pub fn new(messages: Messages, games: Games, keys: ChanceKeys) -> Self {
        Self { log: Log::new(messages, games).with_keys(keys) }
    }
}

/// Lets the bots of every game of the batch act.
///
/// # Errors
/// Never: games in which they must try again are named in the response.
pub async fn handle(app: &App, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
    let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    let time_max = left.saturating_sub(BOTS_RESERVE).max(Duration::from_secs(1));
    let now = Instant::now();
    let allowance = Allowance {
        commands: BOT_COMMANDS_PER_DOORBELL_MAX,
        more_until: now + BOT_TIME_PER_BATCH,
        until: now + time_max,
    };
    let end = now + left.saturating_sub(BOTS_END_RESERVE).max(Duration::from_secs(1));
    let doorbells = doorbells(event.payload);
    let failed: Vec<Option<&RecordId>> = stream::iter(&doorbells)
        .map(|(game, record_id)| act(app, *game, record_id, allowance, end))
        .buffer_unordered(GAMES_AT_ONCE_MAX)
        .collect()
        .await;
    Ok(report(failed.into_iter().flatten()))
}

/// Lets the bots of one game act; returns the id of its record when that has to be delivered again.
///
/// Where the tables hang, a command with all its attempts takes longer than the function has. It may be dropped half-way: the
/// next delivery gives it again, under the same id.
async fn act<'a>(
    app: &App,
    game: GameId,
    record_id: &'a RecordId,
    allowance: Allowance,
    end: Instant,
) -> Option<&'a RecordId> {
    let Ok(acted) = timeout_at(end.into(), bot_tasks::run(&app.log, game, allowance)).await else {
        error!(game_id = %game, "bots could not act in time");
        return Some(record_id);
    };
    match acted {
        Ok(_) => None,
        Err(BotTaskError::Append(error)) if !error.is_retryable() => {
            // The games projection parks what is damaged, and the sweep comes back to everything else.
            error!(game_id = %game, cause = %error, "bots cannot act");
            None
        }
        Err(error) => {
            error!(game_id = %game, cause = %error, "bots could not act");
            Some(record_id)
        }
    }
}

/// The games of a batch, each with the id of its first record.
fn doorbells(event: Event) -> BTreeMap<GameId, RecordId> {
    let mut doorbells = BTreeMap::new();
    for (index, record) in event.records.into_iter().enumerate() {
        let Keys { game_id } = serde_dynamo::from_item(record.change.keys).unwrap_or_default();
        let Ok(game) = GameId::parse(&game_id) else {
            error!(game_id, "record without a game id");
            continue;
        };
        doorbells.entry(game).or_insert((index, record.change.sequence_number.unwrap_or_default()));
    }
    doorbells
}

/// The keys of a record, whatever else is wrong with it.
#[derive(Debug, Default, serde::Deserialize)]
struct Keys {
    game_id: String,
}
