//! The clock of this process.

use turnlog_domain::Timestamp;

/// The time by this process's clock.
pub fn now() -> Timestamp {
    Timestamp::from_ms(u64::try_from(chrono::Utc::now().timestamp_millis()).unwrap_or_default())
}
