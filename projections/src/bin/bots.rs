//! The function `bots`.

use lambda_runtime::{Error, run, service_fn, tracing};
use turnlog_projections::bots;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let app = bots::App::from_env().await?;
    run(service_fn(|event| Box::pin(bots::handle(&app, event)))).await
}
