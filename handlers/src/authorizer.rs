//! The authorizer: checks the token of a connection before it opens.

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
use turnlog_protocol::{
    limits::TOKEN_SECRET_BYTES_MIN,
    token::{Identity, verify},
};
use turnlog_store::{SecretError, secrets};

use crate::subprotocol::{SUBPROTOCOL, offered};

/// The variable of the environment that names the parameter with the secret.
const SECRET_VARIABLE: &str = "TOKEN_SECRET_PARAMETER";

/// What the authorizer needs.
#[derive(Clone)]
pub struct App {
    secret: Vec<u8>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The secret never reaches a log.
        formatter.debug_struct("App").finish_non_exhaustive()
    }
}

impl App {
    /// Reads the secret that signs tokens from the parameter that `TOKEN_SECRET_PARAMETER` names.
    ///
    /// # Errors
    /// When it is missing, or too short to be one.
    pub async fn from_env() -> Result<Self, SecretError> {
        let [secret] = secrets([SECRET_VARIABLE]).await?;
        if secret.len() < TOKEN_SECRET_BYTES_MIN {
            return Err(SecretError::Invalid(SECRET_VARIABLE));
        }
        Ok(Self { secret: secret.into_bytes() })
    }
}

/// Lets a connection in and says who it is, or refuses it.
///
/// # Errors
/// `Unauthorized`, which API Gateway answers with status 401.
#[expect(clippy::unused_async, reason = "the runtime calls an asynchronous function")]
pub async fn handle(
    app: &App,
    event: LambdaEvent<ApiGatewayCustomAuthorizerRequestTypeRequest>,
) -> Result<ApiGatewayCustomAuthorizerResponse, Diagnostic> {
    let request = event.payload;
    let token = token_of(&request).ok_or_else(|| unauthorized("there is no token"))?;
    let identity = verify(&token, &app.secret).map_err(|error| unauthorized(&error.to_string()))?;
    info!(player_id = %identity.player_id, "connection authorized");
    Ok(allow(identity, request.method_arn.unwrap_or_default()))
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

fn allow(identity: Identity, resource: String) -> ApiGatewayCustomAuthorizerResponse {
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
    response.context = json!({ "player_id": identity.player_id, "name": identity.name });
    response
}
