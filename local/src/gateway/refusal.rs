//! Answers to a handshake that does not succeed, and frames that the gateway itself makes. No I/O.

use serde_json::json;

use crate::limits::GatewayLimits;

/// What API Gateway says when an integration takes too long.
const TIMED_OUT: &str = "Endpoint request timed out";

/// Why a handshake fails, as the client sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: &'static str,
}

impl Refusal {
    pub(super) const UNAUTHORIZED: Self = Self { status: 401, message: "Unauthorized" };
    pub(super) const NO_STAGE: Self = Self { status: 403, message: "Forbidden" };
    pub(super) const DENIED: Self = Self {
        status: 403,
        message: "User is not authorized to access this resource with an explicit deny in an identity-based policy",
    };
    pub(super) const NOT_ALLOWED: Self = Self {
        status: 403,
        message: "User is not authorized to access this resource because no identity-based policy allows the \
                  execute-api:Invoke action",
    };
    pub(super) const AUTHORIZER_FAILED: Self = Self { status: 500, message: "Internal server error" };
    pub(super) const INTEGRATION_FAILED: Self = Self { status: 502, message: "Internal server error" };
    /// The words are those that users report of frames. The status is that of the gateway response `INTEGRATION_TIMEOUT`.
    pub(super) const TIMED_OUT: Self = Self { status: 504, message: TIMED_OUT };
    pub(super) const TOO_MANY: Self = Self { status: 429, message: "Too Many Requests" };
    pub(super) const STOPPING: Self = Self { status: 503, message: "Service Unavailable" };

    /// What the `$connect` function answered, if that is not a success.
    pub(super) fn by_function(status: u16) -> Self {
        let message = match status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            429 => "Too Many Requests",
            500..=599 => "Internal server error",
            _ => "Connection refused",
        };
        Self { status, message }
    }
}

/// The frame for a message that no function answered.
pub(super) fn error_frame(error: FrameError, limits: &GatewayLimits, connection_id: &str, request_id: &str) -> String {
    body(error.message(limits), connection_id, request_id)
}

/// Why no function answered a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameError {
    NoRoute,
    Throttled,
    FunctionFailed,
    TimedOut,
}

impl FrameError {
    fn message(self, limits: &GatewayLimits) -> &'static str {
        match self {
            Self::NoRoute => "Forbidden",
            Self::Throttled => limits.throttled_message,
            Self::FunctionFailed => "Internal server error",
            Self::TimedOut => TIMED_OUT,
        }
    }
}

/// The form of every error: these three keys and no other.
pub(super) fn body(message: &str, connection_id: &str, request_id: &str) -> String {
    json!({ "message": message, "connectionId": connection_id, "requestId": request_id }).to_string()
}
