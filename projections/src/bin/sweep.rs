//! The function `sweep`.

use lambda_runtime::{Error, run, service_fn, tracing};
use mimalloc::MiMalloc;
use turnlog_projections::{expiry, sweep};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let app = sweep::App::from_env().await?;
    let connections = expiry::App::from_env().await?;
    let sweep = async |event| tokio::join!(sweep::handle(&app, event), connections.sweep()).0;
    run(service_fn(|event| Box::pin(sweep(event)))).await
}
