//! The management API of the gateway: frames to open connections, and the end of one.

use std::time::Duration;

use aws_config::{
    SdkConfig, retry::RetryConfig, stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_sdk_apigatewaymanagement::{
    Client,
    config::http::HttpResponse,
    error::{DisplayErrorContext, SdkError},
    primitives::Blob,
};

use crate::environment::{ConfigError, Environment};

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
    /// The client that the SDK's own variables describe, as [`Management::new`] makes it.
    ///
    /// # Errors
    /// When the variable with the stage's address is missing.
    pub fn from_environment(environment: &Environment, attempt_timeout: Duration) -> Result<Self, ConfigError> {
        environment.required("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI")?;
        Ok(Self::new(environment.sdk(), attempt_timeout))
    }

    /// The management API at the address of the configuration. It makes one attempt of each request, `attempt_timeout` long
    /// at most.
    pub fn new(config: &SdkConfig, attempt_timeout: Duration) -> Self {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(attempt_timeout).build();
        let config = aws_sdk_apigatewaymanagement::config::Builder::from(config)
            .timeout_config(timeouts)
            // Callers count attempts: what 410 and 429 mean depends on what is sent.
            .retry_config(RetryConfig::disabled())
            // Bodies are small and have their time-outs; watching how fast they flow costs more than it tells.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        Self { client: Client::from_conf(config.build()) }
    }

    /// Sends a frame to a connection, once.
    pub async fn post(&self, connection: &str, text: &str) -> Sent {
        let post = self.client.post_to_connection().connection_id(connection).data(Blob::new(text));
        post.send().await.map_or_else(|error| Sent::refused(&error), |_| Sent::Delivered)
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
        let delete = self.client.delete_connection().connection_id(connection);
        delete.send().await.map_or_else(|error| Sent::refused(&error), |_| Sent::Delivered)
    }
}

impl Sent {
    /// What a refusal means is told by its status alone: 429 is the connection's limit or that of the whole account.
    fn refused<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        match error.raw_response().map(|response| response.status().as_u16()) {
            Some(410) => Self::Gone,
            Some(429) => Self::Throttled,
            _ => Self::Failed(DisplayErrorContext(error).to_string()),
        }
    }
}
