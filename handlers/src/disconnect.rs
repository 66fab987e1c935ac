//! `$disconnect`: forgets a connection. API Gateway does not promise to call it.

use aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest};
use lambda_runtime::{Error, LambdaEvent};
use tracing::info;
use turnlog_store::{ConfigError, Environment, Websockets};

use crate::{caller::connection_of, done};

/// What the function needs.
#[derive(Debug, Clone)]
pub struct App {
    websockets: Websockets,
}

impl App {
    /// Reads the name of the table from the environment.
    ///
    /// # Errors
    /// When it is missing.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { websockets: Websockets::new(environment.dynamodb(), environment.required("WEBSOCKETS_TABLE")?) })
    }
}

/// Forgets the connection with everything that it follows.
///
/// # Errors
/// When the table does not take it; the items expire then.
pub async fn handle(
    app: &App,
    event: LambdaEvent<ApiGatewayWebsocketProxyRequest>,
) -> Result<ApiGatewayProxyResponse, Error> {
    let context = event.payload.request_context;
    let connection = connection_of(&context, "DISCONNECT")?;
    app.websockets.disconnect(&connection).await?;
    info!(connection, code = context.disconnect_status_code, reason = context.disconnect_reason, "disconnected");
    Ok(done())
}
