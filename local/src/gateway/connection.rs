//! The open connections, and what waits to be sent on each.

use std::{
    collections::HashMap,
    sync::{
        Arc, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::extract::ws::{CloseFrame, Message};
use base64::{Engine as _, prelude::BASE64_URL_SAFE};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, mpsc, watch};

use super::{closing::Closing, event::Identity};

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) identity: Identity,
    outbox: mpsc::UnboundedSender<Outgoing>,
    /// Bytes that may still wait for the client. What keeps the outbox bounded.
    room: Arc<Semaphore>,
    opened: Instant,
    /// Milliseconds from opening to the last message in either direction.
    last_active: AtomicU64,
    closing: watch::Sender<Option<Closing>>,
}

/// Something that waits for the client. It takes up room until it is written.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) message: Message,
    pub(super) room: Option<OwnedSemaphorePermit>,
}

/// Why a message cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SendError {
    /// The connection is closed.
    Gone,
    /// The client does not read, and too much is waiting for it.
    Full,
}

impl Connection {
    pub(super) fn new(identity: Identity, unread_bytes_max: usize) -> (Self, mpsc::UnboundedReceiver<Outgoing>) {
        let (outbox, outgoing) = mpsc::unbounded_channel();
        let connection = Self {
            identity,
            outbox,
            room: Arc::new(Semaphore::new(unread_bytes_max)),
            opened: Instant::now(),
            last_active: AtomicU64::new(0),
            closing: watch::Sender::new(None),
        };
        (connection, outgoing)
    }

    /// Puts a message into the outbox if there is room.
    ///
    /// # Errors
    /// When there is none, or the connection is closed.
    pub(super) fn try_send(&self, text: String) -> Result<(), SendError> {
        let room = Arc::clone(&self.room).try_acquire_many_owned(bytes(&text)).map_err(|error| match error {
            TryAcquireError::NoPermits => SendError::Full,
            TryAcquireError::Closed => SendError::Gone,
        })?;
        self.put(text, room)
    }

    /// Puts a message into the outbox as soon as there is room.
    ///
    /// # Errors
    /// When the connection is closed.
    pub(super) async fn send(&self, text: String) -> Result<(), SendError> {
        let room = Arc::clone(&self.room).acquire_many_owned(bytes(&text)).await.map_err(|_| SendError::Gone)?;
        self.put(text, room)
    }

    fn put(&self, text: String, room: OwnedSemaphorePermit) -> Result<(), SendError> {
        let outgoing = Outgoing { message: Message::Text(text.into()), room: Some(room) };
        self.outbox.send(outgoing).map_err(|_| SendError::Gone)?;
        self.touch();
        Ok(())
    }

    /// Puts a close frame after everything that waits.
    pub(super) fn send_close(&self, code: u16, reason: &'static str) {
        let message = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        // A writer that has ended has nobody to write to.
        let _ = self.outbox.send(Outgoing { message, room: None });
    }

    /// Wakes whoever still waits for room: there will be none.
    pub(super) fn shut(&self) {
        self.room.close();
    }

    /// A message travelled.
    pub(super) fn touch(&self) {
        self.last_active.store(milliseconds(self.opened.elapsed()), Ordering::Relaxed);
    }

    /// When it will have been idle for this long, if nothing happens.
    pub(super) fn idle_at(&self, idle_max: Duration) -> Instant {
        self.opened + Duration::from_millis(self.last_active.load(Ordering::Relaxed)) + idle_max
    }

    /// In milliseconds since 1970.
    pub(super) fn last_active_at(&self) -> i64 {
        let since_opening = i64::try_from(self.last_active.load(Ordering::Relaxed)).unwrap_or_default();
        self.identity.connected_at + since_opening
    }

    /// Asks the connection to end.
    pub(super) fn close(&self, closing: Closing) {
        self.closing.send_replace(Some(closing));
    }

    /// Returns when somebody asked the connection to end.
    pub(super) async fn closing(&self) -> Closing {
        let mut closing = self.closing.subscribe();
        let reason = closing.wait_for(Option::is_some).await.expect("the sender is in `self`").clone();
        reason.expect("it was waited for")
    }
}

fn bytes(text: &str) -> u32 {
    u32::try_from(text.len().max(1)).unwrap_or(u32::MAX)
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// All open connections of an API.
#[derive(Debug, Default)]
pub(super) struct Connections {
    registry: RwLock<Registry>,
    /// How many connections are not wholly finished: the function that is told of their end is still running.
    unfinished: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Registry {
    open: HashMap<String, Arc<Connection>>,
    accepting: Accepting,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Accepting {
    #[default]
    Yes,
    No,
}

/// Counts a connection as unfinished while it exists.
#[derive(Debug)]
pub(super) struct Unfinished<'a>(&'a watch::Sender<usize>);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Connections {
    /// Adds a connection; one that comes while the gateway stops is closed at once.
    pub(super) fn insert(&self, connection: Arc<Connection>) -> Unfinished<'_> {
        let mut registry = self.write();
        if registry.accepting == Accepting::No {
            connection.close(Closing::Stopping);
        }
        registry.open.insert(connection.identity.connection_id.clone(), connection);
        self.unfinished.send_modify(|count| *count += 1);
        Unfinished(&self.unfinished)
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<Connection>> {
        self.read().open.get(id).cloned()
    }

    pub(super) fn remove(&self, id: &str) -> Option<Arc<Connection>> {
        self.write().open.remove(id)
    }

    pub(super) fn count(&self) -> usize {
        self.read().open.len()
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.read().accepting == Accepting::No
    }

    /// Closes all, and every one that comes later.
    pub(super) fn stop(&self) {
        let mut registry = self.write();
        registry.accepting = Accepting::No;
        for connection in registry.open.values() {
            connection.close(Closing::Stopping);
        }
    }

    /// Returns when no connection is unfinished.
    pub(super) async fn finished(&self) {
        // The sender is ours, so that waiting cannot fail.
        let _ = self.unfinished.subscribe().wait_for(|count| *count == 0).await;
    }

    fn read(&self) -> RwLockReadGuard<'_, Registry> {
        self.registry.read().expect("nothing panics while it is held")
    }

    fn write(&self) -> RwLockWriteGuard<'_, Registry> {
        self.registry.write().expect("nothing panics while it is held")
    }
}

/// A new id in the form that API Gateway gives to connections, requests and messages: 11 bytes as 16 characters.
pub(super) fn new_id() -> String {
    BASE64_URL_SAFE.encode(rand::random::<[u8; 11]>())
}

/// Whether a text has the form of a connection's id.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 16 && BASE64_URL_SAFE.decode(text).is_ok_and(|bytes| bytes.len() == 11)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(unread_bytes_max: usize) -> (Connection, mpsc::UnboundedReceiver<Outgoing>) {
        let identity = Identity {
            api: "api".to_owned(),
            stage: "v1".to_owned(),
            connection_id: new_id(),
            connected_at: 0,
            domain: "localhost".to_owned(),
            source_ip: "127.0.0.1".to_owned(),
            user_agent: None,
            authorizer: None,
        };
        Connection::new(identity, unread_bytes_max)
    }

    /// D.1: the form of a connection's id.
    #[test]
    fn ids_have_the_form_of_api_gateway() {
        for _ in 0..100 {
            let id = new_id();
            assert!(is_id(&id) && id.ends_with('='), "{id}");
        }
        for sample in ["L0SM9cOFvHcCIhw=", "R0oXAdfD0kwCH6w=", "JC1dgf9yoAMCK-g="] {
            assert!(is_id(sample));
        }
        for malformed in
            ["", "L0SM9cOFvHcCIhw", "L0SM9cOFvHcCIh==", "L0SM9cOF/HcCIhw=", "9b7c5c0e-0000-0000-0000-000000000000"]
        {
            assert!(!is_id(malformed), "{malformed}");
        }
    }

    /// D.7: client buffer full → 429; closed → 410.
    #[test]
    fn a_client_that_does_not_read_takes_up_a_bounded_amount_of_memory() {
        let (connection, mut outgoing) = open(10);
        assert_eq!(connection.try_send("123456".to_owned()), Ok(()));
        assert_eq!(connection.try_send("123456".to_owned()), Err(SendError::Full));
        assert_eq!(connection.try_send("1234".to_owned()), Ok(()));
        drop(outgoing.try_recv().unwrap());
        assert_eq!(connection.try_send("123456".to_owned()), Ok(()), "what is written makes room");
        connection.shut();
        assert_eq!(connection.try_send("1".to_owned()), Err(SendError::Gone));
    }

    #[tokio::test]
    async fn a_stopping_gateway_closes_what_is_open_and_what_still_comes() {
        let connections = Connections::default();
        let (first, second) = (Arc::new(open(10).0), Arc::new(open(10).0));
        let unfinished = connections.insert(Arc::clone(&first));
        connections.stop();
        let other = connections.insert(Arc::clone(&second));
        assert_eq!((first.closing().await, second.closing().await), (Closing::Stopping, Closing::Stopping));
        drop((unfinished, other));
        connections.finished().await;
    }
}
