//! Why a frame is not accepted: a rule said no, or something broke.

use turnlog_domain::{InvalidEvent, Rejection};
use turnlog_protocol::{ErrorCode, Refusal};
use turnlog_store::{AppendError, LoadError, LogFault, SendError, StoreError};

/// Why a frame is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// A rule said no.
    Refused(Refusal),
    /// Something broke. The cause is for the log only.
    Fault {
        /// What the player is told.
        code: ErrorCode,
        /// What happened.
        cause: String,
    },
}

impl Failure {
    pub(super) fn refused(code: ErrorCode, message: &str) -> Self {
        Self::Refused(Refusal::new(code, message))
    }

    pub(super) fn unknown_game() -> Self {
        Self::Refused(Rejection::UnknownGame.into())
    }

    pub(super) fn fault(code: ErrorCode, cause: &impl ToString) -> Self {
        Self::Fault { code, cause: cause.to_string() }
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let code = if error.is_retryable() { ErrorCode::TryAgain } else { ErrorCode::GameParked };
        Self::fault(code, &error)
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => error.into(),
            LoadError::Log(fault) => fault.into(),
        }
    }
}

impl From<LogFault> for Failure {
    fn from(fault: LogFault) -> Self {
        // While a new version is rolled out, the next function that is asked may be one that knows it.
        let code = if fault.is_from_future() { ErrorCode::ServerOutdated } else { ErrorCode::GameParked };
        Self::fault(code, &fault)
    }
}

impl From<AppendError> for Failure {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Rejected(rejection) => Self::Refused(rejection.into()),
            AppendError::Store(error) => error.into(),
            AppendError::Log(fault) => fault.into(),
            AppendError::ClockBehind { .. } | AppendError::Unprepared | AppendError::Contended => {
                Self::fault(ErrorCode::TryAgain, &error)
            }
        }
    }
}

impl From<InvalidEvent> for Failure {
    fn from(invalid: InvalidEvent) -> Self {
        Self::fault(ErrorCode::GameParked, &invalid)
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Rejected(rejection) => rejection.into(),
            SendError::UnknownPlayer => Self::refused(ErrorCode::UnknownPlayer, "There is no such player."),
            SendError::Store(error) => error.into(),
            SendError::Log(fault) => fault.into(),
            SendError::ClockBehind { .. } | SendError::Contended => Self::fault(ErrorCode::TryAgain, &error),
        }
    }
}
