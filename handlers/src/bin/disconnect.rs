//! The function `disconnect`.

use lambda_runtime::{Error, run, service_fn, tracing};
use mimalloc::MiMalloc;
use turnlog_handlers::disconnect;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let app = disconnect::App::from_env().await?;
    run(service_fn(|event| disconnect::handle(&app, event))).await
}
