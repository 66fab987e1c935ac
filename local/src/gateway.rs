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
mod throttle;

use std::sync::Arc;

use axum::{Router, extract::Request, http::header, middleware::Next, response::Response, routing::any};

use calls::Refused;
use connection::Connections;
use route::Routes;
use throttle::Throttle;

use crate::{
    access::Access,
    circumstances::Circumstances,
    door::{Door, Pages},
    durability::Durable,
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
    throttle: Throttle,
    access: Access,
    durable: Durable,
    path: String,
}

impl Gateway {
    /// An API without connections. It is served at `path`, which begins with a slash and ends in its stage.
    pub(crate) fn new(
        lambda: Lambda,
        (spec, path): (&ApiSpec, String),
        limits: GatewayLimits,
        circumstances: Circumstances,
        access: Access,
        durable: Durable,
    ) -> Self {
        let connect = spec.routes.iter().find(|route| route.key == "$connect");
        let shared = Shared {
            lambda,
            api: spec.id.clone(),
            stage: spec.stage.clone(),
            authorizer: connect.and_then(|route| route.authorizer.clone()),
            routes: Routes::new(&spec.route_selection, limits.lifecycle_action, &spec.routes),
            throttle: Throttle::new(limits.connects_per_second_max, &spec.routes, spec.default_rate),
            limits,
            circumstances,
            connections: Connections::default(),
            access,
            durable,
            path,
        };
        Self { shared: Arc::new(shared) }
    }

    /// WebSockets at its path, and the management API at `…/@connections/{id}`.
    pub(crate) fn router(&self, door: Door) -> Router {
        let path = &self.shared.path;
        let management = Router::new()
            .route(&format!("{path}/@connections/{{id}}"), any(management::call))
            .route(&format!("{path}/%40connections/{{id}}"), any(management::call))
            .with_state(Arc::clone(&self.shared));
        self.sockets(door).merge(door.guard(management, Pages::None))
    }

    /// WebSockets at its path.
    pub(crate) fn sockets(&self, door: Door) -> Router {
        let path = &self.shared.path;
        let sockets =
            Router::new().route(path, any(handshake::answer)).route(&format!("{path}/"), any(handshake::answer));
        door.guard(sockets, Pages::All).with_state(Arc::clone(&self.shared))
    }

    /// The logical id of the API, and how many connections it has open.
    pub(crate) fn open_connections(&self) -> (&str, usize) {
        (&self.shared.api, self.shared.connections.count())
    }

    /// Closes every connection, and waits for the functions that are told so, within limits.
    pub(crate) async fn stop(&self) {
        self.shared.connections.stop();
        // Cancel-safe: it only waits.
        if tokio::time::timeout(self.shared.limits.stopping, self.shared.connections.finished()).await.is_err() {
            tracing::debug!("some $disconnect functions did not end in time");
        }
    }
}

/// Refuses WebSockets and calls of the management API at addresses that no API has. Everything else passes.
pub(crate) async fn refuse_strangers(request: Request, next: Next) -> Response {
    let upgrade = request.headers().get(header::UPGRADE);
    if upgrade.is_some_and(|upgrade| upgrade.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return Refused::at_no_stage().response();
    }
    let path = request.uri().path();
    if path.contains("/@connections/") || path.contains("/%40connections/") {
        return management::refuse_stranger();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests;
