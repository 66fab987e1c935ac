//! What a benchmark found.

use std::{fmt, time::Duration};

use serde::Serialize;

/// A push that comes later is counted: nobody plays well who waits so long.
const LATE: Duration = Duration::from_secs(1);

/// The times of single moves.
#[derive(Debug, Default)]
pub(super) struct Samples {
    acknowledged: Vec<Duration>,
    arrived: Vec<Duration>,
    answers_missing: usize,
    pushes_missing: usize,
}

/// The figures of a run; the names are those of its JSON.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// Accepted plays.
    moves: usize,
    /// Accepted plays per second.
    moves_per_second: f64,
    /// From sending a move to its acknowledgement.
    ack_ms: Percentiles,
    /// From sending a move to its arrival at the opponent.
    opponent_ms: Percentiles,
    /// Moves that came to the opponent later than one second after they were sent.
    pushes_late: usize,
    /// Moves that never came to the opponent.
    pushes_missing: usize,
    /// Moves that were never answered.
    answers_missing: usize,
    /// The memory of the stack without its functions, at the end.
    stack_rss_mb: f64,
}

/// Times in milliseconds; of no samples, zero.
#[derive(Debug, Serialize)]
struct Percentiles {
    p50: f64,
    p95: f64,
    p99: f64,
    max: f64,
}

impl Samples {
    pub(super) fn acknowledged(&mut self, after: Duration) {
        self.acknowledged.push(after);
    }

    pub(super) fn arrived(&mut self, after: Duration) {
        self.arrived.push(after);
    }

    /// So many answers and pushes never came.
    pub(super) fn missing(&mut self, answers: usize, pushes: usize) {
        self.answers_missing += answers;
        self.pushes_missing += pushes;
    }

    pub(super) fn join(mut self, mut other: Self) -> Self {
        self.acknowledged.append(&mut other.acknowledged);
        self.arrived.append(&mut other.arrived);
        self.missing(other.answers_missing, other.pushes_missing);
        self
    }
}

impl Figures {
    pub(super) fn new(samples: Samples, elapsed: Duration, rss_bytes: u64) -> Self {
        let moves = samples.acknowledged.len();
        let count = f64::from(u32::try_from(moves).unwrap_or(u32::MAX));
        Self {
            moves,
            moves_per_second: rounded(count / elapsed.as_secs_f64()),
            pushes_late: samples.arrived.iter().filter(|after| **after > LATE).count(),
            pushes_missing: samples.pushes_missing,
            answers_missing: samples.answers_missing,
            ack_ms: Percentiles::of(samples.acknowledged),
            opponent_ms: Percentiles::of(samples.arrived),
            stack_rss_mb: rounded(f64::from(u32::try_from(rss_bytes / 1024).unwrap_or(u32::MAX)) / 1024.0),
        }
    }

    /// Whether everything came that was to come.
    pub(super) fn is_complete(&self) -> bool {
        self.pushes_missing == 0 && self.answers_missing == 0
    }
}

impl Percentiles {
    fn of(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        let at = |percent: usize| {
            let index = samples.len().saturating_sub(1) * percent / 100;
            samples.get(index).map_or(0.0, |sample| rounded(sample.as_secs_f64() * 1000.0))
        };
        Self { p50: at(50), p95: at(95), p99: at(99), max: at(100) }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} moves per second, {} in all", self.moves_per_second, self.moves)?;
        writeln!(formatter, "acknowledged after  {}", self.ack_ms)?;
        writeln!(formatter, "at the opponent's   {}", self.opponent_ms)?;
        let (late, missing) = (self.pushes_late, self.pushes_missing);
        writeln!(formatter, "pushes              {late} later than one second, {missing} never came")?;
        if self.answers_missing > 0 {
            writeln!(formatter, "answers             {} never came", self.answers_missing)?;
        }
        write!(formatter, "{} MB in the stack without its functions", self.stack_rss_mb)
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { p50, p95, p99, max } = self;
        write!(formatter, "{p50} ms (p50), {p95} ms (p95), {p99} ms (p99), {max} ms (maximum)")
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
            samples.arrived(Duration::from_millis(11 * millisecond));
        }
        samples.missing(1, 2);
        let figures = Figures::new(samples, Duration::from_secs(8), 50 * 1024 * 1024);
        let expected = json!({
            "moves": 100,
            "moves_per_second": 12.5,
            "ack_ms": { "p50": 50.0, "p95": 95.0, "p99": 99.0, "max": 100.0 },
            "opponent_ms": { "p50": 550.0, "p95": 1045.0, "p99": 1089.0, "max": 1100.0 },
            "pushes_late": 10,
            "pushes_missing": 2,
            "answers_missing": 1,
            "stack_rss_mb": 50.0,
        });
        assert_eq!(json!(figures), expected);
    }

    #[test]
    fn the_figures_say_what_came_late_and_what_never_came() {
        let mut samples = Samples::default();
        samples.acknowledged(Duration::from_millis(3));
        for millisecond in [5, 1000, 1001, 5004] {
            samples.arrived(Duration::from_millis(millisecond));
        }
        let whole = Figures::new(samples, Duration::from_secs(1), 0);
        assert!(whole.is_complete());
        let text = whole.to_string();
        assert!(text.contains("5004 ms (maximum)"), "{text}");
        assert!(text.contains("2 later than one second, 0 never came"), "{text}");
        for (answers, pushes) in [(1, 0), (0, 1)] {
            let mut samples = Samples::default();
            samples.missing(answers, pushes);
            let figures = Figures::new(samples, Duration::from_secs(1), 0);
            assert!(!figures.is_complete(), "{figures}");
            assert!(figures.to_string().contains("1 never came"), "{figures}");
        }
    }

    #[test]
    fn no_samples_are_no_fault() {
        assert_eq!(json!(Figures::new(Samples::default(), Duration::from_secs(1), 0))["ack_ms"]["p99"], 0.0);
    }
}
