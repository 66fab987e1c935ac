//! What can break between here and DynamoDB, in classes that say what to do next.

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
};

/// A request to a table failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {kind:?}: {detail}")]
pub struct StoreError {
    /// What to make of it.
    pub kind: StoreErrorKind,
    /// The operation, as DynamoDB names it.
    pub operation: &'static str,
    detail: String,
}

/// What to make of a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// Refused because of the rate; nothing was written.
    Throttled,
    /// Another transaction had the item; nothing was written.
    Conflict,
    /// No answer in time. A write may have taken effect.
    TimedOut,
    /// No answer, a broken one, or an internal error of the service. A write may have taken effect.
    Unavailable,
    /// The request is wrong and will always be: a fault of ours, or of the deployment.
    Invalid,
    /// An item is not of the form that this code writes.
    Unreadable,
}

impl StoreError {
    pub(crate) fn new(kind: StoreErrorKind, operation: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, operation, detail: detail.into() }
    }

    /// An item of a table cannot be read.
    pub fn unreadable(what: &'static str, detail: impl ToString) -> Self {
        Self::new(StoreErrorKind::Unreadable, what, detail.to_string())
    }

    /// A request could not be built: a fault of ours.
    pub fn invalid(operation: &'static str, detail: impl ToString) -> Self {
        Self::new(StoreErrorKind::Invalid, operation, detail.to_string())
    }

    /// Puts an error of the SDK into its class.
    pub fn of<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        Self::new(kind_of(error), operation, DisplayErrorContext(error).to_string())
    }

    /// Whether the same request may succeed later, with nobody having mended anything: the one answer for whoever retries,
    /// delivers again, or tells a client to.
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            StoreErrorKind::Throttled
            | StoreErrorKind::Conflict
            | StoreErrorKind::TimedOut
            | StoreErrorKind::Unavailable => true,
            StoreErrorKind::Invalid | StoreErrorKind::Unreadable => false,
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the SDK's list of errors is open")]
fn kind_of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> StoreErrorKind {
    match error {
        SdkError::TimeoutError(_) => StoreErrorKind::TimedOut,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => StoreErrorKind::TimedOut,
        SdkError::ConstructionFailure(_) => StoreErrorKind::Invalid,
        SdkError::ServiceError(service) => match service.err().code() {
            Some(
                "ProvisionedThroughputExceededException"
                | "ThrottlingException"
                | "RequestLimitExceeded"
                | "LimitExceededException",
            ) => StoreErrorKind::Throttled,
            Some("TransactionConflictException") => StoreErrorKind::Conflict,
            _ if service.raw().status().is_server_error() => StoreErrorKind::Unavailable,
            _ => StoreErrorKind::Invalid,
        },
        _ => StoreErrorKind::Unavailable,
    }
}
