//! How often something may be done within a window of time.

use crate::ids::Timestamp;

/// How long one more has to wait, where at most `max` are allowed within `window_ms`; `None` when it fits at `at`.
///
/// `times` are those of what was done already, in any order.
pub(crate) fn wait_ms(
    times: impl Iterator<Item = Timestamp>,
    at: Timestamp,
    window_ms: u64,
    max: usize,
) -> Option<u64> {
    let mut counted: Vec<Timestamp> = times.filter(|time| at.ms_since(*time) < window_ms).collect();
    let excess = counted.len().checked_sub(max)?;
    counted.sort_unstable();
    // When this one no longer counts, there are fewer than `max`.
    counted.get(excess).map(|time| window_ms - at.ms_since(*time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(times: &[u64], at: u64) -> Option<u64> {
        wait_ms(times.iter().map(|&time| Timestamp::from_ms(time)), Timestamp::from_ms(at), 100, 3)
    }

    #[test]
    fn one_more_fits_exactly_after_the_wait() {
        assert_eq!(wait(&[10, 20], 30), None);
        for times in [[10, 20, 30], [30, 10, 20]] {
            assert_eq!(wait(&times, 40), Some(70), "until the first is 100 ms old");
            assert_eq!(wait(&times, 109), Some(1));
            assert_eq!(wait(&times, 110), None);
        }
        assert_eq!(wait(&[10, 20, 30, 40, 50], 60), Some(70), "until the third is: two are left then");
        assert_eq!(wait(&[10, 20, 30, 40, 50], 130), None);
    }

    #[test]
    fn what_lies_ahead_of_the_clock_counts_whole() {
        assert_eq!(wait(&[500, 600, 700], 400), Some(100));
    }
}
