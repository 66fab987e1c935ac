//! What every instance of a function is started with.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::watch;

use crate::{
    access::{Access, Credentials},
    circumstances::Circumstances,
    functions::Functions,
    limits::LambdaLimits,
    template::model::FunctionSpec,
};

/// What is run.
#[derive(Debug, Clone)]
pub(crate) enum Runs {
    /// This file, as a process for each instance.
    Executable(PathBuf),
    /// A function of this program, on a thread for each instance, and what carries its requests.
    Value(Functions, SharedHttpClient),
}

/// A function with its surroundings.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) handler: String,
    pub(super) runs: Runs,
    environment: BTreeMap<String, String>,
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
        runs: Runs,
        environment: BTreeMap<String, String>,
        (limits, circumstances, access): (LambdaLimits, Circumstances, Access),
    ) -> Self {
        let timeout = Duration::from_secs(spec.timeout_seconds.into());
        Self {
            id: spec.id.clone(),
            name: spec.name.clone(),
            handler: spec.handler.clone(),
            runs,
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

    /// The variables of an instance that has these credentials.
    pub(super) fn environment(&self, credentials: &Credentials) -> BTreeMap<String, String> {
        let mut environment = self.environment.clone();
        environment.extend([
            ("AWS_ACCESS_KEY_ID".to_owned(), credentials.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), credentials.secret_access_key.clone()),
            ("AWS_SESSION_TOKEN".to_owned(), credentials.session_token.clone()),
        ]);
        environment
    }

    /// Counts one more build of the executable.
    pub(super) fn renew(&self) {
        self.generation.send_modify(|generation| *generation += 1);
    }

    /// Counts the builds of the executable.
    pub(super) fn generation(&self) -> u64 {
        *self.generation.borrow()
    }

    /// Returns when an instance of this generation runs an executable that is no longer there.
    pub(super) async fn replaced(&self, generation: u64) {
        // The sender is ours, so that waiting cannot fail.
        let _ = self.generation.subscribe().wait_for(|current| *current != generation).await;
    }
}
