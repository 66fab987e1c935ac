//! One function: takes events, and starts the workers that serve them.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};

use futures::future::join_all;
use tokio::task::JoinHandle;

use super::{
    Invocation, InvokeError,
    queue::{Job, Offered, Overdue, Queue},
    setup::Setup,
    worker,
};
use crate::{faults::Fault, limits::PAYLOAD_BYTES_MAX, metrics};

/// A function and its workers, each of which has at most one instance.
#[derive(Debug)]
pub(super) struct Function {
    setup: Arc<Setup>,
    queue: Arc<Queue>,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

impl Function {
    /// A function without an instance.
    pub(super) fn new(setup: Setup, reserved_concurrency: Option<u32>) -> Self {
        let queue = Queue::new(&setup.limits, reserved_concurrency);
        Self { setup: Arc::new(setup), queue: Arc::new(queue), workers: Mutex::default() }
    }

    pub(super) fn name(&self) -> &str {
        &self.setup.name
    }

    /// Has every instance replaced before its next event: there is a new executable.
    pub(super) fn renew(&self) {
        self.setup.renew();
    }

    pub(super) async fn invoke(self: &Arc<Self>, event: String) -> Result<Invocation, InvokeError> {
        let invoked = self.try_invoke(event).await;
        if matches!(invoked, Err(InvokeError::Throttled)) {
            metrics::throttled(&self.setup.id);
        }
        invoked
    }

    async fn try_invoke(self: &Arc<Self>, event: String) -> Result<Invocation, InvokeError> {
        if event.len() > PAYLOAD_BYTES_MAX {
            return Err(InvokeError::TooLarge);
        }
        if self.setup.circumstances.faults.strikes(Fault::ThrottledFunction) {
            return Err(InvokeError::Throttled);
        }
        let (job, answered) = Job::new(event);
        self.assign(job)?;
        // A worker that goes away without an answer does so because the stack stops.
        answered.await.unwrap_or(Err(InvokeError::Stopped))
    }

    /// Lambda's own queue: an event that fails is given to the function twice more, after one and two minutes.
    pub(super) async fn invoke_asynchronously(self: &Arc<Self>, event: String) {
        let (function, mut stopped) = (&self.setup.id, self.queue.stopped());
        let (mut retries, came_at) = (0, Instant::now());
        loop {
            match self.invoke(event.clone()).await {
                Ok(Invocation { outcome: Ok(_), .. }) | Err(InvokeError::Stopped) => return,
                Ok(Invocation { outcome: Err(error), .. }) => {
                    if retries >= self.setup.async_retries_max {
                        tracing::error!(function, error_type = error.error_type, "an event is given up");
                        return;
                    }
                    retries += 1;
                }
                // It was never in the function, so that no retry is used up.
                Err(InvokeError::Throttled) => {}
                Err(
                    error @ (InvokeError::TooLarge
                    | InvokeError::UnknownFunction(_)
                    | InvokeError::LeftOut(_)
                    | InvokeError::CannotStart(_)),
                ) => {
                    tracing::error!(function, ?error, "an event is given up");
                    return;
                }
            }
            // Cancel-safe: both only wait.
            tokio::select! {
                _ = stopped.wait_for(|stopped| *stopped) => return,
                () = tokio::time::sleep(self.setup.limits.async_retry_after * retries.max(1)) => {}
            }
            if came_at.elapsed() > self.setup.async_age_max {
                tracing::error!(function, "an event is given up: it is too old");
                return;
            }
        }
    }

    fn assign(self: &Arc<Self>, job: Job) -> Result<(), InvokeError> {
        // Held until the worker is among those that a stop waits for.
        let mut workers = self.workers();
        match self.queue.offer(job)? {
            Offered::Placed => {}
            Offered::NeedsWorker(job) => workers.push(self.start_worker(job)),
            Offered::Waits => drop(tokio::spawn(Arc::clone(self).start_for_the_waiting())),
        }
        Ok(())
    }

    fn start_worker(&self, job: Job) -> JoinHandle<()> {
        tokio::spawn(worker::run(Arc::clone(&self.setup), Arc::clone(&self.queue), job))
    }

    /// Starts one more worker whenever an event waits and none has ended for a while, as long as events wait. Where events
    /// end all the time, the machine is busy, and one more instance would only take its cores from the others.
    async fn start_for_the_waiting(self: Arc<Self>) {
        let patience = self.setup.circumstances.timing.further_instance_after;
        loop {
            let due = {
                let mut workers = self.workers();
                match self.queue.overdue(patience) {
                    Overdue::NeedsWorker(job) => {
                        workers.push(self.start_worker(job));
                        continue;
                    }
                    Overdue::NoneBefore(due) => due,
                    Overdue::Over => return,
                }
            };
            tokio::time::sleep_until(due.into()).await;
        }
    }

    /// Ends every instance, and returns when all are gone.
    pub(super) async fn stop(&self) {
        let workers = {
            let mut workers = self.workers();
            self.queue.stop();
            std::mem::take(&mut *workers)
        };
        for ended in join_all(workers).await {
            if let Err(error) = ended {
                tracing::error!(function = self.setup.id, %error, "a worker ended with a bug");
            }
        }
    }

    fn workers(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.workers.lock().expect("nothing panics while it is held")
    }
}
