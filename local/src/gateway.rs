//! A WebSocket API that behaves as API Gateway does.
//!
//! What it decides stands in `route`, `event`, `policy`, `outcome`, `refusal` and `closing`, without any I/O. The rest
//! carries it out.

mod calls;
mod closing;
mod connection;
mod event;
mod handshake;
mod management;
mod outcome;
mod policy;
mod refusal;
mod route;
mod socket;

use std::sync::Arc;

use axum::{Router, routing::any};

use connection::Connections;
use route::Routes;

use crate::{
    circumstances::Circumstances,
    lambda::Lambda,
    limits::GatewayLimits,
    template::model::{ApiSpec, AuthorizerSpec},
};

/// One WebSocket API with its stage. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Gateway {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    lambda: Lambda,
    api: String,
    stage: String,
    authorizer: Option<AuthorizerSpec>,
    routes: Routes,
    limits: GatewayLimits,
    circumstances: Circumstances,
    connections: Connections,
}

impl Gateway {
    /// An API without connections.
    pub(crate) fn new(lambda: Lambda, spec: &ApiSpec, limits: GatewayLimits, circumstances: Circumstances) -> Self {
        let connect = spec.routes.iter().find(|route| route.key == "$connect");
        let shared = Shared {
            lambda,
            api: spec.id.clone(),
            stage: spec.stage.clone(),
            authorizer: connect.and_then(|route| route.authorizer.clone()),
            routes: Routes::new(&spec.route_selection, &spec.routes),
            limits,
            circumstances,
            connections: Connections::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// WebSockets at `/{stage}`, and the management API at `/{stage}/@connections/{id}`.
    pub(crate) fn router(&self) -> Router {
        let stage = &self.shared.stage;
        Router::new()
            .route(&format!("/{stage}"), any(handshake::answer))
            .route(&format!("/{stage}/"), any(handshake::answer))
            .route(&format!("/{stage}/@connections/{{id}}"), any(management::call))
            .route(&format!("/{stage}/%40connections/{{id}}"), any(management::call))
            .with_state(Arc::clone(&self.shared))
    }

    /// Closes every connection, and waits for the functions that are told so, within limits.
    pub(crate) async fn stop(&self) {
        self.shared.connections.stop();
        if tokio::time::timeout(self.shared.limits.stopping, self.shared.connections.finished()).await.is_err() {
            tracing::debug!("some $disconnect functions did not end in time");
        }
    }
}

#[cfg(test)]
mod tests;
