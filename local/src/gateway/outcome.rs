//! What the outcome of an invocation means for the client. No I/O.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

use super::{
    policy,
    refusal::{FrameError, Refusal},
    route::Responds,
};
use crate::limits::{EncodedBody, GatewayLimits};

/// How a function that the gateway called came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Returned {
    Json(String),
    /// The handler's own error.
    Error {
        message: String,
    },
    /// A crash, a time-out of Lambda, or a function that could not be invoked.
    Nothing,
    /// The integration's own time was up first.
    TimedOut,
}

/// Whether the authorizer lets a connection in; if so, the `authorizer` of its events.
///
/// # Errors
/// With the refusal that the client sees.
pub(super) fn authorized(
    returned: &Returned,
    method_arn: &str,
    limits: &GatewayLimits,
) -> Result<Map<String, Value>, Refusal> {
    match returned {
        Returned::Json(answer) => policy::authorize(answer, method_arn, limits),
        Returned::Error { message } if message == "Unauthorized" => Err(Refusal::UNAUTHORIZED),
        Returned::Error { .. } | Returned::Nothing | Returned::TimedOut => Err(Refusal::AUTHORIZER_FAILED),
    }
}

/// A handshake that succeeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Opened {
    /// The subprotocol that the function chose.
    pub(super) protocol: Option<String>,
}

/// Whether the `$connect` function lets a connection in.
///
/// # Errors
/// With the refusal that the client sees.
pub(super) fn connected(returned: &Returned) -> Result<Opened, Refusal> {
    let bad = Refusal::INTEGRATION_FAILED;
    let answer = match returned {
        Returned::Json(answer) => answer,
        Returned::TimedOut => return Err(Refusal::TIMED_OUT),
        Returned::Error { .. } | Returned::Nothing => return Err(bad),
    };
    let answer: Value = serde_json::from_str(answer).map_err(|_| bad)?;
    // No handshake can end with a status that only announces another one.
    let status = status(&answer).filter(|status| *status >= 200).ok_or(bad)?;
    if !(200..300).contains(&status) {
        return Err(Refusal::by_function(status));
    }
    let headers = answer["headers"].as_object();
    let protocol = headers.and_then(|headers| {
        let chosen = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Sec-WebSocket-Protocol"));
        chosen.and_then(|(_, value)| value.as_str().map(str::to_owned))
    });
    Ok(Opened { protocol })
}

/// A number, or text that is one.
fn status(answer: &Value) -> Option<u16> {
    let status = match &answer["statusCode"] {
        Value::Number(number) => number.as_u64()?.try_into().ok()?,
        Value::String(text) => text.parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (100..600).contains(&status).then_some(status)
}

/// What the client is told about its message; none: nothing.
///
/// # Errors
/// With the frame that the gateway makes itself. It is sent on one-way routes too.
pub(super) fn replied(
    returned: &Returned,
    responds: Responds,
    limits: &GatewayLimits,
) -> Result<Option<String>, FrameError> {
    let answer = match returned {
        Returned::Json(answer) => answer,
        Returned::TimedOut => return Err(FrameError::TimedOut),
        Returned::Error { .. } | Returned::Nothing => return Err(FrameError::FunctionFailed),
    };
    match responds {
        Responds::Never => Ok(None),
        Responds::WithBody => {
            let answer: Value = serde_json::from_str(answer).map_err(|_| FrameError::FunctionFailed)?;
            status(&answer).ok_or(FrameError::FunctionFailed)?;
            let body = match limits.encoded_body {
                EncodedBody::Decoded if answer["isBase64Encoded"] == true => decoded(&answer["body"])?,
                EncodedBody::Decoded | EncodedBody::AsItIs => answer["body"].clone(),
            };
            match &body {
                // A status other than 2xx is no error here: the body goes back all the same.
                Value::String(body) if body.len() <= limits.message_bytes_max => {
                    Ok(Some(body.clone()).filter(|body| !body.is_empty()))
                }
                Value::Null => Ok(None),
                Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                    Err(FrameError::FunctionFailed)
                }
            }
        }
    }
}

fn decoded(body: &Value) -> Result<Value, FrameError> {
    let Some(text) = body.as_str() else { return Ok(body.clone()) };
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| FrameError::FunctionFailed)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Returned {
        Returned::Json(text.to_owned())
    }

    fn limits(message_bytes_max: usize) -> GatewayLimits {
        GatewayLimits { message_bytes_max, ..GatewayLimits::default() }
    }

    fn error(message: &str) -> Returned {
        Returned::Error { message: message.to_owned() }
    }

    /// D.3: authorizer fails with "Unauthorized" → 401; crashes → 500.
    #[test]
    fn an_authorizer_that_fails_refuses() {
        let decide = |returned: &Returned| authorized(returned, "arn", &GatewayLimits::default()).unwrap_err().status;
        assert_eq!(decide(&error("Unauthorized")), 401);
        assert_eq!(decide(&error("unauthorized")), 500);
        assert_eq!(decide(&error("no table")), 500);
        assert_eq!(decide(&Returned::Nothing), 500);
        assert_eq!(decide(&Returned::TimedOut), 500);
        assert_eq!(decide(&json("null")), 500);
    }

    /// D.3: 2xx → 101, and `Sec-WebSocket-Protocol` from the function's headers is relayed.
    #[test]
    fn a_success_opens_the_socket_with_the_chosen_protocol() {
        assert_eq!(connected(&json(r#"{"statusCode":200}"#)), Ok(Opened { protocol: None }));
        assert_eq!(connected(&json(r#"{"statusCode":"204","headers":{}}"#)), Ok(Opened { protocol: None }));
        let chosen = json(r#"{"statusCode":200,"headers":{"sec-websocket-protocol":"turnlog.v1"}}"#);
        assert_eq!(connected(&chosen), Ok(Opened { protocol: Some("turnlog.v1".to_owned()) }));
    }

    /// D.3: another status → the handshake fails with that status.
    #[test]
    fn another_status_is_the_handshakes() {
        for status in [300, 400, 401, 403, 404, 418, 429, 500, 503] {
            let refusal = connected(&json(&format!(r#"{{"statusCode":{status}}}"#))).unwrap_err();
            assert_eq!(refusal.status, status);
        }
    }

    /// D.3: function error or bad shape → 502.
    #[test]
    fn a_bad_shape_is_a_bad_gateway() {
        for returned in [
            error("boom"),
            Returned::Nothing,
            json("null"),
            json("{}"),
            json("not JSON"),
            json(r#"{"statusCode":"ok"}"#),
            json(r#"{"statusCode":0}"#),
            json(r#"{"statusCode":101}"#),
            json(r#"{"statusCode":199}"#),
            json(r#"{"statusCode":70000}"#),
        ] {
            assert_eq!(connected(&returned), Err(Refusal::INTEGRATION_FAILED), "{returned:?}");
        }
    }

    /// D.4: the body is sent back only if the route has a route response; a status that is not 2xx is no error.
    #[test]
    fn a_body_goes_back_on_a_route_with_a_response() {
        let answer = json(r#"{"statusCode":200,"body":"hi"}"#);
        assert_eq!(replied(&answer, Responds::WithBody, &limits(100)), Ok(Some("hi".to_owned())));
        assert_eq!(replied(&answer, Responds::Never, &limits(100)), Ok(None));
        let failed = json(r#"{"statusCode":500,"body":"no"}"#);
        assert_eq!(replied(&failed, Responds::WithBody, &limits(100)), Ok(Some("no".to_owned())));
        assert_eq!(replied(&json(r#"{"statusCode":200}"#), Responds::WithBody, &limits(100)), Ok(None));
        assert_eq!(replied(&json("null"), Responds::Never, &limits(100)), Ok(None));
    }

    /// D.4, undocumented: what becomes of a body that is encoded, a setting.
    #[test]
    fn an_encoded_body_is_decoded() {
        let answer = json(r#"{"statusCode":200,"body":"aGk=","isBase64Encoded":true}"#);
        assert_eq!(replied(&answer, Responds::WithBody, &limits(100)), Ok(Some("hi".to_owned())));
        let as_it_is = GatewayLimits { encoded_body: EncodedBody::AsItIs, ..limits(100) };
        assert_eq!(replied(&answer, Responds::WithBody, &as_it_is), Ok(Some("aGk=".to_owned())));
    }

    /// D.3, D.4: an integration that takes too long is told from one that fails, on one-way routes too.
    #[test]
    fn a_time_out_of_the_integration_has_words_of_its_own() {
        let refusal = connected(&Returned::TimedOut).unwrap_err();
        assert_eq!((refusal.status, refusal.message), (504, "Endpoint request timed out"));
        for responds in [Responds::Never, Responds::WithBody] {
            assert_eq!(replied(&Returned::TimedOut, responds, &limits(100)), Err(FrameError::TimedOut));
        }
    }

    /// D.4: function error, crash or time-out of Lambda → "Internal server error", on one-way routes too.
    #[test]
    fn a_failed_function_is_an_internal_server_error() {
        for responds in [Responds::Never, Responds::WithBody] {
            assert_eq!(replied(&error("boom"), responds, &limits(100)), Err(FrameError::FunctionFailed));
            assert_eq!(replied(&Returned::Nothing, responds, &limits(100)), Err(FrameError::FunctionFailed));
        }
        for bad in ["null", "{}", "\"hi\"", r#"{"statusCode":200,"body":{}}"#, r#"{"statusCode":200,"body":"12345"}"#] {
            assert_eq!(replied(&json(bad), Responds::WithBody, &limits(4)), Err(FrameError::FunctionFailed), "{bad}");
        }
    }
}
