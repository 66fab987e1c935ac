//! What every process of a function is started with.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use tokio::sync::watch;

use crate::{access::Access, circumstances::Circumstances, limits::LambdaLimits, template::model::FunctionSpec};

/// A function with its surroundings.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) executable: PathBuf,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) timeout: Duration,
    pub(super) limits: LambdaLimits,
    pub(super) circumstances: Circumstances,
    pub(super) access: Access,
    pub(super) async_retries_max: u32,
    pub(super) async_age_max: Duration,
    /// How often the executable was replaced.
    generation: watch::Sender<u64>,
}

impl Setup {
    pub(super) fn new(
        spec: &FunctionSpec,
        executable: PathBuf,
        environment: BTreeMap<String, String>,
        (limits, circumstances, access): (LambdaLimits, Circumstances, Access),
    ) -> Self {
        let timeout = Duration::from_secs(spec.timeout_seconds.into());
        Self {
            id: spec.id.clone(),
            name: spec.name.clone(),
            executable,
            environment,
            timeout,
            limits,
            circumstances,
            access,
            async_retries_max: spec.async_retries_max,
            async_age_max: Duration::from_secs(spec.async_age_seconds_max.into()),
            generation: watch::Sender::new(0),
        }
    }

    /// Counts one more build of the executable.
    pub(super) fn renew(&self) {
        self.generation.send_modify(|generation| *generation += 1);
    }

    /// Counts the builds of the executable.
    pub(super) fn generation(&self) -> u64 {
        *self.generation.borrow()
    }

    /// Returns when a process of this generation runs an executable that is no longer there.
    pub(super) async fn replaced(&self, generation: u64) {
        // The sender is ours, so that waiting cannot fail.
        let _ = self.generation.subscribe().wait_for(|current| *current != generation).await;
    }
}
