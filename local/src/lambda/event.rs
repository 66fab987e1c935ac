//! What an instance of a function is given, and what becomes of it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use uuid::Uuid;

use crate::{functions::FunctionError, limits::RESPONSE_BYTES_MAX};

/// How a process ends that is killed.
pub(super) const KILLED: &str = "signal: 9 (SIGKILL)";

/// An event on its way to an instance.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) request_id: String,
    pub(super) function_arn: String,
    pub(super) timeout: Duration,
    pub(super) body: Bytes,
}

/// What an instance tells.
#[derive(Debug)]
pub(super) enum Report {
    /// It took the event that was offered.
    Taken,
    /// That event has ended.
    Answered(Result<String, FunctionError>),
    /// It will never take an event.
    NotInitialised(FunctionError),
    /// It has ended; how, is told as of a process.
    Exited(String),
}

/// How an event ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The function answered or returned an error; the instance can go on.
    Answered(Result<String, FunctionError>),
    /// The instance crashed or took too long, and has to be ended.
    Broken(FunctionError),
    /// The instance never took the event, and has to be ended.
    Untouched(FunctionError),
}

impl Ended {
    /// Why the event failed, if it did.
    pub(super) fn error(&self) -> Option<&FunctionError> {
        match self {
            Self::Answered(Ok(_)) => None,
            Self::Answered(Err(error)) | Self::Broken(error) | Self::Untouched(error) => Some(error),
        }
    }

    /// Whether the instance is of no more use.
    pub(super) fn ended_instance(&self) -> bool {
        !matches!(self, Self::Answered(_))
    }

    pub(super) fn into_result(self) -> Result<String, FunctionError> {
        match self {
            Self::Answered(outcome) => outcome,
            Self::Broken(error) | Self::Untouched(error) => Err(error),
        }
    }
}

/// An X-Ray trace that nobody samples.
pub(super) fn trace_id() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let random = Uuid::new_v4().simple().to_string();
    format!("Root=1-{seconds:08x}-{};Parent={};Sampled=0", &random[..24], &random[..16])
}

pub(super) fn exited(request_id: &str, how: &str) -> FunctionError {
    failure("Runtime.ExitError", request_id, &format!("Runtime exited with error: {how}"))
}

/// `what` did not end within its limit.
pub(super) fn timed_out(what: &str, limit: Duration, request_id: &str) -> FunctionError {
    let how = format!("{what} timed out after {:.2} seconds", limit.as_secs_f64());
    failure("Sandbox.Timedout", request_id, &how)
}

/// An answer of more bytes than Lambda takes.
pub(super) fn too_large() -> FunctionError {
    let error_message =
        format!("Response payload size exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes).");
    FunctionError { error_type: "Function.ResponseSizeTooLarge".to_owned(), error_message }
}

fn failure(error_type: &str, request_id: &str, what: &str) -> FunctionError {
    let error_message = format!("RequestId: {request_id} Error: {what}");
    FunctionError { error_type: error_type.to_owned(), error_message }
}
