//! The events of one function that have no worker, and its workers that have no event.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use axum::body::Bytes;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use super::{Invocation, InvokeError};
use crate::limits::LambdaLimits;

/// An event that somebody waits for.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request_id: String,
    pub(super) event: Bytes,
    pub(super) answer: oneshot::Sender<Result<Invocation, InvokeError>>,
    /// Since when it waits for a worker.
    since: Instant,
}

/// What becomes of a new event.
#[derive(Debug)]
pub(super) enum Offered {
    /// A worker that was free has it, or it waits and somebody looks after those that wait.
    Placed,
    /// A new worker is to serve it, which is counted already.
    NeedsWorker(Job),
    /// It waits, and somebody has to look after those that wait.
    Waits,
}

/// What a worker does after an event.
#[derive(Debug)]
pub(super) enum Next {
    Serve(Job),
    /// The next event comes here.
    Wait(oneshot::Receiver<Job>),
    Stop,
}

/// What becomes of the events that wait.
#[derive(Debug)]
pub(super) enum Overdue {
    /// A new worker is to serve this one, which is counted already.
    NeedsWorker(Job),
    /// None has waited for long enough; one may have by then.
    NoneBefore(Instant),
    /// None waits, or no worker may be added. Nobody looks after those that wait any more.
    Over,
}

/// Where events and workers find each other.
#[derive(Debug)]
pub(super) struct Queue {
    /// So many workers start as soon as there is an event for them, further ones when the function stands still.
    workers_at_once: usize,
    workers_max: usize,
    waiting_max: usize,
    state: Mutex<State>,
    stop: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    workers: usize,
    /// Workers without an event, the one used last at the end.
    idle: Vec<oneshot::Sender<Job>>,
    /// Events without a worker, the oldest first.
    waiting: VecDeque<Job>,
    /// When an event last ended, or a worker started.
    moved: Option<Instant>,
    watch: Watch,
}

/// Whether somebody looks after the events that wait.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Watch {
    #[default]
    Off,
    On,
}

impl Job {
    /// A new event, and where its end is told.
    pub(super) fn new(event: String) -> (Self, oneshot::Receiver<Result<Invocation, InvokeError>>) {
        let (answer, answered) = oneshot::channel();
        let (request_id, event) = (Uuid::new_v4().to_string(), Bytes::from(event));
        (Self { request_id, event, answer, since: Instant::now() }, answered)
    }
}

impl Queue {
    /// A queue without a worker. What a template reserves is what AWS grants: beyond it, events do not wait.
    pub(super) fn new(limits: &LambdaLimits, reserved_concurrency: Option<u32>) -> Self {
        let reserved = reserved_concurrency.map(|reserved| usize::try_from(reserved).unwrap_or(usize::MAX));
        let workers_max = reserved.unwrap_or(usize::MAX).min(limits.instances_per_function_max);
        let workers_at_once = reserved.unwrap_or(limits.instances_at_once).min(workers_max);
        let waiting_max = reserved.map_or(limits.waiting_events_max, |reserved| reserved - workers_max);
        Self { workers_at_once, workers_max, waiting_max, state: Mutex::default(), stop: watch::Sender::new(false) }
    }

    /// Gives an event to a worker that is free, or has it wait.
    ///
    /// # Errors
    /// When as many wait as may, or the stack stops.
    pub(super) fn offer(&self, mut job: Job) -> Result<Offered, InvokeError> {
        let mut state = self.state();
        if *self.stop.borrow() {
            return Err(InvokeError::Stopped);
        }
        while let Some(worker) = state.idle.pop() {
            match worker.send(job) {
                Ok(()) => return Ok(Offered::Placed),
                Err(returned) => job = returned,
            }
        }
        if state.workers < self.workers_at_once {
            state.add_worker();
            return Ok(Offered::NeedsWorker(job));
        }
        if state.waiting.len() >= self.waiting_max {
            return Err(InvokeError::Throttled);
        }
        state.waiting.push_back(job);
        if state.watch == Watch::Off && state.workers < self.workers_max {
            state.watch = Watch::On;
            return Ok(Offered::Waits);
        }
        Ok(Offered::Placed)
    }

    /// Takes the event that has waited longest, if none has ended and no worker has started for so long.
    pub(super) fn overdue(&self, patience: Duration) -> Overdue {
        let mut state = self.state();
        let oldest = state.waiting.front().filter(|_| state.workers < self.workers_max);
        let Some(oldest) = oldest.map(|job| job.since) else {
            state.watch = Watch::Off;
            return Overdue::Over;
        };
        let due = oldest.max(state.moved.unwrap_or(oldest)) + patience;
        if due <= Instant::now()
            && let Some(job) = state.waiting.pop_front()
        {
            state.add_worker();
            return Overdue::NeedsWorker(job);
        }
        Overdue::NoneBefore(due)
    }

    /// Gives a worker that is free the event that has waited longest, or its place among those that wait.
    pub(super) fn next(&self) -> Next {
        let mut state = self.state();
        if *self.stop.borrow() {
            return Next::Stop;
        }
        state.moved = Some(Instant::now());
        if let Some(job) = state.waiting.pop_front() {
            return Next::Serve(job);
        }
        let (sender, receiver) = oneshot::channel();
        state.idle.push(sender);
        Next::Wait(receiver)
    }

    /// Takes no event any more. Those that wait are answered.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        self.stop.send_replace(true);
        state.waiting.clear();
    }

    /// Becomes true when the stack stops.
    pub(super) fn stopped(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it is held")
    }
}

impl State {
    fn add_worker(&mut self) {
        self.workers += 1;
        self.moved = Some(Instant::now());
    }
}
