//! How fast a long command may go, so that the tables have room for play.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::Meter;

/// A bucket of capacity units, filled at a steady rate, from which everything is paid that a meter counts.
#[derive(Debug)]
pub struct Pace {
    bucket: DefaultDirectRateLimiter,
    most: NonZeroU32,
    meter: Meter,
}

impl Pace {
    /// So many units a second, and no more at once than that of a tenth of a second.
    pub fn new(units_per_second: NonZeroU32, meter: Meter) -> Self {
        let most = NonZeroU32::new(units_per_second.get() / 10).unwrap_or(NonZeroU32::MIN);
        Self { bucket: RateLimiter::direct(Quota::per_second(units_per_second).allow_burst(most)), most, meter }
    }

    /// Waits until everything that was consumed so far is paid for.
    pub async fn keep(&self) {
        let mut owed = self.meter.take();
        while let Some(part) = NonZeroU32::new(owed.min(self.most.get())) {
            // It is never more than the bucket holds.
            let _ = self.bucket.until_n_ready(part).await;
            owed -= part.get();
        }
    }
}
