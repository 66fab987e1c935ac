//! `games`: keeps the read models of every game, and watches over the log.

use aws_lambda_events::{dynamodb::Event, streams::DynamoDbEventResponse};
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use tracing::error;
use turnlog_domain::{GameId, Kinds, Seq};
use turnlog_store::{ConfigError, Environment, Games, Messages, Players};

use crate::{
    batch::{Batch, GameRecords, failures},
    limits::GAMES_AT_ONCE_MAX,
    project::Projector,
};

/// What the function needs.
#[derive(Debug)]
pub struct App {
    projector: Projector,
}

impl App {
    /// Reads the names of the tables from the environment.
    ///
    /// # Errors
    /// When one is missing.
    pub fn from_environment(environment: &Environment, kinds: &Kinds) -> Result<Self, ConfigError> {
        Ok(Self { projector: Projector::from_environment(environment, kinds)? })
    }

    /// The function over its tables.
    pub fn new(messages: Messages, games: Games, players: Players) -> Self {
        Self { projector: Projector::new(messages, games, &players) }
    }
}

/// Projects every game of the batch, each folded and written once.
///
/// # Errors
/// Never: games that met an infrastructure error are named in the response.
pub async fn handle(app: &App, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
    let batch = Batch::of(event.payload);
    for tampered in &batch.tampered {
        // Operators have an alarm on this text.
        error!(game_id = tampered.game, seq = tampered.seq, event = tampered.event, "message changed or removed");
    }
    let projected: Vec<Option<&GameRecords>> = stream::iter(&batch.games)
        .map(|(game, records)| project(app, *game, records))
        .buffer_unordered(GAMES_AT_ONCE_MAX)
        .collect()
        .await;
    // Direct messages have no read model: their log is read as it stands.
    Ok(failures(projected.into_iter().flatten()))
}

/// Projects one game; returns its records when they have to be delivered again.
async fn project<'a>(app: &App, game: GameId, records: &'a GameRecords) -> Option<&'a GameRecords> {
    let projected = match &records.fault {
        Some(fault) => app.projector.park(game, records.last_seq().unwrap_or(Seq(0)), fault).await,
        None => app.projector.project(game, &records.entries).await.map(|_| ()),
    };
    let error = projected.err()?;
    error!(game_id = %game, cause = %error, "projection failed");
    Some(records)
}
