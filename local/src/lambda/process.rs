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
    FunctionError,
    freezer::Freezer,
    log,
    memory::Memory,
    runtime_api::{Event, Report, RuntimeApi},
    setup::Setup,
};
use crate::{access::Credentials, aws::function_arn, faults::Fault, limits::Freezing, timing::CRASH_WITHIN};

/// A running process with a Runtime API of its own.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    api: RuntimeApi,
    generation: u64,
    memory: Memory,
    /// They are good as long as the process runs.
    _credentials: Credentials,
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

impl Ended {
    /// Why the event failed, if it did.
    pub(super) fn error(&self) -> Option<&FunctionError> {
        match self {
            Self::Answered(Ok(_)) => None,
            Self::Answered(Err(error)) | Self::Broken(error) | Self::Untouched(error) => Some(error),
        }
    }

    /// Whether the process is of no more use.
    pub(super) fn ended_process(&self) -> bool {
        !matches!(self, Self::Answered(_))
    }

    pub(super) fn into_result(self) -> Result<String, FunctionError> {
        match self {
            Self::Answered(outcome) => outcome,
            Self::Broken(error) | Self::Untouched(error) => Err(error),
        }
    }
}

impl Process {
    /// Starts the executable.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(setup: &Setup) -> Result<Self, std::io::Error> {
        let api = RuntimeApi::listen()?;
        let credentials = setup.access.issue(&setup.id);
        let mut command = Command::new(&setup.executable);
        command
            .env_clear()
            .envs(&setup.environment)
            .env("AWS_ACCESS_KEY_ID", &credentials.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &credentials.secret_access_key)
            .env("AWS_SESSION_TOKEN", &credentials.session_token)
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
        if setup.limits.freezing == Freezing::BetweenEvents
            && let Some(id) = group_of(&child)
        {
            api.freeze_between_events(Freezer::new(id));
        }
        log::follow(&setup.id, child.stdout.take(), child.stderr.take(), setup.limits.log_line_bytes_max);
        let (generation, memory) = (setup.generation(), Memory::default());
        Ok(Self { child, api, generation, memory, _credentials: credentials })
    }

    /// Which build of the function it runs.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// The most memory that it ever had, in bytes; none where the system does not tell.
    pub(super) fn memory_bytes_max(&mut self) -> Option<u64> {
        self.memory.read(self.child.id()?)
    }

    /// Gives it an event and waits for what becomes of it.
    pub(super) async fn run(&mut self, setup: &Setup, request_id: &str, event: Bytes) -> Ended {
        self.api.offer(Event {
            request_id: request_id.to_owned(),
            function_arn: function_arn(&setup.name),
            timeout: setup.timeout,
            body: event,
        });
        let mut is_taken = false;
        let mut deadline = Instant::now() + setup.limits.init_timeout;
        let faults = &setup.circumstances.faults;
        let crash_after = faults.strikes(Fault::Crash).then(|| faults.moment(Fault::Crash, CRASH_WITHIN));
        let mut crash_at = None;
        loop {
            // Cancel-safe: `recv` takes no report and `wait` no status when it is dropped; the others only wait.
            let report = tokio::select! {
                biased;
                report = self.api.report() => report,
                status = self.child.wait() => {
                    let error = exited(request_id, &described(status));
                    return if is_taken { Ended::Broken(error) } else { Ended::Untouched(error) };
                }
                () = wait_until(crash_at) => {
                    crash_at = None;
                    self.kill();
                    continue;
                }
                () = sleep_until(deadline) => return Ended::Broken(timed_out(setup, request_id, is_taken)),
            };
            match report {
                Report::Taken => {
                    is_taken = true;
                    crash_at = crash_after.map(|after| Instant::now() + after);
                    deadline = Instant::now() + setup.timeout;
                }
                // It dies before anybody hears of its answer: a crash comes to every event that is to have one.
                Report::Answered(_) if crash_after.is_some() => {
                    self.kill();
                    let how = self.exited().await;
                    return Ended::Broken(exited(request_id, &how));
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
        self.kill();
        if let Err(error) = self.child.wait().await {
            tracing::error!(%error, "a process cannot be waited for");
        }
    }

    fn kill(&self) {
        // A process that has been waited for has no id any more, and its number may be another's by now.
        if let Some(group) = group_of(&self.child)
            && let Err(error) = killpg(group, Signal::SIGKILL)
        {
            tracing::debug!(%error, group = group.as_raw(), "nothing to kill");
        }
    }
}

fn group_of(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw)
}

async fn wait_until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn described(status: std::io::Result<std::process::ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}

fn exited(request_id: &str, how: &str) -> FunctionError {
    failure("Runtime.ExitError", request_id, &format!("Runtime exited with error: {how}"))
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
