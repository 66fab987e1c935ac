//! Frames on a connection whose token counts no more.

use aws_lambda_events::{apigw::ApiGatewayProxyResponse, encodings::Body};
use tracing::{info, warn};
use turnlog_protocol::{Push, Refusal, encode};
use turnlog_store::Sent;

use super::{App, refused};
use crate::{caller::Caller, done};

impl App {
    /// Answers such a frame, says that the connection ends, and ends it. Nothing is done; the same frame is welcome on a new
    /// connection.
    pub(super) async fn refuse_expired(&self, caller: &Caller, text: &str) -> ApiGatewayProxyResponse {
        info!(player_id = %caller.player, connection = caller.connection, "the token has expired; the connection ends");
        let answer = encode(&refused(text, Refusal::token_expired()));
        let mut response = done();
        // The gateway passes on what a function returns when it has ended, which is too late for a connection that is closed.
        if self.management.post(&caller.connection, &answer).await != Sent::Delivered {
            response.body = Some(Body::Text(answer));
            return response;
        }
        let last = encode(&Push::closing(Refusal::token_expired()));
        if let Err(error) = self.websockets.end(&self.management, &caller.connection, &last).await {
            warn!(connection = caller.connection, cause = %error, "a connection with an expired token could not be ended");
        }
        response
    }
}
