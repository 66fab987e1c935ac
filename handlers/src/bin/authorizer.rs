//! The function `authorizer`.

use lambda_runtime::{Error, run, service_fn, tracing};
use mimalloc::MiMalloc;
use turnlog_handlers::authorizer;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let app = authorizer::App::from_env().await?;
    run(service_fn(|event| authorizer::handle(&app, event))).await
}
