//! How fast frames may come: token buckets for every connection and for every player, in the memory of this process. To refuse
//! a frame costs no request to anything.
//!
//! Processes know nothing of each other: where a function has several, each lets a connection have its whole rate.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use lru::LruCache;
use turnlog_domain::PlayerId;
use turnlog_store::{ConfigError, Environment};

use crate::limits::{
    ENDING_ASKED_EVERY, FRAMES_BURST_SECONDS, FRAMES_PER_PLAYER_FACTOR, FRAMES_REFUSED_SECONDS, PACES_KEPT_MAX,
};

/// The frames of every connection and player that this process has heard of lately.
#[derive(Debug)]
pub(crate) struct Pace<C: Clock = DefaultClock> {
    clock: C,
    /// Frames in a second of one connection; none where nothing is limited.
    per_second: Option<NonZeroU32>,
    buckets: Mutex<Buckets<C>>,
}

#[derive(Debug)]
struct Buckets<C: Clock> {
    connections: LruCache<String, Bucket<C>>,
    players: LruCache<PlayerId, Bucket<C>>,
}

type Limiter<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// What one connection, or one player, may still do.
#[derive(Debug)]
struct Bucket<C: Clock> {
    frames: Limiter<C>,
    /// How many frames may be refused before it is enough.
    patience: Limiter<C>,
    /// How often the gateway is asked to end the connection.
    ending: Limiter<C>,
}

/// A frame came too fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooFast {
    /// When the next one may come.
    pub(crate) retry_after_ms: u64,
    /// Whether so many did that the connection is to be ended now.
    pub(crate) ends: bool,
}

impl Pace {
    /// The pace that the variable `FRAMES_PER_SECOND` names for one connection; 0 is any.
    ///
    /// # Errors
    /// When it is missing, or no number.
    pub(crate) fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let variable = "FRAMES_PER_SECOND";
        let per_second = environment.required(variable)?.parse().map_err(|_| ConfigError { variable })?;
        Ok(Self::new(per_second, DefaultClock::default()))
    }
}

impl<C: Clock + Clone> Pace<C> {
    fn new(per_second: u32, clock: C) -> Self {
        let max = NonZeroUsize::new(PACES_KEPT_MAX).expect("the limit is above zero");
        let buckets = Buckets { connections: LruCache::new(max), players: LruCache::new(max) };
        Self { clock, per_second: NonZeroU32::new(per_second), buckets: Mutex::new(buckets) }
    }

    /// Counts a frame of a connection and its player.
    ///
    /// # Errors
    /// When one of them sends too fast: the frame must not be looked at.
    pub(crate) fn admit(&self, connection: &str, player: &PlayerId) -> Result<(), TooFast> {
        let Some(rate) = self.per_second else { return Ok(()) };
        let mut buckets = self.buckets();
        let Buckets { connections, players } = &mut *buckets;
        let connection = connections.get_or_insert_mut_ref(connection, || Bucket::new(rate, &self.clock));
        let of_player = rate.saturating_mul(positive(FRAMES_PER_PLAYER_FACTOR));
        let player = players.get_or_insert_mut_ref(player, || Bucket::new(of_player, &self.clock));
        let Err(wait) = connection.take(&self.clock).and_then(|()| player.take(&self.clock)) else { return Ok(()) };
        let is_enough = [&connection.patience, &player.patience].map(|patience| patience.check().is_err());
        let ends = is_enough.contains(&true) && connection.ending.check().is_ok();
        Err(TooFast { retry_after_ms: milliseconds(wait), ends })
    }

    fn buckets(&self) -> MutexGuard<'_, Buckets<C>> {
        // A panic elsewhere cannot leave it half changed: every change is one call.
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Clock + Clone> Bucket<C> {
    fn new(rate: NonZeroU32, clock: &C) -> Self {
        let quota = Quota::per_second(rate).allow_burst(rate.saturating_mul(positive(FRAMES_BURST_SECONDS)));
        // Who keeps to a refusal hardly needs more, whatever the rate.
        let patience =
            Quota::per_second(NonZeroU32::MIN).allow_burst(rate.saturating_mul(positive(FRAMES_REFUSED_SECONDS)));
        let ending = Quota::with_period(ENDING_ASKED_EVERY).expect("the limit is above zero");
        let limiter = |quota| RateLimiter::direct_with_clock(quota, clock.clone());
        Self { frames: limiter(quota), patience: limiter(patience), ending: limiter(ending) }
    }

    /// Takes one frame, or says how long the next one has to wait.
    fn take(&self, clock: &C) -> Result<(), Duration> {
        self.frames.check().map_err(|until| until.wait_time_from(clock.now()))
    }
}

fn positive(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// Never less than the duration, so that who waits for it is not too early.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;
    use turnlog_domain::testing::player;

    use super::*;

    const RATE: u32 = 20;
    const BURST: u32 = RATE * FRAMES_BURST_SECONDS;
    const REFUSED: u32 = RATE * FRAMES_REFUSED_SECONDS;

    fn pace() -> (Pace<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Pace::new(RATE, clock.clone()), clock)
    }

    /// How many of `count` frames at once are let through.
    fn admitted(pace: &Pace<FakeRelativeClock>, connection: &str, name: &str, count: u32) -> u32 {
        (0..count).map(|_| u32::from(pace.admit(connection, &player(name)).is_ok())).sum()
    }

    #[test]
    fn a_connection_has_a_rate_and_some_room_for_more() {
        let (pace, clock) = pace();
        assert_eq!(admitted(&pace, "one", "ada", BURST + 10), BURST);
        let refused = pace.admit("one", &player("ada")).unwrap_err();
        assert_eq!(refused, TooFast { retry_after_ms: 50, ends: false });
        assert_eq!(admitted(&pace, "other", "bob", 10), 10, "the neighbours feel nothing");
        clock.advance(Duration::from_millis(refused.retry_after_ms));
        assert_eq!(admitted(&pace, "one", "ada", 2), 1, "the answer says when the next one fits");
        clock.advance(Duration::from_secs(1));
        assert_eq!(admitted(&pace, "one", "ada", 2 * RATE), RATE);
    }

    #[test]
    fn all_connections_of_a_player_have_a_rate_together() {
        let (pace, clock) = pace();
        let per_player = BURST * FRAMES_PER_PLAYER_FACTOR;
        let all = |count| (0..16).map(|number| admitted(&pace, &format!("{number}"), "ada", count)).sum::<u32>();
        assert_eq!(all(BURST), per_player);
        clock.advance(Duration::from_secs(1));
        assert_eq!(all(1), 16);
        assert_eq!(all(2), RATE * FRAMES_PER_PLAYER_FACTOR - 16);
    }

    #[test]
    fn whoever_goes_on_is_ended() {
        let (pace, clock) = pace();
        let refused = |count: u32| {
            let answers = (0..count).filter_map(|_| pace.admit("one", &player("ada")).err());
            answers.filter(|refused| refused.ends).count()
        };
        assert_eq!(refused(BURST + REFUSED), 0);
        assert_eq!(refused(100), 1, "its last frames are still on their way");
        clock.advance(ENDING_ASKED_EVERY);
        assert_eq!(refused(BURST * 3), 1, "the gateway may not have taken it");
    }

    #[test]
    fn another_connection_is_no_new_start() {
        let (pace, _) = pace();
        let refused = |connection: &str| {
            let answers = (0..10 * BURST).filter_map(|_| pace.admit(connection, &player("ada")).err());
            answers.collect::<Vec<_>>()
        };
        for connection in ["one", "two"] {
            assert!(refused(connection).iter().any(|refused| refused.ends));
        }
        assert!(refused("three")[0].ends, "at its first frame");
    }

    #[test]
    fn who_waits_as_told_is_never_ended() {
        let (pace, clock) = pace();
        for _ in 0..100 * BURST {
            if let Err(refused) = pace.admit("one", &player("ada")) {
                assert!(!refused.ends);
                clock.advance(Duration::from_millis(refused.retry_after_ms));
                assert_eq!(pace.admit("one", &player("ada")), Ok(()));
                // As much again as the refusals cost.
                clock.advance(Duration::from_secs(1));
            }
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (pace, _) = pace();
        for number in 0..2 * PACES_KEPT_MAX {
            assert_eq!(admitted(&pace, &format!("{number}"), &format!("{number}"), 1), 1);
        }
        let buckets = pace.buckets();
        assert_eq!((buckets.connections.len(), buckets.players.len()), (PACES_KEPT_MAX, PACES_KEPT_MAX));
    }

    #[test]
    fn zero_is_no_limit() {
        let pace = Pace::new(0, FakeRelativeClock::default());
        assert_eq!(admitted(&pace, "one", "ada", 10_000), 10_000);
    }
}
