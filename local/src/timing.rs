//! How long things take: at once, or about as long as on AWS. Every number of both stands here.
//!
//! AWS promises no latency. The numbers of [`Timing::like_aws`] are what AWS and its users report for small items, warm
//! functions and one region; they are there to show what a game feels like, not to measure anything.

use std::time::Duration;

use rand_distr::{Distribution as _, LogNormal};

/// How much longer a function takes that is slow by [`Fault::SlowFunction`](crate::faults::Fault::SlowFunction).
pub(crate) const SLOW_FUNCTION: Duration = Duration::from_secs(1);

/// A process that crashes by [`Fault::Crash`](crate::faults::Fault::Crash) has had its event for less than this.
pub(crate) const CRASH_WITHIN: Duration = Duration::from_millis(20);

/// A read that is stale by [`Fault::StaleRead`](crate::faults::Fault::StaleRead) is answered as at most so long ago. AWS:
/// usually less than a second.
pub(crate) const STALE_WITHIN: Duration = Duration::from_secs(1);

/// How long each step takes beyond the work that is really done.
#[derive(Debug, Clone)]
pub(crate) struct Timing {
    /// From a client's frame or handshake to its function, through API Gateway, once per request.
    pub(crate) gateway: Latency,
    /// From the end of `$connect` to the moment from which functions can send to the connection. Until then they are
    /// told that it is gone.
    pub(crate) opening: Latency,
    /// One call of the management API.
    pub(crate) management: Latency,
    /// From a caller to a function that is warm, and back.
    pub(crate) invocation: Latency,
    /// What a cold start adds before the process starts: a micro-VM and the code.
    pub(crate) cold_start: Latency,
    /// A read from DynamoDB.
    pub(crate) database_read: Latency,
    /// A write to DynamoDB.
    pub(crate) database_write: Latency,
    /// How often an event source mapping reads a stream. None: at once, when something was written.
    pub(crate) stream_poll_every: Option<Duration>,
    /// How many shards the embedded database's only one stands for. A table of AWS has several, which are read at the
    /// same time, so that only the order within one partition key can be relied on. One makes the fewest batches, and
    /// each batch costs an invocation.
    pub(crate) stream_shards: usize,
    /// How long an event waits, while no other event of its function ends, before it gets a process beside those that
    /// are at work. AWS starts one for every event that finds none; a machine has few cores, on which more processes
    /// only keep each other from work.
    pub(crate) further_instance_after: Duration,
}

/// A fixed time, or a random one, skewed as latencies are: half of them are below the median, one in a hundred above `p99`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Latency {
    None,
    Always(Duration),
    LogNormal { median_ms: f64, p99_ms: f64 },
}

impl Timing {
    /// Nothing takes longer than it has to.
    pub(crate) fn quick() -> Self {
        Self {
            gateway: Latency::None,
            opening: Latency::None,
            management: Latency::None,
            invocation: Latency::None,
            cold_start: Latency::None,
            database_read: Latency::None,
            database_write: Latency::None,
            stream_poll_every: None,
            stream_shards: 1,
            further_instance_after: Duration::from_millis(150),
        }
    }

    /// About as on AWS.
    pub(crate) fn like_aws() -> Self {
        Self {
            gateway: Latency::LogNormal { median_ms: 8.0, p99_ms: 30.0 },
            opening: Latency::LogNormal { median_ms: 10.0, p99_ms: 100.0 },
            management: Latency::LogNormal { median_ms: 10.0, p99_ms: 40.0 },
            invocation: Latency::LogNormal { median_ms: 5.0, p99_ms: 20.0 },
            cold_start: Latency::LogNormal { median_ms: 120.0, p99_ms: 350.0 },
            database_read: Latency::LogNormal { median_ms: 3.0, p99_ms: 10.0 },
            database_write: Latency::LogNormal { median_ms: 5.0, p99_ms: 15.0 },
            // Documented: four times a second.
            stream_poll_every: Some(Duration::from_millis(250)),
            // Undocumented: what a new table on demand is seen to have.
            stream_shards: 4,
            further_instance_after: Duration::ZERO,
        }
    }
}

impl Latency {
    /// Lets the time pass.
    pub(crate) async fn pass(self) {
        let duration = self.sample(&mut rand::rng());
        if let Some(duration) = duration {
            tokio::time::sleep(duration).await;
        }
    }

    fn sample(self, chance: &mut impl rand::Rng) -> Option<Duration> {
        /// The quantile of the standard normal distribution at 0.99.
        const QUANTILE_99: f64 = 2.326_347_874;
        match self {
            Self::None => None,
            Self::Always(duration) => Some(duration),
            Self::LogNormal { median_ms, p99_ms } => {
                let spread = (p99_ms / median_ms).ln() / QUANTILE_99;
                let distribution = LogNormal::new(median_ms.ln(), spread).ok()?;
                Some(Duration::from_secs_f64(distribution.sample(chance) / 1000.0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::SmallRng};

    use super::*;

    #[test]
    fn half_are_below_the_median_and_one_in_a_hundred_above_p99() {
        let mut chance = SmallRng::seed_from_u64(1);
        let latency = Latency::LogNormal { median_ms: 5.0, p99_ms: 15.0 };
        let samples: Vec<_> =
            (0..10_000).map(|_| latency.sample(&mut chance).unwrap().as_secs_f64() * 1000.0).collect();
        let above = |limit: f64| samples.iter().filter(|sample| **sample > limit).count();
        assert!((4800..5200).contains(&above(5.0)), "{}", above(5.0));
        assert!((60..140).contains(&above(15.0)), "{}", above(15.0));
    }

    #[test]
    fn quick_means_at_once() {
        assert_eq!(Latency::None.sample(&mut SmallRng::seed_from_u64(1)), None);
    }
}
