//! Faults between the SDK's client and DynamoDB, planned request by request.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector, http_client_fn,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It takes effect, and the answer never arrives.
    LoseReply,
    /// It is refused because of the rate.
    Throttle,
    /// Another transaction has the item.
    TransactionConflict,
    /// It never arrives, and there is no answer.
    TimeOut,
    /// The service breaks before it does anything.
    InternalError,
    /// The service finds the request wrong.
    Validation,
}

/// The faults that are planned, and the requests that were made.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    planned: Vec<Planned>,
    requests: BTreeMap<String, usize>,
    page_items_max: Option<usize>,
}

#[derive(Debug)]
struct Planned {
    operation: String,
    /// Requests of the operation that pass first.
    skip: usize,
    fault: Fault,
}

impl Faults {
    /// The next request of this operation meets `fault`. Several plans for one operation follow each other.
    pub fn plan(&self, operation: &str, fault: Fault) {
        self.plan_after(0, operation, fault);
    }

    /// The request of this operation after `skip` others meets `fault`.
    pub fn plan_after(&self, skip: usize, operation: &str, fault: Fault) {
        self.state().planned.push(Planned { operation: operation.to_owned(), skip, fault });
    }

    /// Every query ends after this many items and names where to go on.
    pub fn page_after(&self, items: usize) {
        self.state().page_items_max = Some(items);
    }

    /// The requests by operation since the last call.
    pub fn requests(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut self.state().requests)
    }

    /// The planned faults that no request has met.
    pub fn left(&self) -> usize {
        self.state().planned.len()
    }

    /// Nothing goes wrong any more.
    pub fn end(&self) {
        self.state().planned.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the lock")
    }

    fn next(&self, operation: &str) -> Option<Fault> {
        let mut state = self.state();
        *state.requests.entry(operation.to_owned()).or_default() += 1;
        let position = state.planned.iter().position(|planned| planned.operation == operation)?;
        let planned = &mut state.planned[position];
        if planned.skip > 0 {
            planned.skip -= 1;
            return None;
        }
        Some(state.planned.remove(position).fault)
    }

    /// The HTTP client of the SDK with these faults in it.
    pub(crate) fn client(&self) -> SharedHttpClient {
        let (faults, inner) = (self.clone(), aws_smithy_http_client::Builder::new().build_http());
        http_client_fn(move |settings: &HttpConnectorSettings, components: &RuntimeComponents| {
            let inner = inner.http_connector(settings, components);
            SharedHttpConnector::new(FaultyConnector { inner, faults: faults.clone() })
        })
    }
}

#[derive(Debug)]
struct FaultyConnector {
    inner: SharedHttpConnector,
    faults: Faults,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let fault = self.faults.next(&operation);
        if operation == "Query" {
            self.cut_page(&mut request);
        }
        match fault {
            None => self.inner.call(request),
            Some(Fault::LoseReply) => {
                let answer = self.inner.call(request);
                HttpConnectorFuture::new(async move {
                    answer.await?;
                    Err(ConnectorError::timeout("the reply was lost".into()))
                })
            }
            Some(Fault::TimeOut) => ready(Err(ConnectorError::timeout("there was no answer".into()))),
            Some(Fault::Throttle) => ready(Ok(error(400, "ProvisionedThroughputExceededException"))),
            Some(Fault::TransactionConflict) => ready(Ok(error(400, "TransactionConflictException"))),
            Some(Fault::Validation) => ready(Ok(error(400, "ValidationException"))),
            Some(Fault::InternalError) => ready(Ok(error(500, "InternalServerError"))),
        }
    }
}

impl FaultyConnector {
    fn cut_page(&self, request: &mut HttpRequest) {
        let Some(max) = self.faults.state().page_items_max else { return };
        let bytes = request.body().bytes().expect("the SDK sends queries from memory");
        let mut body: Value = serde_json::from_slice(bytes).expect("the SDK sends JSON");
        let limit = body.get("Limit").and_then(Value::as_u64).map_or(max as u64, |limit| limit.min(max as u64));
        body["Limit"] = json!(limit);
        let text = body.to_string();
        request.headers_mut().insert("content-length", text.len().to_string());
        *request.body_mut() = SdkBody::from(text);
    }
}

fn ready(answer: Result<HttpResponse, ConnectorError>) -> HttpConnectorFuture {
    HttpConnectorFuture::ready(answer)
}

fn error(status: u16, code: &str) -> HttpResponse {
    let body = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "planned by a test" });
    let status = StatusCode::try_from(status).expect("it is a status");
    HttpResponse::new(status, SdkBody::from(body.to_string()))
}
