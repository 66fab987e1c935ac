//! One instance of a function within this process: a thread with a runtime of its own, so that a function that is busy holds
//! up nothing else.

use std::{
    any::Any,
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    time::SystemTime,
};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use futures::FutureExt as _;
use tokio::{
    runtime::{Builder, Runtime},
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        oneshot, watch,
    },
    time::timeout,
};
use tracing::Instrument as _;

use super::{
    event::{Event, KILLED, Report, too_large, trace_id},
    setup::Setup,
};
use crate::{
    functions::{Call, FunctionError, Functions, Handler, Surroundings},
    limits::{RESPONSE_BYTES_MAX, THREAD_ENDING},
};

/// How a process ends whose code panics beside an event.
const PANICKED: &str = "exit status: 101";
/// How an instance ends for which the system has no room.
const NO_RUNTIME: &str = "the system gives it no event loop";

/// A thread at work.
#[derive(Debug)]
pub(super) struct Thread {
    events: UnboundedSender<Event>,
    reports: UnboundedReceiver<Report>,
    /// The thread ends when this is dropped, as soon as its function waits for anything.
    running: Option<oneshot::Sender<()>>,
    gone: Gone,
    stage: Stage,
}

/// How far a thread is. One that has begun need not tell that it takes an event: it waits for nothing else, and each word
/// costs a hand-over between threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Begins,
    Ready,
    Offered,
}

/// When a thread is gone, and how it ended.
#[derive(Debug, Clone)]
pub(super) struct Gone(watch::Receiver<Option<&'static str>>);

impl Gone {
    /// Whether the thread has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.0.borrow().is_some() || self.0.has_changed().is_err()
    }

    /// Waits until the thread has ended.
    pub(super) async fn wait(&mut self) -> &'static str {
        // A thread that tells nothing at its end has panicked outside of everything.
        self.0.wait_for(Option::is_some).await.ok().and_then(|how| *how).unwrap_or(PANICKED)
    }
}

impl Thread {
    /// Starts an instance.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(
        setup: &Setup,
        functions: &Functions,
        http: &SharedHttpClient,
        environment: BTreeMap<String, String>,
    ) -> Result<Self, std::io::Error> {
        let (events, offered) = unbounded_channel();
        let (reporter, reports) = unbounded_channel();
        let (running, stopped) = oneshot::channel();
        let (ended, gone) = watch::channel(None);
        let surroundings = Surroundings { handler: setup.handler.clone(), environment, http: http.clone() };
        let (function, functions) = (setup.id.clone(), functions.clone());
        std::thread::Builder::new().name(setup.id.clone()).spawn(move || {
            let serving = async {
                // Cancel-safe: whoever stops it wants nothing of it any more.
                tokio::select! {
                    biased;
                    _ = stopped => KILLED,
                    () = serve(&function, &functions, surroundings, offered, &reporter) => "exit status: 0",
                }
            };
            // Made here: where no thread can be had, a runtime must not be dropped by a task of another one.
            let how = match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => run(runtime, serving),
                Err(_) => NO_RUNTIME,
            };
            ended.send_replace(Some(how));
        })?;
        Ok(Self { events, reports, running: Some(running), gone: Gone(gone), stage: Stage::Begins })
    }

    pub(super) fn offer(&mut self, event: Event) {
        if self.stage == Stage::Ready {
            self.stage = Stage::Offered;
        }
        // A thread that has ended is noticed where its reports are waited for.
        let _ = self.events.send(event);
    }

    /// Waits for what it tells next. Takes no report along when it is dropped.
    pub(super) async fn report(&mut self) -> Report {
        if self.stage == Stage::Offered {
            self.stage = Stage::Ready;
            return Report::Taken;
        }
        match self.reports.recv().await {
            Some(report) => {
                self.stage = Stage::Ready;
                report
            }
            None => Report::Exited(self.gone.wait().await.to_owned()),
        }
    }

    pub(super) async fn exited(&mut self) -> String {
        self.gone.wait().await.to_owned()
    }

    /// Has it end as soon as its function waits for anything.
    pub(super) fn kill(&mut self) {
        self.running = None;
    }

    /// Ends it. A function that goes on without ever waiting cannot be ended: its thread is given up, and what is returned
    /// tells when it is gone.
    pub(super) async fn end(&mut self) -> Option<Gone> {
        self.kill();
        timeout(THREAD_ENDING, self.gone.wait()).await.is_err().then(|| self.gone.clone())
    }
}

/// Runs an instance to its end, and tells how that would be told of a process.
fn run(runtime: Runtime, serving: impl Future<Output = &'static str>) -> &'static str {
    let how = catch_unwind(AssertUnwindSafe(|| runtime.block_on(serving))).unwrap_or(PANICKED);
    // Whatever it has left behind is not waited for.
    runtime.shutdown_background();
    how
}

/// Begins the function, and serves one event after the other.
async fn serve(
    function: &str,
    functions: &Functions,
    surroundings: Surroundings,
    mut events: UnboundedReceiver<Event>,
    reports: &UnboundedSender<Report>,
) {
    // Nobody hears of an instance any more that is being ended.
    let report = |report| drop(reports.send(report));
    let handler = match functions.start(surroundings).await {
        Ok(handler) => handler,
        Err(error) => return report(Report::NotInitialised(error)),
    };
    let mut is_first = true;
    while let Some(event) = events.recv().await {
        if std::mem::take(&mut is_first) {
            report(Report::Taken);
        }
        let span = tracing::info_span!(target: "function", "function", function, request_id = event.request_id);
        report(Report::Answered(answer(&handler, event).instrument(span).await));
    }
}

async fn answer(handler: &Handler, event: Event) -> Result<String, FunctionError> {
    let call = Call {
        deadline: SystemTime::now() + event.timeout,
        trace_id: trace_id(),
        request_id: event.request_id,
        function_arn: event.function_arn,
        event: event.body,
    };
    // What it panics with while it makes the future, or while that runs.
    let answer = AssertUnwindSafe(async { handler(call).await }).catch_unwind().await;
    let answer = answer.unwrap_or_else(|panic| Err(panicked(panic.as_ref())))?;
    if answer.len() > RESPONSE_BYTES_MAX { Err(too_large()) } else { Ok(answer) }
}

/// What Lambda's runtime for Rust reports of a panic, after which its process goes on.
fn panicked(panic: &(dyn Any + Send)) -> FunctionError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let error_message = text.map_or_else(|| "Lambda panicked".to_owned(), |text| format!("Lambda panicked: {text}"));
    FunctionError { error_type: "alloc::boxed::Box<dyn core::any::Any + core::marker::Send>".to_owned(), error_message }
}
