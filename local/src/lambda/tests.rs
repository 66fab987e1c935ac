use crate::{
    access::Access,
    circumstances::{Circumstances, FaultPlan, Pace},
    limits::PAYLOAD_BYTES_MAX,
    loopback::Loopback,
};
use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

use super::*;
use crate::template::model::{Code, LogFormat};

mod names;
mod probe;
mod processes;
mod runtime;
mod schedules;
mod threads;

/// No step of a test takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

const FUNCTION: &str = "Probe";

/// The example `probe`, which cargo builds with the tests.
fn executable() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let executable = tests.ancestors().nth(2).unwrap().join("examples/probe");
    let hint = "cargo builds it with the tests unless these are filtered: `cargo build -p turnlog-local --examples`";
    assert!(executable.exists(), "{hint}");
    executable
}

fn spec() -> FunctionSpec {
    FunctionSpec {
        id: FUNCTION.to_owned(),
        name: "probe".to_owned(),
        code: Code::Bootstrap { folder: PathBuf::new() },
        handler: "probe.handler".to_owned(),
        memory_mb: 128,
        timeout_seconds: 20,
        environment: BTreeMap::new(),
        reserved_concurrency: None,
        log_format: LogFormat::Text,
        async_retries_max: 2,
        async_age_seconds_max: 21_600,
        role: "ProbeRole".to_owned(),
        statements: Vec::new(),
    }
}

/// How the functions of a test run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Processes,
    Threads,
}

/// What Lambda promises holds in every way.
const WAYS: [Way; 2] = [Way::Processes, Way::Threads];

impl Way {
    fn probe(self) -> Runs {
        match self {
            Self::Processes => Runs::Executable(executable()),
            Self::Threads => Runs::Value(probe::probe(), Loopback::new().client()),
        }
    }
}

fn lambda(way: Way, spec: FunctionSpec, limits: &LambdaLimits) -> Lambda {
    let management = Management { url: "http://sockets/v1".to_owned(), functions: Vec::new() };
    let endpoints =
        Endpoints { dynamodb: "http://tables".to_owned(), management: vec![management], ..Endpoints::default() };
    let parameters = Parameters::open(Path::new("/nowhere")).unwrap();
    let functions = vec![(spec, way.probe())];
    let (circumstances, access) = (Circumstances::good(), Access::to_nothing());
    Lambda::new(functions, &endpoints, &parameters, limits, &circumstances, &access).unwrap()
}

/// A stack in which these faults happen.
fn faulty(way: Way, plan: &FaultPlan) -> Lambda {
    let endpoints = Endpoints::default();
    let parameters = Parameters::open(Path::new("/nowhere")).unwrap();
    let (limits, circumstances) = (LambdaLimits::default(), Circumstances::new(Pace::Quick, plan));
    let functions = vec![(spec(), way.probe())];
    Lambda::new(functions, &endpoints, &parameters, &limits, &circumstances, &Access::to_nothing()).unwrap()
}

fn usual(way: Way) -> Lambda {
    lambda(way, spec(), &LambdaLimits::default())
}

/// A stack in which that function initialises as `how` says.
fn initialising(way: Way, how: &str, limits: &LambdaLimits) -> Lambda {
    let mut spec = spec();
    spec.environment.insert("PROBE_INIT".to_owned(), how.to_owned());
    lambda(way, spec, limits)
}

impl Lambda {
    async fn outcome(&self, what: &str) -> Result<String, FunctionError> {
        let invoked = timeout(PATIENCE, self.invoke(FUNCTION, format!("\"{what}\""))).await;
        invoked.expect("it ends in time").expect("it reaches the function").outcome
    }

    async fn pid(&self) -> i32 {
        self.outcome("pid").await.unwrap().parse().unwrap()
    }
}

fn runs(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

async fn gone(pid: i32) {
    let gone = async {
        while runs(pid) {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, gone).await.expect("it is gone in time");
}

/// Where functions meet the test, so that it sees them at work and decides when they end.
struct Meeting {
    listener: TcpListener,
    what: String,
}

/// An event that a function is at.
struct Met {
    pid: i32,
    stream: TcpStream,
}

impl Meeting {
    async fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let what = format!("meet {}", listener.local_addr().unwrap());
        Self { listener, what }
    }

    fn invite(&self, lambda: &Lambda) -> JoinHandle<Result<Invocation, InvokeError>> {
        let (lambda, event) = (lambda.clone(), format!("\"{}\"", self.what));
        tokio::spawn(async move { lambda.invoke(FUNCTION, event).await })
    }

    async fn meet(&self) -> Met {
        let (mut stream, _) = timeout(PATIENCE, self.listener.accept()).await.expect("a function comes").unwrap();
        let mut buffer = [0; 16];
        let length = stream.read(&mut buffer).await.unwrap();
        let pid = std::str::from_utf8(&buffer[..length]).unwrap().parse().unwrap();
        Met { pid, stream }
    }
}

impl Met {
    async fn release(mut self) {
        self.stream.write_all(b".").await.unwrap();
    }
}

/// B.2: `next` and `response`; one event at a time per process, which is used again.
#[tokio::test]
async fn an_event_is_answered_and_the_process_used_again() {
    for way in WAYS {
        let lambda = usual(way);
        assert_eq!(lambda.outcome("hello").await.unwrap(), "\"hello\"");
        let pid = lambda.pid().await;
        for _ in 0..20 {
            assert_eq!(lambda.pid().await, pid);
        }
        lambda.stop().await;
    }
}

/// B.2: concurrency is more processes.
#[tokio::test]
async fn functions_at_work_at_the_same_time_have_processes_of_their_own() {
    for way in WAYS {
        let (lambda, meeting) = (usual(way), Meeting::new().await);
        let invited: Vec<_> = (0..3).map(|_| meeting.invite(&lambda)).collect();
        let (first, second, third) = (meeting.meet().await, meeting.meet().await, meeting.meet().await);
        assert!(first.pid != second.pid && second.pid != third.pid && first.pid != third.pid);
        for met in [first, second, third] {
            met.release().await;
        }
        for invocation in invited {
            invocation.await.unwrap().unwrap().outcome.unwrap();
        }
        lambda.stop().await;
    }
}

/// B.2: of the processes that are free, the one used last is used first.
#[tokio::test]
async fn the_process_used_last_is_used_first() {
    for way in WAYS {
        let (lambda, meeting) = (usual(way), Meeting::new().await);
        let (one, met_one) = (meeting.invite(&lambda), meeting.meet().await);
        let (other, met_other) = (meeting.invite(&lambda), meeting.meet().await);
        let last = met_one.pid;
        met_other.release().await;
        other.await.unwrap().unwrap();
        met_one.release().await;
        one.await.unwrap().unwrap();
        assert_eq!(lambda.pid().await, last);
        lambda.stop().await;
    }
}

#[tokio::test]
async fn events_beyond_the_limit_wait_and_beyond_that_are_throttled() {
    for way in WAYS {
        let limits = LambdaLimits { instances_per_function_max: 1, waiting_events_max: 1, ..LambdaLimits::default() };
        let (lambda, meeting) = (lambda(way, spec(), &limits), Meeting::new().await);
        let (one, met) = (meeting.invite(&lambda), meeting.meet().await);
        let mut other = Box::pin(lambda.invoke(FUNCTION, "\"pid\"".to_owned()));
        assert!(futures::poll!(&mut other).is_pending());
        assert!(matches!(lambda.invoke(FUNCTION, "1".to_owned()).await, Err(InvokeError::Throttled)));
        let pid = met.pid.to_string();
        met.release().await;
        one.await.unwrap().unwrap();
        assert_eq!(other.await.unwrap().outcome.unwrap(), pid, "the only process serves what waited");
        lambda.stop().await;
    }
}

/// B.2: beyond its reserved concurrency a function is throttled at once.
#[tokio::test]
async fn beyond_a_reserved_concurrency_nothing_waits() {
    for way in WAYS {
        let spec = FunctionSpec { reserved_concurrency: Some(1), ..spec() };
        let (lambda, meeting) = (lambda(way, spec, &LambdaLimits::default()), Meeting::new().await);
        let (one, met) = (meeting.invite(&lambda), meeting.meet().await);
        assert!(matches!(lambda.invoke(FUNCTION, "1".to_owned()).await, Err(InvokeError::Throttled)));
        met.release().await;
        one.await.unwrap().unwrap();
        lambda.stop().await;
    }
}

/// B.2: `error`, with its type and message.
#[tokio::test]
async fn an_error_of_the_function_comes_back_as_it_told_it() {
    for way in WAYS {
        let lambda = usual(way);
        let pid = lambda.pid().await;
        let error = lambda.outcome("fail").await.unwrap_err();
        assert_eq!((error.error_type.as_str(), error.error_message.as_str()), ("Probe.Failed", "as told"));
        assert_eq!(lambda.pid().await, pid, "an error is no reason to end a process");
        lambda.stop().await;
    }
}

/// B.2: a time-out costs one event, and its process.
#[tokio::test]
async fn a_function_that_takes_too_long_is_ended_and_replaced() {
    for way in WAYS {
        let lambda = lambda(way, FunctionSpec { timeout_seconds: 1, ..spec() }, &LambdaLimits::default());
        let pid = lambda.pid().await;
        let error = lambda.outcome("hang").await.unwrap_err();
        assert_eq!(error.error_type, "Sandbox.Timedout");
        assert!(error.error_message.ends_with("Task timed out after 1.00 seconds"), "{}", error.error_message);
        assert!(way == Way::Threads || !runs(pid));
        assert_ne!(lambda.pid().await, pid);
        lambda.stop().await;
    }
}

/// B.2: `Lambda-Runtime-Deadline-Ms` is a time since the epoch.
#[tokio::test]
async fn the_deadline_is_the_time_out_from_now() {
    for way in WAYS {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let lambda = usual(way);
        let before = now();
        let deadline: u128 = lambda.outcome("deadline").await.unwrap().parse().unwrap();
        assert!((before + 20_000..=now() + 20_000).contains(&deadline));
        lambda.stop().await;
    }
}

/// B.2: `init/error`.
#[tokio::test]
async fn a_function_that_cannot_initialise_fails_with_its_own_reason() {
    for way in WAYS {
        for (how, error_type) in [("error", "Probe.Init"), ("exit", "Runtime.ExitError")] {
            let lambda = initialising(way, how, &LambdaLimits::default());
            assert_eq!(lambda.outcome("hello").await.unwrap_err().error_type, error_type);
            lambda.stop().await;
        }
    }
}

#[tokio::test]
async fn a_function_that_never_asks_for_an_event_is_ended() {
    for way in WAYS {
        let limits = LambdaLimits { init_timeout: Duration::from_millis(50), ..LambdaLimits::default() };
        let lambda = initialising(way, "hang", &limits);
        assert_eq!(lambda.outcome("hello").await.unwrap_err().error_type, "Sandbox.Timedout");
        lambda.stop().await;
    }
}

/// B.2: what concurrency has started ends when it has nothing to do.
#[tokio::test]
async fn a_process_without_work_is_ended_after_a_while() {
    for way in WAYS {
        let limits = LambdaLimits { idle_max: Duration::from_millis(10), ..LambdaLimits::default() };
        let lambda = lambda(way, spec(), &limits);
        let pid = lambda.pid().await;
        let replaced = async {
            while lambda.pid().await == pid {
                tokio::time::sleep(5 * limits.idle_max).await;
            }
        };
        timeout(PATIENCE, replaced).await.expect("it is ended in time");
        lambda.stop().await;
    }
}

/// B.2: an invocation outlives the caller that gave up.
#[tokio::test]
async fn a_function_goes_on_when_its_caller_does_not_wait() {
    for way in WAYS {
        let limits = LambdaLimits { instances_per_function_max: 1, ..LambdaLimits::default() };
        let (lambda, meeting) = (lambda(way, spec(), &limits), Meeting::new().await);
        let (invited, met) = (meeting.invite(&lambda), meeting.meet().await);
        invited.abort();
        assert!(invited.await.unwrap_err().is_cancelled());
        let pid = met.pid;
        met.release().await;
        assert_eq!(lambda.pid().await, pid);
        lambda.stop().await;
    }
}

#[tokio::test]
async fn a_stop_ends_every_process_and_answers_everybody() {
    for way in WAYS {
        let (lambda, meeting) = (usual(way), Meeting::new().await);
        let (invited, met) = (meeting.invite(&lambda), meeting.meet().await);
        let idle = lambda.pid().await;
        lambda.stop().await;
        assert!(way == Way::Threads || !(runs(met.pid) || runs(idle)));
        assert_eq!(invited.await.unwrap().unwrap_err(), InvokeError::Stopped);
        assert_eq!(lambda.invoke(FUNCTION, "1".to_owned()).await.unwrap_err(), InvokeError::Stopped);
    }
}

/// B.2: an answer has 6 MB at most.
#[tokio::test]
async fn an_answer_that_is_too_large_is_an_error() {
    for way in WAYS {
        let lambda = usual(way);
        let error = lambda.outcome(&format!("large {}", 7 * 1024 * 1024)).await.unwrap_err();
        assert_eq!(error.error_type, "Function.ResponseSizeTooLarge");
        assert_eq!(lambda.outcome("large 5000000").await.unwrap().len(), 5_000_000);
        lambda.stop().await;
    }
}

/// B.2: Lambda refuses an event of more than 6 MB.
#[tokio::test]
async fn an_event_that_is_too_large_never_reaches_the_function() {
    for way in WAYS {
        let lambda = usual(way);
        let event = format!("\"{}\"", "x".repeat(PAYLOAD_BYTES_MAX));
        assert_eq!(lambda.invoke(FUNCTION, event).await.unwrap_err(), InvokeError::TooLarge);
        lambda.stop().await;
    }
}

/// A function that was built anew: idle processes go at once, a busy one after its event.
#[tokio::test]
async fn a_new_build_replaces_every_process_before_its_next_event() {
    for way in WAYS {
        let (lambda, meeting) = (usual(way), Meeting::new().await);
        let (invited, met) = (meeting.invite(&lambda), meeting.meet().await);
        let idle = lambda.pid().await;
        lambda.renew(FUNCTION);
        if way == Way::Processes {
            gone(idle).await;
        }
        let busy = met.pid;
        met.release().await;
        invited.await.unwrap().unwrap().outcome.unwrap();
        for _ in 0..3 {
            let pid = lambda.pid().await;
            assert!(pid != idle && pid != busy);
        }
        lambda.stop().await;
    }
}

/// B.2: an event that nobody waits for is given to the function twice more when it fails.
#[tokio::test]
async fn an_asynchronous_event_is_repeated_twice() {
    for way in WAYS {
        let limits = LambdaLimits { async_retry_after: Duration::from_millis(1), ..LambdaLimits::default() };
        let (lambda, meeting) = (lambda(way, spec(), &limits), Meeting::new().await);
        let event = format!("\"{} fail\"", meeting.what);
        let running = tokio::spawn({
            let lambda = lambda.clone();
            async move { lambda.invoke_asynchronously(FUNCTION, event).await }
        });
        for _ in 0..3 {
            meeting.meet().await.release().await;
        }
        timeout(PATIENCE, running).await.expect("it is given up after three times").unwrap();
        lambda.stop().await;
    }
}

/// B.2: `MaximumEventAgeInSeconds`: an event that has become too old is given up, however many repetitions it has left.
#[tokio::test]
async fn an_asynchronous_event_is_given_up_when_it_is_too_old() {
    for way in WAYS {
        let limits = LambdaLimits { async_retry_after: Duration::from_millis(1), ..LambdaLimits::default() };
        let spec = FunctionSpec { async_age_seconds_max: 0, async_retries_max: u32::MAX, ..spec() };
        let lambda = lambda(way, spec, &limits);
        let running = lambda.invoke_asynchronously(FUNCTION, "\"fail\"".to_owned());
        timeout(PATIENCE, running).await.expect("it is given up");
        lambda.stop().await;
    }
}

/// E, B.2: faults on demand: a throttled event never reaches its function. A crash costs events and no more; a process that
/// is killed in the middle is replaced.
#[tokio::test]
async fn faults_strike_functions() {
    for way in WAYS {
        let plan = |rate: &str| FaultPlan { rates: vec![rate.parse().unwrap()], seed: 1 };
        let crashing = faulty(way, &plan("crash=1"));
        let error = crashing.outcome("hang").await.unwrap_err();
        assert_eq!(error.error_type, "Runtime.ExitError");
        // One that answers sooner than it is to die dies all the same.
        for _ in 0..10 {
            assert_eq!(crashing.outcome("hello").await.unwrap_err().error_type, "Runtime.ExitError");
        }
        crashing.stop().await;
        let slow = faulty(way, &plan("slow-function=1"));
        let began = std::time::Instant::now();
        slow.outcome("hello").await.unwrap();
        assert!(began.elapsed() >= crate::timing::SLOW_FUNCTION);
        slow.stop().await;
        let throttled = faulty(way, &plan("throttled-function=1"));
        assert!(matches!(throttled.invoke(FUNCTION, "1".to_owned()).await, Err(InvokeError::Throttled)));
        throttled.stop().await;
    }
}

/// B.2: the required environment.
#[tokio::test]
async fn the_environment_is_lambdas_and_nothing_else() {
    for way in WAYS {
        let mut spec = spec();
        spec.environment.insert("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI".to_owned(), "https://real".to_owned());
        let lambda = lambda(way, spec, &LambdaLimits::default());
        for (name, value) in [
            ("AWS_LAMBDA_FUNCTION_NAME", "probe"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_REGION", "us-east-1"),
            ("_HANDLER", "probe.handler"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://tables"),
            ("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "http://tables"),
            ("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "http://sockets/v1"),
            ("HOME", ""),
            ("CARGO_MANIFEST_DIR", ""),
        ] {
            assert_eq!(lambda.outcome(&format!("variable {name}")).await.unwrap(), format!("{value:?}"), "{name}");
        }
        lambda.stop().await;
    }
}
