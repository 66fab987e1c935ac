//! Takes events to one instance after the other, and sees to it that there is one.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::body::Bytes;
use tokio::{sync::oneshot, time::sleep};

use super::{
    Invocation, InvokeError,
    event::Ended,
    instance::Instance,
    queue::{Job, Next, Queue},
    setup::Setup,
    thread::Gone,
};
use crate::{circumstances::Circumstances, faults::Fault, metrics, timing::SLOW_FUNCTION};

/// Serves events, `first` being the first, until the stack stops. Leaves no process behind, and no thread that ends.
pub(super) async fn run(setup: Arc<Setup>, queue: Arc<Queue>, first: Job) {
    let mut stopped = queue.stopped();
    let mut worker = Worker { setup, queue, instance: None, given_up: None };
    // Cancel-safe: who waits for the event that is dropped hears that the stack stops, and the instance is ended below.
    tokio::select! {
        biased;
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = worker.serve_all(first) => {}
    }
    worker.end_instance().await;
}

/// Whether an event found an instance that was there already.
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
    instance: Option<Instance>,
    /// A thread that did not end when it had to.
    given_up: Option<Gone>,
}

impl Worker {
    async fn serve_all(&mut self, first: Job) {
        let mut job = first;
        loop {
            let outcome = self.serve(&job.request_id, job.event).await;
            // Nobody waits any more when the caller was in a hurry.
            let tell = |outcome| drop(job.answer.send(outcome));
            let next = if let Some(gone) = self.given_up.take() {
                tell(outcome);
                self.wait_for(gone).await;
                self.queue.next()
            } else {
                // It is free before anybody hears of its answer: whoever asks next then finds it, instead of a new instance.
                let next = self.queue.next();
                tell(outcome);
                next
            };
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
        if self.instance.as_ref().is_some_and(|instance| instance.generation() != generation) {
            self.end_instance().await;
        }
        let start = if self.instance.is_some() { Start::Warm } else { Start::Cold };
        let outcome = self.attempt(request_id, event).await?;
        self.report(request_id, began.elapsed(), start, &outcome);
        if outcome.ended_instance() {
            self.end_instance().await;
        }
        Ok(Invocation { request_id: request_id.to_owned(), outcome: outcome.into_result() })
    }

    /// An event that no instance has taken is none that failed, so it goes to a new instance.
    async fn attempt(&mut self, request_id: &str, event: Bytes) -> Result<Ended, InvokeError> {
        let setup = Arc::clone(&self.setup);
        let Circumstances { faults, timing } = &setup.circumstances;
        timing.invocation.pass().await;
        if faults.strikes(Fault::SlowFunction) {
            sleep(SLOW_FUNCTION).await;
        }
        let mut starts = 0;
        loop {
            let instance = match &mut self.instance {
                Some(instance) => instance,
                none => {
                    starts += 1;
                    timing.cold_start.pass().await;
                    none.insert(Instance::start(&setup).map_err(|error| InvokeError::CannotStart(error.to_string()))?)
                }
            };
            match instance.run(&setup, request_id, event.clone()).await {
                Ended::Untouched(_) if starts < setup.limits.starts_per_event_max => self.end_instance().await,
                ended @ (Ended::Answered(_) | Ended::Broken(_) | Ended::Untouched(_)) => return Ok(ended),
            }
        }
    }

    /// One line of the log, with what Lambda's own REPORT line says.
    fn report(&mut self, request_id: &str, duration: Duration, start: Start, outcome: &Ended) {
        let function = &self.setup.id;
        metrics::invoked(function, duration, outcome.error().is_some());
        let memory_mb =
            self.instance.as_mut().and_then(Instance::memory_bytes_max).map(|bytes| bytes.div_ceil(1 << 20));
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

    /// Waits for an event. Notices when the instance ends, and ends it when it is not needed for long or replaced.
    async fn wait(&mut self, mut later: oneshot::Receiver<Job>) -> Option<Job> {
        while let Some(instance) = &mut self.instance {
            let setup = &self.setup;
            let generation = instance.generation();
            // Cancel-safe: the event stays in `later`, the status with the child, and the others only wait.
            tokio::select! {
                biased;
                how = instance.exited() => tracing::warn!(function = setup.id, how, "an instance ended without an event"),
                job = &mut later => return job.ok(),
                () = setup.replaced(generation) => {}
                () = sleep(setup.limits.idle_max) => {}
            }
            self.end_instance().await;
        }
        later.await.ok()
    }

    async fn end_instance(&mut self) {
        if let Some(instance) = &mut self.instance {
            self.given_up = instance.end().await;
        }
        self.instance = None;
    }

    /// A function that never waits cannot be ended within this process. Its place is lost for as long as it goes on.
    async fn wait_for(&self, mut gone: Gone) {
        // One that was at rest may only have ended late, while the next event was served.
        if gone.has_ended() {
            return;
        }
        let function = &self.setup.id;
        tracing::error!(function, "a function goes on after its time: its thread is given up, and its place is lost");
        gone.wait().await;
        tracing::warn!(function, "the thread that was given up has ended; its place is free again");
    }
}
