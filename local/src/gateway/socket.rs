//! One open socket: reads messages, writes what waits, and notices the end.

use std::{sync::Arc, time::Instant};

use axum::extract::ws::{Message, WebSocket};
use futures::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};
use tokio_tungstenite::tungstenite;

use super::{
    closing::Closing,
    connection::{Connection, Outgoing},
};
use crate::{durability::Durable, limits::GatewayLimits};

/// What the client sent. While it is kept, it counts as being processed.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) text: String,
    pub(super) _slot: OwnedSemaphorePermit,
}

/// The reading half.
#[derive(Debug)]
pub(super) struct Reader {
    frames: SplitStream<WebSocket>,
    slots: Arc<Semaphore>,
    old_at: Instant,
}

/// Takes a socket apart.
pub(super) fn split(socket: WebSocket, limits: &GatewayLimits) -> (SplitSink<WebSocket, Message>, Reader) {
    let (sink, frames) = socket.split();
    let slots = Arc::new(Semaphore::new(limits.messages_in_flight_max));
    (sink, Reader { frames, slots, old_at: Instant::now() + limits.age_max })
}

/// Writes what waits, until the connection is gone. A burst goes out at once, as soon as every write is durable of which it may
/// tell.
pub(super) async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut outgoing: mpsc::UnboundedReceiver<Outgoing>,
    durable: Durable,
) {
    while let Some(first) = outgoing.recv().await {
        let mut burst = vec![first];
        burst.extend(std::iter::from_fn(|| outgoing.try_recv().ok()));
        durable.reached().await;
        let mut rooms = Vec::with_capacity(burst.len());
        for Outgoing { message, room } in burst {
            if sink.feed(message).await.is_err() {
                return;
            }
            rooms.push(room);
        }
        if sink.flush().await.is_err() {
            return;
        }
    }
}

impl Reader {
    /// The next message.
    ///
    /// # Errors
    /// With the reason when the connection ends.
    pub(super) async fn next(&mut self, connection: &Connection, limits: &GatewayLimits) -> Result<Incoming, Closing> {
        loop {
            let idle_at = connection.idle_at(limits.idle_max);
            let end = idle_at.min(self.old_at);
            // Cancel-safe: a frame is taken by the last thing that is awaited, and a slot that is dropped is free again.
            let (slot, frame) = tokio::select! {
                biased;
                closing = connection.closing() => return Err(closing),
                () = tokio::time::sleep_until(end.into()) => {
                    let now = Instant::now();
                    if self.old_at <= now || connection.idle_at(limits.idle_max) <= now {
                        return Err(Closing::Expired);
                    }
                    // A message was sent in the meantime.
                    continue;
                }
                next = next_frame(&mut self.frames, &self.slots) => next,
            };
            match frame {
                Some(Ok(Message::Text(text))) => {
                    connection.touch();
                    return Ok(Incoming { text: text.as_str().to_owned(), _slot: slot });
                }
                Some(Ok(Message::Binary(_))) => return Err(Closing::Binary),
                Some(Ok(Message::Close(frame))) => {
                    // 1005 stands for no code at all.
                    let code = frame.as_ref().map(|frame| frame.code).filter(|code| *code != 1005);
                    let reason = frame.map(|frame| frame.reason.as_str().to_owned()).unwrap_or_default();
                    return Err(Closing::ByClient { code, reason });
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) if limits.ping_is_activity => connection.touch(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Err(error)) => return Err(broken(error)),
                None => return Err(Closing::Lost),
            }
        }
    }

    /// Waits until what the client has sent is answered, within limits.
    pub(super) async fn answered(&self, limits: &GatewayLimits) {
        let all = u32::try_from(limits.messages_in_flight_max).unwrap_or(u32::MAX);
        // Cancel-safe: it only waits.
        let _ = timeout(limits.answering, self.slots.acquire_many(all)).await;
    }

    /// Waits for the client's close frame, so that it has surely read ours before the socket goes.
    pub(super) async fn drain(mut self, closing: &Closing, limits: &GatewayLimits) {
        let deadline = tokio::time::sleep(limits.closing);
        tokio::pin!(deadline);
        loop {
            // Cancel-safe: what `next` has not returned stays in the socket, and the deadline is kept.
            tokio::select! {
                () = &mut deadline => return,
                frame = self.frames.next() => match frame {
                    Some(Ok(_)) => {}
                    // The rest of a frame that was too big is never read. Closing the socket now would take the
                    // close frame away from the client with it.
                    Some(Err(_)) | None if *closing == Closing::TooBig => return deadline.await,
                    Some(Err(_)) | None => return,
                },
            }
        }
    }
}

/// Nothing is read while too many messages are being processed.
async fn next_frame(
    frames: &mut SplitStream<WebSocket>,
    slots: &Arc<Semaphore>,
) -> (OwnedSemaphorePermit, Option<Result<Message, axum::Error>>) {
    let slot = Arc::clone(slots).acquire_owned().await.expect("it is never closed");
    (slot, frames.next().await)
}

fn broken(error: axum::Error) -> Closing {
    let error = error.into_inner();
    let Some(error) = error.downcast_ref::<tungstenite::Error>() else { return Closing::Lost };
    closing(error)
}

fn closing(error: &tungstenite::Error) -> Closing {
    use tungstenite::{Error, error::ProtocolError};
    match error {
        Error::Capacity(_) => Closing::TooBig,
        Error::Utf8(_) => Closing::NotText,
        Error::Protocol(error) if *error != ProtocolError::ResetWithoutClosingHandshake => Closing::BadFrame,
        Error::Protocol(_)
        | Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Io(_)
        | Error::Tls(_)
        | Error::WriteBufferFull(_)
        | Error::AttackAttempt
        | Error::Url(_)
        | Error::Http(_)
        | Error::HttpFormat(_) => Closing::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D.5: frame over 32 KB or message over 128 KB → 1009. D.6: a dropped connection is abnormal.
    #[test]
    fn errors_of_the_socket_have_their_meaning() {
        use tungstenite::error::{CapacityError, Error, ProtocolError};
        let too_big = Error::Capacity(CapacityError::MessageTooLong { size: 2, max_size: 1 });
        assert_eq!(closing(&too_big), Closing::TooBig);
        assert_eq!(closing(&Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)), Closing::Lost);
        assert_eq!(closing(&Error::Protocol(ProtocolError::UnmaskedFrameFromClient)), Closing::BadFrame);
        assert_eq!(closing(&Error::ConnectionClosed), Closing::Lost);
    }
}
