//! Secrets from Systems Manager's parameter store. A process reads them once, when it starts: its environment only names the
//! parameters, since whoever may look at a function's configuration sees its environment.
//!
//! The one request is put together from what the SDKs are made of, which signs it, repeats it and gives it up; the crate of the
//! service has 348,000 lines for its 150 operations.

use std::fmt;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig, stalled_stream_protection::StalledStreamProtectionConfig,
    timeout::TimeoutConfig,
};
use aws_runtime::{
    auth::{
        SigV4OperationSigningConfig,
        sigv4::{SCHEME_ID, SigV4AuthScheme},
    },
    retries::classifiers::AwsErrorCodeClassifier,
};
use aws_smithy_runtime::client::{
    orchestrator::operation::Operation,
    retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        auth::{AuthSchemeOptionResolverParams, static_resolver::StaticAuthSchemeOptionResolver},
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        runtime_components::RuntimeComponentsBuilder,
        runtime_plugin::StaticRuntimePlugin,
    },
};
use aws_smithy_types::{
    body::SdkBody,
    config_bag::Layer,
    error::{
        display::DisplayErrorContext,
        metadata::{ErrorMetadata, ProvideErrorMetadata},
    },
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    environment::{ConfigError, Environment},
    limits::{CONNECT_TIMEOUT, REQUEST_ATTEMPT_TIMEOUT, REQUEST_ATTEMPTS_MAX, REQUEST_TIMEOUT},
};

/// A process has not got its secrets. None of the texts holds one.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment does not say which parameter it is.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The parameter store did not answer, or refused.
    #[error("the parameters {parameters:?} cannot be read: {cause}")]
    Unread {
        /// Their names.
        parameters: Vec<String>,
        /// Why.
        cause: String,
    },
    /// There is no such parameter.
    #[error("there is no parameter {0}")]
    Missing(String),
    /// The parameter that this variable names holds something else.
    #[error("the parameter that {0} names does not hold what it should")]
    Invalid(&'static str),
}

/// The values of the parameters that these variables of the environment name, decrypted, in the same order. It is one request
/// for all of them, ten at most.
///
/// # Errors
/// When a variable is missing, or the parameter store does not give all of them.
///
/// # Panics
/// Never: each variable gives one value.
pub async fn secrets<const N: usize>(
    environment: &Environment,
    variables: [&'static str; N],
) -> Result<[String; N], SecretError> {
    let parameters =
        variables.map(|variable| environment.required(variable)).into_iter().collect::<Result<Vec<_>, _>>()?;
    let unread = |cause: String| SecretError::Unread { parameters: parameters.clone(), cause };
    let request = get_parameters(environment).map_err(|missing| unread(missing.to_owned()))?;
    let answer = request.invoke(parameters.clone()).await;
    let Answer { parameters: mut found } = answer.map_err(|error| unread(DisplayErrorContext(error).to_string()))?;
    let mut values = Vec::with_capacity(N);
    for name in &parameters {
        let index = found.iter().position(|parameter| parameter.name == *name);
        values.push(found.swap_remove(index.ok_or_else(|| SecretError::Missing(name.clone()))?).value);
    }
    Ok(values.try_into().expect("each variable has given one value"))
}

/// What the parameter store answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    parameters: Vec<Parameter>,
}

/// It shows no value when printed.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    name: String,
    value: String,
}

impl fmt::Debug for Parameter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Parameter").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why the parameter store refuses. Its code decides whether it is asked again.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", .0.code().unwrap_or("no code"), .0.message().unwrap_or("no message"))]
struct Refused(ErrorMetadata);

impl ProvideErrorMetadata for Refused {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

/// # Errors
/// With what the configuration lacks.
fn get_parameters(environment: &Environment) -> Result<Operation<Vec<String>, Answer, Refused>, &'static str> {
    let config = environment.sdk();
    let region = config.region().ok_or("there is no region")?.clone();
    let credentials = config.credentials_provider().ok_or("there are no credentials")?;
    let mut signing = Layer::new("secrets");
    signing.store_put(AuthSchemeOptionResolverParams::new(()));
    signing.store_put(SigV4OperationSigningConfig {
        region: Some(region.clone().into()),
        name: Some("ssm".into()),
        ..SigV4OperationSigningConfig::default()
    });
    let signer = RuntimeComponentsBuilder::new("secrets")
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
        .with_identity_resolver(SCHEME_ID, credentials);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(REQUEST_ATTEMPT_TIMEOUT)
        .operation_timeout(REQUEST_TIMEOUT);
    let mut operation = Operation::builder()
        .service_name("ssm")
        .operation_name("GetParameters")
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(&endpoint(environment.required("AWS_ENDPOINT_URL_SSM").ok(), config, &region))
        .standard_retry(&RetryConfig::standard().with_max_attempts(REQUEST_ATTEMPTS_MAX))
        .retry_classifier(TransientErrorClassifier::<Refused>::new())
        .retry_classifier(AwsErrorCodeClassifier::<Refused>::new())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .timeout_config(timeouts.build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .runtime_plugin(StaticRuntimePlugin::new().with_config(signing.freeze()).with_runtime_components(signer));
    if let Some(client) = config.http_client() {
        operation = operation.http_client(client);
    }
    Ok(operation.serializer(request).deserializer(answer).build())
}

/// Where the service is: the SDK's variables come first, as for every other service.
fn endpoint(named: Option<String>, config: &SdkConfig, region: &Region) -> String {
    let suffix = if region.as_ref().starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    named
        .or_else(|| config.endpoint_url().map(str::to_owned))
        .unwrap_or_else(|| format!("https://ssm.{region}.{suffix}"))
}

/// Source: the service's model, whose protocol is AWS JSON 1.1.
fn request(names: Vec<String>) -> Result<HttpRequest, BoxError> {
    let body = json!({ "Names": names, "WithDecryption": true }).to_string();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-amz-json-1.1");
    headers.insert("x-amz-target", "AmazonSSM.GetParameters");
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<Answer, OrchestratorError<Refused>> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Refusal {
        #[serde(rename = "__type")]
        kind: String,
        #[serde(alias = "Message")]
        message: String,
    }
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return serde_json::from_slice(body).map_err(|error| OrchestratorError::response(error.into()));
    }
    let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
    let code = refusal.kind.rsplit('#').next().unwrap_or_default();
    let metadata = ErrorMetadata::builder().code(code).message(refusal.message).build();
    Err(OrchestratorError::operation(Refused(metadata)))
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;

    use super::*;

    fn read(status: u16, body: &'static str) -> Result<Answer, OrchestratorError<Refused>> {
        answer(&HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body)))
    }

    #[test]
    fn values_come_by_name_and_show_nothing() {
        let body = r#"{"InvalidParameters":[],"Parameters":[{"Name":"/a","Type":"SecureString","Value":"hush"}]}"#;
        let answer = read(200, body).unwrap();
        assert_eq!((answer.parameters[0].name.as_str(), answer.parameters[0].value.as_str()), ("/a", "hush"));
        assert!(!format!("{answer:?}").contains("hush"));
    }

    #[test]
    fn a_refusal_says_why() {
        let refused = read(400, r#"{"__type":"com.amazon#AccessDeniedException","Message":"no right"}"#).unwrap_err();
        let refused = refused.as_operation_error().unwrap();
        assert_eq!(
            (refused.to_string().as_str(), refused.code()),
            ("AccessDeniedException: no right", Some("AccessDeniedException"))
        );
        assert!(read(200, "<html>").unwrap_err().as_operation_error().is_none());
    }

    #[test]
    fn a_request_asks_for_decrypted_values() {
        let request = request(vec!["/a".to_owned()]).unwrap();
        assert_eq!(request.headers().get("x-amz-target"), Some("AmazonSSM.GetParameters"));
        assert_eq!(request.body().bytes(), Some(br#"{"Names":["/a"],"WithDecryption":true}"#.as_slice()));
    }

    #[test]
    fn the_service_is_found_in_every_region() {
        let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
        let at = |region| endpoint(None, &config, &Region::from_static(region));
        assert_eq!(at("eu-central-1"), "https://ssm.eu-central-1.amazonaws.com");
        assert_eq!(at("cn-north-1"), "https://ssm.cn-north-1.amazonaws.com.cn");
    }
}
