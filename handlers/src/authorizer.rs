//! The authorizer: checks the token of a connection before it opens.

mod guests;
mod published;

use aws_lambda_events::{
    apigw::{
        ApiGatewayCustomAuthorizerPolicy, ApiGatewayCustomAuthorizerRequestTypeRequest,
        ApiGatewayCustomAuthorizerResponse,
    },
    iam::{IamPolicyEffect, IamPolicyStatement},
};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::{Value, json};
use tracing::info;
use turnlog_domain::Timestamp;
use turnlog_protocol::token::{Expected, Identity, PublicKeys, TokenError, TokenKeys, is_guest, verify, verify_guest};
use turnlog_store::{ConfigError, Environment, SecretError, now, secrets};

pub use self::{guests::Guests, published::Published};
use crate::{
    caller::REFUSED_KEY,
    subprotocol::{SUBPROTOCOL, offered},
};

/// The variable of the environment that names the parameter with the secrets.
const SECRET_VARIABLE: &str = "TOKEN_SECRET_PARAMETER";

/// What the authorizer needs.
#[derive(Debug)]
pub struct App {
    secrets: TokenKeys,
    expected: Expected,
    published: Option<Published>,
    guests: Option<Guests>,
}

impl App {
    /// Reads the secrets that sign tokens from the parameter that `TOKEN_SECRET_PARAMETER` names, and from `TOKEN_AUDIENCE`,
    /// `TOKEN_ISSUER` and `TOKEN_JWKS_URL`, which may be missing or empty, what else tokens have to be; from `GUESTS` and
    /// `GUESTS_PER_MINUTE`, whether guests are let in.
    ///
    /// # Errors
    /// When the secrets are missing or not valid, the address is one that keys may not come from, or it is not clear whether
    /// there are guests.
    pub async fn from_environment(environment: &Environment) -> Result<Self, SecretError> {
        let [secret] = secrets(environment, [SECRET_VARIABLE]).await?;
        let secrets = TokenKeys::parse(&secret).ok_or(SecretError::Invalid(SECRET_VARIABLE))?;
        let text = |variable| environment.required(variable).unwrap_or_default();
        let expected = Expected::parse(&text("TOKEN_AUDIENCE"), &text("TOKEN_ISSUER"));
        let published = match text("TOKEN_JWKS_URL").as_str() {
            "" => None,
            address => Some(Published::at(address).ok_or(ConfigError { variable: "TOKEN_JWKS_URL" })?),
        };
        Ok(Self { guests: Guests::from_environment(environment)?, ..Self::new(secrets, expected, published) })
    }

    /// An authorizer that believes tokens which are signed with a secret, or with a key that is published.
    pub fn new(secrets: TokenKeys, expected: Expected, published: Option<Published>) -> Self {
        Self { secrets, expected, published, guests: None }
    }

    /// The same authorizer, which lets guests in.
    #[must_use]
    pub fn with_guests(self, guests: Guests) -> Self {
        Self { guests: Some(guests), ..self }
    }

    /// Whom a token speaks for.
    ///
    /// # Errors
    /// When it proves nothing.
    pub async fn identify(&self, token: &str, now: Timestamp) -> Result<Identity, TokenError> {
        if self.guests.is_some() && is_guest(token) {
            return verify_guest(token, now);
        }
        let check = |keys: &PublicKeys| verify(token, &self.secrets, keys, &self.expected, now);
        let Some(published) = &self.published else { return check(&PublicKeys::default()) };
        let checked = check(&PublicKeys::default());
        if checked != Err(TokenError::UnknownKey) {
            return checked;
        }
        match check(&published.keys(now).await) {
            // The key may be new, or another under an old name.
            Err(error @ (TokenError::UnknownKey | TokenError::Forged)) => match published.newer_keys(now).await {
                Some(keys) => check(&keys),
                None => Err(error),
            },
            checked => checked,
        }
    }

    /// Why somebody may not connect now although they are who they say.
    fn refusal(&self, token: &str, source_ip: &str) -> Option<&'static str> {
        let guests = self.guests.as_ref().filter(|_| is_guest(token))?;
        (!guests.admit(source_ip)).then_some("too_many_guests")
    }
}

/// Lets a connection in and says who it is, or refuses it. Where an address has too many guests, the connect function is told to
/// refuse it.
///
/// # Errors
/// `Unauthorized`, which API Gateway answers with status 401.
pub async fn handle(
    app: &App,
    event: LambdaEvent<ApiGatewayCustomAuthorizerRequestTypeRequest>,
) -> Result<ApiGatewayCustomAuthorizerResponse, Diagnostic> {
    let request = event.payload;
    let token = token_of(&request).ok_or_else(|| unauthorized("there is no token"))?;
    let identity = app.identify(&token, now()).await.map_err(|error| unauthorized(&error.to_string()))?;
    let source_ip = request.request_context.identity.and_then(|identity| identity.source_ip).unwrap_or_default();
    let refusal = app.refusal(&token, &source_ip);
    match refusal {
        None => info!(player_id = %identity.player_id, "connection authorized"),
        Some(reason) => info!(player_id = %identity.player_id, source_ip, reason, "connection to be refused"),
    }
    Ok(allow(identity, refusal, request.method_arn.unwrap_or_default()))
}

/// The token from `Sec-WebSocket-Protocol: turnlog.v1, <token>`, or from the query parameter `token`.
fn token_of(request: &ApiGatewayCustomAuthorizerRequestTypeRequest) -> Option<String> {
    let mut offered = offered(&request.multi_value_headers, &request.headers);
    if offered.by_ref().any(|protocol| protocol == SUBPROTOCOL) {
        return offered.next().map(str::to_owned);
    }
    request.query_string_parameters.first("token").map(str::to_owned)
}

fn unauthorized(reason: &str) -> Diagnostic {
    info!(reason, "connection refused");
    // API Gateway answers 401 to this text, and to no other.
    Diagnostic { error_type: "Unauthorized".to_owned(), error_message: "Unauthorized".to_owned() }
}

fn allow(identity: Identity, refusal: Option<&str>, resource: String) -> ApiGatewayCustomAuthorizerResponse {
    let mut statement = IamPolicyStatement::default();
    statement.action = vec!["execute-api:Invoke".to_owned()];
    statement.effect = IamPolicyEffect::Allow;
    statement.resource = vec![resource];
    let mut policy = ApiGatewayCustomAuthorizerPolicy::default();
    policy.version = Some("2012-10-17".to_owned());
    policy.statement = vec![statement];
    let mut response = ApiGatewayCustomAuthorizerResponse::<Value>::default();
    response.principal_id = Some(identity.player_id.to_string());
    response.policy_document = policy;
    // Whatever stands here arrives as text.
    response.context = json!({
        "player_id": identity.player_id,
        "name": identity.name,
        "expires_at": identity.expires_at.as_ms().to_string(),
    });
    // An authorizer has no answer that means "later": the connect function gives it.
    if let Some(refusal) = refusal {
        response.context[REFUSED_KEY] = refusal.into();
    }
    response
}
