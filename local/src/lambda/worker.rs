//! Takes events to one process after the other, and sees to it that there is one.

use std::{sync::Arc, time::Instant};

use axum::body::Bytes;
use tokio::{sync::oneshot, time::sleep};

use super::{
    FunctionError, Invocation, InvokeError,
    function::{Function, Job, Next},
    process::{Ended, Process},
};

/// Serves events, `first` being the first, until the stack stops. Leaves no process behind.
pub(super) async fn run(function: Arc<Function>, first: Job) {
    let mut stopped = function.stopped();
    let mut worker = Worker { function, process: None };
    tokio::select! {
        biased;
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = worker.serve_all(first) => {}
    }
    worker.end_process().await;
}

struct Worker {
    function: Arc<Function>,
    process: Option<Process>,
}

impl Worker {
    async fn serve_all(&mut self, first: Job) {
        let mut job = first;
        loop {
            let outcome = self.serve(&job.request_id, job.event).await;
            // It is free before anybody hears of its answer: whoever asks next then finds it, instead of a new process.
            let next = self.function.next();
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
        let start = if self.process.is_some() { "warm" } else { "cold" };
        let outcome = self.attempt(request_id, event).await?;
        let (function, duration_ms) = (&self.function.setup().id, began.elapsed().as_secs_f64() * 1000.0);
        match &outcome {
            Ok(_) => tracing::debug!(function, request_id, duration_ms, start, "invoked"),
            Err(error) => {
                let error_type = &error.error_type;
                tracing::warn!(function, request_id, duration_ms, start, error_type, "{}", error.error_message);
            }
        }
        Ok(Invocation { request_id: request_id.to_owned(), outcome })
    }

    /// An event that no process has taken is none that failed, so it goes to a new process.
    async fn attempt(&mut self, request_id: &str, event: Bytes) -> Result<Result<String, FunctionError>, InvokeError> {
        let setup = self.function.setup();
        let mut starts = 0;
        loop {
            let process = match &mut self.process {
                Some(process) => process,
                none => {
                    starts += 1;
                    none.insert(Process::start(setup).map_err(|error| InvokeError::CannotStart(error.to_string()))?)
                }
            };
            let failure = match process.run(setup, request_id, event.clone()).await {
                Ended::Answered(outcome) => return Ok(outcome),
                Ended::Broken(failure) => Some(failure),
                Ended::Untouched(failure) if starts >= setup.limits.starts_per_event_max => Some(failure),
                Ended::Untouched(_) => None,
            };
            end(&mut self.process).await;
            if let Some(failure) = failure {
                return Ok(Err(failure));
            }
        }
    }

    /// Waits for an event. Notices when the process ends, and ends it when it is not needed for long.
    async fn wait(&mut self, mut later: oneshot::Receiver<Job>) -> Option<Job> {
        let idle_max = self.function.setup().limits.idle_max;
        while let Some(process) = &mut self.process {
            tokio::select! {
                biased;
                how = process.exited() => {
                    tracing::warn!(function = self.function.setup().id, how, "a process ended without an event");
                }
                job = &mut later => return job.ok(),
                () = sleep(idle_max) => {}
            }
            self.end_process().await;
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
