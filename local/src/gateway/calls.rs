//! Calls the functions of an API in the right order.

use std::time::{Duration, Instant};

use chrono::Utc;

use super::{
    Shared,
    closing::Closing,
    connection::{self, Connection},
    event::{Handshake, Identity, Request},
    outcome::{self, Opened, Returned},
    refusal::{self, FrameError, Refusal},
    route::Target,
    socket::Incoming,
};
use crate::{limits::AfterNoRoute, template::model::Permission};

/// A connection that may be opened.
#[derive(Debug, Clone)]
pub(super) struct Admitted {
    pub(super) identity: Identity,
    pub(super) opened: Opened,
}

/// A handshake that failed, with the ids that its answer names.
#[derive(Debug, Clone)]
pub(super) struct Refused {
    pub(super) refusal: Refusal,
    pub(super) connection_id: String,
    pub(super) request_id: String,
}

impl Refused {
    /// A handshake at an address that no stage has.
    pub(super) fn at_no_stage() -> Self {
        Self { refusal: Refusal::NO_STAGE, connection_id: connection::new_id(), request_id: connection::new_id() }
    }
}

impl Request {
    /// A new request, now.
    pub(super) fn now() -> Self {
        Self { id: connection::new_id(), at: Utc::now().timestamp_millis() }
    }
}

impl Shared {
    /// Asks the authorizer, then the `$connect` function.
    pub(super) async fn admit(&self, handshake: &Handshake) -> Result<Admitted, Refused> {
        self.circumstances.timing.gateway.pass().await;
        let request = Request::now();
        let mut identity = self.identity(handshake, &request);
        match self.ask(&mut identity, handshake, &request).await {
            Ok(opened) => Ok(Admitted { identity, opened }),
            Err(refusal) => {
                tracing::info!(status = refusal.status, connection_id = identity.connection_id, "connection refused");
                Err(Refused { refusal, connection_id: identity.connection_id, request_id: request.id })
            }
        }
    }

    fn identity(&self, handshake: &Handshake, request: &Request) -> Identity {
        Identity {
            api: self.api.clone(),
            stage: self.stage.clone(),
            connection_id: connection::new_id(),
            connected_at: request.at,
            domain: handshake.header("host").unwrap_or("localhost").to_owned(),
            source_ip: handshake.source_ip.clone(),
            user_agent: handshake.header("user-agent").map(str::to_owned),
            authorizer: None,
        }
    }

    async fn ask(&self, identity: &mut Identity, handshake: &Handshake, request: &Request) -> Result<Opened, Refusal> {
        if self.connections.is_stopping() {
            return Err(Refusal::STOPPING);
        }
        if !self.throttle.admits_connection() {
            return Err(Refusal::TOO_MANY);
        }
        if let Some(authorizer) = &self.authorizer {
            if !authorizer.identity_sources.iter().all(|source| handshake.has(source)) {
                return Err(Refusal::UNAUTHORIZED);
            }
            let asked = Instant::now();
            let target =
                Target { function: authorizer.function.clone(), permission: authorizer.permission, timeout: None };
            let returned = self.invoke(&target, identity.authorizer_event(handshake, request)).await;
            let mut said = outcome::authorized(&returned, &identity.method_arn(), &self.limits)?;
            said.insert("integrationLatency".to_owned(), milliseconds(asked.elapsed()).into());
            identity.authorizer = Some(said);
        }
        match self.routes.lifecycle("$connect") {
            None => Ok(Opened::default()),
            Some(route) => {
                let returned = self.invoke(&route.target, identity.connect_event(handshake, request)).await;
                let opened = outcome::connected(&returned);
                if opened == Err(Refusal::INTEGRATION_FAILED) && matches!(returned, Returned::Json(_)) {
                    let function = &route.target.function;
                    tracing::warn!(function, "its answer has no status code with which a handshake can end");
                }
                opened
            }
        }
    }

    /// Takes one message to its function, and the answer back.
    pub(super) async fn process(&self, connection: &Connection, incoming: Incoming) {
        self.circumstances.timing.gateway.pass().await;
        let request = Request::now();
        let reply = match self.routes.find(&incoming.text) {
            None => Err(FrameError::NoRoute),
            Some(route) if !self.throttle.admits_message(&route.key) => Err(FrameError::Throttled),
            Some(route) => {
                let message_id = connection::new_id();
                let event = connection.identity.message_event(&route.key, &message_id, &incoming.text, &request);
                let returned = self.invoke(&route.target, event).await;
                outcome::replied(&returned, route.responds, &self.limits)
            }
        };
        let takes_no_route = reply == Err(FrameError::NoRoute);
        let frame = match reply {
            Ok(None) => return,
            Ok(Some(body)) => body,
            Err(error) => {
                let connection_id = &connection.identity.connection_id;
                tracing::warn!(connection_id, request_id = request.id, ?error, "message not answered by a function");
                refusal::error_frame(error, &self.limits, connection_id, &request.id)
            }
        };
        if connection.send(frame).await.is_err() {
            tracing::debug!(connection_id = connection.identity.connection_id, "nobody there to receive an answer");
        }
        if let (true, AfterNoRoute::Closes { code }) = (takes_no_route, self.limits.after_no_route) {
            connection.close(Closing::Forbidden { code });
        }
    }

    /// Tells the `$disconnect` function, if there is one. What it returns means nothing.
    pub(super) async fn disconnected(&self, identity: &Identity, closing: &Closing) {
        let (code, reason) = closing.told(&self.limits);
        tracing::debug!(connection_id = identity.connection_id, code, reason, "connection closed");
        if let Some(route) = self.routes.lifecycle("$disconnect") {
            let event = identity.disconnect_event(code, &reason, &Request::now());
            self.invoke(&route.target, event).await;
        }
    }

    /// Invokes a function, which goes on after the gateway has lost patience: it has the event as soon as this begins.
    async fn invoke(&self, target: &Target, event: String) -> Returned {
        let function = &target.function;
        if target.permission == Permission::Missing {
            tracing::error!(function, "no AWS::Lambda::Permission lets API Gateway invoke it");
            return Returned::Nothing;
        }
        let timeout = target.timeout.unwrap_or(self.limits.integration_timeout);
        // Cancel-safe: the function's queue keeps the event, and a worker takes it on when nobody waits.
        match tokio::time::timeout(timeout, self.lambda.invoke(function, event)).await {
            Ok(Ok(invocation)) => match invocation.outcome {
                Ok(json) => Returned::Json(json),
                Err(error) => {
                    let request_id = invocation.request_id;
                    tracing::warn!(function, request_id, error_type = error.error_type, "the function failed");
                    Returned::Error { message: error.error_message }
                }
            },
            Ok(Err(error)) => {
                tracing::warn!(function, ?error, "the function was not invoked");
                Returned::Nothing
            }
            Err(_) => {
                tracing::warn!(function, "the function takes too long for API Gateway");
                Returned::TimedOut
            }
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
