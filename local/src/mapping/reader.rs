//! Reads one shard, and keeps the function busy with it.

mod windows;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{
        mpsc::{self, UnboundedSender},
        watch,
    },
    task::JoinSet,
};

use super::{
    checkpoint::{Checkpoints, Position},
    delivery::{BatchState, Delivery, Progress},
    filter::Filter,
    lane::{Filling, Lane},
    record::{Lanes, Record, Sequence, Shape},
    source::{ReadError, Source, Start},
};
use crate::{durability::Durable, limits::MappingLimits, metrics::Waiting};

/// What it takes to read a shard.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) shard_id: String,
    pub(super) lanes: Lanes,
    pub(super) filling: Filling,
    pub(super) shape: Shape,
    pub(super) filter: Filter,
    pub(super) source: Source,
    pub(super) checkpoints: Arc<Checkpoints>,
    pub(super) delivery: Delivery,
    /// Where a shard begins that has no position yet.
    pub(super) start: Start,
    /// Changes whenever the table is written to.
    pub(super) written: watch::Receiver<()>,
    pub(super) announced: Announced,
    pub(super) durable: Durable,
    pub(super) limits: MappingLimits,
}

/// Which writes are a reason to read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Announced {
    EveryWrite,
    /// Others may write too, and do not say so.
    SomeWrites,
    /// The stream is only polled, as on AWS.
    Nothing,
}

/// Why reading a shard ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The shard is closed and wholly processed.
    Closed,
    Stopped,
    /// A bug ended a batch. Another reader begins at the last checkpoint.
    Broken,
}

#[derive(Debug)]
struct Reader {
    settings: Settings,
    lanes: Vec<Lane>,
    iterator: Option<String>,
    /// The last record that was read.
    read: Option<Sequence>,
    /// Where the next iterator begins, if that is not after what was read.
    anew: Option<Start>,
    shard: ShardState,
    /// When to read again, and whether a write is a reason to do it earlier.
    due: Instant,
    read_at: Option<Instant>,
    /// Until when reading rests, whatever is written.
    rested: Instant,
    /// Since when something is finished that no checkpoint says.
    unsaved: Option<Instant>,
    batches: JoinSet<()>,
    progress: UnboundedSender<Progress>,
    waiting: Waiting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ShardState {
    Open,
    Closed,
}

/// When to read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextRead {
    /// Not before something else has happened: what is not needed yet is not read.
    Never,
    At(Instant),
    /// As soon as the table is written to, but not before the one time and not later than the other.
    WhenWritten {
        not_before: Instant,
        at_the_latest: Instant,
    },
}

/// Reads until the shard ends or the stack stops.
pub(super) async fn run(settings: Settings, mut stop: watch::Receiver<bool>) -> End {
    let (progress, mut progressed) = mpsc::unbounded_channel();
    let mut reader = Reader::new(settings, progress);
    loop {
        reader.start_batches(Instant::now());
        reader.waiting.set(reader.lanes.iter().map(Lane::waiting).sum());
        reader.save_when_due(Instant::now()).await;
        if reader.shard == ShardState::Closed && reader.lanes.iter().all(Lane::is_hungry) {
            reader.save(true).await;
            return End::Closed;
        }
        let (deadline, next_read) = (reader.deadline(), reader.next_read());
        // Cancel-safe: every branch only waits, but for the channel and the batches, whose `recv` and `join_next` lose
        // nothing when they are dropped, and the announcement (`wait_to_read`). `read` is in no branch but behind one.
        let end = tokio::select! {
            biased;
            () = stopped(&mut stop) => Some(End::Stopped),
            Some(progress) = progressed.recv() => {
                reader.note(progress);
                None
            }
            Some(ended) = reader.batches.join_next() => ended.err().map(|error| broken(&error)),
            () = wait_until(deadline) => None,
            () = wait_to_read(next_read, &mut reader.settings.written) => {
                reader.read().await;
                None
            }
        };
        if let Some(end) = end {
            reader.save(false).await;
            return end;
        }
    }
}

/// Returns when the stack stops.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone is a stack that is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn broken(error: &tokio::task::JoinError) -> End {
    tracing::error!(%error, "a batch ended with a bug");
    End::Broken
}

/// Whatever is written before `read` looks is a reason to read; afterwards it is announced again. Dropped half-way, it has
/// used up no announcement.
async fn wait_to_read(next: NextRead, written: &mut watch::Receiver<()>) {
    match next {
        NextRead::Never => std::future::pending().await,
        NextRead::At(time) => tokio::time::sleep_until(time.into()).await,
        NextRead::WhenWritten { not_before, at_the_latest } => {
            // Cancel-safe: an announcement is taken by the last thing that is awaited.
            tokio::select! {
                () = tokio::time::sleep_until(at_the_latest.into()) => {}
                Ok(()) = after(not_before, written.changed()) => {}
            }
        }
    }
}

async fn after<T>(time: Instant, then: impl Future<Output = T>) -> T {
    tokio::time::sleep_until(time.into()).await;
    then.await
}

/// How long reading rests after a read that took so long, when so many lanes have something to do: the more of them, the less
/// anybody loses by it, and the more records come together in a batch.
fn rest(took: Duration, busy_lanes: usize, limits: &MappingLimits) -> Duration {
    let lanes = u32::try_from(busy_lanes).unwrap_or(u32::MAX);
    took.saturating_mul(limits.rest_per_read.saturating_mul(lanes)).min(limits.rest_max)
}

async fn wait_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

impl Reader {
    fn new(settings: Settings, progress: UnboundedSender<Progress>) -> Self {
        let position = settings.checkpoints.position(&settings.shard_id).unwrap_or_default();
        let lanes = position.lanes(settings.lanes).into_iter().map(Lane::new).collect();
        let waiting = Waiting::of(&settings.delivery.mapping);
        Self {
            lanes,
            settings,
            iterator: None,
            read: None,
            anew: None,
            shard: ShardState::Open,
            due: Instant::now(),
            read_at: None,
            rested: Instant::now(),
            unsaved: None,
            batches: JoinSet::new(),
            progress,
            waiting,
        }
    }

    fn start_batches(&mut self, now: Instant) {
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            if let Some(records) = lane.take(&self.settings.filling, now) {
                let (delivery, progress) = (self.settings.delivery.clone(), self.progress.clone());
                let window = lane.take_window();
                self.batches.spawn(async move { delivery.run(index, records, window, &progress).await });
            }
        }
        self.close_windows(now);
    }

    fn note(&mut self, progress: Progress) {
        let lane = &mut self.lanes[progress.lane];
        if let Some(through) = progress.through {
            lane.advance(through);
        }
        if progress.batch == BatchState::Finished {
            lane.release(progress.window);
        }
        self.unsaved.get_or_insert_with(Instant::now);
    }

    /// Not every batch is worth writing a file: what a kill makes forgotten is done again.
    async fn save_when_due(&mut self, now: Instant) {
        if self.unsaved.is_some_and(|since| since + self.settings.limits.checkpoint_every <= now) {
            self.save(false).await;
        }
    }

    async fn save(&mut self, ended: bool) {
        self.unsaved = None;
        let lanes: Vec<_> = self.lanes.iter().map(|lane| lane.position(self.read.as_ref())).collect();
        if lanes.iter().all(Option::is_none) && !ended {
            return;
        }
        let position = Position::new(&lanes, self.settings.lanes, ended);
        // The numbers of records that a failure of power takes away are given a second time. A checkpoint that has outlived them
        // would pass over the new ones.
        self.settings.durable.reached().await;
        if let Err(error) = self.settings.checkpoints.save(&self.settings.shard_id, position) {
            tracing::error!(mapping = self.settings.delivery.mapping, %error, "no checkpoint");
        }
    }

    /// When there is something to do, whatever happens: a window ends, or a checkpoint is due.
    fn deadline(&self) -> Option<Instant> {
        let windows = self.lanes.iter().filter_map(|lane| lane.deadline(&self.settings.filling));
        let checkpoint = self.unsaved.map(|since| since + self.settings.limits.checkpoint_every);
        windows.chain(checkpoint).min()
    }

    fn next_read(&self) -> NextRead {
        let limits = &self.settings.limits;
        let waiting: usize = self.lanes.iter().map(Lane::waiting).sum();
        let enough = 2 * self.lanes.len() * self.settings.filling.batch_size.max(limits.read_records_max);
        let waiting_bytes: usize = self.lanes.iter().map(Lane::waiting_bytes).sum();
        let is_full = waiting > enough || waiting_bytes > limits.waiting_bytes_max;
        if self.shard == ShardState::Closed || is_full {
            return NextRead::Never;
        }
        if self.lanes.iter().any(Lane::is_hungry) {
            let due = self.window_end().map_or(self.due, |end| end.min(self.due));
            return match self.settings.announced {
                Announced::EveryWrite | Announced::SomeWrites => {
                    NextRead::WhenWritten { not_before: self.rested, at_the_latest: due }
                }
                Announced::Nothing => NextRead::At(due),
            };
        }
        if self.lanes.iter().any(|lane| lane.is_gathering(&self.settings.filling)) {
            // As on AWS: during a window the stream is polled, and a write is no reason to hurry.
            return NextRead::At(self.read_at.map_or(self.due, |read_at| read_at + limits.poll_every));
        }
        NextRead::Never
    }

    async fn read(&mut self) {
        // Whatever is written from here on is announced again.
        self.settings.written.borrow_and_update();
        let now = Instant::now();
        self.read_at = Some(now);
        self.due = match self.read_page(now).await {
            Ok(pause) => now + pause,
            Err(ReadError::Expired) => {
                self.iterator = None;
                if self.settings.start == Start::Latest {
                    // The latest ones are others now. What is older than the first start is skipped all the same.
                    self.settings.start = Start::Oldest;
                }
                now
            }
            Err(ReadError::Trimmed) => {
                tracing::warn!(mapping = self.settings.delivery.mapping, "records were trimmed before they were read");
                self.anew = Some(Start::Oldest);
                self.iterator = None;
                now + self.settings.limits.poll_every
            }
            Err(ReadError::Failed(error)) => {
                tracing::warn!(mapping = self.settings.delivery.mapping, error, "the stream was not read");
                // The announcement of a write is used up, so that the time has to bring the next try.
                Instant::now() + self.settings.limits.poll_every
            }
        };
        let busy_lanes = self.lanes.iter().filter(|lane| !lane.is_hungry()).count();
        self.rested = Instant::now() + rest(now.elapsed(), busy_lanes, &self.settings.limits);
    }

    /// Reads once, and says how long to wait for the next time.
    async fn read_page(&mut self, now: Instant) -> Result<Duration, ReadError> {
        let iterator = match self.iterator.clone() {
            Some(iterator) => iterator,
            None => self.settings.source.iterator(&self.settings.shard_id, &self.start()).await?,
        };
        self.anew = None;
        self.iterator = Some(iterator.clone());
        let page = self.settings.source.read(&iterator).await?;
        let count = page.records.len();
        let last = page.records.last().and_then(|record| record.dynamodb()?.sequence_number().map(Sequence::new));
        let since = self.settings.checkpoints.since();
        for record in &page.records {
            let Some(record) = Record::read(record, &self.settings.shape) else { continue };
            // One that is filtered out counts as processed.
            let passes = self.settings.filter.passes(&record.json);
            if passes && since.is_none_or(|since| since <= record.written_at) {
                self.push(record, now);
            }
        }
        if last.is_some() {
            self.read = last;
            self.unsaved.get_or_insert(now);
        }
        if page.next.is_none() && !page.is_cut {
            self.shard = ShardState::Closed;
        }
        self.iterator = page.next.filter(|_| !page.is_cut);
        let limits = &self.settings.limits;
        if page.is_cut {
            return Ok(Duration::ZERO);
        }
        Ok(match (count, self.settings.announced) {
            (1.., _) if count >= limits.read_records_max => Duration::ZERO,
            (1.., Announced::SomeWrites) => Duration::ZERO,
            (_, Announced::EveryWrite) => limits.announced_poll_every,
            (_, Announced::SomeWrites | Announced::Nothing) => limits.poll_every,
        })
    }

    /// Where a new iterator begins: after what was read, or else after what the slowest lane has finished.
    fn start(&self) -> Start {
        if let Some(start) = &self.anew {
            return start.clone();
        }
        let after = self.read.clone().or_else(|| self.lanes.iter().map(|lane| lane.position(None)).min().flatten());
        after.map_or_else(|| self.settings.start.clone(), Start::After)
    }

    fn push(&mut self, record: Record, now: Instant) {
        let lane = record.lane(self.settings.lanes);
        self.lanes[lane].push(record, now);
    }
}

#[cfg(test)]
mod tests;
