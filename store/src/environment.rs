//! What a function is configured by: the variables of its environment, and how it reaches AWS.

use std::{collections::BTreeMap, fmt, sync::Arc};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::{
    Client,
    config::{Credentials, SharedCredentialsProvider, SharedHttpClient},
};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::{cache::GameCache, client::client_with};

/// A variable of the environment is missing, empty, or not of the form that is expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {variable} is missing, empty or not valid")]
pub struct ConfigError {
    /// Its name.
    pub variable: &'static str,
}

/// The environment of a function: that of its process, or one that it is given where several functions share a process.
/// It shows nothing when printed: credentials are among the variables.
#[derive(Clone)]
pub struct Environment {
    variables: Variables,
    sdk: SdkConfig,
    cache: GameCache,
}

#[derive(Clone)]
struct Variables(Arc<BTreeMap<String, String>>);

impl Environment {
    /// That of this process.
    pub async fn of_process() -> Self {
        // A name or a value that is no text is none of ours.
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self {
            variables: Variables(Arc::new(std::env::vars_os().filter_map(text).collect())),
            sdk: aws_config::load_defaults(BehaviorVersion::latest()).await,
            cache: GameCache::new(),
        }
    }

    /// These variables, which have region, credentials and addresses as Lambda gives them to a process. `http` carries every
    /// request to AWS. `cache` is what instances of the function in the same process remember together.
    ///
    /// # Errors
    /// When the credentials are missing.
    pub fn given(
        variables: BTreeMap<String, String>,
        http: SharedHttpClient,
        cache: GameCache,
    ) -> Result<Self, ConfigError> {
        let variables = Variables(Arc::new(variables));
        let token = variables.required("AWS_SESSION_TOKEN").ok();
        let (id, secret) = (variables.required("AWS_ACCESS_KEY_ID")?, variables.required("AWS_SECRET_ACCESS_KEY")?);
        let credentials = Credentials::new(id, secret, token, None, "environment");
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(variables.required("AWS_REGION")?))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .service_config(variables.clone())
            .http_client(http)
            .build();
        Ok(Self { variables, sdk, cache })
    }

    /// The value of a variable.
    ///
    /// # Errors
    /// When it is missing or empty.
    pub fn required(&self, variable: &'static str) -> Result<String, ConfigError> {
        self.variables.required(variable)
    }

    /// A client of DynamoDB, with Turnlog's time-outs and retries.
    pub fn dynamodb(&self) -> Client {
        client_with(&self.sdk)
    }

    /// The games that the function remembers.
    pub fn cache(&self) -> GameCache {
        self.cache.clone()
    }

    pub(crate) fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Environment").finish_non_exhaustive()
    }
}

impl Variables {
    fn required(&self, variable: &'static str) -> Result<String, ConfigError> {
        self.0.get(variable).filter(|value| !value.is_empty()).cloned().ok_or(ConfigError { variable })
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Variables").finish_non_exhaustive()
    }
}

/// The SDK reads the address of a service (`AWS_ENDPOINT_URL_DYNAMODB`) from here, as it does from a process's environment.
impl LoadServiceConfig for Variables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        self.0.get(&format!("{}_{service}", key.env())).cloned()
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    };
    use aws_smithy_types::body::SdkBody;

    use super::*;

    /// Answers every request with its own URI and access key.
    #[derive(Debug)]
    struct Echo;

    impl HttpConnector for Echo {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let signature = request.headers().get("authorization").unwrap_or_default();
            let text = format!("{} {signature}", request.uri());
            let mut answer = HttpResponse::new(200.try_into().expect("it is a status"), SdkBody::from("{}"));
            answer.headers_mut().insert("x-amzn-requestid", text);
            HttpConnectorFuture::ready(Ok::<_, ConnectorError>(answer))
        }
    }

    fn given(variables: &[(&str, &str)]) -> Result<Environment, ConfigError> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Environment::given(variables, http_client_fn(|_, _| SharedHttpConnector::new(Echo)), GameCache::new())
    }

    #[tokio::test]
    async fn an_environment_that_is_given_says_where_and_as_whom_a_client_calls() {
        use aws_sdk_dynamodb::operation::RequestId as _;
        let variables = [
            ("AWS_REGION", "eu-north-1"),
            ("AWS_ACCESS_KEY_ID", "ASIAONE"),
            ("AWS_SECRET_ACCESS_KEY", "hush"),
            ("AWS_SESSION_TOKEN", "token"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://tables:8000"),
            ("EMPTY", ""),
        ];
        let environment = given(&variables).expect("it is complete");
        let answer = environment.dynamodb().list_tables().send().await.expect("it is answered");
        let told = answer.request_id().expect("it says who asked where");
        assert!(told.starts_with("http://tables:8000/ "), "{told}");
        assert!(told.contains("Credential=ASIAONE/") && told.contains("/eu-north-1/dynamodb/"), "{told}");
        assert_eq!(environment.required("AWS_REGION").as_deref(), Ok("eu-north-1"));
        assert_eq!(environment.required("EMPTY"), Err(ConfigError { variable: "EMPTY" }));
        assert!(environment.required("PATH").is_err(), "the environment of the process is none of its business");
        assert!(!format!("{environment:?}").contains("hush"));
    }

    #[test]
    fn an_environment_without_credentials_is_refused() {
        assert_eq!(given(&[]).map(drop), Err(ConfigError { variable: "AWS_ACCESS_KEY_ID" }));
    }
}
