//! Connections as they stand in the table, and until when their tokens count.

use aws_sdk_dynamodb::types::AttributeValue;
use turnlog_domain::{PlayerId, Timestamp};

use crate::attributes::{SdkItem, number, number_of, text_of};

/// From when on, in milliseconds since 1970, the token of a connection counts no more.
const TOKEN_EXPIRES_AT: &str = "token_expires_at";

/// From when on the token counts no more that a connection was opened with; unknown where nobody said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenExpiry(Option<Timestamp>);

/// Who follows a game on which connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// API Gateway's id of the connection.
    pub connection: String,
    /// The player. What they may see is derived from the fold at the time of sending.
    pub player: PlayerId,
    /// Until when the token of the connection counts.
    pub token_expiry: TokenExpiry,
}

/// An open connection of a player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// API Gateway's id of the connection.
    pub id: String,
    /// What its client can be told.
    pub dialect: Dialect,
    /// When its handshake began.
    pub connected_at: Timestamp,
    /// Until when its token counts.
    pub token_expiry: TokenExpiry,
}

/// What a client can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// It named Turnlog's subprotocol: it asks for its direct messages and says what was read.
    Turnlog,
    /// It named none, as the clients of the prototype: it is given its direct messages, and asks for nothing.
    Plain,
}

impl TokenExpiry {
    /// Whether the token counts no more.
    pub fn has_passed(self, now: Timestamp) -> bool {
        self.0.is_some_and(|at| at <= now)
    }

    /// Whether anybody said when.
    pub fn is_known(self) -> bool {
        self.0.is_some()
    }

    /// The attribute of an item that says so, where it is known.
    pub(super) fn attribute(self) -> Option<(String, AttributeValue)> {
        self.0.map(|at| (TOKEN_EXPIRES_AT.to_owned(), number(at.as_ms())))
    }

    fn read(item: &SdkItem) -> Self {
        Self(number_of(item, TOKEN_EXPIRES_AT).map(Timestamp::from_ms))
    }
}

impl From<Option<Timestamp>> for TokenExpiry {
    fn from(at: Option<Timestamp>) -> Self {
        Self(at)
    }
}

impl Subscriber {
    pub(super) fn read(item: &SdkItem) -> Option<Self> {
        Some(Self {
            connection: connection_of(item)?,
            player: PlayerId::parse(text_of(item, "player_id")?).ok()?,
            token_expiry: TokenExpiry::read(item),
        })
    }
}

impl Connection {
    pub(super) fn read(item: &SdkItem) -> Option<Self> {
        Some(Self {
            id: connection_of(item)?,
            dialect: if text_of(item, "dialect") == Some("plain") { Dialect::Plain } else { Dialect::Turnlog },
            connected_at: Timestamp::from_ms(number_of(item, "connected_at").unwrap_or_default()),
            token_expiry: TokenExpiry::read(item),
        })
    }
}

fn connection_of(item: &SdkItem) -> Option<String> {
    text_of(item, "item")?.strip_prefix("connection#").map(str::to_owned)
}
