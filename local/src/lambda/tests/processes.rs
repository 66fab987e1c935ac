//! What only processes have: they end by themselves, are frozen, and write their reports themselves.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::*;
use crate::limits::Freezing;

/// B.2: a crash costs one event.
#[tokio::test]
async fn a_crash_costs_one_event_and_the_next_gets_a_new_process() {
    let lambda = usual(Way::Processes);
    let pid = lambda.pid().await;
    let error = lambda.outcome("crash").await.unwrap_err();
    assert_eq!(error.error_type, "Runtime.ExitError");
    assert!(error.error_message.contains("exit status: 7"), "{}", error.error_message);
    assert_ne!(lambda.pid().await, pid);
    lambda.stop().await;
}

#[tokio::test]
async fn a_process_that_died_while_idle_costs_no_event() {
    let lambda = usual(Way::Processes);
    for _ in 0..10 {
        let pid = lambda.pid().await;
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        gone(pid).await;
        assert_ne!(lambda.pid().await, pid);
    }
    lambda.stop().await;
}

#[tokio::test]
async fn an_answer_counts_once_and_for_its_own_event() {
    let lambda = usual(Way::Processes);
    assert_eq!(lambda.outcome("twice").await.unwrap(), "400");
    lambda.pid().await;
    lambda.stop().await;
}

/// B.2: the id of an attempt is sent along, and an answer that names another is refused.
#[tokio::test]
async fn an_answer_may_name_its_attempt() {
    let lambda = usual(Way::Processes);
    assert_eq!(lambda.outcome("echo").await.unwrap(), "400");
    lambda.stop().await;
}

/// B.2: a process is frozen between events, so that work which is not awaited stands still until the next one.
#[tokio::test]
async fn what_is_not_awaited_stands_still_until_the_next_event() {
    for (freezing, is_written) in [(Freezing::BetweenEvents, false), (Freezing::Never, true)] {
        let lambda = lambda(Way::Processes, spec(), &LambdaLimits { freezing, ..LambdaLimits::default() });
        let file = std::env::temp_dir().join(format!("probe-{}", uuid::Uuid::new_v4().simple()));
        lambda.outcome(&format!("later {}", file.display())).await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(file.exists(), is_written, "{freezing:?}");
        // The next event lets it go on.
        let (meeting, found) = (Meeting::new().await, async {
            while !file.exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        let (invited, met) = (meeting.invite(&lambda), meeting.meet().await);
        timeout(PATIENCE, found).await.expect("it is written while the function is at work");
        met.release().await;
        invited.await.unwrap().unwrap();
        std::fs::remove_file(file).unwrap();
        lambda.stop().await;
    }
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let lambda = usual(Way::Processes);
    assert_eq!(lambda.arn(FUNCTION), "arn:aws:lambda:us-east-1:000000000000:function:probe");
    let unknown = lambda.invoke("Another", "1".to_owned()).await.unwrap_err();
    assert_eq!(unknown, InvokeError::UnknownFunction("Another".to_owned()));
    let endpoints = Endpoints::default();
    let parameters = Parameters::open(Path::new("/nowhere")).unwrap();
    let missing = vec![(spec(), Runs::Executable(PathBuf::from("/no/such/file")))];
    let (limits, circumstances, access) = (LambdaLimits::default(), Circumstances::good(), Access::to_nothing());
    let lambda = Lambda::new(missing, &endpoints, &parameters, &limits, &circumstances, &access).unwrap();
    assert!(matches!(lambda.invoke(FUNCTION, "1".to_owned()).await, Err(InvokeError::CannotStart(_))));
}

/// B.2: a response is accepted with 202.
#[tokio::test]
async fn an_answer_is_accepted() {
    let lambda = usual(Way::Processes);
    lambda.outcome("status").await.unwrap();
    assert_eq!(lambda.outcome("status").await.unwrap(), "202");
    lambda.stop().await;
}

/// B.2: the type of an error is in the body, or else in the header `lambda-runtime-function-error-type`.
#[tokio::test]
async fn the_type_of_an_error_may_be_in_a_header_only() {
    let lambda = usual(Way::Processes);
    for body in ["", "no-JSON", "{}"] {
        let error = lambda.outcome(&format!("fail-in-header {body}")).await.unwrap_err();
        assert_eq!((error.error_type.as_str(), error.error_message.as_str()), ("Probe.InHeader", ""), "{body}");
    }
    lambda.stop().await;
}
