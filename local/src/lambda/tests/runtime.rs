//! What a function is told with its event.

use super::*;

/// B.2: `Lambda-Runtime-Invoked-Function-Arn`, `Lambda-Runtime-Trace-Id` and the request id come with every event.
#[tokio::test]
async fn an_event_comes_with_the_headers_of_lambda() {
    for way in WAYS {
        let lambda = usual(way);
        let arn = lambda.outcome("header lambda-runtime-invoked-function-arn").await.unwrap();
        assert_eq!(arn, "\"arn:aws:lambda:us-east-1:000000000000:function:probe\"");
        let traced = lambda.outcome("header lambda-runtime-trace-id").await.unwrap();
        let parts: Vec<&str> = traced.trim_matches('"').split([';', '-', '=']).collect();
        let ["Root", "1", began, trace, "Parent", parent, "Sampled", "0"] = parts[..] else { panic!("{traced}") };
        let is_hex =
            |text: &str, digits: usize| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_hex(began, 8) && is_hex(trace, 24) && is_hex(parent, 16), "{traced}");
        let again = lambda.outcome("header lambda-runtime-trace-id").await.unwrap();
        assert_ne!(again, traced, "each event is a trace of its own");
        let event = "\"header lambda-runtime-aws-request-id\"".to_owned();
        let invocation = lambda.invoke(FUNCTION, event).await.unwrap();
        assert_eq!(invocation.outcome.unwrap(), format!("{:?}", invocation.request_id));
        lambda.stop().await;
    }
}
