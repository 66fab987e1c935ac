//! What the stack serves beside its API: the page, its client, and tokens for whoever asks.

use std::time::Duration;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_http::{
    cors::{AllowOrigin, CorsLayer},
    services::ServeDir,
};
use turnlog_local::{Pages, Services};
use turnlog_protocol::token::TokenKeys;

use crate::{
    claims::{self, Particulars},
    files::Files,
    secret_names::Secrets,
};

/// How long a token is good that anybody may ask for.
const TOKEN_GOOD: Duration = Duration::from_hours(24);

/// More than any request for a token needs.
const BODY_BYTES_MAX: usize = 4096;

/// What goes with every file. Whoever hosts the page sends the same (docs/deploy.md).
const FILE_HEADERS: [(&str, &str); 5] = [
    ("cache-control", "no-cache"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// How long a browser remembers that a page of another server may ask for tokens.
const PREFLIGHT_GOOD: Duration = Duration::from_mins(10);

/// Turnlog's page. A debug build reads it from the checkout each time, so that a reload shows every edit.
#[derive(RustEmbed)]
#[folder = "../web"]
struct Page;

/// The JavaScript client.
#[derive(RustEmbed)]
#[folder = "../client/src"]
struct Client;

/// A way to sign in on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Way {
    /// Whoever asks gets a token from `/dev/token`.
    Dev,
    /// The template lets guests in, under secrets of their browsers.
    Guest,
    /// By a token, which comes with a link.
    Token,
}

/// What the page asks for before it asks a person for anything: how one signs in here. Whoever hosts the page elsewhere has a
/// file of this name.
fn sign_in(ways: &[Way]) -> Router {
    Router::new().route("/sign-in.json", get(Json(json!({ "ways": ways }))))
}

/// Everything at the addresses that no API has. The secrets that functions read are made when they are missing.
pub(crate) fn routes(folder: &std::path::Path, services: &Services, secrets: &Secrets, ways: &[Way]) -> Router {
    for name in [&secrets.token, &secrets.chance] {
        if let Err(error) = services.parameter(name) {
            tracing::error!(%error, name, "a secret cannot be kept");
        }
    }
    // What a project has of its own lies over Turnlog's page.
    let page = Router::new().fallback_service(ServeDir::new(folder.join("web")).fallback(turnlogs_page()));
    let files = files(page, ways);
    // The door lets nobody through but pages of this machine, so that the answer may name any that comes.
    let pages_of_others = CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_methods([Method::POST])
        .allow_headers([header::CONTENT_TYPE])
        .max_age(PREFLIGHT_GOOD);
    let tokens = Router::new()
        .route("/dev/token", post(token))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(pages_of_others)
        .with_state((services.clone(), secrets.token.clone()));
    let door = services.door();
    door.guard(files, Pages::OfThisStack).merge(door.guard(tokens, Pages::OfThisMachine))
}

/// The page for players, with what a project has of its own over it, all from this program.
pub(crate) fn for_players(project: Files, services: &Services, ways: &[Way]) -> Router {
    let own = move |request: Request, next: Next| async move {
        let path = request.uri().path().trim_start_matches('/');
        let path = if path.is_empty() { "index.html" } else { path };
        match (project.web)(path) {
            Some(found) if request.method() == Method::GET => sent(found),
            Some(_) | None => next.run(request).await,
        }
    };
    services.door().guard(files(turnlogs_page().layer(from_fn(own)), ways), Pages::OfThisStack)
}

fn turnlogs_page() -> Router {
    Router::new()
        .route("/", get(async || served::<Page>("index.html")))
        .route("/games/{file}", get(look))
        .route("/{*file}", get(served_file::<Page>))
}

/// The page with what it needs, and the headers of all of it.
fn files(page: Router, ways: &[Way]) -> Router {
    page.route("/client/src/{*file}", get(served_file::<Client>)).merge(sign_in(ways)).layer(from_fn(with_headers))
}

/// A file of the page for one kind. Most kinds need none, and a browser writes an error into its console for whatever is not
/// found: so they get a module that says nothing.
async fn look(Path(file): Path<String>) -> Response {
    let is_module = file.strip_suffix(".js").is_some();
    let file = format!("games/{file}");
    if is_module && Page::get(&file).is_none() {
        return ([(header::CONTENT_TYPE, "text/javascript")], "export default {};\n").into_response();
    }
    served::<Page>(&file)
}

async fn served_file<Files: RustEmbed>(Path(file): Path<String>) -> Response {
    served::<Files>(&file)
}

fn served<Files: RustEmbed>(file: &str) -> Response {
    match Files::get(file) {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(found) => sent(found),
    }
}

fn sent(found: EmbeddedFile) -> Response {
    let kind = found.metadata.mimetype().to_owned();
    ([(header::CONTENT_TYPE, kind)], found.data.into_owned()).into_response()
}

async fn with_headers(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.extend(FILE_HEADERS.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))));
    if let Ok(policy) = HeaderValue::from_str(&content_policy(&host)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// What the page may load, and from where. It talks to the API of the stack that serves it and to nobody else; browsers do
/// not agree on whether `'self'` includes its WebSockets. The door has looked at the name of the host.
fn content_policy(host: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self' ws://{host} wss://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

#[derive(Debug, Deserialize)]
struct Wanted {
    player_id: String,
    name: Option<String>,
}

/// Answers `POST /dev/token`. It exists on a developer's machine only; deployed, whoever logs players in signs tokens.
async fn token(
    State((services, parameter)): State<(Services, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let refused = |message: String| (StatusCode::BAD_REQUEST, Json(json!({ "message": message })));
    // A page may send any other type without asking the browser's leave first.
    if !headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
        return refused("The content type must be application/json.".to_owned());
    }
    let wanted: Wanted = match serde_json::from_slice(&body) {
        Ok(wanted) => wanted,
        Err(error) => return refused(format!("The body must be {{\"player_id\":…,\"name\":…}}: {error}.")),
    };
    let secret = match services.parameter(&parameter) {
        Ok(secret) => secret,
        Err(error) => {
            tracing::error!(%error, "the token secret cannot be kept");
            let message = json!({ "message": "The token secret cannot be kept." });
            return (StatusCode::INTERNAL_SERVER_ERROR, Json(message));
        }
    };
    let Some(secrets) = TokenKeys::parse(&secret) else {
        let message = json!({ "message": format!("The parameter {parameter} holds no secret of 32 characters.") });
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(message));
    };
    let particulars = Particulars { name: wanted.name, ..Particulars::default() };
    match claims::token(&wanted.player_id, particulars, TOKEN_GOOD, &secrets) {
        Ok(token) => (StatusCode::OK, Json(json!({ "token": token }))),
        Err(error) => refused(format!("{error}.")),
    }
}
