//! Takes events to one process after the other, and sees to it that there is one.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::body::Bytes;
use tokio::{sync::oneshot, time::sleep};

use super::{
    Invocation, InvokeError,
    process::{Ended, Process},
    queue::{Job, Next, Queue},
    setup::Setup,
};
use crate::{circumstances::Circumstances, faults::Fault, timing::SLOW_FUNCTION};

/// Serves events, `first` being the first, until the stack stops. Leaves no process behind.
pub(super) async fn run(setup: Arc<Setup>, queue: Arc<Queue>, first: Job) {
    let mut stopped = queue.stopped();
    let mut worker = Worker { setup, queue, process: None };
    // Cancel-safe: who waits for the event that is dropped hears that the stack stops, and the process is ended below.
    tokio::select! {
        biased;
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = worker.serve_all(first) => {}
    }
    worker.end_process().await;
}

/// Whether an event found a process that was there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Cold,
    Warm,
}

impl fmt::Display for Start {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
        })
    }
}

struct Worker {
    setup: Arc<Setup>,
    queue: Arc<Queue>,
    process: Option<Process>,
}

impl Worker {
    async fn serve_all(&mut self, first: Job) {
        let mut job = first;
        loop {
            let outcome = self.serve(&job.request_id, job.event).await;
            // It is free before anybody hears of its answer: whoever asks next then finds it, instead of a new process.
            let next = self.queue.next();
            // Nobody waits any more when the caller was in a hurry.
            let _ = job.answer.send(outcome);
            let following = match next {
                Next::Serve(job) => Some(job),
                Next::Wait(later) => self.wait(later).await,
                Next::Stop => None,
            };
            match following {
                Some(following) => job = following,
                None => return,
            }
        }
    }

    async fn serve(&mut self, request_id: &str, event: Bytes) -> Result<Invocation, InvokeError> {
        let began = Instant::now();
        let generation = self.setup.generation();
        if self.process.as_ref().is_some_and(|process| process.generation() != generation) {
            self.end_process().await;
        }
        let start = if self.process.is_some() { Start::Warm } else { Start::Cold };
        let outcome = self.attempt(request_id, event).await?;
        self.report(request_id, began.elapsed(), start, &outcome);
        if outcome.ended_process() {
            self.end_process().await;
        }
        Ok(Invocation { request_id: request_id.to_owned(), outcome: outcome.into_result() })
    }

    /// An event that no process has taken is none that failed, so it goes to a new process.
    async fn attempt(&mut self, request_id: &str, event: Bytes) -> Result<Ended, InvokeError> {
        let setup = &self.setup;
        let Circumstances { faults, timing } = &setup.circumstances;
        timing.invocation.pass().await;
        if faults.strikes(Fault::SlowFunction) {
            sleep(SLOW_FUNCTION).await;
        }
        let mut starts = 0;
        loop {
            let process = match &mut self.process {
                Some(process) => process,
                none => {
                    starts += 1;
                    timing.cold_start.pass().await;
                    none.insert(Process::start(setup).map_err(|error| InvokeError::CannotStart(error.to_string()))?)
                }
            };
            match process.run(setup, request_id, event.clone()).await {
                Ended::Untouched(_) if starts < setup.limits.starts_per_event_max => end(&mut self.process).await,
                ended @ (Ended::Answered(_) | Ended::Broken(_) | Ended::Untouched(_)) => return Ok(ended),
            }
        }
    }

    /// One line of the log, with what Lambda's own REPORT line says.
    fn report(&mut self, request_id: &str, duration: Duration, start: Start, outcome: &Ended) {
        let function = &self.setup.id;
        let memory_mb = self.process.as_mut().and_then(Process::memory_bytes_max).map(|bytes| bytes.div_ceil(1 << 20));
        let duration_ms = (duration.as_secs_f64() * 100_000.0).round() / 100.0;
        match outcome.error() {
            None => {
                tracing::info!(target: "invocation", function, request_id, duration_ms, %start, memory_mb, "invoked");
            }
            Some(error) => {
                let (error_type, text) = (&error.error_type, &error.error_message);
                tracing::warn!(
                    target: "invocation",
                    function, request_id, duration_ms, %start, memory_mb, error_type, "{text}"
                );
            }
        }
    }

    /// Waits for an event. Notices when the process ends, and ends it when it is not needed for long or replaced.
    async fn wait(&mut self, mut later: oneshot::Receiver<Job>) -> Option<Job> {
        let setup = &self.setup;
        while let Some(process) = &mut self.process {
            let generation = process.generation();
            // Cancel-safe: the event stays in `later`, the status with the child, and the others only wait.
            tokio::select! {
                biased;
                how = process.exited() => tracing::warn!(function = setup.id, how, "a process ended without an event"),
                job = &mut later => return job.ok(),
                () = setup.replaced(generation) => {}
                () = sleep(setup.limits.idle_max) => {}
            }
            end(&mut self.process).await;
        }
        later.await.ok()
    }

    async fn end_process(&mut self) {
        end(&mut self.process).await;
    }
}

async fn end(process: &mut Option<Process>) {
    if let Some(process) = process {
        process.end().await;
    }
    *process = None;
}
