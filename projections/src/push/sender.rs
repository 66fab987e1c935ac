//! One frame to one connection, through the management API.

use aws_config::{
    BehaviorVersion, retry::RetryConfig, stalled_stream_protection::StalledStreamProtectionConfig,
    timeout::TimeoutConfig,
};
use aws_sdk_apigatewaymanagement::{
    Client,
    error::{DisplayErrorContext, SdkError},
    primitives::Blob,
};
use tokio::time::sleep;

use crate::limits::{PUSH_ATTEMPT_TIMEOUT, PUSH_ATTEMPTS_MAX, PUSH_WAIT};

/// What became of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    /// The gateway took it. Whether the client did, its next ping tells.
    Delivered,
    /// There is no such connection any more.
    Gone,
    /// The gateway did not take it, however often it was asked.
    Failed(String),
}

/// The client that the SDK's own variables describe.
pub(super) async fn client_from_env() -> Client {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(PUSH_ATTEMPT_TIMEOUT).build();
    let config = aws_sdk_apigatewaymanagement::config::Builder::from(&config)
        .timeout_config(timeouts)
        // Attempts are counted here, where 410 and 429 are told apart.
        .retry_config(RetryConfig::disabled())
        // Bodies are small and have their time-outs; watching how fast they flow costs more than it tells.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    Client::from_conf(config.build())
}

/// Sends a frame, a bounded number of times.
pub(super) async fn send(client: &Client, connection: &str, text: &str) -> Sent {
    let mut cause = String::new();
    for attempt in 0..PUSH_ATTEMPTS_MAX {
        if attempt > 0 {
            sleep(PUSH_WAIT * (1 << (attempt - 1))).await;
        }
        let post = client.post_to_connection().connection_id(connection).data(Blob::new(text));
        match post.send().await {
            Ok(_) => return Sent::Delivered,
            Err(SdkError::ServiceError(error)) if error.err().is_gone_exception() => return Sent::Gone,
            Err(error) => cause = DisplayErrorContext(&error).to_string(),
        }
    }
    Sent::Failed(cause)
}
