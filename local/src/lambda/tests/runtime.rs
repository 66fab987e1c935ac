//! What a runtime is told with its event, and how its reports are taken.

use super::*;

/// B.2: `Lambda-Runtime-Invoked-Function-Arn`, `Lambda-Runtime-Trace-Id` and the request id come with every event.
#[tokio::test]
async fn an_event_comes_with_the_headers_of_lambda() {
    let lambda = usual();
    let arn = lambda.outcome("header lambda-runtime-invoked-function-arn").await.unwrap();
    assert_eq!(arn, "\"arn:aws:lambda:us-east-1:000000000000:function:probe\"");
    let traced = lambda.outcome("header lambda-runtime-trace-id").await.unwrap();
    let parts: Vec<&str> = traced.trim_matches('"').split([';', '-', '=']).collect();
    let ["Root", "1", began, trace, "Parent", parent, "Sampled", "0"] = parts[..] else { panic!("{traced}") };
    let is_hex = |text: &str, digits: usize| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(is_hex(began, 8) && is_hex(trace, 24) && is_hex(parent, 16), "{traced}");
    let again = lambda.outcome("header lambda-runtime-trace-id").await.unwrap();
    assert_ne!(again, traced, "each event is a trace of its own");
    let event = "\"header lambda-runtime-aws-request-id\"".to_owned();
    let invocation = lambda.invoke(FUNCTION, event).await.unwrap();
    assert_eq!(invocation.outcome.unwrap(), format!("{:?}", invocation.request_id));
    lambda.stop().await;
}

/// B.2: a response is accepted with 202.
#[tokio::test]
async fn an_answer_is_accepted() {
    let lambda = usual();
    lambda.outcome("status").await.unwrap();
    assert_eq!(lambda.outcome("status").await.unwrap(), "202");
    lambda.stop().await;
}

/// B.2: the type of an error is in the body, or else in the header `lambda-runtime-function-error-type`.
#[tokio::test]
async fn the_type_of_an_error_may_be_in_a_header_only() {
    let lambda = usual();
    for body in ["", "no-JSON", "{}"] {
        let error = lambda.outcome(&format!("fail-in-header {body}")).await.unwrap_err();
        assert_eq!((error.error_type.as_str(), error.error_message.as_str()), ("Probe.InHeader", ""), "{body}");
    }
    lambda.stop().await;
}
