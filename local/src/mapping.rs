//! Event source mappings: a table's stream invokes a function, as Lambda does it on AWS.
//!
//! Every mapping reads on its own, so that one that fails never holds back another.

mod batch;
mod checkpoint;
mod delivery;
mod destination;
mod failures;
mod filter;
mod lane;
mod reader;
mod record;
mod repeat;
mod report;
mod size;
mod source;
mod tumbling;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::{AbortHandle, JoinHandle, JoinSet},
};

use batch::Rules;
use checkpoint::Checkpoints;
use delivery::Delivery;
use destination::Destinations;
pub(crate) use failures::Failures;
use filter::Filter;
use lane::Filling;
use reader::{Announced, End, Settings};
use record::{Lanes, Shape, View};
pub(crate) use repeat::repeat;
use source::{Shard, Source, Start};

use crate::{
    aws,
    circumstances::Circumstances,
    database::{Database, Table},
    lambda::Lambda,
    limits::MappingLimits,
    template::model::{MappingSpec, StartingPosition},
};

/// A mapping at work.
#[derive(Debug)]
pub(crate) struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Why a mapping cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MappingError {
    #[error("mapping {mapping}: table {table} has no stream")]
    NoStream { mapping: String, table: String },
    #[error("mapping {mapping}: its checkpoints cannot be kept: {source}")]
    Checkpoints { mapping: String, source: std::io::Error },
    #[error("mapping {mapping}: {reason}")]
    Filter { mapping: String, reason: String },
}

/// Starts a mapping. It goes on where it was when the stack was stopped.
///
/// # Errors
/// When the table has no stream, or the data folder is not usable.
pub(crate) fn spawn(
    spec: MappingSpec,
    lambda: Lambda,
    database: Database,
    circumstances: Circumstances,
) -> Result<Running, MappingError> {
    let mapping = Mapping::new(spec, lambda, database, circumstances, MappingLimits::default())?;
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(mapping.run(stopped));
    Ok(Running { stop, task })
}

impl Running {
    /// Tells when it is at an end, which is a bug while the stack runs.
    pub(crate) fn handle(&self) -> AbortHandle {
        self.task.abort_handle()
    }

    /// Stops reading and notes how far it came. What is in a function at this moment is processed again later.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "a mapping ended with a bug");
        }
    }
}

#[derive(Debug)]
struct Mapping {
    spec: MappingSpec,
    lambda: Lambda,
    database: Database,
    table: Arc<Table>,
    source: Source,
    shape: Shape,
    filter: Filter,
    checkpoints: Arc<Checkpoints>,
    circumstances: Circumstances,
    limits: MappingLimits,
}

impl Mapping {
    fn new(
        spec: MappingSpec,
        lambda: Lambda,
        database: Database,
        circumstances: Circumstances,
        limits: MappingLimits,
    ) -> Result<Self, MappingError> {
        let no_stream = || MappingError::NoStream { mapping: spec.id.clone(), table: spec.table.clone() };
        let table = database.table(&spec.table).ok_or_else(no_stream)?;
        let stream = table.stream.as_ref().ok_or_else(no_stream)?;
        let checkpoints = Checkpoints::open(&database.folder().join("mappings"), &spec.id, &stream.arn)
            .map_err(|source| MappingError::Checkpoints { mapping: spec.id.clone(), source })?;
        let shape = Shape {
            view: View::parse(&stream.view),
            partition_key: table.partition_key.clone(),
            arn: aws::stream_arn(&table.name),
        };
        let filter =
            Filter::new(&spec.filters).map_err(|reason| MappingError::Filter { mapping: spec.id.clone(), reason })?;
        let limits =
            MappingLimits { poll_every: circumstances.timing.stream_poll_every.unwrap_or(limits.poll_every), ..limits };
        let source = Source::new(&database.own_endpoint(), database.own_http(), &stream.arn, &limits);
        Ok(Self {
            spec,
            lambda,
            source,
            shape,
            filter,
            checkpoints: Arc::new(checkpoints),
            table,
            database,
            circumstances,
            limits,
        })
    }

    async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut start = self.first_start();
        let mut readers: JoinSet<(String, End)> = JoinSet::new();
        let mut running: BTreeSet<String> = BTreeSet::new();
        while !*stop.borrow() {
            let found = self.source.shards().await;
            if let Err(error) = &found {
                tracing::warn!(mapping = self.spec.id, %error, "the shards were not read");
            }
            let pause = if found.is_ok() { self.limits.discover_every } else { self.limits.poll_every };
            let shards = found.unwrap_or_default();
            for shard in shards.iter().filter(|shard| self.is_next(shard, &shards)) {
                if !running.insert(shard.id.clone()) {
                    continue;
                }
                let (settings, stop, id) = (self.settings(shard, &start), stop.clone(), shard.id.clone());
                readers.spawn(async move { (id, reader::run(settings, stop).await) });
            }
            if !shards.is_empty() {
                // A shard that comes later holds nothing but what was written later.
                start = Start::Oldest;
            }
            // Cancel-safe: `join_next` loses no reader when it is dropped, and the others only wait.
            tokio::select! {
                () = reader::stopped(&mut stop) => {}
                Some(ended) = readers.join_next() => match ended {
                    Ok((id, End::Broken)) => { running.remove(&id); }
                    Ok((_, End::Closed | End::Stopped)) => {}
                    Err(error) => tracing::error!(mapping = self.spec.id, %error, "a reader ended with a bug"),
                },
                () = tokio::time::sleep(pause) => {}
            }
        }
        while readers.join_next().await.is_some() {}
    }

    /// Where shards begin that have no checkpoint.
    fn first_start(&self) -> Start {
        match self.spec.starting_position {
            StartingPosition::TrimHorizon => Start::Oldest,
            StartingPosition::Latest => match self.checkpoints.start_latest(chrono::Utc::now().timestamp()) {
                Ok(true) => Start::Latest,
                Ok(false) => Start::Oldest,
                Err(error) => {
                    tracing::error!(mapping = self.spec.id, %error, "no checkpoint");
                    Start::Latest
                }
            },
        }
    }

    /// Whether a shard can be read: not before its parent is wholly processed, and never twice.
    fn is_next(&self, shard: &Shard, all: &[Shard]) -> bool {
        let ended = |id: &str| self.checkpoints.position(id).is_some_and(|position| position.ended);
        let parent = shard.parent.as_ref().filter(|parent| all.iter().any(|other| other.id == **parent));
        !ended(&shard.id) && parent.is_none_or(|parent| ended(parent))
    }

    fn announced(&self) -> Announced {
        match (self.circumstances.timing.stream_poll_every, self.database.announces_every_write()) {
            (Some(_), _) => Announced::Nothing,
            (None, true) => Announced::EveryWrite,
            (None, false) => Announced::SomeWrites,
        }
    }

    fn settings(&self, shard: &Shard, start: &Start) -> Settings {
        let spec = &self.spec;
        let tumbling = (spec.tumbling_seconds > 0).then(|| spec.tumbling_seconds.into());
        // Beside the records, the state has to fit into an event, and what else such an event says.
        let beside = tumbling.map_or(0, |_: i64| 2 * self.limits.window_state_bytes_max);
        let delivery = Delivery {
            mapping: spec.id.clone(),
            function: spec.function.clone(),
            lambda: self.lambda.clone(),
            rules: Rules {
                retries_max: spec.retries_max,
                age_max: spec.record_age_seconds_max.map(|seconds| Duration::from_secs(seconds.into())),
                bisect: spec.bisect,
                cut: self.limits.cut,
                first_failed: self.limits.first_failed,
            },
            report_item_failures: spec.report_item_failures,
            destinations: Destinations::new(self.database.folder(), &spec.id, spec.on_failure.clone()),
            stream_arn: self.shape.arn.clone(),
            shard_id: shard.id.clone(),
            limits: self.limits.clone(),
            faults: self.circumstances.faults.clone(),
            tumbling,
        };
        Settings {
            shard_id: shard.id.clone(),
            lanes: lanes(spec, &self.circumstances),
            filling: Filling {
                batch_size: spec.batch_size.max(1),
                window: Duration::from_secs(spec.window_seconds.into()),
                payload_bytes_max: self.limits.payload_bytes_max.saturating_sub(beside),
                tumbling,
            },
            shape: self.shape.clone(),
            filter: self.filter.clone(),
            source: self.source.clone(),
            checkpoints: Arc::clone(&self.checkpoints),
            delivery,
            start: start.clone(),
            written: self.database.signal().follow(&self.table.name),
            announced: self.announced(),
            durable: self.database.durable().clone(),
            limits: self.limits.clone(),
        }
    }
}

/// How many batches of the embedded database's shard are processed at once.
fn lanes(spec: &MappingSpec, circumstances: &Circumstances) -> Lanes {
    let per_shard = usize::try_from(spec.parallelization.max(1)).expect("ten at most");
    Lanes { shards: circumstances.timing.stream_shards, per_shard }
}

#[cfg(test)]
mod tests;
