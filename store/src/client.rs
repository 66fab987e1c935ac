//! The SDK's client, and what the tables need from the environment.

use aws_config::{
    BehaviorVersion, SdkConfig,
    retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig,
    timeout::{TimeoutConfig, TimeoutConfigBuilder},
};
use aws_sdk_dynamodb::{Client, config::Builder};

use crate::limits::{CONNECT_TIMEOUT, REQUEST_ATTEMPT_TIMEOUT, REQUEST_ATTEMPTS_MAX, REQUEST_TIMEOUT};

/// A variable of the environment is missing, empty, or not of the form that is expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {variable} is missing, empty or not valid")]
pub struct ConfigError {
    /// Its name.
    pub variable: &'static str,
}

/// Reads a variable of the environment.
///
/// # Errors
/// When it is missing or empty.
pub fn required(variable: &'static str) -> Result<String, ConfigError> {
    std::env::var(variable).ok().filter(|value| !value.is_empty()).ok_or(ConfigError { variable })
}

/// The client that the SDK's own variables describe, with Turnlog's time-outs and retries.
pub async fn client_from_env() -> Client {
    client_with(&aws_config::load_defaults(BehaviorVersion::latest()).await)
}

/// A client with Turnlog's time-outs and retries, for those whom a player waits for.
pub fn client_with(config: &SdkConfig) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(REQUEST_ATTEMPT_TIMEOUT)
        .operation_timeout(REQUEST_TIMEOUT);
    Client::from_conf(config_with(config, timeouts, REQUEST_ATTEMPTS_MAX).build())
}

/// The settings of a client with other time-outs and attempts.
pub fn config_with(config: &SdkConfig, timeouts: TimeoutConfigBuilder, attempts: u32) -> Builder {
    aws_sdk_dynamodb::config::Builder::from(config)
        .timeout_config(timeouts.build())
        .retry_config(RetryConfig::standard().with_max_attempts(attempts))
        // Bodies are small and have their time-outs; watching how fast they flow costs more than it tells.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}
