//! What a benchmark found.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::Serialize;

/// A push that comes later is counted: nobody plays well who waits so long.
const LATE: Duration = Duration::from_secs(1);

/// What a stack says to whoever sends faster than its template allows.
const TOO_FAST: &str = "too_many_frames";

/// The times of single moves, and what went wrong.
#[derive(Debug, Default)]
pub(super) struct Samples {
    acknowledged: Vec<Duration>,
    arrived: Vec<Duration>,
    faults: Faults,
    errors: BTreeMap<String, usize>,
}

/// How often something went wrong; the names are those of the JSON.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Faults {
    /// Moves that never came to one of the other players.
    pub(super) pushes_missing: usize,
    /// Moves that came once more to a player who had them, as they may: the least number, since nobody waits for them.
    pub(super) pushes_doubled: usize,
    /// Frames that were never answered.
    pub(super) answers_missing: usize,
    /// Answers beyond the one that each frame gets.
    pub(super) answers_doubled: usize,
    /// Games that were given up before the end.
    pub(super) games_stopped: usize,
}

/// What was played.
#[derive(Debug, Serialize)]
pub(super) struct Setting {
    pub(super) kind: &'static str,
    pub(super) games: u32,
    pub(super) players: usize,
    pub(super) think_ms: u32,
    pub(super) seed: u64,
}

/// The figures of a run; the names are those of its JSON.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    #[serde(flatten)]
    setting: Setting,
    /// Accepted plays.
    moves: usize,
    /// Accepted plays per second.
    moves_per_second: f64,
    /// From sending a move to its acknowledgement.
    ack_ms: Percentiles,
    /// From sending a move to its arrival at each of the others.
    opponent_ms: Percentiles,
    /// How often a move came to another player.
    pushes: usize,
    /// Moves that came to somebody later than one second after they were sent.
    pushes_late: usize,
    #[serde(flatten)]
    faults: Faults,
    /// Refusals and failures by their codes.
    errors: BTreeMap<String, usize>,
    /// The memory of a local stack without the processes of its functions, at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    stack_rss_mb: Option<f64>,
}

/// Times in milliseconds; of no samples, zero. Each is the time of one sample, as the scripts of the peers have it: of *n* in
/// their order that with the index (*n* - 1) · *share*, rounded down.
#[derive(Debug, Serialize)]
struct Percentiles {
    p50: f64,
    p95: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

impl Samples {
    pub(super) fn acknowledged(&mut self, after: Duration) {
        self.acknowledged.push(after);
    }

    pub(super) fn arrived(&mut self, after: Duration) {
        self.arrived.push(after);
    }

    pub(super) fn push_doubled(&mut self) {
        self.faults.pushes_doubled += 1;
    }

    pub(super) fn answer_doubled(&mut self) {
        self.faults.answers_doubled += 1;
    }

    /// So many answers and pushes never came.
    pub(super) fn missing(&mut self, answers: usize, pushes: usize) {
        self.faults.answers_missing += answers;
        self.faults.pushes_missing += pushes;
    }

    pub(super) fn game_stopped(&mut self) {
        self.faults.games_stopped += 1;
    }

    pub(super) fn error(&mut self, code: &str) {
        *self.errors.entry(code.to_owned()).or_default() += 1;
    }

    pub(super) fn join(mut self, mut other: Self) -> Self {
        self.acknowledged.append(&mut other.acknowledged);
        self.arrived.append(&mut other.arrived);
        self.faults = self.faults.plus(other.faults);
        for (code, count) in other.errors {
            *self.errors.entry(code).or_default() += count;
        }
        self
    }
}

impl Faults {
    fn plus(self, other: Self) -> Self {
        Self {
            pushes_missing: self.pushes_missing + other.pushes_missing,
            pushes_doubled: self.pushes_doubled + other.pushes_doubled,
            answers_missing: self.answers_missing + other.answers_missing,
            answers_doubled: self.answers_doubled + other.answers_doubled,
            games_stopped: self.games_stopped + other.games_stopped,
        }
    }
}

impl Figures {
    pub(super) fn new(setting: Setting, samples: Samples, elapsed: Duration, rss_bytes: Option<u64>) -> Self {
        let Samples { acknowledged, arrived, faults, errors } = samples;
        let moves = acknowledged.len();
        let megabytes = |bytes: u64| rounded(f64::from(u32::try_from(bytes / 1024).unwrap_or(u32::MAX)) / 1024.0);
        Self {
            setting,
            moves,
            moves_per_second: rounded(f64::from(u32::try_from(moves).unwrap_or(u32::MAX)) / elapsed.as_secs_f64()),
            pushes: arrived.len(),
            pushes_late: arrived.iter().filter(|after| **after > LATE).count(),
            ack_ms: Percentiles::of(acknowledged),
            opponent_ms: Percentiles::of(arrived),
            faults,
            errors,
            stack_rss_mb: rss_bytes.map(megabytes),
        }
    }

    /// Whether everything came that was to come: each push at least once, each answer exactly once, and every game was played
    /// as long as the benchmark.
    pub(super) fn is_complete(&self) -> bool {
        let Faults { pushes_missing, pushes_doubled: _, answers_missing, answers_doubled, games_stopped } = self.faults;
        [pushes_missing, answers_missing, answers_doubled, games_stopped].iter().all(|count| *count == 0)
    }
}

impl Percentiles {
    fn of(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        let at = |per_mille: usize| {
            let index = samples.len().saturating_sub(1) * per_mille / 1000;
            samples.get(index).map_or(0.0, |sample| rounded(sample.as_secs_f64() * 1000.0))
        };
        Self { p50: at(500), p95: at(950), p99: at(990), p999: at(999), max: at(1000) }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Setting { kind, games, players, think_ms: _, seed } = self.setting;
        let Faults { pushes_missing, pushes_doubled, answers_missing, answers_doubled, games_stopped } = self.faults;
        writeln!(formatter, "{kind}, games at once: {games}, players in each: {players}, seed: {seed}")?;
        writeln!(formatter, "{} moves per second, {} in all", self.moves_per_second, self.moves)?;
        writeln!(formatter, "acknowledged after  {}", self.ack_ms)?;
        write!(formatter, "at the opponent's   {}", self.opponent_ms)?;
        let late = self.pushes_late;
        write!(
            formatter,
            "\npushes              {late} later than one second, {pushes_missing} never came, at least {pushes_doubled} \
             came again, as they may"
        )?;
        if answers_missing + answers_doubled > 0 {
            write!(formatter, "\nanswers             {answers_missing} never came, {answers_doubled} came twice")?;
        }
        if games_stopped > 0 {
            write!(formatter, "\ngames               {games_stopped} were given up before the end")?;
        }
        for (code, count) in &self.errors {
            write!(formatter, "\nerrors              {count} {code}")?;
        }
        if self.errors.contains_key(TOO_FAST) {
            write!(
                formatter,
                "\nThe stack limits frames: start it with `--parameter FramesPerSecond=0` to measure it."
            )?;
        }
        if let Some(megabytes) = self.stack_rss_mb {
            write!(formatter, "\n{megabytes} MB in the stack, without the processes of its functions")?;
        }
        Ok(())
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { p50, p95, p99, p999, max } = self;
        write!(formatter, "{p50} ms (p50), {p95} ms (p95), {p99} ms (p99), {p999} ms (p99.9), {max} ms (maximum)")
    }
}

/// Two decimals are enough.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
