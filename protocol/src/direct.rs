//! Direct messages as their addressee gets them.

use serde::Serialize;
use turnlog_domain::PlayerId;

/// A direct message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WireDirect {
    /// Its position in the addressee's own log.
    pub seq: u64,
    /// Server time in milliseconds since 1970.
    pub at: u64,
    /// Who sent it.
    pub from: PlayerId,
    /// What it says.
    pub text: String,
}

impl WireDirect {
    /// How many of the first messages fit into `bytes`: at least one, if there is any.
    pub fn fitting(messages: &[Self], bytes: usize) -> usize {
        let mut left = bytes;
        let fits = |message: &&Self| {
            let size = serde_json::to_vec(message).map_or(usize::MAX, |json| json.len() + 1);
            left.checked_sub(size).map(|rest| left = rest).is_some()
        };
        messages.iter().take_while(fits).count().max(messages.len().min(1))
    }
}
