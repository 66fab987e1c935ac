//! Requests of functions in this process to the services of the stack, without a socket and without HTTP on the way.
//!
//! The SDK's clients put requests together, sign, repeat and read as ever; only what carries a request is another one.

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
    task::Poll,
};

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderValue, Request, Response, header},
};
use http_body_util::BodyExt as _;
use tokio::runtime::Handle;
use tower::Service as _;

/// The services of a stack, by their addresses. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Loopback {
    /// The runtime of the stack: what a service waits for must not end with the instance that asks.
    runtime: Handle,
    services: Arc<RwLock<Vec<(String, Router)>>>,
}

/// The way to some services, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Leading(Arc<RwLock<Vec<(String, Router)>>>);

impl Drop for Leading {
    fn drop(&mut self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Loopback {
    /// Leads nowhere yet. Called within the runtime of the stack.
    pub(crate) fn new() -> Self {
        Self { runtime: Handle::current(), services: Arc::default() }
    }

    /// What SDKs take.
    pub(crate) fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// Leads to these services for as long as what is returned is kept. They may hold functions that hold this.
    #[must_use]
    pub(crate) fn lead_to(&self, services: impl IntoIterator<Item = (SocketAddr, Router)>) -> Leading {
        let services = services.into_iter().map(|(address, service)| (address.to_string(), service)).collect();
        *self.services.write().unwrap_or_else(PoisonError::into_inner) = services;
        Leading(Arc::clone(&self.services))
    }

    fn service(&self, authority: &str) -> Option<Router> {
        let services = self.services.read().unwrap_or_else(PoisonError::into_inner);
        services.iter().find(|(address, _)| address == authority).map(|(_, service)| service.clone())
    }

    async fn carry(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let (mut parts, body) = whole(request).await?.into_parts();
        let host = parts.uri.authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default();
        let nobody = || ConnectorError::io(format!("nothing of this stack is at {host:?}").into());
        let service = self.service(&host).ok_or_else(nobody)?;
        let value = HeaderValue::from_str(&host).map_err(|error| ConnectorError::user(error.into()))?;
        parts.headers.insert(header::HOST, value);
        let mut answering = Box::pin(answer(service, Request::from_parts(parts, Body::from(body))));
        // Most requests are answered at once, here. One that waits goes on where neither the end of this instance nor that
        // of its attempt takes it along: a write must be announced.
        let at_once = std::future::poll_fn(|context| {
            let _entered = self.runtime.enter();
            Poll::Ready(answering.as_mut().poll(context))
        });
        match at_once.await {
            Poll::Ready(answer) => answer,
            Poll::Pending => self.runtime.spawn(answering).await.map_err(|error| ConnectorError::io(error.into()))?,
        }
    }
}

/// The whole answer of a service.
async fn answer(mut service: Router, request: Request<Body>) -> Result<HttpResponse, ConnectorError> {
    // A router is ready at any time, and never fails.
    whole_answer(service.call(request).await.unwrap_or_else(|never| match never {})).await
}

/// A request of the SDK as services read it.
pub(crate) async fn whole(request: HttpRequest) -> Result<Request<Bytes>, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
    Ok(Request::from_parts(parts, body))
}

/// The answer of a service as the SDK reads it.
pub(crate) async fn whole_answer(answer: Response<Body>) -> Result<HttpResponse, ConnectorError> {
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.map_err(|error| ConnectorError::io(error.into()))?.to_bytes();
    let answer = Response::from_parts(parts, SdkBody::from(body));
    HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
}

impl HttpConnector for Loopback {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().carry(request))
    }
}

impl HttpClient for Loopback {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl fmt::Debug for Loopback {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Loopback").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
