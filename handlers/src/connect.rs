//! `$connect`: remembers an open connection, and the player's name; ends the oldest connection of a player who has too many, and
//! refuses one whose last connection was ended because it sent too much. Nothing can be sent to it before this has ended, so a client
//! that does not ask for its direct messages gets them through the stream of the Players table.

use aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest};
use futures::future::join_all;
use lambda_runtime::{Error, LambdaEvent};
use tracing::{info, warn};
use turnlog_domain::{PlayerId, Timestamp};
use turnlog_protocol::{Push, Refusal, encode};
use turnlog_store::{
    ConfigError, Connection, Dialect, Environment, Management, Players, Sent, StoreError, Websockets, now,
};

use crate::{
    caller::{Caller, refusal_of},
    done,
    limits::{ENDED_PER_CONNECT_MAX, MANAGEMENT_TIMEOUT},
    subprotocol::{SUBPROTOCOL, offered},
};

/// What the function needs.
#[derive(Debug, Clone)]
pub struct App {
    players: Players,
    websockets: Websockets,
    management: Management,
}

impl App {
    /// Reads the names of the tables from the environment; the management API's address comes from the SDK's own variable.
    ///
    /// # Errors
    /// When one is missing.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let client = environment.dynamodb();
        let players = Players::new(client.clone(), environment.required("PLAYERS_TABLE")?);
        let websockets = Websockets::new(client, environment.required("WEBSOCKETS_TABLE")?);
        Ok(Self { players, websockets, management: Management::from_environment(environment, MANAGEMENT_TIMEOUT)? })
    }
}

/// Remembers the connection, unless its player is kept out for a while, or its address has too many guests. The handshake ends only after this.
///
/// # Errors
/// When the tables do not take it; the client sees the handshake fail and tries again.
pub async fn handle(
    app: &App,
    event: LambdaEvent<ApiGatewayWebsocketProxyRequest>,
) -> Result<ApiGatewayProxyResponse, Error> {
    let request = event.payload;
    let Caller { player, name, connection, token_expiry } = Caller::of(&request.request_context, "CONNECT")?;
    if let Some(reason) = refusal_of(&request.request_context) {
        info!(player_id = %player, reason, "connection refused");
        return Ok(too_many_requests());
    }
    let mut offered = offered(&request.multi_value_headers, &request.headers);
    let is_offered = offered.any(|protocol| protocol == SUBPROTOCOL);
    let dialect = if is_offered { Dialect::Turnlog } else { Dialect::Plain };
    let now = now();
    if app.websockets.is_barred(&player, now).await? {
        info!(player_id = %player, "connection refused: too many frames before");
        return Ok(too_many_requests());
    }
    tokio::try_join!(
        app.websockets.connect_as(dialect, &connection, &player, now, token_expiry),
        app.players.put_name(&player, &name)
    )?;
    make_room(app, &player, &connection, now).await;
    if dialect == Dialect::Plain {
        // Last: whoever is told of it finds the connection.
        app.players.ring_unread(&player, &connection, now).await?;
    }
    info!(player_id = %player, connection, "connected");
    let mut response = done();
    if is_offered {
        response.headers.insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse()?);
    }
    Ok(response)
}

/// What the client is answered, and its handshake fails with.
fn too_many_requests() -> ApiGatewayProxyResponse {
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = 429;
    response
}

/// Ends the oldest connections of a player who has more than they may have. Whoever connects at the same moment does the same;
/// each connection is told and closed by one of them. What cannot be ended now is tried with the next connect.
async fn make_room(app: &App, player: &PlayerId, connection: &str, now: Timestamp) {
    let ended = async {
        let beyond = app.websockets.connections_beyond(player, connection, now).await?;
        let ended = beyond.iter().take(ENDED_PER_CONNECT_MAX).map(|connection| end(app, player, connection));
        join_all(ended).await.into_iter().collect::<Result<Vec<()>, StoreError>>()
    };
    if let Err(error) = ended.await {
        warn!(player_id = %player, cause = %error, "connections beyond the limit could not be ended");
    }
}

async fn end(app: &App, player: &PlayerId, connection: &Connection) -> Result<(), StoreError> {
    if !app.websockets.take_from_player(player, &connection.id).await? {
        return Ok(());
    }
    // Before the gateway is asked, so that nothing follows what it says last.
    let forgotten = app.websockets.disconnect(&connection.id).await;
    let reason = encode(&Push::closing(Refusal::too_many_connections()));
    match app.management.end(&connection.id, &reason).await {
        Sent::Delivered | Sent::Gone => {
            info!(player_id = %player, connection = connection.id, "connection ended: too many");
        }
        not_taken @ (Sent::Throttled | Sent::Failed(_)) => {
            // It is told of nothing any more, and what would have it told is answered with the reason.
            warn!(connection = connection.id, cause = ?not_taken, "a connection could not be ended");
        }
    }
    forgotten
}
