//! What the stack serves beside its API: the page, its client, and tokens for whoever asks.

use std::{path::Path, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::Response,
    routing::post,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_http::services::ServeDir;
use turnlog_local::Services;
use turnlog_protocol::token::TokenKeys;

use crate::claims::{self, Particulars};

/// The parameter that the template's authorizer gets its secret from.
const SECRET_PARAMETER: &str = "/turnlog/token-secret";

/// How long a token is good that anybody may ask for.
const TOKEN_GOOD: Duration = Duration::from_hours(24);

/// More than any request for a token needs.
const BODY_BYTES_MAX: usize = 4096;

/// Everything at the addresses that no API has. Files are read anew each time, so that a reload shows every edit.
pub(crate) fn routes(folder: &Path, services: &Services) -> Router {
    let files = Router::new()
        .nest_service("/client", ServeDir::new(folder.join("client")))
        .fallback_service(ServeDir::new(folder.join("web")))
        .layer(map_response(never_cached));
    let tokens = Router::new()
        .route("/dev/token", post(token))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(services.clone());
    files.merge(tokens)
}

async fn never_cached(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

#[derive(Debug, Deserialize)]
struct Wanted {
    player_id: String,
    name: Option<String>,
}

/// Answers `POST /dev/token`. It exists on a developer's machine only; deployed, whoever logs players in signs tokens.
async fn token(State(services): State<Services>, headers: HeaderMap, body: Bytes) -> (StatusCode, Json<Value>) {
    let refused = |message: String| (StatusCode::BAD_REQUEST, Json(json!({ "message": message })));
    // A page of another origin may send any other type without asking the browser's leave first.
    if !headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
        return refused("The content type must be application/json.".to_owned());
    }
    let wanted: Wanted = match serde_json::from_slice(&body) {
        Ok(wanted) => wanted,
        Err(error) => return refused(format!("The body must be {{\"player_id\":…,\"name\":…}}: {error}.")),
    };
    let secret = match services.parameter(SECRET_PARAMETER) {
        Ok(secret) => secret,
        Err(error) => {
            tracing::error!(%error, "the token secret cannot be kept");
            let message = json!({ "message": "The token secret cannot be kept." });
            return (StatusCode::INTERNAL_SERVER_ERROR, Json(message));
        }
    };
    let Some(secrets) = TokenKeys::parse(&secret) else {
        let message =
            json!({ "message": format!("The parameter {SECRET_PARAMETER} holds no secret of 32 characters.") });
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(message));
    };
    let particulars = Particulars { name: wanted.name, ..Particulars::default() };
    match claims::token(&wanted.player_id, particulars, TOKEN_GOOD, &secrets) {
        Ok(token) => (StatusCode::OK, Json(json!({ "token": token }))),
        Err(error) => refused(format!("{error}.")),
    }
}
