//! The SDK's client, with Turnlog's settings.

use aws_config::{
    SdkConfig,
    retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig,
    timeout::{TimeoutConfig, TimeoutConfigBuilder},
};
use aws_sdk_dynamodb::{Client, config::Builder};

use crate::limits::{CONNECT_TIMEOUT, REQUEST_ATTEMPT_TIMEOUT, REQUEST_ATTEMPTS_MAX, REQUEST_TIMEOUT};

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
