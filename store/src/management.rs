//! The management API of the gateway: frames to open connections, and the end of one.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, retry::RetryConfig, stalled_stream_protection::StalledStreamProtectionConfig,
    timeout::TimeoutConfig,
};
use aws_sdk_apigatewaymanagement::{
    Client,
    error::{DisplayErrorContext, SdkError},
    primitives::Blob,
};

use crate::client::{ConfigError, required};

/// The management API of one stage.
#[derive(Debug, Clone)]
pub struct Management {
    client: Client,
}

/// What became of one attempt at a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The gateway took it. Whether the client did, its next ping tells.
    Delivered,
    /// There is no such connection any more, or it is not quite open yet.
    Gone,
    /// The connection, or the whole account, is asked too much at the moment (status 429).
    Throttled,
    /// The gateway did not take it.
    Failed(String),
}

impl Management {
    /// The client that the SDK's own variables describe. It makes one attempt of each request, `attempt_timeout` long at most.
    ///
    /// # Errors
    /// When the variable with the stage's address is missing.
    pub async fn from_env(attempt_timeout: Duration) -> Result<Self, ConfigError> {
        required("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI")?;
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(attempt_timeout).build();
        let config = aws_sdk_apigatewaymanagement::config::Builder::from(&config)
            .timeout_config(timeouts)
            // Callers count attempts: what 410 and 429 mean depends on what is sent.
            .retry_config(RetryConfig::disabled())
            // Bodies are small and have their time-outs; watching how fast they flow costs more than it tells.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        Ok(Self { client: Client::from_conf(config.build()) })
    }

    /// Sends a frame to a connection, once.
    pub async fn post(&self, connection: &str, text: &str) -> Sent {
        let post = self.client.post_to_connection().connection_id(connection).data(Blob::new(text));
        match post.send().await {
            Ok(_) => Sent::Delivered,
            Err(error) => {
                let is_gone = error.as_service_error().is_some_and(|error| error.is_gone_exception());
                refused(is_gone, &error)
            }
        }
    }

    /// Tells a connection a last thing, and ends it. It is ended also when the client cannot be told.
    pub async fn end(&self, connection: &str, last: &str) -> Sent {
        match self.post(connection, last).await {
            Sent::Gone => Sent::Gone,
            Sent::Delivered | Sent::Throttled | Sent::Failed(_) => self.close(connection).await,
        }
    }

    /// Ends a connection, once. The gateway closes its socket and calls `$disconnect`.
    pub async fn close(&self, connection: &str) -> Sent {
        match self.client.delete_connection().connection_id(connection).send().await {
            Ok(_) => Sent::Delivered,
            Err(error) => {
                let is_gone = error.as_service_error().is_some_and(|error| error.is_gone_exception());
                refused(is_gone, &error)
            }
        }
    }
}

/// Status 429 is told by its number: whether a `LimitExceededException` or a plain throttle of the account, it means the same.
fn refused<E>(is_gone: bool, error: &SdkError<E, aws_sdk_apigatewaymanagement::config::http::HttpResponse>) -> Sent
where
    E: std::error::Error + Send + Sync + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    match status {
        _ if is_gone => Sent::Gone,
        Some(429) => Sent::Throttled,
        _ => Sent::Failed(DisplayErrorContext(error).to_string()),
    }
}
