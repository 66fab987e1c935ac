//! One frame to one connection, with a bounded number of attempts.

use tokio::time::sleep;
use turnlog_store::{Management, Sent};

use crate::limits::{PUSH_ATTEMPTS_MAX, PUSH_WAIT};

/// Sends a frame, a bounded number of times.
pub(super) async fn send(management: &Management, connection: &str, text: &str) -> Sent {
    let mut sent = management.post(connection, text).await;
    for attempt in 1..PUSH_ATTEMPTS_MAX {
        if matches!(sent, Sent::Delivered | Sent::Gone) {
            break;
        }
        sleep(PUSH_WAIT * (1 << (attempt - 1))).await;
        sent = management.post(connection, text).await;
    }
    sent
}
