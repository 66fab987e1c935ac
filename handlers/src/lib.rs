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

pub use caller::Misrouted;

/// What the gateway is told when a function did its work, whatever the game says about it.
fn done() -> ApiGatewayProxyResponse {
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = 200;
    response
}
