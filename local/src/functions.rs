//! Functions as values: code of the program that embeds this stack, instead of executables.

use std::{collections::BTreeMap, fmt, sync::Arc, time::SystemTime};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use axum::body::Bytes;
use futures::future::LocalBoxFuture;

/// A function failed: it returned an error, crashed (`Runtime.ExitError`) or took too long (`Sandbox.Timedout`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// What kind of error it is.
    pub error_type: String,
    /// What is told about it.
    pub error_message: String,
}

/// What an instance of a function is begun with.
#[derive(Debug)]
pub struct Surroundings {
    /// Which function of the program it is: `Handler` in the template.
    pub handler: String,
    /// The variables that its process would have, credentials included.
    pub environment: BTreeMap<String, String>,
    /// Carries requests to the services of this stack, which are not sent over any network.
    pub http: SharedHttpClient,
}

/// One event, with what Lambda tells a process beside it.
#[derive(Debug)]
pub struct Call {
    /// Names the invocation.
    pub request_id: String,
    /// When the time of the function is over.
    pub deadline: SystemTime,
    /// The ARN of the function.
    pub function_arn: String,
    /// Names the trace to which the invocation belongs.
    pub trace_id: String,
    /// The event, as JSON.
    pub event: Bytes,
}

/// Answers one event after the other, each with JSON, or with what its process would have reported.
pub type Handler = Box<dyn Fn(Call) -> LocalBoxFuture<'static, Result<String, FunctionError>>>;

/// An instance of a function that begins.
pub type Starting = LocalBoxFuture<'static, Result<Handler, FunctionError>>;

/// The functions of the program. Cheap to clone.
#[derive(Clone)]
pub struct Functions(Arc<dyn Fn(Surroundings) -> Starting + Send + Sync>);

impl Functions {
    /// Functions that `start` begins. It is called on the thread of the new instance, which has a runtime of its own, and
    /// everything that it returns stays there.
    pub fn new(start: impl Fn(Surroundings) -> Starting + Send + Sync + 'static) -> Self {
        Self(Arc::new(start))
    }

    pub(crate) fn start(&self, surroundings: Surroundings) -> Starting {
        (self.0)(surroundings)
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Functions").finish_non_exhaustive()
    }
}
