//! The whole stack: everything that a template describes, running on this machine.

mod options;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc};

use axum::{Router, middleware, serve::ListenerExt as _};
use futures::future::join_all;
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::watch as signal, task::JoinHandle};

use crate::{
    access::{Access, AccessReport},
    build::{self, Build, BuildError, Executables},
    certificate,
    circumstances::Circumstances,
    database::Database,
    dlq,
    door::{Door, Pages},
    gateway::{self, Gateway},
    invoke,
    lambda::{Endpoints, Lambda, Management, Runs},
    limits::LambdaLimits,
    listener::{Listener, Room, Speaks},
    loopback::{Leading, Loopback},
    mapping::{self, MappingError, Running},
    metrics,
    operators::{self, Addresses, Readiness},
    parameter_store,
    parameters::{ParameterSource, Parameters},
    public::Public,
    schedule,
    template::{
        self, TemplateError,
        model::{ApiSpec, FunctionSpec, Template},
    },
    watch,
};

pub use options::{FunctionSource, StackOptions, StartError, TemplateSource};

/// A running stack.
#[derive(Debug)]
pub struct Stack {
    address: SocketAddr,
    public: Option<SocketAddr>,
    websockets: Vec<(String, String)>,
    warnings: Vec<String>,
    /// The folders of functions that come in zip files. They go with the stack.
    _unpacked: BTreeMap<PathBuf, TempDir>,
    /// The way of the functions in this process to its services, which goes with the stack.
    leading: Option<Leading>,
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
    servers: Vec<JoinHandle<()>>,
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
        let mut template = options.template()?;
        // Whoever comes while the functions are built waits for them; who cannot have the address hears it at once.
        let (listener, address) = listen(options.address).await?;
        let outside = match &options.public {
            Some(public) => Some(Outside::listen(public).await?),
            None => None,
        };
        let circumstances = options.circumstances();
        let access = Access::new(&template.functions, options.enforcement, &mut template.warnings);
        let loopback = Loopback::new();
        let (functions, unpacked) = sources(&mut template, &options.functions, &loopback).await?;
        let database =
            Database::open(&options.data, &template.tables, options.engine(), &circumstances, &access).await?;
        let parameters = Parameters::from(&options.secrets, database.folder()).map_err(StartError::Parameters)?;
        let (tls, trust) = certificate::issue(address.ip(), database.folder())?;
        let listener = Listener::new(listener, Speaks::Both(tls), Room::ForAll)
            .map_err(|source| StartError::Address { address, source })?;
        let apis = served(&template.apis);
        let endpoints = Endpoints {
            dynamodb: database.endpoint(),
            parameters: format!("http://{address}{}", parameter_store::PATH),
            management: apis.iter().map(|(api, path)| management(address, api, path)).collect(),
            trust: Some(trust),
        };
        let limits = LambdaLimits { freezing: options.freezing, ..LambdaLimits::default() };
        let lambda = Lambda::new(functions.clone(), &endpoints, &parameters, &limits, &circumstances, &access)
            .map_err(StartError::Parameters)?
            .leaving_out(std::mem::take(&mut template.left_out));
        let websockets = apis.iter().map(|(api, path)| (api.id.clone(), path.clone())).collect();
        let new_gateway = |api| {
            let (lambda, limits, durable) = (lambda.clone(), options.gateway_limits(), database.durable().clone());
            Gateway::new(lambda, api, limits, circumstances.clone(), access.clone(), durable)
        };
        let gateways = apis.into_iter().map(new_gateway).collect();
        let tasks = tasks(&template, &options.functions, &functions, &unpacked, &lambda).await?;
        let mut stack = Self {
            address,
            public: outside.as_ref().map(|outside| outside.address),
            websockets,
            warnings: std::mem::take(&mut template.warnings),
            _unpacked: unpacked,
            leading: None,
            lambda,
            database,
            gateways,
            mappings: Vec::new(),
            readiness: Readiness::default(),
            tasks,
            circumstances,
            access,
            stop: signal::Sender::new(false),
            servers: Vec::new(),
        };
        let secrets = (Arc::new(parameters), options.secrets == ParameterSource::Kept);
        stack.open((listener, outside), &loopback, &template, secrets, routes);
        if let Err(error) = stack.start_mappings(&template) {
            stack.stop().await;
            return Err(error.into());
        }
        Ok(stack)
    }

    /// Serves everything where it belongs. Whether anybody else than the functions may ask for secrets, the caller says.
    fn open(
        &mut self,
        (listener, outside): (Listener, Option<Outside<'_>>),
        loopback: &Loopback,
        template: &Template,
        (parameters, are_served): (Arc<Parameters>, bool),
        routes: impl FnOnce(&Services) -> Router,
    ) {
        let own = Door::at(self.address);
        let services = Services {
            parameters: Arc::clone(&parameters),
            dynamodb: self.database.endpoint(),
            door: if outside.is_some() { Door::open() } else { own },
        };
        let websocket = self.websockets.first().map(|(_, path)| format!("ws://{}{path}", self.address));
        let addresses = Addresses { dynamodb: self.database.endpoint(), websocket };
        let ready = operators::ready(self.readiness.clone());
        let pages = routes(&services);
        if let Some(outside) = outside {
            let for_all = pages.clone().merge(operators::health(None)).merge(ready.clone());
            self.servers.push(outside.serve(&self.gateways, for_all, self.stop.subscribe()));
        }
        // Strangers have the page at their address.
        let pages = if self.public.is_some() { Router::new() } else { pages };
        let (lambda, database) = (self.lambda.clone(), self.database.clone());
        let failures = dlq::routes(template.mappings.clone(), database, lambda.clone(), self.circumstances.clone());
        let for_programs = invoke::routes(lambda, template.schedules.clone())
            .merge(failures)
            .merge(operators::metrics(self.gateways.clone(), self.database.clone()));
        let state = operators::health(Some(addresses)).merge(ready);
        let others = guarded(own, pages, state, for_programs);
        let app = self.gateways.iter().fold(others, |app, gateway| app.merge(gateway.router(own)));
        let secrets = own.guard(parameter_store::routes(parameters, self.access.clone()), Pages::None);
        let inside = app.clone().merge(secrets);
        self.leading = Some(loopback.lead_to([self.database.front(), (self.address, inside.clone())]));
        let app = if are_served { inside } else { app };
        self.servers.push(serve(listener, app, self.stop.subscribe()));
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

    /// Where strangers reach it, if they do.
    pub fn public(&self) -> Option<SocketAddr> {
        self.public
    }

    /// Returns, with the reason, when the disk takes nothing any more, so that nothing can be acknowledged.
    pub async fn failed(&self) -> String {
        self.database.durable().failed().await
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
        for ended in join_all(self.servers).await {
            if let Err(error) = ended {
                tracing::error!(%error, "the server ended with a bug");
            }
        }
        drop(self.leading);
        self.database.stop().await;
        self.access.report()
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

/// The listener for strangers, before anything is served there.
struct Outside<'a> {
    public: &'a Public,
    listener: Listener,
    address: SocketAddr,
}

impl<'a> Outside<'a> {
    async fn listen(public: &'a Public) -> Result<Self, StartError> {
        let speaks = public.speaks()?;
        let (listener, address) = listen(public.address).await?;
        let listener =
            Listener::new(listener, speaks, public.room()).map_err(|source| StartError::Address { address, source })?;
        Ok(Self { public, listener, address })
    }

    /// The page and the WebSockets, and nothing else.
    fn serve(self, gateways: &[Gateway], pages: Router, stopped: signal::Receiver<bool>) -> JoinHandle<()> {
        let door = Door::open();
        let websockets = gateways.iter().fold(Router::new(), |app, gateway| app.merge(gateway.sockets(door)));
        let pages = door.guard(pages.layer(middleware::from_fn(gateway::refuse_strangers)), Pages::All);
        serve(self.listener, self.public.entrance(websockets, pages), stopped)
    }
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
