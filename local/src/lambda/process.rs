//! One process of a function.

use std::{collections::BTreeMap, path::Path, process::Stdio};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::process::{Child, Command};

use super::{
    event::{Event, Report},
    freezer::Freezer,
    log,
    memory::Memory,
    runtime_api::RuntimeApi,
    setup::Setup,
};
use crate::limits::Freezing;

/// A running process with a Runtime API of its own.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    api: RuntimeApi,
    memory: Memory,
}

impl Process {
    /// Starts the executable.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(
        setup: &Setup,
        executable: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, std::io::Error> {
        let api = RuntimeApi::listen()?;
        let mut command = Command::new(executable);
        command
            .env_clear()
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            // A Ctrl-C in the terminal is for the stack, which then ends its functions in order.
            .process_group(0);
        if let Some(folder) = executable.parent() {
            command.current_dir(folder);
        }
        let mut child = command.spawn()?;
        if setup.limits.freezing == Freezing::BetweenEvents
            && let Some(id) = group_of(&child)
        {
            api.freeze_between_events(Freezer::new(id));
        }
        log::follow(&setup.id, child.stdout.take(), child.stderr.take(), setup.limits.log_line_bytes_max);
        Ok(Self { child, api, memory: Memory::default() })
    }

    /// The most memory that it ever had, in bytes; none where the system does not tell.
    pub(super) fn memory_bytes_max(&mut self) -> Option<u64> {
        self.memory.read(self.child.id()?)
    }

    pub(super) fn offer(&self, event: Event) {
        self.api.offer(event);
    }

    /// Waits for what it tells next, or for its end. Takes no report along when it is dropped.
    pub(super) async fn report(&mut self) -> Report {
        // Cancel-safe: `recv` takes no report and `wait` no status when it is dropped.
        tokio::select! {
            biased;
            report = self.api.report() => report,
            status = self.child.wait() => Report::Exited(described(status)),
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

    pub(super) fn kill(&self) {
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

fn described(status: std::io::Result<std::process::ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}
