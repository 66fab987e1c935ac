//! Under which circumstances a stack runs: what goes wrong in it, and how long things take.

use crate::{
    faults::{FaultRate, Faults},
    timing::Timing,
};

/// What every part of a stack asks before it does something. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Circumstances {
    pub(crate) faults: Faults,
    pub(crate) timing: Timing,
}

/// How long things take in a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// No longer than they have to.
    #[default]
    Quick,
    /// About as long as on AWS.
    LikeAws,
}

/// Which faults happen, and how often.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan {
    /// How often each fault happens; one that is not named never does.
    pub rates: Vec<FaultRate>,
    /// Decides when.
    pub seed: u64,
}

impl Circumstances {
    pub(crate) fn new(pace: Pace, plan: &FaultPlan) -> Self {
        let timing = match pace {
            Pace::Quick => Timing::quick(),
            Pace::LikeAws => Timing::like_aws(),
        };
        Self { faults: Faults::new(&plan.rates, plan.seed), timing }
    }
}

#[cfg(test)]
impl Circumstances {
    /// Nothing goes wrong, and nothing takes long.
    pub(crate) fn good() -> Self {
        Self::new(Pace::Quick, &FaultPlan::default())
    }
}
