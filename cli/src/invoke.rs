//! `turnlog invoke`: gives an event to a function of a running stack.

use std::{error::Error, io::Read as _};

use chrono::Utc;
use reqwest::Method;
use turnlog_local::scheduled_event;

use crate::{arguments::Invoke, remote::Remote};

/// Prints what the function returns.
pub(crate) fn run(invoke: &Invoke) -> Result<(), Box<dyn Error>> {
    let event = match invoke.event.as_deref() {
        None => scheduled_event(&invoke.function, Utc::now()),
        Some("-") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
        Some(event) => event.to_owned(),
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let path = format!("/2015-03-31/functions/{}/invocations", invoke.function);
        let answer = Remote::new(invoke.port).call(Method::POST, &path, event).await?;
        let failed = answer.headers().contains_key("x-amz-function-error");
        let text = answer.text().await?;
        if failed {
            return Err(format!("the function failed: {text}").into());
        }
        println!("{text}");
        Ok(())
    })
}
