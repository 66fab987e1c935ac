//! What functions in this process do that no process can: they panic beside others, and never let go of their thread.

use super::*;

/// B.2: a panic is an error of its event, as Lambda's runtime for Rust reports it, and the instance goes on.
#[tokio::test]
async fn a_panic_costs_one_event_and_nothing_else() {
    let (lambda, meeting) = (usual(Way::Threads), Meeting::new().await);
    let (beside, met) = (meeting.invite(&lambda), meeting.meet().await);
    let pid = lambda.pid().await;
    let error = lambda.outcome("panic told").await.unwrap_err();
    assert_eq!(error.error_message, "Lambda panicked: as told");
    assert_eq!(error.error_type, "alloc::boxed::Box<dyn core::any::Any + core::marker::Send>");
    assert_eq!(lambda.pid().await, pid);
    met.release().await;
    beside.await.unwrap().unwrap().outcome.unwrap();
    lambda.stop().await;
}

/// B.2: a function that never waits is told to take too long as any other. Its thread cannot be ended, so that its place is
/// lost for as long as it goes on, and no longer.
#[tokio::test]
async fn a_function_that_never_waits_loses_its_place() {
    let limits = LambdaLimits { instances_per_function_max: 1, waiting_events_max: 1, ..LambdaLimits::default() };
    let lambda = lambda(Way::Threads, FunctionSpec { timeout_seconds: 1, ..spec() }, &limits);
    let pid = lambda.pid().await;
    let file = std::env::temp_dir().join(format!("probe-{}", uuid::Uuid::new_v4().simple()));
    let error = lambda.outcome(&format!("spin {}", file.display())).await.unwrap_err();
    assert_eq!(error.error_type, "Sandbox.Timedout");
    assert!(error.error_message.ends_with("Task timed out after 1.00 seconds"), "{}", error.error_message);
    let mut next = Box::pin(lambda.invoke(FUNCTION, "\"pid\"".to_owned()));
    assert!(timeout(Duration::from_millis(300), &mut next).await.is_err(), "there is no other place");
    assert_eq!(lambda.invoke(FUNCTION, "1".to_owned()).await.unwrap_err(), InvokeError::Throttled);
    std::fs::write(&file, "").unwrap();
    let other = timeout(PATIENCE, next).await.expect("the place is free again").unwrap().outcome.unwrap();
    assert_ne!(other, pid.to_string(), "it is another instance");
    std::fs::remove_file(file).unwrap();
    lambda.stop().await;
}

/// B.2: one instance that is busy holds up no other, and nothing of the stack.
#[tokio::test]
async fn a_busy_function_holds_up_nothing_else() {
    let lambda = usual(Way::Threads);
    let file = std::env::temp_dir().join(format!("probe-{}", uuid::Uuid::new_v4().simple()));
    let busy = tokio::spawn({
        let (lambda, event) = (lambda.clone(), format!("\"spin {}\"", file.display()));
        async move { lambda.invoke(FUNCTION, event).await }
    });
    for _ in 0..20 {
        lambda.pid().await;
    }
    assert!(!busy.is_finished());
    std::fs::write(&file, "").unwrap();
    busy.await.unwrap().unwrap().outcome.unwrap();
    std::fs::remove_file(file).unwrap();
    lambda.stop().await;
}
