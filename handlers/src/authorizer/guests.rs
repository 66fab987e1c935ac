//! Guests: whether they are let in, and how many connections of them one address may open, in the memory of this process.
//!
//! Processes know nothing of each other: where the function has several, each lets an address have its whole rate.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::{NonZeroU32, NonZeroUsize},
    sync::{Mutex, PoisonError},
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use lru::LruCache;
use turnlog_store::{ConfigError, Environment};

use crate::limits::GUEST_ADDRESSES_KEPT_MAX;

/// The connections of guests that addresses have opened lately.
#[derive(Debug)]
pub struct Guests<C: Clock = DefaultClock> {
    clock: C,
    /// New connections of one address in a minute; none where nothing is limited.
    per_minute: Option<NonZeroU32>,
    /// Whoever is silent for longest makes room, so that no number of addresses takes more memory than this.
    addresses: Mutex<LruCache<Option<IpAddr>, Limiter<C>>>,
}

type Limiter<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

impl Guests {
    /// Guests as the variables `GUESTS` (`on`, or `off` as when it is missing) and `GUESTS_PER_MINUTE` (0 is any number) have them.
    ///
    /// # Errors
    /// When one of them says anything else.
    pub(super) fn from_environment(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        match environment.required("GUESTS").as_deref() {
            Err(_) | Ok("off") => Ok(None),
            Ok("on") => {
                let variable = "GUESTS_PER_MINUTE";
                let per_minute = environment.required(variable)?.parse().map_err(|_| ConfigError { variable })?;
                Ok(Some(Self::new(per_minute, DefaultClock::default())))
            }
            Ok(_) => Err(ConfigError { variable: "GUESTS" }),
        }
    }
}

impl<C: Clock + Clone> Guests<C> {
    /// Guests, so many new connections of one address in a minute and as many at once after a rest; 0 is any number.
    #[expect(clippy::missing_panics_doc, reason = "the limit is above zero")]
    pub fn new(per_minute: u32, clock: C) -> Self {
        let max = NonZeroUsize::new(GUEST_ADDRESSES_KEPT_MAX).expect("the limit is above zero");
        Self { clock, per_minute: NonZeroU32::new(per_minute), addresses: Mutex::new(LruCache::new(max)) }
    }

    /// Counts a new connection from an address; returns whether it may open.
    pub(super) fn admit(&self, source_ip: &str) -> bool {
        let Some(per_minute) = self.per_minute else { return true };
        // A panic elsewhere cannot leave it half changed: every change is one call.
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || RateLimiter::direct_with_clock(Quota::per_minute(per_minute), self.clock.clone());
        addresses.get_or_insert_mut(network_of(source_ip), fresh).check().is_ok()
    }
}

/// Who has a rate together: an IPv4 address, or the 2^64 IPv6 addresses that the smallest network has. What is no address counts as
/// one.
fn network_of(source_ip: &str) -> Option<IpAddr> {
    let address: IpAddr = source_ip.parse().ok()?;
    Some(match address.to_canonical() {
        address @ IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    const PER_MINUTE: u32 = 20;

    fn guests() -> (Guests<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Guests::new(PER_MINUTE, clock.clone()), clock)
    }

    /// How many of `count` connections at once are let in.
    fn admitted(guests: &Guests<FakeRelativeClock>, address: &str, count: u32) -> u32 {
        (0..count).map(|_| u32::from(guests.admit(address))).sum()
    }

    #[test]
    fn an_address_has_a_rate_and_costs_no_other_anything() {
        let (guests, clock) = guests();
        assert_eq!(admitted(&guests, "192.0.2.1", 100), PER_MINUTE);
        assert_eq!(admitted(&guests, "192.0.2.2", 100), PER_MINUTE);
        clock.advance(Duration::from_secs(3));
        assert_eq!(admitted(&guests, "192.0.2.1", 100), 1);
        clock.advance(Duration::from_mins(1));
        assert_eq!(admitted(&guests, "192.0.2.1", 100), PER_MINUTE);
    }

    #[test]
    fn all_addresses_of_an_ipv6_network_are_one() {
        let (guests, _) = guests();
        assert_eq!(admitted(&guests, "2001:db8:0:1::1", 100), PER_MINUTE);
        assert_eq!(admitted(&guests, "2001:db8:0:1:ffff:ffff:ffff:ffff", 100), 0);
        assert_eq!(admitted(&guests, "2001:db8:0:2::1", 100), PER_MINUTE);
    }

    #[test]
    fn an_ipv4_address_is_the_same_in_both_forms() {
        let (guests, _) = guests();
        assert_eq!(admitted(&guests, "::ffff:192.0.2.1", 100), PER_MINUTE);
        assert_eq!(admitted(&guests, "192.0.2.1", 100), 0);
        assert_eq!(admitted(&guests, "::ffff:192.0.2.2", 100), PER_MINUTE);
    }

    #[test]
    fn those_without_an_address_share_one_rate() {
        let (guests, _) = guests();
        assert_eq!(admitted(&guests, "", 15) + admitted(&guests, "unknown", 15), PER_MINUTE);
    }

    #[test]
    fn what_is_remembered_of_addresses_is_bounded() {
        let (guests, _) = guests();
        for number in 0..2 * GUEST_ADDRESSES_KEPT_MAX {
            assert!(guests.admit(&format!("10.{}.{}.{}", number >> 16, number >> 8 & 255, number & 255)));
        }
        assert_eq!(guests.addresses.lock().unwrap().len(), GUEST_ADDRESSES_KEPT_MAX);
    }

    #[test]
    fn zero_guests_in_a_minute_is_no_limit() {
        let guests = Guests::new(0, FakeRelativeClock::default());
        assert_eq!(admitted(&guests, "192.0.2.1", 10_000), 10_000);
    }
}
