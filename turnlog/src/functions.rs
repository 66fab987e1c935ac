//! Every Lambda function, in one binary: its handler says which one it is.

use std::fmt;

use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn, tracing::init_default_subscriber};
use mimalloc::MiMalloc;
use serde::{Serialize, de::DeserializeOwned};
use turnlog_domain::Kinds;
use turnlog_handlers::{authorizer, command, connect, disconnect};
use turnlog_projections::{bots, expiry, games, push, sweep};
use turnlog_store::{Environment, metrics};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The handlers that a template can name.
const HANDLERS: [&str; 8] = ["authorizer", "connect", "disconnect", "command", "games", "push", "bots", "sweep"];

/// A function cannot begin, or the runtime that gives it events has failed.
#[derive(thiserror::Error)]
pub enum FunctionError {
    /// There is no such function.
    #[error("there is no function {name:?} (`Handler` in the template, `_HANDLER` in the environment); there are {}", HANDLERS.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The process cannot run anything.
    #[error("no threads: {0}")]
    Threads(#[from] std::io::Error),
    /// Its configuration is incomplete, or Lambda does not answer.
    #[error("{0}")]
    Failed(#[from] Error),
}

/// What the process of a function ends with is written in this form.
impl fmt::Debug for FunctionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Runs the function that `_HANDLER` names, for games of `kinds`, until its process ends. It is all that the `main` of a
/// project's functions does.
///
/// # Errors
/// When there is no such function, its configuration is incomplete, or Lambda's runtime interface does not answer.
pub fn functions(kinds: Kinds) -> Result<(), FunctionError> {
    init_default_subscriber();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let environment = Environment::of_process().await;
        let name = environment.required("_HANDLER").unwrap_or_default();
        Box::pin(function(Process, &name, &environment, &kinds)).await
    })
}

/// What gives events to a function.
pub(crate) trait Host {
    /// What comes of a function that is ready.
    type Ready;

    /// Takes over a function that is ready for events.
    async fn host<E, A, X>(
        self,
        function: impl AsyncFn(LambdaEvent<E>) -> Result<A, X> + 'static,
    ) -> Result<Self::Ready, FunctionError>
    where
        E: DeserializeOwned + 'static,
        A: Serialize + 'static,
        X: Into<Diagnostic> + fmt::Debug + 'static;
}

/// Lambda's runtime interface, which gives events to this process until it ends.
struct Process;

impl Host for Process {
    type Ready = ();

    async fn host<E, A, X>(
        self,
        function: impl AsyncFn(LambdaEvent<E>) -> Result<A, X> + 'static,
    ) -> Result<(), FunctionError>
    where
        E: DeserializeOwned + 'static,
        A: Serialize + 'static,
        X: Into<Diagnostic> + fmt::Debug + 'static,
    {
        let function = &function;
        Ok(run(service_fn(move |event| function(event))).await?)
    }
}

/// Makes the function that a handler names ready, and hands it over.
pub(crate) async fn function<H: Host>(
    host: H,
    name: &str,
    environment: &Environment,
    kinds: &Kinds,
) -> Result<H::Ready, FunctionError> {
    metrics::describe();
    match name {
        "authorizer" => {
            let app = authorizer::App::from_environment(environment).await.map_err(Error::from)?;
            host.host(async move |event| authorizer::handle(&app, event).await).await
        }
        "connect" => {
            let app = connect::App::from_environment(environment).map_err(Error::from)?;
            host.host(async move |event| connect::handle(&app, event).await).await
        }
        "disconnect" => {
            let app = disconnect::App::from_environment(environment).map_err(Error::from)?;
            host.host(async move |event| disconnect::handle(&app, event).await).await
        }
        "command" => {
            let app = command::App::from_environment(environment, kinds).await.map_err(Error::from)?;
            host.host(async move |event| Box::pin(command::handle(&app, event)).await).await
        }
        "games" => {
            let app = games::App::from_environment(environment, kinds).map_err(Error::from)?;
            host.host(async move |event| Box::pin(games::handle(&app, event)).await).await
        }
        "push" => {
            let app = push::App::from_environment(environment, kinds).map_err(Error::from)?;
            host.host(async move |event| Box::pin(push::handle(&app, event)).await).await
        }
        "bots" => {
            let app = bots::App::from_environment(environment, kinds).await.map_err(Error::from)?;
            host.host(async move |event| Box::pin(bots::handle(&app, event)).await).await
        }
        "sweep" => {
            let app = sweep::App::from_environment(environment, kinds).await.map_err(Error::from)?;
            let connections = expiry::App::from_environment(environment).map_err(Error::from)?;
            let sweep = async move |event| {
                Box::pin(async { tokio::join!(sweep::handle(&app, event), connections.sweep()).0 }).await
            };
            host.host(sweep).await
        }
        _ => Err(FunctionError::Unknown { name: name.to_owned() }),
    }
}
