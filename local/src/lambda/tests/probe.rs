//! The example `probe` as a value: its events tell it the same.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::functions::{Call, FunctionError, Functions, Handler, Surroundings};

/// What the next instance says that it is, where a process says its id.
static NEXT: AtomicU32 = AtomicU32::new(1);

pub(super) fn probe() -> Functions {
    Functions::new(|surroundings| Box::pin(begin(surroundings)))
}

async fn begin(surroundings: Surroundings) -> Result<Handler, FunctionError> {
    match surroundings.environment.get("PROBE_INIT").map(String::as_str) {
        Some("exit") => panic!("it does not begin"),
        Some("error") => return Err(error("Probe.Init", "not today")),
        Some("hang") => std::future::pending().await,
        _ => {}
    }
    let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
    let environment = surroundings.environment;
    Ok(Box::new(move |call| {
        let (id, environment) = (id.clone(), environment.clone());
        Box::pin(async move {
            let variable = |name: &str| environment.get(name).cloned().unwrap_or_default();
            serve(&id, variable, call).await
        })
    }))
}

async fn serve(id: &str, variable: impl Fn(&str) -> String, call: Call) -> Result<String, FunctionError> {
    let event = String::from_utf8(call.event.to_vec()).expect("events of tests are text");
    let (what, argument) = event.trim_matches('"').split_once(' ').unwrap_or((event.trim_matches('"'), ""));
    match what {
        "pid" => Ok(id.to_owned()),
        "deadline" => Ok(call.deadline.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis().to_string()),
        "header" => Ok(format!(
            "{:?}",
            match argument {
                "lambda-runtime-invoked-function-arn" => call.function_arn,
                "lambda-runtime-trace-id" => call.trace_id,
                "lambda-runtime-aws-request-id" => call.request_id,
                other => panic!("it is not told {other}"),
            }
        )),
        "variable" => Ok(format!("{:?}", variable(argument))),
        "meet" => {
            let (address, outcome) = argument.split_once(' ').unwrap_or((argument, ""));
            let mut other = TcpStream::connect(address).await.expect("somebody listens");
            other.write_all(id.as_bytes()).await.expect("they read");
            let _ = other.read(&mut [0]).await;
            if outcome == "fail" { Err(failed()) } else { Ok(id.to_owned()) }
        }
        "fail" => Err(failed()),
        "panic" => panic!("as {argument}"),
        // It never waits for anything, until that file is there.
        "spin" => {
            while !std::path::Path::new(argument).exists() {
                std::hint::spin_loop();
            }
            Ok("1".to_owned())
        }
        "hang" => std::future::pending().await,
        "large" => Ok("x".repeat(argument.parse().expect("it is a number"))),
        _ => Ok(event),
    }
}

fn failed() -> FunctionError {
    error("Probe.Failed", "as told")
}

fn error(error_type: &str, error_message: &str) -> FunctionError {
    FunctionError { error_type: error_type.to_owned(), error_message: error_message.to_owned() }
}
