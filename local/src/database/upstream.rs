//! The way to the database itself, over pooled connections.

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
    orchestrator::HttpRequest,
    result::ConnectorError,
};
use axum::{
    body::{Body, Bytes},
    http::{Request, Response, Uri, header},
};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, Error, connect},
    rt::TokioExecutor,
};
use serde_json::Value;

use super::{DatabaseError, direct::Direct};
use crate::{aws, loopback};

/// A DynamoDB, wherever it runs. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Upstream {
    uri: Uri,
    client: Client<connect::HttpConnector, Full<Bytes>>,
    direct: Option<Direct>,
}

/// Why a call of our own failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error("it does not answer: {0}")]
    Unreachable(String),
    #[error("{name}: {message}")]
    Refused { name: String, message: String },
}

impl Upstream {
    /// # Errors
    /// When the endpoint is not an address that is reached over plain HTTP.
    pub(super) fn new(endpoint: &str) -> Result<Self, DatabaseError> {
        let wrong = || DatabaseError::Endpoint(endpoint.to_owned());
        let uri: Uri = format!("{}/", endpoint.trim_end_matches('/')).parse().map_err(|_| wrong())?;
        if uri.scheme_str() != Some("http") || uri.authority().is_none() {
            return Err(wrong());
        }
        let mut connector = connect::HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Self { uri, client: Client::builder(TokioExecutor::new()).build(connector), direct: None })
    }

    /// The same database, which is asked directly where that is possible.
    pub(super) fn with(self, direct: Option<Direct>) -> Self {
        Self { direct, ..self }
    }

    /// What carries requests of an SDK without a socket, as far as the database carries them out itself; none where it runs
    /// elsewhere.
    pub(super) fn without_socket(&self) -> Option<SharedHttpClient> {
        self.direct.as_ref()?;
        let connector = SharedHttpConnector::new(self.clone());
        Some(http_client_fn(move |_, _| connector.clone()))
    }

    pub(super) fn endpoint(&self) -> String {
        self.uri.to_string().trim_end_matches('/').to_owned()
    }

    /// Sends a function's request as it came. Returns as soon as the answer begins.
    pub(super) async fn forward(&self, request: Request<Bytes>) -> Result<Response<Body>, Error> {
        let (mut parts, body) = request.into_parts();
        if let Some(answer) = self.direct.as_ref().and_then(|direct| direct.answer(&parts.headers, &body)) {
            return Ok(answer);
        }
        parts.uri = self.uri.clone();
        // The client writes the name of the server that it really asks, and how the body really travels.
        for hop in [header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
            parts.headers.remove(hop);
        }
        let answer = self.client.request(Request::from_parts(parts, Full::new(body))).await?;
        Ok(answer.map(Body::new))
    }

    /// Asks for something of our own.
    pub(super) async fn call(&self, operation: &str, body: &Value) -> Result<Value, CallError> {
        let unreachable = |error: &dyn std::fmt::Display| CallError::Unreachable(error.to_string());
        let request = Request::post(self.uri.clone())
            .header(header::CONTENT_TYPE, "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("x-amz-date", chrono::Utc::now().format("%Y%m%dT%H%M%SZ").to_string())
            .header(header::AUTHORIZATION, authorization())
            .body(Bytes::from(body.to_string()))
            .expect("every header is valid");
        let answer = self.forward(request).await.map_err(|error| unreachable(&error))?;
        let status = answer.status();
        let bytes = answer.into_body().collect().await.map_err(|error| unreachable(&error))?.to_bytes();
        let answer: Value = serde_json::from_slice(&bytes).map_err(|error| unreachable(&error))?;
        if status.is_success() { Ok(answer) } else { Err(refused(&answer)) }
    }
}

impl HttpConnector for Upstream {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let upstream = self.clone();
        HttpConnectorFuture::new(async move {
            let request = loopback::whole(request).await?;
            let answer = upstream.forward(request).await.map_err(|error| ConnectorError::io(error.into()))?;
            loopback::whole_answer(answer).await
        })
    }
}

/// Emulators want to see a signature, and none of them checks it.
fn authorization() -> String {
    let date = chrono::Utc::now().format("%Y%m%d");
    format!(
        "AWS4-HMAC-SHA256 Credential=local/{date}/{}/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0",
        aws::REGION
    )
}

fn refused(answer: &Value) -> CallError {
    let name = answer["__type"].as_str().unwrap_or("UnknownError");
    let message = answer["message"].as_str().or(answer["Message"].as_str()).unwrap_or_default();
    CallError::Refused { name: name.rsplit('#').next().unwrap_or(name).to_owned(), message: message.to_owned() }
}
