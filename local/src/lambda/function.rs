//! One function: which event goes to which of its workers.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use axum::body::Bytes;
use futures::future::join_all;
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
};
use uuid::Uuid;

use super::{Invocation, InvokeError, worker};
use crate::{
    access::Access,
    circumstances::Circumstances,
    faults::Fault,
    limits::{LambdaLimits, PAYLOAD_BYTES_MAX},
    template::model::FunctionSpec,
};

/// What every process of a function is started with.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) executable: PathBuf,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) timeout: Duration,
    pub(super) limits: LambdaLimits,
    pub(super) circumstances: Circumstances,
    pub(super) access: Access,
    async_retries_max: u32,
    async_age_max: Duration,
    /// How often the executable was replaced.
    generation: watch::Sender<u64>,
}

/// An event that somebody waits for.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request_id: String,
    pub(super) event: Bytes,
    pub(super) answer: oneshot::Sender<Result<Invocation, InvokeError>>,
    /// Since when it waits for a worker.
    since: Instant,
}

/// What a worker does after an event.
#[derive(Debug)]
pub(super) enum Next {
    Serve(Job),
    /// The next event comes here.
    Wait(oneshot::Receiver<Job>),
    Stop,
}

/// A function and its workers, each of which has at most one process.
#[derive(Debug)]
pub(super) struct Function {
    setup: Setup,
    /// So many workers start as soon as there is an event for them, further ones when the function stands still.
    workers_at_once: usize,
    workers_max: usize,
    waiting_max: usize,
    desk: Mutex<Desk>,
    stop: watch::Sender<bool>,
}

/// Where events and workers find each other.
#[derive(Debug, Default)]
struct Desk {
    workers: Vec<JoinHandle<()>>,
    /// Workers without an event, the one used last at the end.
    idle: Vec<oneshot::Sender<Job>>,
    /// Events without a worker, the oldest first.
    waiting: VecDeque<Job>,
    /// When an event last ended, or a worker started.
    moved: Option<Instant>,
    watch: Watch,
}

/// Whether somebody looks at the events that wait.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Watch {
    #[default]
    Off,
    On,
}

impl Setup {
    pub(super) fn new(
        spec: &FunctionSpec,
        executable: PathBuf,
        environment: BTreeMap<String, String>,
        (limits, circumstances, access): (LambdaLimits, Circumstances, Access),
    ) -> Self {
        let timeout = Duration::from_secs(spec.timeout_seconds.into());
        Self {
            id: spec.id.clone(),
            name: spec.name.clone(),
            executable,
            environment,
            timeout,
            limits,
            circumstances,
            access,
            async_retries_max: spec.async_retries_max,
            async_age_max: Duration::from_secs(spec.async_age_seconds_max.into()),
            generation: watch::Sender::new(0),
        }
    }

    /// Counts the builds of the executable.
    pub(super) fn generation(&self) -> u64 {
        *self.generation.borrow()
    }

    /// Returns when a process of this generation runs an executable that is no longer there.
    pub(super) async fn replaced(&self, generation: u64) {
        // The sender is ours, so that waiting cannot fail.
        let _ = self.generation.subscribe().wait_for(|current| *current != generation).await;
    }
}

impl Function {
    /// A function without a process. What a template reserves is what AWS grants: beyond it, events do not wait.
    pub(super) fn new(setup: Setup, reserved_concurrency: Option<u32>) -> Self {
        let limits = &setup.limits;
        let reserved = reserved_concurrency.map(|reserved| usize::try_from(reserved).unwrap_or(usize::MAX));
        let workers_max = reserved.unwrap_or(usize::MAX).min(limits.processes_per_function_max);
        let workers_at_once = reserved.unwrap_or(limits.processes_at_once).min(workers_max);
        let waiting_max = reserved.map_or(limits.waiting_events_max, |reserved| reserved - workers_max);
        Self {
            workers_at_once,
            workers_max,
            waiting_max,
            setup,
            desk: Mutex::default(),
            stop: watch::Sender::new(false),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.setup.name
    }

    /// Has every process replaced before its next event: there is a new executable.
    pub(super) fn renew(&self) {
        self.setup.generation.send_modify(|generation| *generation += 1);
    }

    pub(super) fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Becomes true when the stack stops.
    pub(super) fn stopped(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    pub(super) async fn invoke(self: &Arc<Self>, event: String) -> Result<Invocation, InvokeError> {
        if event.len() > PAYLOAD_BYTES_MAX {
            return Err(InvokeError::TooLarge);
        }
        if self.setup.circumstances.faults.strikes(Fault::ThrottledFunction) {
            return Err(InvokeError::Throttled);
        }
        let (answer, answered) = oneshot::channel();
        let (request_id, event) = (Uuid::new_v4().to_string(), Bytes::from(event));
        self.assign(Job { request_id, event, answer, since: Instant::now() })?;
        // A worker that goes away without an answer does so because the stack stops.
        answered.await.unwrap_or(Err(InvokeError::Stopped))
    }

    /// Lambda's own queue: an event that fails is given to the function twice more, after one and two minutes.
    pub(super) async fn invoke_asynchronously(self: &Arc<Self>, event: String) {
        let (function, mut stopped) = (&self.setup.id, self.stopped());
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

    fn assign(self: &Arc<Self>, mut job: Job) -> Result<(), InvokeError> {
        let mut desk = self.desk();
        if *self.stop.borrow() {
            return Err(InvokeError::Stopped);
        }
        while let Some(worker) = desk.idle.pop() {
            match worker.send(job) {
                Ok(()) => return Ok(()),
                Err(returned) => job = returned,
            }
        }
        if desk.workers.len() < self.workers_at_once {
            self.start_worker(&mut desk, job);
        } else if desk.waiting.len() < self.waiting_max {
            desk.waiting.push_back(job);
            if desk.watch == Watch::Off && desk.workers.len() < self.workers_max {
                desk.watch = Watch::On;
                tokio::spawn(Arc::clone(self).start_for_the_waiting());
            }
        } else {
            return Err(InvokeError::Throttled);
        }
        Ok(())
    }

    fn start_worker(self: &Arc<Self>, desk: &mut Desk, job: Job) {
        desk.workers.push(tokio::spawn(worker::run(Arc::clone(self), job)));
        desk.moved = Some(Instant::now());
    }

    /// Starts one more worker whenever an event waits and none has ended for a while, as long as events wait. Where events
    /// end all the time, the machine is busy, and one more process would only take its cores from the others.
    async fn start_for_the_waiting(self: Arc<Self>) {
        let patience = self.setup.circumstances.timing.further_process_after;
        loop {
            let due = {
                let mut desk = self.desk();
                let oldest = desk.waiting.front().filter(|_| desk.workers.len() < self.workers_max);
                let Some(oldest) = oldest.map(|job| job.since) else {
                    desk.watch = Watch::Off;
                    return;
                };
                let due = oldest.max(desk.moved.unwrap_or(oldest)) + patience;
                if due <= Instant::now()
                    && let Some(job) = desk.waiting.pop_front()
                {
                    self.start_worker(&mut desk, job);
                    continue;
                }
                due
            };
            tokio::time::sleep_until(due.into()).await;
        }
    }

    /// Gives a worker that is free the event that has waited longest, or its place among those that wait.
    pub(super) fn next(&self) -> Next {
        let mut desk = self.desk();
        if *self.stop.borrow() {
            return Next::Stop;
        }
        desk.moved = Some(Instant::now());
        if let Some(job) = desk.waiting.pop_front() {
            return Next::Serve(job);
        }
        let (sender, receiver) = oneshot::channel();
        desk.idle.push(sender);
        Next::Wait(receiver)
    }

    /// Ends every process, and returns when all are gone.
    pub(super) async fn stop(&self) {
        let workers = {
            let mut desk = self.desk();
            self.stop.send_replace(true);
            desk.waiting.clear();
            std::mem::take(&mut desk.workers)
        };
        for ended in join_all(workers).await {
            if let Err(error) = ended {
                tracing::error!(function = self.setup.id, %error, "a worker ended with a bug");
            }
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().expect("nothing panics while it is held")
    }
}
