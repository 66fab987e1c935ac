//! Every Lambda function, in one binary: its handler says which one it is.

use std::{env, fmt};

use lambda_runtime::{Error, run, service_fn, tracing::init_default_subscriber};
use mimalloc::MiMalloc;
use turnlog_domain::Kinds;
use turnlog_handlers::{authorizer, command, connect, disconnect};
use turnlog_projections::{bots, expiry, games, push, sweep};

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
    let name = env::var("_HANDLER").unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(function(&name, &kinds))
}

async fn function(name: &str, kinds: &Kinds) -> Result<(), FunctionError> {
    match name {
        "authorizer" => {
            let app = authorizer::App::from_env().await.map_err(Error::from)?;
            run(service_fn(|event| authorizer::handle(&app, event))).await?;
        }
        "connect" => {
            let app = connect::App::from_env().await.map_err(Error::from)?;
            run(service_fn(|event| connect::handle(&app, event))).await?;
        }
        "disconnect" => {
            let app = disconnect::App::from_env().await.map_err(Error::from)?;
            run(service_fn(|event| disconnect::handle(&app, event))).await?;
        }
        "command" => {
            let app = command::App::from_env(kinds).await.map_err(Error::from)?;
            run(service_fn(|event| Box::pin(command::handle(&app, event)))).await?;
        }
        "games" => {
            let app = games::App::from_env(kinds).await.map_err(Error::from)?;
            run(service_fn(|event| Box::pin(games::handle(&app, event)))).await?;
        }
        "push" => {
            let app = push::App::from_env(kinds).await.map_err(Error::from)?;
            run(service_fn(|event| Box::pin(push::handle(&app, event)))).await?;
        }
        "bots" => {
            let app = bots::App::from_env(kinds).await.map_err(Error::from)?;
            run(service_fn(|event| Box::pin(bots::handle(&app, event)))).await?;
        }
        "sweep" => {
            let app = sweep::App::from_env(kinds).await.map_err(Error::from)?;
            let connections = expiry::App::from_env().await.map_err(Error::from)?;
            let sweep = async |event| tokio::join!(sweep::handle(&app, event), connections.sweep()).0;
            run(service_fn(|event| Box::pin(sweep(event)))).await?;
        }
        _ => return Err(FunctionError::Unknown { name: name.to_owned() }),
    }
    Ok(())
}
