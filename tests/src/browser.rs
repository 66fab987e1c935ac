//! Chromium, driven through chromedriver by the few WebDriver commands that a test needs.
//!
//! They are a page of JSON over HTTP. The crates that do this bring either a copyleft licence or features that would
//! change how `serde_json` behaves in the code under test.

use std::{
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::ChildStdout,
    time::timeout,
};

use crate::page::Page;

/// Set to `required`, the absence of a browser is a failure.
pub(crate) const VARIABLE: &str = "TURNLOG_BROWSER";
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// How long chromedriver may take to start, and for one command.
const PATIENCE: Duration = Duration::from_mins(1);
/// Runs chromedriver until the standard input is closed, then kills it and its browsers. However the test ends, its end
/// closes that input; chromedriver alone, when killed, would leave its browsers behind.
const WATCHED: &str = r#""$@" & exec >&-; read -r _; kill -KILL 0"#;
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--window-size=1200,900",
];

/// A running chromedriver. Dropping it ends it and every browser that it has opened.
#[derive(Debug)]
pub struct Browser {
    watch: Child,
    driver: Driver,
    binary: PathBuf,
    /// What the browsers keep. It goes after them.
    folder: TempDir,
}

impl Browser {
    /// Starts chromedriver, or says that this test is skipped because there is no Chromium.
    ///
    /// # Panics
    /// When it does not start, and when it is absent although `TURNLOG_BROWSER` is `required`.
    pub async fn start(test: &str) -> Option<Self> {
        let (Some(binary), Some(driver)) = (BROWSERS.iter().find_map(installed), installed("chromedriver")) else {
            assert!(std::env::var(VARIABLE).as_deref() != Ok("required"), "there is no Chromium with chromedriver");
            // Past the capture of the test runner, which hides what a passing test prints.
            let line = format!("SKIPPED: {test}: there is no Chromium with chromedriver\n");
            std::io::stderr().write_all(line.as_bytes()).expect("standard error can be written");
            return None;
        };
        let folder = TempDir::with_prefix("turnlog-browser-").expect("there is room for a folder");
        let mut watch = Command::new("sh")
            .args(["-c", WATCHED, "sh"])
            .arg(driver)
            .arg("--port=0")
            .env("TMPDIR", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("there is a shell");
        let output = ChildStdout::from_std(watch.stdout.take().expect("it is piped")).expect("it can be read");
        let browser = |port| Self { watch, driver: Driver::new(port), binary, folder };
        Some(browser(port_of(output).await))
    }

    /// Opens a browser for a person who was never here before.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn open(&self, person: &str) -> Page {
        self.open_as(person, Value::Null).await
    }

    /// Opens a browser with the screen and the touch of a phone.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn open_phone(&self, person: &str) -> Page {
        let screen = json!({ "width": 390, "height": 844, "pixelRatio": 2.0, "touch": true });
        self.open_as(person, json!({ "deviceMetrics": screen })).await
    }

    async fn open_as(&self, person: &str, device: Value) -> Page {
        let profile = self.folder.path().join(person);
        let mut flags = FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", profile.display()));
        let mut options = json!({ "binary": self.binary, "args": flags });
        if !device.is_null() {
            options["mobileEmulation"] = device;
        }
        let capabilities = json!({ "goog:loggingPrefs": { "browser": "ALL" }, "goog:chromeOptions": options });
        let wish = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let session = self.driver.command(Method::POST, "/session", wish).await.expect("Chromium opens");
        let id = session["sessionId"].as_str().expect("a session has an id");
        Page::new(person, self.driver.under(&format!("/session/{id}")))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        // One call of the shell kills its whole group, itself too: then their folder can go as well.
        let _ = self.watch.wait();
    }
}

/// Where WebDriver commands go.
#[derive(Clone, Debug)]
pub(crate) struct Driver {
    http: reqwest::Client,
    base: String,
}

impl Driver {
    fn new(port: u16) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("it needs nothing");
        Self { http, base: format!("http://127.0.0.1:{port}") }
    }

    pub(crate) fn under(&self, path: &str) -> Self {
        Self { http: self.http.clone(), base: format!("{}{path}", self.base) }
    }

    /// Sends a command. A refusal comes back as WebDriver's own text.
    pub(crate) async fn command(&self, method: Method, path: &str, parameters: Value) -> Result<Value, String> {
        let has_parameters = method == Method::POST;
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if has_parameters {
            request = request.json(&parameters);
        }
        let response = request.send().await.map_err(|error| error.to_string())?;
        let is_fine = response.status().is_success();
        let mut answer: Value = response.json().await.map_err(|error| error.to_string())?;
        let value = answer["value"].take();
        if is_fine { Ok(value) } else { Err(format!("{}: {}", value["error"], value["message"])) }
    }
}

fn installed(name: impl AsRef<Path>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| file.is_file())
}

/// The free port that chromedriver has taken.
async fn port_of(output: ChildStdout) -> u16 {
    let mut lines = BufReader::new(output).lines();
    let port = timeout(PATIENCE, async {
        while let Some(line) = lines.next_line().await.expect("chromedriver writes text") {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                return port.trim_end_matches('.').parse().expect("a port is a number");
            }
        }
        panic!("chromedriver ended before it was up")
    });
    let port = port.await.expect("chromedriver starts in time");
    // Whatever else it writes must not fill the pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    port
}
