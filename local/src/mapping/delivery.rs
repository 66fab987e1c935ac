//! Takes one batch through its function, however often that takes.

use std::{ops::Range, time::Duration};

use chrono::Utc;
use tokio::sync::mpsc::UnboundedSender;

use super::{
    batch::{Batch, Discarded, Outcome, Rules, Step, Then},
    destination::{Destinations, Ending, Loss},
    lane,
    record::{Record, Sequence},
    report,
    tumbling::{Call, Window},
};
use crate::{
    faults::{Fault, Faults},
    lambda::{InvokeError, Lambda},
    limits::MappingLimits,
    metrics,
};

/// Everything that the batches of one shard have in common.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) mapping: String,
    pub(super) function: String,
    pub(super) lambda: Lambda,
    pub(super) rules: Rules,
    pub(super) report_item_failures: bool,
    pub(super) destinations: Destinations,
    pub(super) stream_arn: String,
    pub(super) shard_id: String,
    pub(super) limits: MappingLimits,
    pub(super) faults: Faults,
    /// How long tumbling windows are, in seconds.
    pub(super) tumbling: Option<i64>,
}

/// Something was finished.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) lane: usize,
    /// None: a window is open, which only counts as a whole.
    pub(super) through: Option<Sequence>,
    pub(super) batch: BatchState,
    /// What is left open.
    pub(super) window: Option<Window>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BatchState {
    UnderWay,
    Finished,
}

/// The last invocation, for whoever reads a failure destination.
struct Last {
    request_id: String,
    ending: Ending,
}

/// The stack is stopping, so that nobody needs to know more.
struct Stopped;

impl Delivery {
    /// Returns when every record is processed or discarded, or when the stack stops.
    pub(super) async fn run(
        &self,
        lane: usize,
        records: Vec<Record>,
        window: Option<Window>,
        progress: &UnboundedSender<Progress>,
    ) {
        let Ok(mut window) = self.enter(lane, window, &records[0], progress).await else { return };
        let mut batch = Batch::new(records.len());
        let mut last = Last { request_id: uuid::Uuid::new_v4().to_string(), ending: Ending::NeverInvoked };
        let mut told = 0;
        loop {
            let now = Utc::now().timestamp();
            let age = |record: usize| Duration::from_secs(u64::try_from(now - records[record].written_at).unwrap_or(0));
            let then = match batch.next(&self.rules, age) {
                Step::Done => return,
                Step::Discard(discarded) => Then::Discard(discarded),
                Step::Invoke(range) => match self.invoke_as_often(&records[range], &mut window, &mut last).await {
                    Ok(outcome) => batch.after(&self.rules, outcome),
                    Err(Stopped) => return,
                },
            };
            if let Then::Discard(discarded) = &then {
                self.discard(&records, discarded, &last);
            }
            let finished = batch.finished();
            if finished > told {
                metrics::records_finished(&self.mapping, records[told].written_at);
                told = finished;
                let state = if finished == records.len() { BatchState::Finished } else { BatchState::UnderWay };
                let mut through = Some(records[finished - 1].sequence.clone());
                if let Some(window) = &mut window {
                    window.through = through.take();
                }
                // Nobody listens when the stack stops.
                let _ = progress.send(Progress { lane, through, batch: state, window: window.clone() });
            }
            if let Then::Pause(pauses) = then {
                tokio::time::sleep(self.pause(pauses)).await;
            }
        }
    }

    fn pause(&self, pauses: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(pauses);
        self.limits.retry_after.saturating_mul(doubled).min(self.limits.retry_after_max)
    }

    /// Usually once; a second time after a success where that fault strikes, whatever comes of it.
    async fn invoke_as_often(
        &self,
        records: &[Record],
        window: &mut Option<Window>,
        last: &mut Last,
    ) -> Result<Outcome, Stopped> {
        let outcome = self.invoke(records, window, last).await?;
        if outcome == Outcome::Succeeded && self.faults.strikes(Fault::DuplicatedBatch) {
            self.invoke(records, window, last).await?;
        }
        if let Some(window) = window.as_mut().filter(|window| window.state_bytes() > self.limits.window_state_bytes_max)
        {
            self.close(window, Call::ClosesEarly).await?;
            window.forget_state();
        }
        Ok(outcome)
    }

    /// Closes the window before, if the batch does not belong to it, and opens its own. None without tumbling windows.
    async fn enter(
        &self,
        lane: usize,
        before: Option<Window>,
        first: &Record,
        progress: &UnboundedSender<Progress>,
    ) -> Result<Option<Window>, Stopped> {
        let Some(seconds) = self.tumbling else { return Ok(None) };
        match before {
            Some(window) if window.contains(first) => return Ok(Some(window)),
            Some(window) => {
                self.close(&window, Call::Closes).await?;
                let _ = progress.send(Progress {
                    lane,
                    through: window.through,
                    batch: BatchState::UnderWay,
                    window: None,
                });
            }
            None => {}
        }
        Ok(Some(Window::of(first, seconds)))
    }

    /// Closes a window that nothing follows.
    pub(super) async fn finish(&self, lane: usize, window: Window, progress: &UnboundedSender<Progress>) {
        if self.close(&window, Call::Closes).await.is_ok() {
            let batch = BatchState::Finished;
            let _ = progress.send(Progress { lane, through: window.through, batch, window: None });
        }
    }

    /// Tells the function that a window is over, until it succeeds: nothing else is processed before.
    async fn close(&self, window: &Window, call: Call) -> Result<(), Stopped> {
        let event = window.event(&lane::event([].iter()), call, &self.shard_id, &self.stream_arn);
        for pauses in 0.. {
            match self.lambda.invoke(&self.function, event.clone()).await {
                Ok(invocation) if invocation.outcome.is_ok() => break,
                Err(InvokeError::Stopped) => return Err(Stopped),
                failed @ (Ok(_) | Err(_)) => {
                    tracing::warn!(mapping = self.mapping, ?failed, "a window is not closed");
                    tokio::time::sleep(self.pause(pauses)).await;
                }
            }
        }
        Ok(())
    }

    async fn invoke(
        &self,
        records: &[Record],
        window: &mut Option<Window>,
        last: &mut Last,
    ) -> Result<Outcome, Stopped> {
        let event = match window {
            Some(window) => window.event(&self.event(records), Call::Adds, &self.shard_id, &self.stream_arn),
            None => self.event(records),
        };
        let invocation = match self.lambda.invoke(&self.function, event).await {
            Ok(invocation) => invocation,
            Err(InvokeError::Stopped) => return Err(Stopped),
            Err(
                error @ (InvokeError::Throttled
                | InvokeError::TooLarge
                | InvokeError::UnknownFunction(_)
                | InvokeError::LeftOut(_)
                | InvokeError::CannotStart(_)),
            ) => {
                tracing::warn!(mapping = self.mapping, ?error, "the function was not invoked");
                return Ok(Outcome::NotInvoked);
            }
        };
        metrics::batch(&self.mapping, records.len());
        last.request_id = invocation.request_id;
        let outcome = match &invocation.outcome {
            Ok(answer) if window.as_mut().is_some_and(|window| window.take_state(answer).is_err()) => {
                last.ending = Ending::FunctionError;
                tracing::warn!(mapping = self.mapping, request_id = last.request_id, "the answer has no state");
                Outcome::Failed
            }
            Ok(answer) if self.report_item_failures => {
                last.ending = Ending::Reported;
                let sequences: Vec<_> = records.iter().map(|record| &record.sequence).collect();
                report::outcome(answer, &sequences, self.limits.strange_answer)
            }
            Ok(_) => Outcome::Succeeded,
            Err(error) => {
                last.ending = Ending::FunctionError;
                tracing::warn!(
                    mapping = self.mapping,
                    request_id = last.request_id,
                    error_type = error.error_type,
                    "the function failed"
                );
                Outcome::Failed
            }
        };
        tracing::debug!(
            mapping = self.mapping,
            request_id = last.request_id,
            records = records.len(),
            ?outcome,
            "batch"
        );
        Ok(outcome)
    }

    fn event(&self, records: &[Record]) -> String {
        let order = self.faults.order(records.len());
        lane::event(order.iter().map(|&index| &records[index]))
    }

    fn discard(&self, records: &[Record], discarded: &Discarded, last: &Last) {
        let range: Range<usize> = discarded.records.clone();
        let loss = Loss {
            at: Utc::now(),
            request_id: last.request_id.clone(),
            function_arn: self.lambda.arn(&self.function),
            condition: discarded.condition,
            invocations: discarded.invocations,
            ending: if discarded.invocations == 0 { Ending::NeverInvoked } else { last.ending },
            shard_id: &self.shard_id,
            stream_arn: &self.stream_arn,
            records: &records[range],
        };
        tracing::error!(
            mapping = self.mapping,
            condition = loss.condition.name(),
            records = loss.records.len(),
            "records discarded"
        );
        if let Err(error) = self.destinations.keep(&loss) {
            tracing::error!(mapping = self.mapping, %error, "the failure destination does not take them");
        }
    }
}
