//! Lets a process stand still between events, as Lambda freezes an execution environment.
//!
//! A function that has answered and goes on in the background gets no further until its next event, on AWS as here.

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

/// Stops and continues the process group of one process.
#[derive(Debug)]
pub(super) struct Freezer {
    group: Pid,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Frozen,
}

impl Freezer {
    /// For a running process that leads a group of its own.
    pub(super) fn new(group: Pid) -> Self {
        Self { group, state: State::Running }
    }

    pub(super) fn freeze(&mut self) {
        if self.state == State::Running {
            self.send(Signal::SIGSTOP);
            self.state = State::Frozen;
        }
    }

    pub(super) fn thaw(&mut self) {
        if self.state == State::Frozen {
            self.send(Signal::SIGCONT);
            self.state = State::Running;
        }
    }

    /// A process that has just died is noticed elsewhere.
    fn send(&self, signal: Signal) {
        if let Err(error) = killpg(self.group, signal) {
            tracing::debug!(%error, group = self.group.as_raw(), %signal, "the signal was not sent");
        }
    }
}
