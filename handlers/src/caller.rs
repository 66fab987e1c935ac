//! Who is behind an event of the gateway.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequestContext;
use serde_json::Value;
use turnlog_domain::{PlayerId, Timestamp};
use turnlog_store::TokenExpiry;

/// What the authorizer's context has where a connection is not to open now.
pub(crate) const REFUSED_KEY: &str = "refused";

/// An event reached a function that does not serve it, or lacks what every such event has: the API is wired wrongly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event lacks {0}, or belongs to another function")]
pub struct Misrouted(pub(crate) &'static str);

/// A connected player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) player: PlayerId,
    pub(crate) name: String,
    pub(crate) connection: String,
    /// Until when the token counts; unknown where an older authorizer let the connection in.
    pub(crate) token_expiry: TokenExpiry,
}

impl Caller {
    /// Reads who the authorizer says it is, from an event of type `event_type`.
    pub(crate) fn of(context: &ApiGatewayWebsocketProxyRequestContext, event_type: &str) -> Result<Self, Misrouted> {
        let connection = connection_of(context, event_type)?;
        let established = |key: &str| context.authorizer.fields.get(key).and_then(Value::as_str);
        let player = established("player_id").and_then(|player| PlayerId::parse_person(player).ok());
        let player = player.ok_or(Misrouted("authorizer.player_id"))?;
        let name = established("name").unwrap_or(player.as_str()).to_owned();
        let expires_at = established("expires_at").and_then(|at| at.parse().ok()).map(Timestamp::from_ms);
        Ok(Self { player, name, connection, token_expiry: expires_at.into() })
    }
}

/// Why the connection is not to open now, if the authorizer says so.
pub(crate) fn refusal_of(context: &ApiGatewayWebsocketProxyRequestContext) -> Option<&str> {
    context.authorizer.fields.get(REFUSED_KEY).and_then(Value::as_str)
}

/// The id of the connection that an event of type `event_type` is about.
pub(crate) fn connection_of(
    context: &ApiGatewayWebsocketProxyRequestContext,
    event_type: &str,
) -> Result<String, Misrouted> {
    if context.event_type.as_deref() != Some(event_type) {
        return Err(Misrouted("the right eventType"));
    }
    context.connection_id.clone().ok_or(Misrouted("connectionId"))
}
