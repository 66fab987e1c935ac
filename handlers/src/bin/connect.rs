//! The function `connect`.

use lambda_runtime::{Error, run, service_fn, tracing};
use mimalloc::MiMalloc;
use turnlog_handlers::connect;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let app = connect::App::from_env().await?;
    run(service_fn(|event| connect::handle(&app, event))).await
}
