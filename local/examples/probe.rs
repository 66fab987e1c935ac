//! A Lambda function with nothing but the standard library: the Runtime API over plain HTTP.
//!
//! Its event tells it what to do; the stack's own tests use it to see what becomes of functions that behave badly.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::exit,
    sync::atomic::{AtomicU16, Ordering},
};

/// How the Runtime API took the last answer.
static STATUS: AtomicU16 = AtomicU16::new(0);

/// What the Runtime API answers.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(header, _)| header == name).map_or("", |(_, value)| value)
    }
}

fn main() {
    match std::env::var("PROBE_INIT").as_deref() {
        Ok("exit") => exit(3),
        Ok("error") => {
            post("/runtime/init/error", r#"{"errorType":"Probe.Init","errorMessage":"not today"}"#);
            exit(1);
        }
        Ok("hang") => hang(),
        _ => {}
    }
    loop {
        let event = call("GET", "/runtime/invocation/next", "");
        serve(&event);
    }
}

fn serve(event: &Answer) {
    let id = event.header("lambda-runtime-aws-request-id");
    if let Ok(file) = std::env::var("PROBE_COUNT") {
        // A function that counts its events as the state of a tumbling window, and remembers them.
        let state = event.body.split_once("\"state\":").map_or("", |(_, rest)| rest);
        let count = state.split(['}', ':']).nth(1).and_then(|count| count.parse().ok()).unwrap_or(0_u32) + 1;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(file);
        writeln!(log.expect("it opens"), "{}", event.body).expect("it is written");
        drop(post(&format!("/runtime/invocation/{id}/response"), &format!("{{\"state\":{{\"count\":{count}}}}}")));
        return;
    }
    let answer = |body: &str| post(&format!("/runtime/invocation/{id}/response"), body);
    let (what, argument) = event.body.trim_matches('"').split_once(' ').unwrap_or((event.body.trim_matches('"'), ""));
    match what {
        "pid" => drop(answer(&std::process::id().to_string())),
        "deadline" => drop(answer(event.header("lambda-runtime-deadline-ms"))),
        "header" => drop(answer(&format!("{:?}", event.header(argument)))),
        "status" => {
            // What became of the answer before this one.
            let before = STATUS.load(Ordering::Relaxed);
            STATUS.store(answer(&before.to_string()).status, Ordering::Relaxed);
        }
        "variable" => drop(answer(&format!("{:?}", std::env::var(argument).unwrap_or_default()))),
        "meet" => {
            // Whoever listens there decides how long this event takes.
            let (address, outcome) = argument.split_once(' ').unwrap_or((argument, ""));
            let mut other = TcpStream::connect(address).expect("somebody listens");
            let me = std::process::id().to_string();
            other.write_all(me.as_bytes()).expect("they read");
            let _ = other.read(&mut [0]);
            if outcome == "fail" {
                fail(id);
            } else {
                answer(&me);
            }
        }
        "later" => {
            // What is not awaited: the file is written a little after the answer.
            let file = argument.to_owned();
            std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(50));
                std::fs::write(file, "written")
            });
            answer("1");
        }
        "echo" => {
            // A runtime that sends back which attempt at the event it answers, the wrong one first.
            let path = format!("/runtime/invocation/{id}/response");
            let wrong = call_with("POST", &path, "1", "lambda-runtime-invocation-id: another\r\n").status;
            let attempt = event.header("lambda-runtime-invocation-id");
            call_with("POST", &path, &wrong.to_string(), &format!("lambda-runtime-invocation-id: {attempt}\r\n"));
        }
        "fail" => fail(id),
        "fail-in-header" => {
            // Nothing that is understood in the body; a runtime says it in this header, too.
            let header = "lambda-runtime-function-error-type: Probe.InHeader\r\n";
            call_with("POST", &format!("/runtime/invocation/{id}/error"), argument, header);
        }
        "crash" => exit(7),
        "hang" => hang(),
        "large" => drop(answer(&"x".repeat(argument.parse().expect("it is a number")))),
        "twice" => {
            // Answers for another event, and a second answer, are refused.
            let other = post("/runtime/invocation/another/response", "1").status;
            answer(&other.to_string());
            assert_eq!(answer("2").status, 400);
        }
        _ => drop(answer(&event.body)),
    }
}

fn fail(id: &str) {
    let body = r#"{"errorType":"Probe.Failed","errorMessage":"as told"}"#;
    post(&format!("/runtime/invocation/{id}/error"), body);
}

fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

fn post(path: &str, body: &str) -> Answer {
    call("POST", path, body)
}

fn call(method: &str, path: &str, body: &str) -> Answer {
    call_with(method, path, body, "")
}

fn call_with(method: &str, path: &str, body: &str, headers: &str) -> Answer {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("Lambda sets it");
    let answer = TcpStream::connect(&api).and_then(|mut stream| {
        let length = body.len();
        let head = format!("{method} /2018-06-01{path} HTTP/1.1\r\nhost: {api}\r\nconnection: close\r\n");
        write!(stream, "{head}{headers}content-length: {length}\r\n\r\n")?;
        // An answer that is too large may be refused before it is read.
        let _ = stream.write_all(body.as_bytes());
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    });
    // Without its Runtime API a process has no reason to live.
    let Ok(text) = answer else { exit(0) };
    let Some((head, body)) = text.split_once("\r\n\r\n") else { exit(0) };
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Answer { status: status.unwrap_or(0), headers: lines.filter_map(header).collect(), body: body.to_owned() }
}
