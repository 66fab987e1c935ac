//! The function `push`.

use lambda_runtime::{Error, run, service_fn, tracing};
use mimalloc::MiMalloc;
use turnlog_projections::push;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let app = push::App::from_env().await?;
    run(service_fn(|event| Box::pin(push::handle(&app, event)))).await
}
