//! `@connections`: functions send to open connections, look at them and close them.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

use super::{
    Shared,
    closing::Closing,
    connection::{self, Connection, SendError},
};
use crate::{
    access::Need,
    aws::{ACCOUNT_ID, REGION},
    faults::Fault,
};

/// An answer that is not a success, in the form by which SDKs know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    Malformed,
    Unsigned,
    Gone,
    TooBig,
    TooFast,
    /// By a fault on demand.
    Throttled,
    NoSuchMethod,
}

impl Refused {
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Malformed => (StatusCode::BAD_REQUEST, "BadRequestException", "Invalid connectionId"),
            Self::Unsigned => (StatusCode::FORBIDDEN, "ForbiddenException", "Missing Authentication Token"),
            Self::Gone => (StatusCode::GONE, "GoneException", "Gone"),
            Self::TooBig => {
                (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException", "The data is larger than 128 KB")
            }
            Self::TooFast => {
                (StatusCode::TOO_MANY_REQUESTS, "LimitExceededException", "The client does not read fast enough")
            }
            Self::Throttled => (StatusCode::TOO_MANY_REQUESTS, "LimitExceededException", "Too Many Requests"),
            Self::NoSuchMethod => {
                (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowedException", "Use POST, GET or DELETE")
            }
        }
    }

    fn response(self) -> Response {
        let (status, name, message) = self.parts();
        answer(status, name, message)
    }
}

fn answer(status: StatusCode, name: &'static str, message: &str) -> Response {
    let headers = [("x-amzn-errortype", name), ("content-type", "application/json")];
    (status, headers, json!({ "message": message }).to_string()).into_response()
}

/// The answer at an address that no API has.
pub(super) fn refuse_stranger() -> Response {
    answer(StatusCode::FORBIDDEN, "ForbiddenException", "Forbidden")
}

impl Shared {
    /// Source: "Control access to your `@connections`", API Gateway Developer Guide.
    fn need(&self, method: &Method, id: &str) -> Need {
        let Self { api, stage, .. } = self;
        let resource = format!("arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{api}/{stage}/{method}/@connections/{id}");
        let context = vec![("execute-api:stage", vec![stage.clone()])];
        Need { action: "execute-api:ManageConnections".to_owned(), resource, context }
    }
}

/// Answers one call.
pub(super) async fn call(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    id: Result<Path<String>, axum::extract::rejection::PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(caller) = shared.access.caller(&headers, &uri) else { return Refused::Unsigned.response() };
    shared.circumstances.timing.management.pass().await;
    let Ok(Path(id)) = id else { return Refused::Malformed.response() };
    if let Err(denial) = shared.access.check(&caller, &shared.need(&method, &id)) {
        return answer(StatusCode::FORBIDDEN, denial.name(), denial.message());
    }
    if shared.circumstances.faults.strikes(Fault::ThrottledConnection) {
        return Refused::Throttled.response();
    }
    let outcome = match method {
        Method::POST => post(&shared, &id, body).await,
        Method::GET => find(&shared, &id).map(|connection| describe(&connection)),
        Method::DELETE => delete(&shared, &id),
        _ => Err(Refused::NoSuchMethod),
    };
    outcome.unwrap_or_else(Refused::response)
}

/// A connection that is still inside `$connect` is not there yet.
fn find(shared: &Shared, id: &str) -> Result<Arc<Connection>, Refused> {
    if !connection::is_id(id) {
        return Err(Refused::Malformed);
    }
    shared.connections.get(id).ok_or(Refused::Gone)
}

async fn post(shared: &Shared, id: &str, body: Body) -> Result<Response, Refused> {
    let data = to_bytes(body, shared.limits.message_bytes_max).await.map_err(|_| Refused::TooBig)?;
    // Only text travels, so that what is not UTF-8 is made so.
    let text = String::from_utf8_lossy(&data).into_owned();
    if shared.circumstances.faults.strikes(Fault::Gone) {
        return Err(Refused::Gone);
    }
    find(shared, id)?.try_send(text).map_err(|error| match error {
        SendError::Gone => Refused::Gone,
        SendError::Full => Refused::TooFast,
    })?;
    Ok(StatusCode::OK.into_response())
}

fn delete(shared: &Shared, id: &str) -> Result<Response, Refused> {
    let connection = find(shared, id)?;
    // From here on it is gone for everybody else.
    shared.connections.remove(id).ok_or(Refused::Gone)?;
    connection.close(Closing::Deleted);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn describe(connection: &Connection) -> Response {
    let identity = &connection.identity;
    let mut client = Map::new();
    client.insert("sourceIp".to_owned(), identity.source_ip.clone().into());
    if let Some(user_agent) = &identity.user_agent {
        client.insert("userAgent".to_owned(), user_agent.clone().into());
    }
    let body = json!({
        "connectedAt": time(identity.connected_at),
        "identity": Value::Object(client),
        "lastActiveAt": time(connection.last_active_at()),
    });
    ([("content-type", "application/json")], body.to_string()).into_response()
}

fn time(milliseconds: i64) -> String {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D.7: every error carries its type in a header, without which SDKs do not know it.
    #[test]
    fn every_refusal_names_its_type() {
        for (refused, status, name) in [
            (Refused::Malformed, 400, "BadRequestException"),
            (Refused::Unsigned, 403, "ForbiddenException"),
            (Refused::Gone, 410, "GoneException"),
            (Refused::TooBig, 413, "PayloadTooLargeException"),
            (Refused::TooFast, 429, "LimitExceededException"),
        ] {
            let response = refused.response();
            assert_eq!(
                (response.status().as_u16(), &response.headers()["x-amzn-errortype"]),
                (status, &name.parse().unwrap())
            );
        }
    }
}
