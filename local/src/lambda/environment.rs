//! The environment of an instance of a function, as Lambda sets it.

use std::{collections::BTreeMap, path::Path};

use super::setup::Runs;
use crate::{
    aws::REGION,
    certificate::Trust,
    parameters::Parameters,
    template::model::{FunctionSpec, LogFormat},
};

/// Where functions find their services.
#[derive(Debug, Clone, Default)]
pub(crate) struct Endpoints {
    pub(crate) dynamodb: String,
    /// Systems Manager's parameter store.
    pub(crate) parameters: String,
    /// The management API of each WebSocket API, with the functions that serve it.
    pub(crate) management: Vec<Management>,
    /// By what they trust the stack's certificate.
    pub(crate) trust: Option<Trust>,
}

/// The management API of one WebSocket API.
#[derive(Debug, Clone)]
pub(crate) struct Management {
    /// With the stage.
    pub(crate) url: String,
    /// Logical ids of the functions behind its routes.
    pub(crate) functions: Vec<String>,
}

impl Endpoints {
    /// The API that a function serves; one that serves none gets the first.
    fn management_for(&self, function: &str) -> &str {
        let serves = |api: &&Management| api.functions.iter().any(|id| id == function);
        let api = self.management.iter().find(serves).or(self.management.first());
        api.map_or("", |api| api.url.as_str())
    }
}

/// What helps a developer and no function on AWS has. Everything else of this machine stays hidden from functions, its
/// AWS credentials above all.
const TAKEN_OVER: [&str; 2] = ["PATH", "RUST_BACKTRACE"];

/// Every variable of an instance but the address of its Runtime API and its credentials.
///
/// # Errors
/// When a parameter that the template names cannot be kept.
pub(super) fn of(
    spec: &FunctionSpec,
    runs: &Runs,
    endpoints: &Endpoints,
    parameters: &Parameters,
) -> Result<BTreeMap<String, String>, std::io::Error> {
    let mut variables = BTreeMap::new();
    for name in TAKEN_OVER {
        if let Ok(value) = std::env::var(name) {
            variables.insert(name.to_owned(), value);
        }
    }
    // Whoever sets one of them knows whom they trust.
    for (name, path) in endpoints.trust.iter().flat_map(Trust::variables) {
        variables.insert(name.to_owned(), path.display().to_string());
    }
    for (name, value) in &spec.environment {
        variables.insert(name.clone(), parameters.resolve(value)?);
    }
    let folder = match runs {
        Runs::Executable(executable) => executable.parent().unwrap_or(Path::new("/")),
        Runs::Value(..) => Path::new("/"),
    };
    let folder = folder.display().to_string();
    let own = [
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_LAMBDA_FUNCTION_NAME", &spec.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &spec.memory_mb.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &format!("/aws/lambda/{}", spec.name)),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
        ("LAMBDA_TASK_ROOT", &folder),
        ("LAMBDA_RUNTIME_DIR", &folder),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
        ("_HANDLER", &spec.handler),
        ("AWS_ENDPOINT_URL_DYNAMODB", &endpoints.dynamodb),
        ("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", &endpoints.dynamodb),
        ("AWS_ENDPOINT_URL_SSM", &endpoints.parameters),
        ("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", endpoints.management_for(&spec.id)),
    ];
    let logging = match &spec.log_format {
        LogFormat::Text => vec![("AWS_LAMBDA_LOG_FORMAT", "Text")],
        LogFormat::Json { level } => vec![("AWS_LAMBDA_LOG_FORMAT", "JSON"), ("AWS_LAMBDA_LOG_LEVEL", level)],
    };
    let own = own.into_iter().chain(logging);
    variables.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    Ok(variables)
}
