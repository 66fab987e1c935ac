//! The Lambda functions behind Turnlog's WebSocket API.
//!
//! Each module is one function: it parses the event, calls the tables and renders the answer. Who a player is comes from the
//! authorizer's context only; nothing in a frame can change it.

pub mod authorizer;
pub mod command;
pub mod connect;
pub mod disconnect;

mod caller;
pub mod limits;
mod pace;
mod subprotocol;

use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use turnlog_domain::Timestamp;

pub use caller::Misrouted;

/// The time by this process's clock.
fn now() -> Timestamp {
    Timestamp::from_ms(u64::try_from(chrono::Utc::now().timestamp_millis()).unwrap_or_default())
}

/// What the gateway is told when a function did its work, whatever the game says about it.
fn done() -> ApiGatewayProxyResponse {
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = 200;
    response
}
