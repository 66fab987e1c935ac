//! What a stack counts and times, and everything that its functions do, in Prometheus' text form.
//!
//! Labels are logical ids of the template and a few words. Functions that are calls share the recorder of this process; those that are
//! processes have none.

use std::{sync::OnceLock, time::Duration};

use ::metrics::{
    Gauge, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram, set_global_recorder,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::{task::JoinHandle, time::MissedTickBehavior};

use crate::limits::METRICS_UPKEEP_EVERY;

const CONNECTIONS_OPEN: &str = "gateway_connections_open";
const CONNECTIONS: &str = "gateway_connections_total";
const INVOCATIONS: &str = "lambda_invocations_total";
const DURATIONS: &str = "lambda_duration_seconds";
const THROTTLES: &str = "lambda_throttles_total";
const BATCHES: &str = "stream_batch_records";
const WAITING: &str = "stream_records_waiting";
const LAG: &str = "stream_lag_seconds";
const DATABASE: &str = "database_size_bytes";
const MEMORY: &str = "process_resident_memory_bytes";

/// The upper bounds of buckets: for times, for numbers of records, and for the lag, which is known in whole seconds.
const SECONDS: [f64; 15] = [0.000_5, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0];
const RECORDS: [f64; 11] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 10_000.0];
const LAG_SECONDS: [f64; 10] = [1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3_600.0, 86_400.0];

/// The recorder of this process. The first call makes it.
pub(crate) fn recorder() -> &'static PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_records".to_owned()), &RECORDS))
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Full(LAG.to_owned()), &LAG_SECONDS))
            .expect("there are buckets");
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if set_global_recorder(recorder).is_err() {
            tracing::warn!("this program has a recorder of its own, which gets all metrics instead of /metrics");
        }
        describe();
        handle
    })
}

fn describe() {
    describe_gauge!(CONNECTIONS_OPEN, "Open WebSockets, by API.");
    describe_counter!(CONNECTIONS, "WebSockets that were opened, by API.");
    describe_counter!(INVOCATIONS, "Events that a function was given, and whether it answered or failed.");
    describe_histogram!(DURATIONS, "Time that an event took in its function, without its wait for an instance.");
    describe_counter!(THROTTLES, "Events that a function was not given, since as many as may be were in it or waited.");
    describe_histogram!(BATCHES, "Records that a function was given in one event, by event source mapping.");
    describe_gauge!(WAITING, "Records that were read from a stream and wait for their function.");
    describe_histogram!(
        LAG,
        "Age of the oldest record of a batch at its end. Streams tell whole seconds: up to one too much."
    );
    describe_gauge!(DATABASE, "Size of the embedded database's files.");
    describe_gauge!(MEMORY, "Resident memory of this process, without those of functions.");
}

/// Sees to it that what was recorded takes up a bounded amount of memory, whether or not anybody asks for it.
pub(crate) fn keep_up() -> JoinHandle<()> {
    let recorder = recorder();
    tokio::spawn(async {
        let mut ticks = tokio::time::interval(METRICS_UPKEEP_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            recorder.run_upkeep();
        }
    })
}

/// A connection was opened.
pub(crate) fn connected(api: &str) {
    counter!(CONNECTIONS, "api" => api.to_owned()).increment(1);
}

/// So many connections are open.
pub(crate) fn open_connections(api: &str, count: usize) {
    gauge!(CONNECTIONS_OPEN, "api" => api.to_owned()).set(number(count));
}

/// A function has answered an event, or failed.
pub(crate) fn invoked(function: &str, took: Duration, has_failed: bool) {
    let outcome = if has_failed { "failed" } else { "answered" };
    counter!(INVOCATIONS, "function" => function.to_owned(), "outcome" => outcome).increment(1);
    histogram!(DURATIONS, "function" => function.to_owned()).record(took);
}

/// A function was not given an event.
pub(crate) fn throttled(function: &str) {
    counter!(THROTTLES, "function" => function.to_owned()).increment(1);
}

/// A function was given so many records.
pub(crate) fn batch(mapping: &str, records: usize) {
    histogram!(BATCHES, "mapping" => mapping.to_owned()).record(number(records));
}

/// Records are finished, the oldest of which was written at this second since 1970.
pub(crate) fn records_finished(mapping: &str, written_at: i64) {
    let age_ms = chrono::Utc::now().timestamp_millis() - 1000 * written_at;
    let age = Duration::from_millis(u64::try_from(age_ms).unwrap_or_default());
    histogram!(LAG, "mapping" => mapping.to_owned()).record(age);
}

/// A file of the database has this size.
pub(crate) fn database_size(file: &'static str, bytes: u64) {
    gauge!(DATABASE, "file" => file).set(number(bytes));
}

/// This process has so much memory.
pub(crate) fn memory(bytes: u64) {
    gauge!(MEMORY).set(number(bytes));
}

/// The records that wait in one of a mapping's readers. They count until this is dropped.
pub(crate) struct Waiting {
    gauge: Gauge,
    count: usize,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Waiting").field(&self.count).finish()
    }
}

impl Waiting {
    /// None wait.
    pub(crate) fn of(mapping: &str) -> Self {
        let gauge = gauge!(WAITING, "mapping" => mapping.to_owned());
        gauge.increment(0.0);
        Self { gauge, count: 0 }
    }

    /// So many wait now.
    pub(crate) fn set(&mut self, count: usize) {
        if count != self.count {
            self.gauge.increment(number(count) - number(self.count));
            self.count = count;
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers, exact up to 2^53")]
fn number(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}
