//! Faults on demand, for people who want to see how their game bears them.
//!
//! Each kind has a probability. Chance comes from a seed: the n-th occasion for a fault of one kind has the same outcome
//! in every run with the same seed. Which occasion is the n-th depends on what happens at once, as ever.

use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::SmallRng, seq::SliceRandom as _};

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A batch of stream records is delivered a second time after it succeeded.
    DuplicatedBatch,
    /// The records of a batch arrive in another order.
    ShuffledBatch,
    /// A write to the database happens, and its reply is lost.
    LostReply,
    /// The database refuses a request because there are too many (`ThrottlingException`).
    Throttled,
    /// A function takes long to answer.
    SlowFunction,
    /// A function's process dies while it has an event.
    Crash,
    /// `PostToConnection` answers 410, though the connection is open.
    Gone,
    /// Lambda refuses to invoke a function because there are too many events (`TooManyRequestsException`).
    ThrottledFunction,
    /// The management API refuses a call because there are too many (`LimitExceededException`).
    ThrottledConnection,
    /// A transaction is refused because another is at one of its items (`TransactionCanceledException`).
    TransactionConflict,
    /// A read that does not ask for consistency is answered as it was a moment ago.
    StaleRead,
}

/// Every fault with its name on the command line.
const NAMES: [(Fault, &str); 11] = [
    (Fault::DuplicatedBatch, "duplicated-batch"),
    (Fault::ShuffledBatch, "shuffled-batch"),
    (Fault::LostReply, "lost-reply"),
    (Fault::Throttled, "throttled"),
    (Fault::SlowFunction, "slow-function"),
    (Fault::Crash, "crash"),
    (Fault::Gone, "gone"),
    (Fault::ThrottledFunction, "throttled-function"),
    (Fault::ThrottledConnection, "throttled-connection"),
    (Fault::TransactionConflict, "transaction-conflict"),
    (Fault::StaleRead, "stale-read"),
];

/// A fault with its probability, as in `lost-reply=0.05`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultRate {
    fault: Fault,
    probability: f64,
}

/// Why a text is no [`FaultRate`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFaultRate {
    /// There is no such fault.
    #[error("there is no fault called {0:?}; there are {names}", names = names())]
    UnknownFault(String),
    /// The probability is none.
    #[error("a fault is written NAME=PROBABILITY with a probability from 0 to 1, not {0:?}")]
    Probability(String),
}

/// Decides when faults happen. Cheap to clone; clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    seed: u64,
    probabilities: [f64; NAMES.len()],
    occasions: [AtomicU64; NAMES.len()],
}

impl Faults {
    /// Faults at these rates; where one is named twice, the last counts.
    pub(crate) fn new(rates: &[FaultRate], seed: u64) -> Self {
        let mut probabilities = [0.0; NAMES.len()];
        for rate in rates {
            probabilities[index(rate.fault)] = rate.probability;
        }
        Self { shared: Arc::new(Shared { seed, probabilities, occasions: Default::default() }) }
    }

    /// Whether this occasion for a fault is one.
    pub(crate) fn strikes(&self, fault: Fault) -> bool {
        let probability = self.shared.probabilities[index(fault)];
        probability > 0.0 && self.chance(fault).random_bool(probability)
    }

    /// Whether a fault ever happens.
    pub(crate) fn can_strike(&self, fault: Fault) -> bool {
        self.shared.probabilities[index(fault)] > 0.0
    }

    /// The order in which `count` records arrive: their own, or any other where [`Fault::ShuffledBatch`] strikes.
    pub(crate) fn order(&self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        if self.strikes(Fault::ShuffledBatch) {
            order.shuffle(&mut self.chance(Fault::ShuffledBatch));
        }
        order
    }

    /// Some time below `within`, for a fault that strikes.
    pub(crate) fn moment(&self, fault: Fault, within: Duration) -> Duration {
        within.mul_f64(self.chance(fault).random::<f64>())
    }

    /// The chance of the next occasion of a fault.
    fn chance(&self, fault: Fault) -> SmallRng {
        let index = index(fault);
        let occasion = self.shared.occasions[index].fetch_add(1, Ordering::Relaxed);
        let stream = u64::try_from(index).unwrap_or_default() << 48;
        SmallRng::seed_from_u64(self.shared.seed ^ stream ^ occasion)
    }
}

fn index(fault: Fault) -> usize {
    NAMES.iter().position(|(known, _)| *known == fault).expect("every fault has a name")
}

fn names() -> String {
    NAMES.map(|(_, name)| name).join(", ")
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(NAMES[index(*self)].1)
    }
}

impl FromStr for FaultRate {
    type Err = InvalidFaultRate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, probability) = text.split_once('=').ok_or_else(|| InvalidFaultRate::Probability(text.to_owned()))?;
        let known = NAMES.iter().find(|(_, known)| *known == name);
        let fault = known.ok_or_else(|| InvalidFaultRate::UnknownFault(name.to_owned()))?.0;
        let probability = probability.parse().ok().filter(|probability| (0.0..=1.0).contains(probability));
        let probability = probability.ok_or_else(|| InvalidFaultRate::Probability(text.to_owned()))?;
        Ok(Self { fault, probability })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(faults: &Faults, fault: Fault) -> Vec<bool> {
        (0..1000).map(|_| faults.strikes(fault)).collect()
    }

    #[test]
    fn a_seed_decides_every_occasion() {
        let rates = ["crash=0.2".parse().unwrap(), "gone=1".parse().unwrap()];
        let first = outcomes(&Faults::new(&rates, 7), Fault::Crash);
        assert_eq!(first, outcomes(&Faults::new(&rates, 7), Fault::Crash));
        assert_ne!(first, outcomes(&Faults::new(&rates, 8), Fault::Crash));
        let count = first.iter().filter(|struck| **struck).count();
        assert!((150..250).contains(&count), "{count}");
        assert!(outcomes(&Faults::new(&rates, 7), Fault::Gone).iter().all(|struck| *struck));
    }

    #[test]
    fn what_nobody_asked_for_never_happens() {
        let faults = Faults::new(&[], 0);
        assert!(NAMES.iter().all(|(fault, _)| !outcomes(&faults, *fault).contains(&true)));
        assert_eq!(faults.order(3), [0, 1, 2]);
    }

    #[test]
    fn a_shuffled_batch_keeps_its_records() {
        let faults = Faults::new(&["shuffled-batch=1".parse().unwrap()], 1);
        let mut order = faults.order(20);
        assert_ne!(order, (0..20).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn a_rate_is_a_known_fault_with_a_probability() {
        for (fault, name) in NAMES {
            assert_eq!(format!("{name}=0.5").parse(), Ok(FaultRate { fault, probability: 0.5 }));
            assert_eq!(fault.to_string(), name);
        }
        assert!(matches!("fire=0.5".parse::<FaultRate>(), Err(InvalidFaultRate::UnknownFault(_))));
        for text in ["crash", "crash=", "crash=2", "crash=-1", "crash=NaN", "crash=often"] {
            assert!(matches!(text.parse::<FaultRate>(), Err(InvalidFaultRate::Probability(_))), "{text}");
        }
    }
}
