//! The whole stack: everything that a template describes, running on this machine.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use axum::{Router, middleware, serve::ListenerExt as _};
use futures::future::join_all;
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::watch as signal, task::JoinHandle};

use crate::{
    access::{Access, AccessReport, Enforcement},
    build::{self, Build, BuildError, Executables},
    certificate::{self, CertificateError},
    circumstances::{Circumstances, FaultPlan, Pace},
    database::{Data, Database, DatabaseError},
    dlq,
    door::{Door, Pages},
    functions::Functions,
    gateway::{self, Gateway},
    invoke,
    lambda::{Endpoints, Lambda, Management, Runs},
    limits::{Freezing, GatewayLimits, LambdaLimits},
    listener::Listener,
    loopback::{Leading, Loopback},
    mapping::{self, MappingError, Running},
    metrics,
    operators::{self, Addresses, Readiness},
    parameter_store,
    parameters::Parameters,
    schedule,
    template::{
        self, TemplateError,
        model::{ApiSpec, FunctionSpec, Template},
    },
    timing::Latency,
    watch,
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
    /// What runs as the functions.
    pub functions: FunctionSource,
    /// How long things take.
    pub pace: Pace,
    /// What goes wrong.
    pub faults: FaultPlan,
    /// Values for the template's parameters; the others have their defaults.
    pub parameters: BTreeMap<String, String>,
    /// When functions stand still.
    pub freezing: Freezing,
    /// What becomes of calls that the functions' policies do not allow.
    pub enforcement: Enforcement,
    /// How long nothing may travel on a connection; none: ten minutes, as on AWS.
    pub connection_idle_max: Option<Duration>,
    /// How old a connection may become; none: two hours, as on AWS.
    pub connection_age_max: Option<Duration>,
    /// For how long functions are told that a connection is gone whose `$connect` has just succeeded; none: as the pace
    /// has it.
    pub connection_opening: Option<Duration>,
    /// How many shards the embedded database's only one stands for; none: as the pace has it.
    pub stream_shards: Option<usize>,
    /// Whether the messages of a connection wait for each other.
    pub serial: bool,
}

/// What runs as the functions of a template.
#[derive(Debug, Clone)]
pub enum FunctionSource {
    /// Executables, each instance as a process.
    Executables(Build),
    /// Values of this program, each instance as a thread of its process.
    InProcess(Functions),
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
    /// There is no certificate for HTTPS.
    #[error("the certificate of the stack cannot be made: {0}")]
    Certificate(String),
    /// An event source mapping cannot start.
    #[error("{0}")]
    Mapping(String),
}

/// A running stack.
#[derive(Debug)]
pub struct Stack {
    address: SocketAddr,
    websockets: Vec<(String, String)>,
    warnings: Vec<String>,
    /// The folders of functions that come in zip files. They go with the stack.
    _unpacked: BTreeMap<PathBuf, TempDir>,
    leading: Leading,
    lambda: Lambda,
    database: Database,
    gateways: Vec<Gateway>,
    mappings: Vec<Running>,
    readiness: Readiness,
    /// Schedules, what keeps metrics small, and whoever watches the sources.
    tasks: Vec<JoinHandle<()>>,
    circumstances: Circumstances,
    access: Access,
    stop: signal::Sender<bool>,
    server: JoinHandle<()>,
}

/// What the routes of the embedding program may use.
#[derive(Debug, Clone)]
pub struct Services {
    parameters: Arc<Parameters>,
    dynamodb: String,
    door: Door,
}

impl Services {
    /// The value of a parameter that functions may read, or the template name as `{{resolve:ssm:…}}`; it is made when it is
    /// missing.
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

    /// The check for whatever is served. The name by which the stack is asked for is looked at in any case; which pages may
    /// call a route, only the route knows.
    pub fn door(&self) -> Door {
        self.door
    }
}

/// The tables of a template, as the bodies of `CreateTable`.
///
/// # Errors
/// When the template cannot be read.
pub fn tables(template: &std::path::Path) -> Result<Vec<serde_json::Value>, TemplateError> {
    let template = template::read(template, &BTreeMap::new())?;
    Ok(template.tables.into_iter().map(|table| table.create).collect())
}

impl Stack {
    /// Builds the functions and starts everything that the template describes. `routes` answers what no API does.
    ///
    /// # Errors
    /// When something of it cannot start; nothing is left running then.
    pub async fn start(options: StackOptions, routes: impl FnOnce(&Services) -> Router) -> Result<Self, StartError> {
        let mut template = template::read(&options.template, &options.parameters)?;
        // Whoever comes while the functions are built waits for them; who cannot have the address hears it at once.
        let (listener, address) = listen(options.address).await?;
        let circumstances = options.circumstances();
        let access = Access::new(&template.functions, options.enforcement, &mut template.warnings);
        let loopback = Loopback::new();
        let (functions, unpacked) = sources(&mut template, &options.functions, &loopback).await?;
        let external = options.dynamodb_endpoint.clone();
        let database = Database::open(&options.data, &template.tables, external, &circumstances, &access).await?;
        let parameters = Parameters::open(database.folder()).map_err(StartError::Parameters)?;
        let apis = served(&template.apis);
        let management = apis.iter().map(|(api, path)| management(address, api, path)).collect();
        let (tls, trust) = certificate::issue(address.ip(), database.folder())?;
        let listener = Listener::new(listener, tls).map_err(|source| StartError::Address { address, source })?;
        let endpoints = Endpoints {
            dynamodb: database.endpoint(),
            parameters: format!("http://{address}{}", parameter_store::PATH),
            management,
            trust: Some(trust),
        };
        let limits = LambdaLimits { freezing: options.freezing, ..LambdaLimits::default() };
        let lambda = Lambda::new(functions.clone(), &endpoints, &parameters, &limits, &circumstances, &access)
            .map_err(StartError::Parameters)?
            .leaving_out(std::mem::take(&mut template.left_out));
        let door = Door::at(address);
        let parameters = Arc::new(parameters);
        let services = Services { parameters: Arc::clone(&parameters), dynamodb: database.endpoint(), door };
        let websockets: Vec<_> = apis.iter().map(|(api, path)| (api.id.clone(), path.clone())).collect();
        let websocket = websockets.first().map(|(_, path)| format!("ws://{address}{path}"));
        let new_gateway =
            |api| Gateway::new(lambda.clone(), api, options.gateway_limits(), circumstances.clone(), access.clone());
        let gateways: Vec<Gateway> = apis.into_iter().map(new_gateway).collect();
        let failures = dlq::routes(template.mappings.clone(), database.clone(), lambda.clone(), circumstances.clone());
        let for_programs = invoke::routes(lambda.clone(), template.schedules.clone())
            .merge(failures)
            .merge(parameter_store::routes(parameters, access.clone()))
            .merge(operators::metrics(gateways.clone(), database.clone()));
        let readiness = Readiness::default();
        let addresses = Addresses { dynamodb: database.endpoint(), websocket };
        let state = operators::health(Some(addresses)).merge(operators::ready(readiness.clone()));
        let others = guarded(door, routes(&services), state, for_programs);
        let app = gateways.iter().fold(others, |app, gateway| app.merge(gateway.router(door)));
        let leading = loopback.lead_to([database.front(), (address, app.clone())]);
        let (stop, stopped) = signal::channel(false);
        let server = serve(listener, app, stopped);
        let tasks = tasks(&template, &options.functions, &functions, &unpacked, &lambda).await?;
        let warnings = std::mem::take(&mut template.warnings);
        let mut stack = Self {
            address,
            websockets,
            warnings,
            _unpacked: unpacked,
            leading,
            lambda,
            database,
            gateways,
            mappings: Vec::new(),
            readiness,
            tasks,
            circumstances,
            access,
            stop,
            server,
        };
        if let Err(error) = stack.start_mappings(&template) {
            stack.stop().await;
            return Err(error.into());
        }
        Ok(stack)
    }

    fn start_mappings(&mut self, template: &Template) -> Result<(), MappingError> {
        for spec in &template.mappings {
            let (lambda, database) = (self.lambda.clone(), self.database.clone());
            self.mappings.push(mapping::spawn(spec.clone(), lambda, database, self.circumstances.clone())?);
        }
        self.readiness.begin(self.mappings.iter().map(Running::handle).collect());
        Ok(())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The logical id of every WebSocket API with the path at which it is served, in the order of the template.
    pub fn websockets(&self) -> &[(String, String)] {
        &self.websockets
    }

    /// What the template says and the stack does not understand.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Stops everything, and returns when nothing is left, with what the functions' policies made of the run.
    pub async fn stop(self) -> AccessReport {
        self.readiness.end();
        for task in &self.tasks {
            task.abort();
        }
        join_all(self.gateways.iter().map(Gateway::stop)).await;
        join_all(self.mappings.into_iter().map(Running::stop)).await;
        self.lambda.stop().await;
        self.stop.send_replace(true);
        if let Err(error) = self.server.await {
            tracing::error!(%error, "the server ended with a bug");
        }
        drop(self.leading);
        self.database.stop().await;
        self.access.report()
    }
}

impl StackOptions {
    fn circumstances(&self) -> Circumstances {
        let mut circumstances = Circumstances::new(self.pace, &self.faults);
        let timing = &mut circumstances.timing;
        timing.opening = self.connection_opening.map_or(timing.opening, Latency::Always);
        timing.stream_shards = self.stream_shards.unwrap_or(timing.stream_shards);
        circumstances
    }

    fn gateway_limits(&self) -> GatewayLimits {
        let limits = GatewayLimits::default();
        GatewayLimits {
            idle_max: self.connection_idle_max.unwrap_or(limits.idle_max),
            age_max: self.connection_age_max.unwrap_or(limits.age_max),
            serial: self.serial,
            ..limits
        }
    }
}

/// What runs as each function, and where each zip file is unpacked, which goes with the stack.
async fn sources(
    template: &mut Template,
    source: &FunctionSource,
    loopback: &Loopback,
) -> Result<(Vec<(FunctionSpec, Runs)>, BTreeMap<PathBuf, TempDir>), BuildError> {
    let functions = std::mem::take(&mut template.functions);
    match source {
        FunctionSource::Executables(build) => {
            let Executables { functions, unpacked } = build::all(functions, *build).await?;
            let run = |(function, executable)| (function, Runs::Executable(executable));
            Ok((functions.into_iter().map(run).collect(), unpacked))
        }
        FunctionSource::InProcess(values) => {
            let run = |function| (function, Runs::Value(values.clone(), loopback.client()));
            Ok((functions.into_iter().map(run).collect(), BTreeMap::new()))
        }
    }
}

/// What a stack does without being asked.
async fn tasks(
    template: &Template,
    source: &FunctionSource,
    functions: &[(FunctionSpec, Runs)],
    unpacked: &BTreeMap<PathBuf, TempDir>,
    lambda: &Lambda,
) -> Result<Vec<JoinHandle<()>>, BuildError> {
    let schedules = template.schedules.iter().map(|spec| schedule::spawn(spec.clone(), lambda.clone()));
    let mut tasks: Vec<_> = schedules.chain([metrics::keep_up()]).collect();
    if matches!(source, FunctionSource::Executables(Build::Watched)) {
        tasks.push(watch::spawn(&executables(functions), unpacked, lambda.clone()).await?);
    }
    Ok(tasks)
}

fn executables(functions: &[(FunctionSpec, Runs)]) -> Vec<(FunctionSpec, PathBuf)> {
    let executable = |(function, runs): &(FunctionSpec, Runs)| match runs {
        Runs::Executable(file) => Some((function.clone(), file.clone())),
        Runs::Value(..) => None,
    };
    functions.iter().filter_map(executable).collect()
}

/// Everything that is served beside the APIs, each behind its door.
fn guarded(door: Door, pages: Router, state: Router, for_programs: Router) -> Router {
    let others = pages.merge(door.guard(state, Pages::OfThisStack)).merge(door.guard(for_programs, Pages::None));
    door.guard(others.layer(middleware::from_fn(gateway::refuse_strangers)), Pages::All)
}

/// Each API with the path at which it is served: the first at its stage, so that a single one has a short address, and
/// further ones below their logical ids. On AWS each has a host of its own.
fn served(apis: &[ApiSpec]) -> Vec<(&ApiSpec, String)> {
    let path = |(index, api): (usize, &ApiSpec)| match index {
        0 => format!("/{}", api.stage),
        _ => format!("/{}/{}", api.id, api.stage),
    };
    apis.iter().enumerate().map(|(index, api)| (api, path((index, api)))).collect()
}

fn management(address: SocketAddr, api: &ApiSpec, path: &str) -> Management {
    let functions = api.routes.iter().map(|route| route.function.clone()).collect();
    Management { url: format!("http://{address}{path}"), functions }
}

async fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Address { address: wanted, source };
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

fn serve(listener: Listener, app: Router, mut stopped: signal::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        // The library knows clients by their addresses only of a listener that is tapped.
        let listener = listener.tap_io(|_| {});
        // The gateway tells its functions where a client is.
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let serving = async { axum::serve(listener, app).await };
        // Connections that are still open have been told; a browser's idle ones must not hold up the end.
        // Cancel-safe: the server is dropped for good, and whoever stops has waited for what it was at.
        tokio::select! {
            ended = serving => if let Err(error) = ended { tracing::error!(%error, "the server ended") },
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
    })
}

impl From<DatabaseError> for StartError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<CertificateError> for StartError {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(error.to_string())
    }
}

impl From<MappingError> for StartError {
    fn from(error: MappingError) -> Self {
        Self::Mapping(error.to_string())
    }
}
