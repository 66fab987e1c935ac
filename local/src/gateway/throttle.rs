//! How many connections and messages an API takes in a time.

use std::{collections::BTreeMap, num::NonZeroU32};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::template::model::{RateSpec, RouteSpec};

/// The token buckets of one API.
#[derive(Debug)]
pub(super) struct Throttle {
    connects: DefaultDirectRateLimiter,
    /// By route key; a route without a bucket takes everything.
    routes: BTreeMap<String, DefaultDirectRateLimiter>,
}

impl Throttle {
    /// A route has the rate of its own settings, or that of the stage.
    pub(super) fn new(connects_per_second: NonZeroU32, routes: &[RouteSpec], default: Option<RateSpec>) -> Self {
        let routes = routes.iter().filter_map(|route| Some((route.key.clone(), bucket(route.rate.or(default)?))));
        let connects = RateLimiter::direct(Quota::per_second(connects_per_second));
        Self { connects, routes: routes.collect() }
    }

    /// Whether one more connection may be opened now.
    pub(super) fn admits_connection(&self) -> bool {
        self.connects.check().is_ok() && self.admits_message("$connect")
    }

    /// Whether one more message may take this route now.
    pub(super) fn admits_message(&self, route: &str) -> bool {
        self.routes.get(route).is_none_or(|bucket| bucket.check().is_ok())
    }
}

fn bucket(rate: RateSpec) -> DefaultDirectRateLimiter {
    let positive = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    RateLimiter::direct(Quota::per_second(positive(rate.per_second)).allow_burst(positive(rate.burst)))
}
