//! Frames on their way to connections: in order for each connection, and no connection waits for another.
//!
//! A batch waits for the first attempt of each of its frames, and only for a bounded time. Whatever takes longer goes on beside
//! the next batch, so that a connection that does not read, or a gateway that does not answer, holds up nobody else. On Lambda
//! such a frame stands still while the function does. Should it never come, its client finds the gap by the next `seq` or by
//! its next ping.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rand::Rng as _;
use tokio::{
    sync::{Semaphore, mpsc},
    time::{sleep, timeout},
};
use tracing::{error, warn};
use turnlog_domain::{GameId, Timestamp};
use turnlog_store::{
    Management, Sent, Websockets,
    metrics::{self, PushWay},
};

use crate::{
    expiry,
    limits::{
        FRAMES_PER_CONNECTION_MAX, PUSH_RETRY_WAIT_MS_MAX, PUSH_RETRY_WAIT_MS_MIN, PUSH_SLOW_TIME,
        PUSH_TIME_PER_BATCH_MAX, PUSHES_AT_ONCE_MAX,
    },
};

/// The way to every connection.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    management: Management,
    websockets: Websockets,
    /// Requests that may be under way at the same time.
    room: Arc<Semaphore>,
    /// Connections that are being sent to.
    queues: Arc<Mutex<HashMap<String, Queue>>>,
}

/// What waits for one connection.
#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Frame>,
    /// When a frame has failed, or taken longer than its batch: no batch waits for the connection for a while then.
    slow_since: Option<Instant>,
}

/// One frame to one connection.
#[derive(Debug)]
struct Frame {
    text: Arc<str>,
    about: About,
    /// Dropped when the first attempt is over, or nobody waits for it any more.
    first_attempt: Option<mpsc::Sender<()>>,
}

/// What a frame is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum About {
    /// Messages of a game, the oldest of which was accepted at this time.
    Messages(GameId, Timestamp),
    /// A game, and no message.
    Game(GameId),
    /// A player's direct messages.
    Inbox,
}

impl About {
    fn game(self) -> Option<GameId> {
        match self {
            Self::Messages(game, _) | Self::Game(game) => Some(game),
            Self::Inbox => None,
        }
    }
}

/// What a batch waits for: the first attempt of each of its frames.
#[derive(Debug)]
pub(super) struct FirstAttempts {
    begun: mpsc::Sender<()>,
    ended: mpsc::Receiver<()>,
}

impl FirstAttempts {
    pub(super) fn new() -> Self {
        let (begun, ended) = mpsc::channel(1);
        Self { begun, ended }
    }
}

impl Sender {
    pub(super) fn new(management: Management, websockets: Websockets) -> Self {
        let room = Arc::new(Semaphore::new(PUSHES_AT_ONCE_MAX));
        Self { management, websockets, room, queues: Arc::default() }
    }

    /// Sends a frame after those that are under way to the same connection.
    pub(super) fn send(&self, connection: &str, text: Arc<str>, about: About, attempts: &FirstAttempts) {
        let mut queues = self.queues();
        let is_idle = !queues.contains_key(connection);
        let queue = queues.entry(connection.to_owned()).or_default();
        if queue.frames.len() >= FRAMES_PER_CONNECTION_MAX {
            warn!(connection, "a connection does not keep up, and a frame for it is left out");
            return;
        }
        // Only for a while: on Lambda a connection would be a frame behind for ever, since the function stands still between batches.
        let is_slow = queue.slow_since.is_some_and(|since| since.elapsed() < PUSH_SLOW_TIME);
        let first_attempt = (!is_slow).then(|| attempts.begun.clone());
        queue.frames.push_back(Frame { text, about, first_attempt });
        if is_idle {
            let (sender, connection) = (self.clone(), connection.to_owned());
            tokio::spawn(async move { sender.empty_queue(&connection).await });
        }
    }

    /// Ends connections whose tokens count no more.
    pub(super) fn end_expired(&self, connections: Vec<String>, attempts: &FirstAttempts) {
        if connections.is_empty() {
            return;
        }
        let (sender, first_attempt) = (self.clone(), attempts.begun.clone());
        tokio::spawn(async move {
            expiry::end_all(&sender.websockets, &sender.management, connections).await;
            drop(first_attempt);
        });
    }

    /// Waits until every first attempt of a batch is over, or its time is.
    pub(super) async fn wait(&self, attempts: FirstAttempts) {
        let FirstAttempts { begun, mut ended } = attempts;
        drop(begun);
        // Nothing is ever sent, so that nothing can be lost here: the channel closes when the last frame lets go of it.
        if timeout(PUSH_TIME_PER_BATCH_MAX, ended.recv()).await.is_ok() {
            return;
        }
        let mut queues = self.queues();
        queues.values_mut().for_each(Queue::slow_down);
        warn!(connections = queues.len(), "connections that are slow are sent to beside the next batch");
    }

    async fn empty_queue(&self, connection: &str) {
        while let Some(frame) = self.next(connection) {
            let Frame { text, about, mut first_attempt } = frame;
            let let_batch_go = || {
                drop(first_attempt.take());
                self.with_queue(connection, Queue::slow_down);
            };
            match self.attempt_twice(connection, &text, let_batch_go).await {
                Sent::Delivered => {
                    self.with_queue(connection, |queue| queue.slow_since = None);
                    if let About::Messages(_, at) = about {
                        metrics::pushed(PushWay::Stream, at);
                    }
                }
                Sent::Gone => {
                    // What follows would meet the same.
                    let _same = self.queues().remove(connection);
                    return self.forget(connection, about.game()).await;
                }
                Sent::Throttled => warn!(connection, "a connection takes no more, and a frame for it is left out"),
                Sent::Failed(cause) => warn!(connection, cause, "a connection could not be sent to"),
            }
        }
    }

    /// The next frame for a connection. Without one, the connection is idle again.
    fn next(&self, connection: &str) -> Option<Frame> {
        let mut queues = self.queues();
        let frame = queues.get_mut(connection).and_then(|queue| queue.frames.pop_front());
        if frame.is_none() {
            queues.remove(connection);
        }
        frame
    }

    /// An attempt, and a second and last one where the first may have failed for a moment only; `failed` is called before that.
    pub(super) async fn attempt_twice(&self, connection: &str, text: &str, failed: impl FnOnce()) -> Sent {
        match self.attempt(connection, text).await {
            sent @ (Sent::Delivered | Sent::Gone) => sent,
            // Status 429 is also what the account is told when it asks too much, and 5xx passes.
            Sent::Throttled | Sent::Failed(_) => {
                failed();
                sleep(retry_wait()).await;
                self.attempt(connection, text).await
            }
        }
    }

    /// One attempt, as soon as there is room for it.
    pub(super) async fn attempt(&self, connection: &str, text: &str) -> Sent {
        let _room = self.room.acquire().await;
        self.management.post(connection, text).await
    }

    /// Forgets a connection that is gone. Clients vanish without `$disconnect`, so this is normal.
    pub(super) async fn forget(&self, connection: &str, game: Option<GameId>) {
        let unsubscribed = async {
            match game {
                Some(game) => self.websockets.unsubscribe(connection, game).await,
                None => Ok(()),
            }
        };
        if let Err(error) = tokio::try_join!(self.websockets.disconnect(connection), unsubscribed) {
            error!(connection, cause = %error, "a gone connection could not be forgotten");
        }
    }

    fn with_queue(&self, connection: &str, change: impl FnOnce(&mut Queue)) {
        if let Some(queue) = self.queues().get_mut(connection) {
            change(queue);
        }
    }

    /// Never held across an await, and left whole by everything that holds it.
    fn queues(&self) -> MutexGuard<'_, HashMap<String, Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Lets go of every batch that waits for this connection.
    fn slow_down(&mut self) {
        self.slow_since = Some(Instant::now());
        for frame in &mut self.frames {
            frame.first_attempt = None;
        }
    }
}

/// How long a frame waits for its second and last attempt.
fn retry_wait() -> Duration {
    Duration::from_millis(rand::rng().random_range(PUSH_RETRY_WAIT_MS_MIN..=PUSH_RETRY_WAIT_MS_MAX))
}
