//! Lambda's own Invoke API, for a developer: `POST /2015-03-31/functions/{name}/invocations`.
//!
//! `aws lambda invoke --endpoint-url …` understands it. What a function gets from its schedule is at
//! `GET /local/functions/{name}/scheduled-event`. Browsers are refused: they would let any page run functions.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::Utc;
use serde_json::{Value, json};

use crate::{
    lambda::{InvokeError, Lambda},
    limits::PAYLOAD_BYTES_MAX,
    schedule,
    template::model::ScheduleSpec,
};

/// A refusal in the form by which SDKs know it.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    name: &'static str,
    message: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, name: &'static str, message: impl Into<String>) -> Self {
        Self { status, name, message: message.into() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let headers = [("x-amzn-errortype", self.name), ("content-type", "application/json")];
        (self.status, headers, json!({ "Message": self.message }).to_string()).into_response()
    }
}

/// The API for all functions of a stack, some of which have schedules.
pub(crate) fn routes(lambda: Lambda, schedules: Vec<ScheduleSpec>) -> Router {
    let of_schedules = (lambda.clone(), Arc::new(schedules));
    let events = Router::new().route("/local/functions/{name}/scheduled-event", get(scheduled_event));
    Router::new()
        .route("/2015-03-31/functions/{name}/invocations", post(invoke))
        .layer(DefaultBodyLimit::max(PAYLOAD_BYTES_MAX + 1))
        .with_state(lambda)
        .merge(events.with_state(of_schedules))
}

/// Refuses what a browser sends on behalf of a page: it says where the page is from, or asks for a host by a name that
/// somebody else has given to this machine.
pub(crate) fn refuse_pages(headers: &HeaderMap) -> Result<(), Refusal> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_address = host.parse::<SocketAddr>().is_ok() || host.parse::<IpAddr>().is_ok();
    let is_local = is_address || host.split(':').next() == Some("localhost");
    if headers.contains_key(header::ORIGIN) || !is_local {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "AccessDeniedException", "Pages may not call this."));
    }
    Ok(())
}

/// What the function's first schedule would give it now; what any schedule would, if it has none.
async fn scheduled_event(
    State((lambda, schedules)): State<(Lambda, Arc<Vec<ScheduleSpec>>)>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<String, Refusal> {
    refuse_pages(&headers)?;
    let function = lambda.find(&name).ok_or_else(|| unknown(&name))?;
    let schedule = schedules.iter().find(|schedule| schedule.function == function);
    Ok(schedule.map_or_else(|| schedule::event(&function, Utc::now()), |spec| schedule::due(spec, Utc::now())))
}

async fn invoke(
    State(lambda): State<Lambda>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    refuse_pages(&headers)?;
    let function = lambda.find(&name).ok_or_else(|| unknown(&name))?;
    let event = event(&body)?;
    match headers.get("x-amz-invocation-type").and_then(|kind| kind.to_str().ok()) {
        None | Some("RequestResponse") => answered(&lambda, &function, event).await,
        Some("Event") => {
            tokio::spawn(async move { lambda.invoke_asynchronously(&function, event).await });
            Ok(StatusCode::ACCEPTED.into_response())
        }
        Some("DryRun") => Ok(StatusCode::NO_CONTENT.into_response()),
        Some(other) => {
            let message = format!("{other} is no invocation type");
            Err(Refusal::new(StatusCode::BAD_REQUEST, "InvalidParameterValueException", message))
        }
    }
}

fn unknown(name: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", format!("Function not found: {name}"))
}

/// The event in a body; an empty one stands for an empty object, as in Lambda.
fn event(body: &[u8]) -> Result<String, Refusal> {
    if body.is_empty() {
        return Ok("{}".to_owned());
    }
    let text = std::str::from_utf8(body).ok().filter(|text| serde_json::from_str::<Value>(text).is_ok());
    text.map(str::to_owned).ok_or_else(|| {
        let message = "Could not parse request body into json";
        Refusal::new(StatusCode::BAD_REQUEST, "InvalidRequestContentException", message)
    })
}

async fn answered(lambda: &Lambda, function: &str, event: String) -> Result<Response, Refusal> {
    let invocation = lambda.invoke(function, event).await.map_err(not_invoked)?;
    let mut response = match invocation.outcome {
        Ok(answer) => answer.into_response(),
        Err(error) => {
            let body = json!({ "errorType": error.error_type, "errorMessage": error.error_message });
            let mut response = body.to_string().into_response();
            response.headers_mut().insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
            response
        }
    };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert("x-amz-executed-version", HeaderValue::from_static("$LATEST"));
    if let Ok(id) = HeaderValue::from_str(&invocation.request_id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    Ok(response)
}

fn not_invoked(error: InvokeError) -> Refusal {
    match error {
        InvokeError::Throttled => {
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate Exceeded.")
        }
        InvokeError::TooLarge => {
            let message =
                format!("Request must be smaller than {PAYLOAD_BYTES_MAX} bytes for the InvokeFunction operation");
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", message)
        }
        InvokeError::UnknownFunction(name) => unknown(&name),
        InvokeError::Stopped => {
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceException", "The stack is stopping.")
        }
        InvokeError::LeftOut(reason) | InvokeError::CannotStart(reason) => {
            Refusal::new(StatusCode::BAD_GATEWAY, "ServiceException", reason)
        }
    }
}
