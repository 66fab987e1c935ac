//! One process of a function.

use std::{process::Stdio, time::Duration};

use axum::body::Bytes;
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep_until},
};

use super::{
    FunctionError, arn,
    function::Setup,
    log,
    runtime_api::{Event, Report, RuntimeApi},
};

/// A running process with a Runtime API of its own.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    api: RuntimeApi,
}

/// How an event ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The function answered or returned an error; the process can go on.
    Answered(Result<String, FunctionError>),
    /// The process crashed or took too long, and has to be ended.
    Broken(FunctionError),
    /// The process never took the event, and has to be ended.
    Untouched(FunctionError),
}

impl Process {
    /// Starts the executable.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(setup: &Setup) -> Result<Self, std::io::Error> {
        let api = RuntimeApi::listen()?;
        let mut command = Command::new(&setup.executable);
        command
            .env_clear()
            .envs(&setup.environment)
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            // A Ctrl-C in the terminal is for the stack, which then ends its functions in order.
            .process_group(0);
        if let Some(folder) = setup.executable.parent() {
            command.current_dir(folder);
        }
        let mut child = command.spawn()?;
        log::follow(&setup.id, child.stdout.take(), child.stderr.take(), setup.limits.log_line_bytes_max);
        Ok(Self { child, api })
    }

    /// Gives it an event and waits for what becomes of it.
    pub(super) async fn run(&mut self, setup: &Setup, request_id: &str, event: Bytes) -> Ended {
        self.api.offer(Event {
            request_id: request_id.to_owned(),
            function_arn: arn(&setup.name),
            timeout: setup.timeout,
            body: event,
        });
        let mut is_taken = false;
        let mut deadline = Instant::now() + setup.limits.init_timeout;
        loop {
            let report = tokio::select! {
                biased;
                report = self.api.report() => report,
                status = self.child.wait() => {
                    let how = described(status);
                    let error = failure("Runtime.ExitError", request_id, &format!("Runtime exited with error: {how}"));
                    return if is_taken { Ended::Broken(error) } else { Ended::Untouched(error) };
                }
                () = sleep_until(deadline) => return Ended::Broken(timed_out(setup, request_id, is_taken)),
            };
            match report {
                Report::Taken => {
                    is_taken = true;
                    deadline = Instant::now() + setup.timeout;
                }
                Report::Answered(outcome) => return Ended::Answered(outcome),
                Report::NotInitialised(error) => return Ended::Untouched(error),
            }
        }
    }

    /// Waits until it ends by itself; tells how.
    pub(super) async fn exited(&mut self) -> String {
        described(self.child.wait().await)
    }

    /// Ends the process and all that it started, and returns when it is gone.
    pub(super) async fn end(&mut self) {
        // A process that has been waited for has no id any more, and its number may be another's by now.
        if let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok())
            && let Err(error) = killpg(Pid::from_raw(id), Signal::SIGKILL)
        {
            tracing::debug!(%error, id, "nothing to kill");
        }
        if let Err(error) = self.child.wait().await {
            tracing::error!(%error, "a process cannot be waited for");
        }
    }
}

fn described(status: std::io::Result<std::process::ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}

fn timed_out(setup: &Setup, request_id: &str, is_taken: bool) -> FunctionError {
    let after = |what: &str, limit: Duration| format!("{what} timed out after {:.2} seconds", limit.as_secs_f64());
    let what = if is_taken { after("Task", setup.timeout) } else { after("Init", setup.limits.init_timeout) };
    failure("Sandbox.Timedout", request_id, &what)
}

fn failure(error_type: &str, request_id: &str, what: &str) -> FunctionError {
    let error_message = format!("RequestId: {request_id} Error: {what}");
    FunctionError { error_type: error_type.to_owned(), error_message }
}
