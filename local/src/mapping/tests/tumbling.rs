//! A tumbling window from its first record to its end, with a function that counts its events.

use super::*;
use crate::{
    lambda::Runs,
    template::model::{Code, FunctionSpec, LogFormat},
};

/// The example `probe`, counting.
fn counting(database: &Database, log: &std::path::Path) -> Lambda {
    let tests = std::env::current_exe().unwrap();
    let executable = tests.ancestors().nth(2).unwrap().join("examples/probe");
    let function = FunctionSpec {
        id: "PushFunction".to_owned(),
        name: "push".to_owned(),
        code: Code::Bootstrap { folder: "/".into() },
        handler: "bootstrap".to_owned(),
        memory_mb: 128,
        timeout_seconds: 20,
        environment: [("PROBE_COUNT".to_owned(), log.display().to_string())].into(),
        reserved_concurrency: None,
        log_format: LogFormat::Text,
        async_retries_max: 2,
        async_age_seconds_max: 60,
        role: "PushRole".to_owned(),
        statements: Vec::new(),
    };
    let endpoints = Endpoints::default();
    Lambda::new(
        vec![(function, Runs::Executable(executable))],
        &endpoints,
        &Parameters::open(database.folder()).unwrap(),
        &LambdaLimits::default(),
        &Circumstances::good(),
        &Access::to_nothing(),
    )
    .unwrap()
}

fn records(event: &Value) -> usize {
    event["Records"].as_array().unwrap().len()
}

/// The events so far, as soon as they have so many records and the last window is closed.
async fn events(log: &std::path::Path, wanted: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let events: Vec<Value> = whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let is_closed = events.last().is_some_and(|event| event["isFinalInvokeForWindow"] == true);
        if is_closed && events.iter().map(records).sum::<usize>() == wanted {
            return events;
        }
        assert!(Instant::now() < deadline, "{events:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// E: `TumblingWindow` 0–900: every invocation gets the state that the one before returned; when the window is over, the
/// function is told so, without records; the next window begins without a state.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_adds_up_what_is_written_within_a_tumbling_window() {
    let circumstances = Circumstances::good();
    let database =
        Database::open(&Data::Ephemeral, &[table()], Engine::default(), &circumstances, &Access::to_nothing())
            .await
            .unwrap();
    let log = database.folder().join("events");
    let spec = MappingSpec { batch_size: 1, tumbling_seconds: 2, record_age_seconds_max: None, ..spec() };
    let lambda = counting(&database, &log);
    let running = spawn(spec, lambda.clone(), database.clone(), circumstances).unwrap();
    for round in 1..=2 {
        for game in ["a", "b", "c"] {
            put(&database, game, &round.to_string()).await;
        }
        events(&log, 3 * round).await;
    }
    let mut counts = std::collections::BTreeMap::new();
    for event in events(&log, 6).await {
        let known = counts.entry(event["window"]["start"].to_string()).or_insert(0);
        assert_eq!(event["state"]["count"].as_u64().unwrap_or(0), *known, "{event}");
        assert_eq!(event["isWindowTerminatedEarly"], false);
        assert!(event["eventSourceARN"].as_str().unwrap().contains(":table/messages/stream/"), "{event}");
        assert_eq!(records(&event) == 0, event["isFinalInvokeForWindow"] == true, "{event}");
        *known += 1;
    }
    running.stop().await;
    lambda.stop().await;
    database.stop().await;
}

/// E: `TumblingWindow`: a window whose state becomes larger than 1 MB is terminated early, and begins anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tumbling_window_with_too_large_a_state_is_terminated_early() {
    let circumstances = Circumstances::good();
    let database =
        Database::open(&Data::Ephemeral, &[table()], Engine::default(), &circumstances, &Access::to_nothing())
            .await
            .unwrap();
    let log = database.folder().join("events");
    let spec = MappingSpec { batch_size: 1, tumbling_seconds: 2, record_age_seconds_max: None, ..spec() };
    let (lambda, limits) =
        (counting(&database, &log), MappingLimits { window_state_bytes_max: 5, ..MappingLimits::default() });
    let mapping = Mapping::new(spec, lambda.clone(), database.clone(), circumstances, limits).unwrap();
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(mapping.run(stopped));
    put(&database, "a", "").await;
    put(&database, "b", "").await;
    let events = events(&log, 2).await;
    let early: Vec<_> = events.iter().filter(|event| event["isWindowTerminatedEarly"] == true).collect();
    assert!(!early.is_empty() && early.iter().all(|event| event["state"]["count"] == 1), "{events:?}");
    assert!(early.iter().all(|event| event["isFinalInvokeForWindow"] == true && records(event) == 0), "{events:?}");
    let added = events.iter().filter(|event| records(event) > 0);
    assert!(added.map(|event| &event["state"]).all(|state| *state == json!({})), "{events:?}");
    stop.send_replace(true);
    running.await.unwrap();
    lambda.stop().await;
    database.stop().await;
}
