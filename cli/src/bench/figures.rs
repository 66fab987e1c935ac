//! What a benchmark found.

use std::{fmt, time::Duration};

use serde::Serialize;

/// The times of single moves.
#[derive(Debug, Default)]
pub(super) struct Samples {
    acknowledged: Vec<Duration>,
    arrived: Vec<Duration>,
}

/// The figures of a run; the names are those of its JSON.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// Accepted plays per second.
    moves_per_second: f64,
    /// From sending a move to its acknowledgement.
    ack_ms: Percentiles,
    /// From sending a move to its arrival at the opponent.
    opponent_ms: Percentiles,
    /// The memory of the stack without its functions, at the end.
    stack_rss_mb: f64,
}

/// Times in milliseconds; of no samples, zero.
#[derive(Debug, Serialize)]
struct Percentiles {
    p50: f64,
    p95: f64,
    p99: f64,
}

impl Samples {
    pub(super) fn acknowledged(&mut self, after: Duration) {
        self.acknowledged.push(after);
    }

    pub(super) fn arrived(&mut self, after: Duration) {
        self.arrived.push(after);
    }

    pub(super) fn join(mut self, mut other: Self) -> Self {
        self.acknowledged.append(&mut other.acknowledged);
        self.arrived.append(&mut other.arrived);
        self
    }
}

impl Figures {
    pub(super) fn new(samples: Samples, elapsed: Duration, rss_bytes: u64) -> Self {
        let count = f64::from(u32::try_from(samples.acknowledged.len()).unwrap_or(u32::MAX));
        Self {
            moves_per_second: rounded(count / elapsed.as_secs_f64()),
            ack_ms: Percentiles::of(samples.acknowledged),
            opponent_ms: Percentiles::of(samples.arrived),
            stack_rss_mb: rounded(f64::from(u32::try_from(rss_bytes / 1024).unwrap_or(u32::MAX)) / 1024.0),
        }
    }
}

impl Percentiles {
    fn of(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        let at = |percent: usize| {
            let index = samples.len().saturating_sub(1) * percent / 100;
            samples.get(index).map_or(0.0, |sample| rounded(sample.as_secs_f64() * 1000.0))
        };
        Self { p50: at(50), p95: at(95), p99: at(99) }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} moves per second", self.moves_per_second)?;
        writeln!(formatter, "acknowledged after  {}", self.ack_ms)?;
        writeln!(formatter, "at the opponent's   {}", self.opponent_ms)?;
        write!(formatter, "{} MB in the stack without its functions", self.stack_rss_mb)
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ms (p50), {} ms (p95), {} ms (p99)", self.p50, self.p95, self.p99)
    }
}

/// Two decimals are enough.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_figures_are_one_line_of_json() {
        let mut samples = Samples::default();
        for millisecond in 1..=100 {
            samples.acknowledged(Duration::from_millis(millisecond));
            samples.arrived(Duration::from_millis(2 * millisecond));
        }
        let figures = Figures::new(samples, Duration::from_secs(8), 50 * 1024 * 1024);
        let expected = json!({
            "moves_per_second": 12.5,
            "ack_ms": { "p50": 50.0, "p95": 95.0, "p99": 99.0 },
            "opponent_ms": { "p50": 100.0, "p95": 190.0, "p99": 198.0 },
            "stack_rss_mb": 50.0,
        });
        assert_eq!(json!(figures), expected);
    }

    #[test]
    fn no_samples_are_no_fault() {
        assert_eq!(json!(Figures::new(Samples::default(), Duration::from_secs(1), 0))["ack_ms"]["p99"], 0.0);
    }
}
