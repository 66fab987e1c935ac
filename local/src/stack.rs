//! The whole stack: everything that a template describes, running on this machine.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use axum::{Json, Router, routing::get, serve::ListenerExt as _};
use futures::future::join_all;
use serde_json::json;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    build::{self, Build, BuildError},
    circumstances::{Circumstances, FaultPlan, Pace},
    database::{Database, DatabaseError},
    gateway::Gateway,
    lambda::{Endpoints, Lambda},
    limits::{GatewayLimits, LambdaLimits},
    mapping::{self, MappingError, Running},
    parameters::Parameters,
    schedule,
    template::{self, TemplateError, model::Template},
};

/// How a stack is run.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// The template.
    pub template: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// Where the tables and everything else that outlives the stack are kept.
    pub data: Data,
    /// Another DynamoDB instead of the embedded one.
    pub dynamodb_endpoint: Option<String>,
    /// Which executables of the functions are run.
    pub build: Build,
    /// How long things take.
    pub pace: Pace,
    /// What goes wrong.
    pub faults: FaultPlan,
}

/// Where a stack keeps its data.
#[derive(Debug, Clone)]
pub enum Data {
    /// In a folder, which one stack has at a time.
    Folder(PathBuf),
    /// In a temporary folder that goes with the stack.
    Ephemeral,
}

/// Why a stack does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The template cannot be read.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A function cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// There is no database.
    #[error("{0}")]
    Database(String),
    /// The address is taken, or not of this machine.
    #[error("{address} cannot be listened on: {source}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The parameter store cannot be used.
    #[error("the parameter store cannot be used: {0}")]
    Parameters(std::io::Error),
    /// An event source mapping cannot start.
    #[error("{0}")]
    Mapping(String),
}

/// A running stack.
#[derive(Debug)]
pub struct Stack {
    address: SocketAddr,
    warnings: Vec<String>,
    lambda: Lambda,
    database: Database,
    gateways: Vec<Gateway>,
    mappings: Vec<Running>,
    schedules: Vec<JoinHandle<()>>,
    circumstances: Circumstances,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

/// What the routes of the embedding program may use.
#[derive(Debug, Clone)]
pub struct Services {
    parameters: Arc<Parameters>,
    dynamodb: String,
}

impl Services {
    /// The value of a parameter that the template may name as `{{resolve:ssm:…}}`; it is made when it is missing.
    ///
    /// # Errors
    /// When a new one cannot be kept.
    pub fn parameter(&self, name: &str) -> Result<String, std::io::Error> {
        self.parameters.value(name)
    }

    /// Where the functions reach DynamoDB.
    pub fn dynamodb_endpoint(&self) -> &str {
        &self.dynamodb
    }
}

/// The tables of a template, as the bodies of `CreateTable`.
///
/// # Errors
/// When the template cannot be read.
pub fn tables(template: &std::path::Path) -> Result<Vec<serde_json::Value>, TemplateError> {
    let template = template::read(template)?;
    Ok(template.tables.into_iter().map(|table| table.create).collect())
}

impl Stack {
    /// Builds the functions and starts everything that the template describes. `routes` answers what no API does.
    ///
    /// # Errors
    /// When something of it cannot start; nothing is left running then.
    pub async fn start(options: StackOptions, routes: impl FnOnce(&Services) -> Router) -> Result<Self, StartError> {
        let mut template = template::read(&options.template)?;
        // Whoever comes while the functions are built waits for them; who cannot have the address hears it at once.
        let (listener, address) = listen(options.address).await?;
        let functions = build::all(std::mem::take(&mut template.functions), options.build).await?;
        let circumstances = Circumstances::new(options.pace, &options.faults);
        let database =
            Database::open(&options.data, &template.tables, options.dynamodb_endpoint, &circumstances).await?;
        let parameters = Parameters::open(database.folder()).map_err(StartError::Parameters)?;
        let endpoints = Endpoints {
            dynamodb: database.endpoint(),
            management: format!("http://{address}/{}", template.apis.first().map_or("", |api| api.stage.as_str())),
        };
        let lambda = Lambda::new(functions, &endpoints, &parameters, &LambdaLimits::default(), &circumstances)
            .map_err(StartError::Parameters)?;
        let services = Services { parameters: Arc::new(parameters), dynamodb: database.endpoint() };
        let new_gateway = |api| Gateway::new(lambda.clone(), api, GatewayLimits::default(), circumstances.clone());
        let gateways: Vec<Gateway> = template.apis.iter().map(new_gateway).collect();
        let app = gateways.iter().fold(routes(&services), |app, gateway| app.merge(gateway.router()));
        let (stop, stopped) = watch::channel(false);
        let server = serve(listener, app.merge(health(&services)), stopped);
        let schedules = template.schedules.iter().map(|spec| schedule::spawn(spec.clone(), lambda.clone())).collect();
        let (warnings, mappings) = (std::mem::take(&mut template.warnings), Vec::new());
        let mut stack =
            Self { address, warnings, lambda, database, gateways, mappings, schedules, circumstances, stop, server };
        match stack.start_mappings(&template) {
            Ok(()) => Ok(stack),
            Err(error) => {
                stack.stop().await;
                Err(error.into())
            }
        }
    }

    fn start_mappings(&mut self, template: &Template) -> Result<(), MappingError> {
        for spec in &template.mappings {
            let (lambda, database) = (self.lambda.clone(), self.database.clone());
            self.mappings.push(mapping::spawn(spec.clone(), lambda, database, self.circumstances.clone())?);
        }
        Ok(())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the template says and the stack does not understand.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Stops everything, and returns when nothing is left.
    pub async fn stop(self) {
        for schedule in &self.schedules {
            schedule.abort();
        }
        join_all(self.gateways.iter().map(Gateway::stop)).await;
        join_all(self.mappings.into_iter().map(Running::stop)).await;
        self.lambda.stop().await;
        self.stop.send_replace(true);
        if let Err(error) = self.server.await {
            tracing::error!(%error, "the server ended with a bug");
        }
        self.database.stop().await;
    }
}

async fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Address { address: wanted, source };
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

fn serve(listener: TcpListener, app: Router, mut stopped: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "no TCP_NODELAY");
            }
        });
        // The gateway tells its functions where a client is.
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let serving = async { axum::serve(listener, app).await };
        // Connections that are still open have been told; a browser's idle ones must not hold up the end.
        tokio::select! {
            ended = serving => if let Err(error) = ended { tracing::error!(%error, "the server ended") },
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
    })
}

/// `GET /health`: everything is up, and where its tables are.
fn health(services: &Services) -> Router {
    let body = json!({ "status": "ok", "dynamodb": services.dynamodb_endpoint() });
    Router::new().route("/health", get(move || async move { Json(body.clone()) }))
}

impl From<DatabaseError> for StartError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<MappingError> for StartError {
    fn from(error: MappingError) -> Self {
        Self::Mapping(error.to_string())
    }
}
