//! Lambda: functions as child processes on the Runtime API, or as calls on threads of this process.
//!
//! A function's instances start when they are needed and serve one event at a time. The one used last is used first; more
//! start under concurrent load, up to a limit, beyond which events wait. An instance that crashes or takes too long is
//! replaced. No process outlives the stack.

mod environment;
mod event;
mod freezer;
mod function;
mod instance;
mod log;
mod memory;
mod process;
mod queue;
mod runtime_api;
mod setup;
mod thread;
mod worker;

use std::{collections::BTreeMap, sync::Arc};

use futures::future::join_all;

pub(crate) use self::{
    environment::{Endpoints, Management},
    setup::Runs,
};
use self::{function::Function, setup::Setup};
use crate::{
    access::Access,
    aws::{function_arn, names_function},
    circumstances::Circumstances,
    functions::FunctionError,
    limits::LambdaLimits,
    parameters::Parameters,
    template::model::{FunctionSpec, LeftOut},
};

/// All functions of a stack. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Lambda {
    functions: Arc<BTreeMap<String, Arc<Function>>>,
    left_out: Arc<[LeftOut]>,
}

/// What became of an event that reached a function.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    /// The function's answer as JSON.
    pub(crate) outcome: Result<String, FunctionError>,
}

/// An event never reached a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InvokeError {
    UnknownFunction(String),
    /// The function cannot run here, for this reason.
    LeftOut(String),
    /// As many events as may be are in the function, and as many as may wait are waiting.
    Throttled,
    /// The event is larger than Lambda takes.
    TooLarge,
    /// The stack is stopping.
    Stopped,
    CannotStart(String),
}

impl Lambda {
    /// The functions with what they run. Nothing starts before it is used.
    ///
    /// # Errors
    /// When a parameter that the template names cannot be kept.
    pub(crate) fn new(
        functions: Vec<(FunctionSpec, Runs)>,
        endpoints: &Endpoints,
        parameters: &Parameters,
        limits: &LambdaLimits,
        circumstances: &Circumstances,
        access: &Access,
    ) -> Result<Self, std::io::Error> {
        let mut made = BTreeMap::new();
        for (spec, runs) in functions {
            let environment = environment::of(&spec, &runs, endpoints, parameters)?;
            let surroundings = (limits.clone(), circumstances.clone(), access.clone());
            let setup = Setup::new(&spec, runs, environment, surroundings);
            made.insert(spec.id.clone(), Arc::new(Function::new(setup, spec.reserved_concurrency)));
        }
        Ok(Self { functions: Arc::new(made), left_out: Arc::default() })
    }

    /// The same, which also knows functions that cannot run here, and why.
    pub(crate) fn leaving_out(self, functions: Vec<LeftOut>) -> Self {
        Self { left_out: functions.into(), ..self }
    }

    /// Gives an event (JSON) to a function and waits for what becomes of it. The function goes on when the caller does
    /// not wait.
    ///
    /// # Errors
    /// When the event does not reach a function.
    pub(crate) async fn invoke(&self, function: &str, event: String) -> Result<Invocation, InvokeError> {
        match self.functions.get(function) {
            Some(function) => function.invoke(event).await,
            None => Err(match self.left_out.iter().find(|left_out| left_out.id == function) {
                Some(left_out) => {
                    InvokeError::LeftOut(format!("{} does not run here: {}", left_out.id, left_out.reason))
                }
                None => InvokeError::UnknownFunction(function.to_owned()),
            }),
        }
    }

    /// Gives an event to a function that nobody waits for, and again when it fails, as Lambda's queue does. Returns when
    /// all of that is over.
    pub(crate) async fn invoke_asynchronously(&self, function: &str, event: String) {
        if let Some(function) = self.functions.get(function) {
            function.invoke_asynchronously(event).await;
        }
    }

    /// The logical id of a function that is named by its name, by its ARN, or by that id. What is a name on AWS comes
    /// first: it may be the logical id of another function.
    pub(crate) fn find(&self, wanted: &str) -> Option<String> {
        let running = self.functions.iter().map(|(id, function)| (id.as_str(), function.name()));
        let left_out = self.left_out.iter().map(|left_out| (left_out.id.as_str(), left_out.name.as_str()));
        let all: Vec<_> = running.chain(left_out).collect();
        let by_name = all.iter().find(|(_, name)| names_function(wanted, name));
        by_name.or_else(|| all.iter().find(|(id, _)| *id == wanted)).map(|(id, _)| (*id).to_owned())
    }

    /// Has the processes of a function replaced before their next events: it was built anew.
    pub(crate) fn renew(&self, function: &str) {
        if let Some(function) = self.functions.get(function) {
            function.renew();
        }
    }

    /// The ARN of a function, by its logical id.
    pub(crate) fn arn(&self, function: &str) -> String {
        function_arn(self.functions.get(function).map_or(function, |function| function.name()))
    }

    /// Ends every process, and returns when all are gone. Whoever waits for an answer hears [`InvokeError::Stopped`].
    pub(crate) async fn stop(&self) {
        join_all(self.functions.values().map(|function| function.stop())).await;
    }
}

#[cfg(test)]
mod tests;
