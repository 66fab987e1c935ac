//! One instance of a function, which serves one event at a time: a process, or a thread of this one.

use axum::body::Bytes;
use tokio::time::{Instant, sleep_until};

use super::{
    event::{Ended, Event, KILLED, Report, exited, timed_out},
    process::Process,
    setup::{Runs, Setup},
    thread::{Gone, Thread},
};
use crate::{access::Credentials, aws::function_arn, faults::Fault, timing::CRASH_WITHIN};

/// An instance that runs.
#[derive(Debug)]
pub(super) struct Instance {
    running: Running,
    generation: u64,
    /// They are good as long as the instance runs.
    _credentials: Credentials,
}

#[derive(Debug)]
enum Running {
    Process(Box<Process>),
    Thread(Thread),
}

impl Instance {
    /// Starts the function.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(setup: &Setup) -> Result<Self, std::io::Error> {
        let credentials = setup.access.issue(&setup.id);
        let environment = setup.environment(&credentials);
        let running = match &setup.runs {
            Runs::Executable(executable) => {
                Running::Process(Box::new(Process::start(setup, executable, &environment)?))
            }
            Runs::Value(functions, http) => Running::Thread(Thread::start(setup, functions, http, environment)?),
        };
        Ok(Self { running, generation: setup.generation(), _credentials: credentials })
    }

    /// Which build of the function it runs.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// The most memory that it ever had, in bytes; none where the system does not tell.
    pub(super) fn memory_bytes_max(&mut self) -> Option<u64> {
        match &mut self.running {
            Running::Process(process) => process.memory_bytes_max(),
            Running::Thread(_) => None,
        }
    }

    /// Gives it an event and waits for what becomes of it.
    pub(super) async fn run(&mut self, setup: &Setup, request_id: &str, event: Bytes) -> Ended {
        self.offer(Event {
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
            // Cancel-safe: `report` takes no report along when it is dropped; the others only wait.
            let report = tokio::select! {
                biased;
                report = self.report() => report,
                () = wait_until(crash_at) => {
                    crash_at = None;
                    self.kill();
                    continue;
                }
                () = sleep_until(deadline) => {
                    let (what, limit) =
                        if is_taken { ("Task", setup.timeout) } else { ("Init", setup.limits.init_timeout) };
                    return Ended::Broken(timed_out(what, limit, request_id));
                }
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
                    return Ended::Broken(exited(request_id, KILLED));
                }
                Report::Answered(outcome) => return Ended::Answered(outcome),
                Report::NotInitialised(error) => return Ended::Untouched(error),
                Report::Exited(how) if is_taken => return Ended::Broken(exited(request_id, &how)),
                Report::Exited(how) => return Ended::Untouched(exited(request_id, &how)),
            }
        }
    }

    /// Waits until it ends by itself; tells how.
    pub(super) async fn exited(&mut self) -> String {
        match &mut self.running {
            Running::Process(process) => process.exited().await,
            Running::Thread(thread) => thread.exited().await,
        }
    }

    /// Ends it with all that it started, and returns when it is gone. A thread that does not end is given up: what is
    /// returned tells when it is gone after all.
    pub(super) async fn end(&mut self) -> Option<Gone> {
        match &mut self.running {
            Running::Process(process) => {
                process.end().await;
                None
            }
            Running::Thread(thread) => thread.end().await,
        }
    }

    /// Puts an event where the instance finds it. The one before has ended.
    fn offer(&mut self, event: Event) {
        match &mut self.running {
            Running::Process(process) => process.offer(event),
            Running::Thread(thread) => thread.offer(event),
        }
    }

    async fn report(&mut self) -> Report {
        match &mut self.running {
            Running::Process(process) => process.report().await,
            Running::Thread(thread) => thread.report().await,
        }
    }

    fn kill(&mut self) {
        match &mut self.running {
            Running::Process(process) => process.kill(),
            Running::Thread(thread) => thread.kill(),
        }
    }
}

async fn wait_until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
