//! Connections whose tokens count no more: they are told so, and ended.
//!
//! A connection that speaks is ended by the command function, and one that is pushed to by `push`. The rest is found here, once a
//! minute, by an index over when tokens expire: what a run reads and does grows with what has expired, and is bounded.

use futures::{StreamExt, stream};
use tokio::time::timeout;
use tracing::{error, info, warn};
use turnlog_protocol::{Push, Refusal, encode};
use turnlog_store::{ConfigError, Environment, Management, Websockets, limits::INDEX_BUCKETS, now};

use crate::limits::{EXPIRY_TIME_MAX, PUSH_ATTEMPT_TIMEOUT, PUSHES_AT_ONCE_MAX};

/// What ends connections.
#[derive(Debug)]
pub struct App {
    websockets: Websockets,
    management: Management,
}

impl App {
    /// Reads the name of the table from the environment; the management API's address comes from the SDK's own variable.
    ///
    /// # Errors
    /// When one is missing.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let websockets = Websockets::new(environment.dynamodb(), environment.required("WEBSOCKETS_TABLE")?);
        Ok(Self { websockets, management: Management::from_environment(environment, PUSH_ATTEMPT_TIMEOUT)? })
    }

    /// Ends what has expired, as far as the time of a run goes. What is left comes with the next run.
    pub async fn sweep(&self) {
        // Each connection is ended for itself, so that nothing is lost where the time-out drops the rest.
        match timeout(EXPIRY_TIME_MAX, self.end_expired()).await {
            Ok(0) => {}
            Ok(connections) => info!(connections, "connections with expired tokens ended"),
            Err(_) => warn!("not all connections with expired tokens were ended; the next run goes on"),
        }
    }

    async fn end_expired(&self) -> usize {
        let mut count = 0;
        for bucket in 0..INDEX_BUCKETS {
            let connections = match self.websockets.with_expired_tokens(bucket, now()).await {
                Ok(connections) => connections,
                Err(error) => {
                    error!(bucket, cause = %error, "connections with expired tokens could not be found");
                    continue;
                }
            };
            count += connections.len();
            end_all(&self.websockets, &self.management, connections).await;
        }
        count
    }
}

/// Tells connections that their tokens have expired, ends them, and forgets them.
pub(crate) async fn end_all(
    websockets: &Websockets,
    management: &Management,
    connections: impl IntoIterator<Item = String>,
) {
    let last = encode(&Push::closing(Refusal::token_expired()));
    let end = |connection: String| {
        let last = &last;
        async move {
            if let Err(error) = websockets.end(management, &connection, last).await {
                warn!(connection, cause = %error, "a connection with an expired token could not be ended");
            }
        }
    };
    stream::iter(connections).for_each_concurrent(PUSHES_AT_ONCE_MAX, end).await;
}
