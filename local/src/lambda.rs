//! Lambda: functions as child processes on the Runtime API.
//!
//! A function's processes start when they are needed and serve one event at a time. The one used last is used first; more
//! start under concurrent load, up to a limit, beyond which events wait. A process that crashes or takes too long is
//! replaced. None outlives the stack.

mod environment;
mod freezer;
mod function;
mod log;
mod memory;
mod process;
mod runtime_api;
mod worker;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use futures::future::join_all;

pub(crate) use self::environment::{Endpoints, Management};
use self::function::{Function, Setup};
use crate::{
    access::Access,
    aws::{ACCOUNT_ID, REGION},
    circumstances::Circumstances,
    limits::LambdaLimits,
    parameters::Parameters,
    template::model::FunctionSpec,
};

/// All functions of a stack. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Lambda {
    functions: Arc<BTreeMap<String, Arc<Function>>>,
}

/// What became of an event that reached a function.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    /// The function's answer as JSON.
    pub(crate) outcome: Result<String, FunctionError>,
}

/// A function failed: it returned an error, crashed (`Runtime.ExitError`) or took too long (`Sandbox.Timedout`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionError {
    pub(crate) error_type: String,
    pub(crate) error_message: String,
}

/// An event never reached a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InvokeError {
    UnknownFunction(String),
    /// As many events as may be are in the function, and as many as may wait are waiting.
    Throttled,
    /// The event is larger than Lambda takes.
    TooLarge,
    /// The stack is stopping.
    Stopped,
    CannotStart(String),
}

impl Lambda {
    /// The functions with their executables. Nothing starts before it is used.
    ///
    /// # Errors
    /// When a parameter that the template names cannot be kept.
    pub(crate) fn new(
        functions: Vec<(FunctionSpec, PathBuf)>,
        endpoints: &Endpoints,
        parameters: &Parameters,
        limits: &LambdaLimits,
        circumstances: &Circumstances,
        access: &Access,
    ) -> Result<Self, std::io::Error> {
        let mut made = BTreeMap::new();
        for (spec, executable) in functions {
            let environment = environment::of(&spec, &executable, endpoints, parameters)?;
            let surroundings = (limits.clone(), circumstances.clone(), access.clone());
            let setup = Setup::new(&spec, executable, environment, surroundings);
            made.insert(spec.id.clone(), Arc::new(Function::new(setup, spec.reserved_concurrency)));
        }
        Ok(Self { functions: Arc::new(made) })
    }

    /// Gives an event (JSON) to a function and waits for what becomes of it. The function goes on when the caller does
    /// not wait.
    ///
    /// # Errors
    /// When the event does not reach a function.
    pub(crate) async fn invoke(&self, function: &str, event: String) -> Result<Invocation, InvokeError> {
        let unknown = || InvokeError::UnknownFunction(function.to_owned());
        self.functions.get(function).ok_or_else(unknown)?.invoke(event).await
    }

    /// Gives an event to a function that nobody waits for, and again when it fails, as Lambda's queue does. Returns when
    /// all of that is over.
    pub(crate) async fn invoke_asynchronously(&self, function: &str, event: String) {
        if let Some(function) = self.functions.get(function) {
            function.invoke_asynchronously(event).await;
        }
    }

    /// The logical id of a function that is named by it, by its name or by its ARN.
    pub(crate) fn find(&self, name: &str) -> Option<String> {
        let wanted = name.rsplit_once(":function:").map_or(name, |(_, rest)| rest.split(':').next().unwrap_or(rest));
        let found = self.functions.iter().find(|(id, function)| *id == wanted || function.name() == wanted);
        found.map(|(id, _)| id.clone())
    }

    /// Has the processes of a function replaced before their next events: it was built anew.
    pub(crate) fn renew(&self, function: &str) {
        if let Some(function) = self.functions.get(function) {
            function.renew();
        }
    }

    /// The ARN of a function, by its logical id.
    pub(crate) fn arn(&self, function: &str) -> String {
        arn(self.functions.get(function).map_or(function, |function| function.name()))
    }

    /// Ends every process, and returns when all are gone. Whoever waits for an answer hears [`InvokeError::Stopped`].
    pub(crate) async fn stop(&self) {
        join_all(self.functions.values().map(|function| function.stop())).await;
    }
}

/// The ARN of a function of this name.
fn arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}")
}

#[cfg(test)]
mod tests;
