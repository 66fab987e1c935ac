//! `turnlog invoke`: gives an event to a function of a running stack.

use std::{
    error::Error,
    io::{self, Write as _},
};

use clap::Args;
use reqwest::Method;

use crate::remote::Remote;

/// The options of `turnlog invoke`.
#[derive(Debug, Args)]
pub(crate) struct Invoke {
    /// The function: its logical id in the template, its name or its ARN.
    function: String,
    /// The event as JSON; - reads it from standard input.
    #[arg(long, value_name = "JSON")]
    event: Option<String>,
    /// The port of the running stack.
    #[arg(long, default_value_t = 3000)]
    port: u16,
}

/// Prints what the function returns.
pub(crate) fn run(invoke: &Invoke) -> Result<(), Box<dyn Error>> {
    let given = match invoke.event.as_deref() {
        Some("-") => Some(std::io::read_to_string(std::io::stdin())?),
        given => given.map(str::to_owned),
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let (remote, function) = (Remote::new(invoke.port), &invoke.function);
        let event = if let Some(event) = given {
            event
        } else {
            let path = format!("/local/functions/{function}/scheduled-event");
            remote.call(Method::GET, &path, String::new()).await?.text().await?
        };
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let answer = remote.call(Method::POST, &path, event).await?;
        let failed = answer.headers().contains_key("x-amz-function-error");
        let text = answer.text().await?;
        if failed {
            return Err(format!("the function failed: {text}").into());
        }
        Ok(writeln!(io::stdout(), "{text}")?)
    })
}
