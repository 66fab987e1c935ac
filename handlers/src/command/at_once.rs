//! Telling others at once what a command has caused.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use tokio::time::timeout;
use tracing::{debug, warn};
use turnlog_domain::{Game, InvalidEvent, Message, Seq, Timestamp};
use turnlog_protocol::Push;
use turnlog_store::{
    ConfigError, Environment, Management, Sent, Subscriber,
    metrics::{self, PushWay},
};

use super::Call;
use crate::limits::PUSH_AT_ONCE_CONNECTIONS_MAX;

/// For how long a frame waits at most until others are told of what it has caused. None: the stream alone tells them.
#[derive(Debug, Clone, Copy)]
pub(super) struct PushAtOnce(Option<Duration>);

impl PushAtOnce {
    /// Reads it from the environment, in milliseconds; 0 is none.
    ///
    /// # Errors
    /// When it is no number.
    pub(super) fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let variable = "PUSH_AT_ONCE_MS";
        let ms: u64 = environment.required(variable)?.parse().map_err(|_| ConfigError { variable })?;
        Ok(Self((ms > 0).then_some(Duration::from_millis(ms))))
    }
}

impl Call<'_> {
    /// Posts a new message to the others who follow its game. It is a short cut and no promise: the stream sends the same, and
    /// clients drop what they have by its `seq`. So it takes a bounded time, and whatever fails here fails no command.
    pub(super) async fn tell_others(&self, game: &Game, message: &Message) {
        let PushAtOnce(Some(time_max)) = self.app.push_at_once else { return };
        // Nobody can follow a game that was just made.
        if message.seq == Seq(1) {
            return;
        }
        // Cancel-safe: whoever was not sent to hears it from the stream.
        if timeout(time_max, self.post(game, message)).await.is_err() {
            debug!(game_id = %game.id(), "the others are told by the stream");
        }
    }

    async fn post(&self, game: &Game, message: &Message) {
        let subscribers = match self.app.websockets.subscribers(game.id(), self.now).await {
            Ok(subscribers) => subscribers,
            Err(error) => {
                warn!(game_id = %game.id(), cause = %error, "nobody can be told at once");
                return;
            }
        };
        let mut others: Vec<Subscriber> =
            subscribers.into_iter().filter(|subscriber| self.is_told(game, subscriber)).collect();
        // Those who play come before those who watch.
        others.sort_by_key(|other| game.viewer(&other.player));
        others.truncate(PUSH_AT_ONCE_CONNECTIONS_MAX);
        let viewers = others.iter().map(|other| game.viewer(&other.player));
        match Push::texts(game, viewers, [message]) {
            Ok(texts) => {
                // Tasks of their own: a first post opens a connection to the gateway, and what is cut off would have to begin anew
                // with every frame.
                let posts = others.into_iter().map(|other| {
                    let (management, text) =
                        (self.app.management.clone(), Arc::clone(&texts[&game.viewer(&other.player)]));
                    let at = message.at;
                    tokio::spawn(async move { tell(&management, &other.connection, &text, at).await })
                });
                join_all(posts).await;
            }
            Err(InvalidEvent(reason)) => warn!(game_id = %game.id(), reason, "nobody can be told at once"),
        }
    }

    /// Whether a subscriber is told: not on the connection that is answered, and only as long as they may watch.
    fn is_told(&self, game: &Game, subscriber: &Subscriber) -> bool {
        subscriber.connection != self.connection
            && !subscriber.token_expiry.has_passed(self.now)
            && game.may_keep_watching(&subscriber.player).is_ok()
    }
}

/// Tells one connection of a message from `at`. If it does not take it, the stream's push does what is to be done about it.
async fn tell(management: &Management, connection: &str, text: &str, at: Timestamp) {
    let sent = management.post(connection, text).await;
    if sent == Sent::Delivered {
        metrics::pushed(PushWay::AtOnce, at);
    } else {
        debug!(connection, cause = ?sent, "a connection was not told at once");
    }
}
