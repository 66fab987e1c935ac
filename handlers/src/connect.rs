//! `$connect`: remembers an open connection, and the player's name. Nothing can be sent to it before this has ended, so a client
//! that does not ask for its direct messages gets them through the stream of the Players table.

use aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest};
use lambda_runtime::{Error, LambdaEvent};
use tracing::info;
use turnlog_store::{ConfigError, Dialect, Players, Websockets, client_from_env, required};

use crate::{
    caller::Caller,
    done, now,
    subprotocol::{SUBPROTOCOL, offered},
};

/// What the function needs.
#[derive(Debug, Clone)]
pub struct App {
    players: Players,
    websockets: Websockets,
}

impl App {
    /// Reads the names of the tables from the environment.
    ///
    /// # Errors
    /// When one is missing.
    pub async fn from_env() -> Result<Self, ConfigError> {
        let client = client_from_env().await;
        let players = Players::new(client.clone(), required("PLAYERS_TABLE")?);
        Ok(Self { players, websockets: Websockets::new(client, required("WEBSOCKETS_TABLE")?) })
    }
}

/// Remembers the connection. The handshake ends only after this.
///
/// # Errors
/// When the tables do not take it; the client sees the handshake fail and tries again.
pub async fn handle(
    app: &App,
    event: LambdaEvent<ApiGatewayWebsocketProxyRequest>,
) -> Result<ApiGatewayProxyResponse, Error> {
    let request = event.payload;
    let Caller { player, name, connection } = Caller::of(&request.request_context, "CONNECT")?;
    let mut offered = offered(&request.multi_value_headers, &request.headers);
    let is_offered = offered.any(|protocol| protocol == SUBPROTOCOL);
    let dialect = if is_offered { Dialect::Turnlog } else { Dialect::Plain };
    let now = now();
    tokio::try_join!(
        app.websockets.connect_as(dialect, &connection, &player, now),
        app.players.put_name(&player, &name)
    )?;
    if dialect == Dialect::Plain {
        // Last: whoever is told of it finds the connection.
        app.players.put_connected(&player, &connection, now).await?;
    }
    info!(player_id = %player, connection, "connected");
    let mut response = done();
    if is_offered {
        response.headers.insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse()?);
    }
    Ok(response)
}
