//! Requests as the SDK makes them, to services that answer at once or wait.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use axum::{
    extract::State,
    http::{HeaderMap, Method, Uri},
    routing::any,
};
use tokio::{sync::Notify, time::timeout};

use super::*;

/// No step of a test takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

fn request(uri: &str) -> HttpRequest {
    let mut request = HttpRequest::new(SdkBody::from("body"));
    request.set_method("POST").unwrap();
    request.set_uri(uri).unwrap();
    request
}

fn leading_to(service: Router) -> (Loopback, Leading) {
    let loopback = Loopback::new();
    let leading = loopback.lead_to([("127.0.0.1:1".parse().unwrap(), service)]);
    (loopback, leading)
}

#[tokio::test]
async fn a_request_reaches_the_service_at_its_address_and_no_other() {
    let echo = async |method: Method, uri: Uri, headers: HeaderMap, body: String| {
        format!("{method} {} {:?} {body}", uri.path(), headers["host"])
    };
    let (loopback, leading) = leading_to(Router::new().fallback(echo));
    let answer = loopback.call(request("http://127.0.0.1:1/v1/%40connections")).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let text = std::str::from_utf8(answer.body().bytes().unwrap()).unwrap();
    assert_eq!(text, "POST /v1/%40connections \"127.0.0.1:1\" body");
    let error = loopback.call(request("http://127.0.0.1:2/")).await.unwrap_err();
    assert!(error.is_io(), "{error:?}");
    drop(leading);
    assert!(loopback.call(request("http://127.0.0.1:1/")).await.is_err(), "a stack that has stopped answers nothing");
}

/// B.2: a write that was begun is announced, though the instance that asked for it has ended with its runtime.
#[tokio::test]
async fn what_a_service_is_at_goes_on_when_the_instance_that_asked_has_ended() {
    let (begun, go_on, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let state = (Arc::clone(&begun), Arc::clone(&go_on), Arc::clone(&done));
    let slow = async |State((begun, go_on, done)): State<(Arc<Notify>, Arc<Notify>, Arc<AtomicBool>)>| {
        // A timer of the instance's own runtime would end with that.
        tokio::time::sleep(Duration::from_millis(1)).await;
        begun.notify_one();
        go_on.notified().await;
        done.store(true, Ordering::SeqCst);
        begun.notify_one();
    };
    let (loopback, _leading) = leading_to(Router::new().route("/", any(slow)).with_state(state));
    let instance = std::thread::spawn({
        let begun = Arc::clone(&begun);
        move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                // Cancel-safe: the request is given up on purpose.
                tokio::select! {
                    _ = loopback.call(request("http://127.0.0.1:1/")) => panic!("nobody has answered"),
                    () = begun.notified() => {}
                }
            });
        }
    });
    tokio::task::spawn_blocking(move || instance.join()).await.unwrap().unwrap();
    assert!(!done.load(Ordering::SeqCst));
    go_on.notify_one();
    timeout(PATIENCE, begun.notified()).await.expect("it goes on");
    assert!(done.load(Ordering::SeqCst));
}
