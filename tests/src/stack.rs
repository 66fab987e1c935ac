//! The `turnlog` command itself, running the real functions.

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStderr, Command},
    sync::OnceCell,
    task::JoinHandle,
    time::{sleep, timeout},
};
use turnlog_store::client_with;

use crate::client::Client;

/// How long a start, a stop or a condition may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// The root of the repository.
///
/// # Panics
/// Never: this crate lies in it.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository").to_owned()
}

/// Whether the functions of stacks run as calls in the process of their stack: the variable `TURNLOG_TEST_FUNCTIONS` says
/// `in-process`.
///
/// # Panics
/// When it says anything else.
pub fn in_process() -> bool {
    match std::env::var("TURNLOG_TEST_FUNCTIONS").as_deref() {
        Err(_) | Ok("" | "processes") => false,
        Ok("in-process") => true,
        Ok(other) => panic!("TURNLOG_TEST_FUNCTIONS is {other:?}; it may be processes or in-process"),
    }
}

/// Builds every binary, once in a test run: the stack is started from them.
///
/// # Panics
/// When they do not build.
pub async fn build_once() -> PathBuf {
    static BUILT: OnceCell<PathBuf> = OnceCell::const_new();
    BUILT.get_or_init(build).await.clone()
}

async fn build() -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = ["build", "--workspace", "--bins", "--offline", "--message-format", "json"];
    // Tests that are built to measure run a stack that is, too.
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let output = Command::new(cargo)
        .args(arguments)
        .args(["--profile", profile])
        .current_dir(root())
        .stderr(Stdio::piped())
        .output()
        .await;
    let output = output.expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let mut messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let turnlog = messages.find(|message| message["target"]["name"] == "turnlog" && message["executable"].is_string());
    let turnlog = turnlog.expect("the command is among the binaries");
    PathBuf::from(turnlog["executable"].as_str().expect("it is a path"))
}

/// A running stack. Dropping it kills it.
#[derive(Debug)]
pub struct Stack {
    child: Child,
    address: String,
    /// What it writes to standard error, when it has ended.
    told: JoinHandle<String>,
}

impl Stack {
    /// Starts a stack on a free port that leaves nothing behind.
    pub async fn start() -> Self {
        Self::start_with(&["--ephemeral"]).await
    }

    /// Starts a stack on a free port that keeps its data in `folder`.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_in(folder: &Path) -> Self {
        Self::start_with(&["--data-dir", folder.to_str().expect("a test's folder has a plain name")]).await
    }

    /// Starts a stack again where one was before: on its port, and on its data in `folder`.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_again_in(folder: &Path, port: u16) -> Self {
        let folder = folder.to_str().expect("a test's folder has a plain name");
        Self::start_on(port, &["--data-dir", folder]).await
    }

    /// Starts a stack on a free port with further arguments.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_with(arguments: &[&str]) -> Self {
        Self::start_on(0, arguments).await
    }

    /// Starts a stack on a free port whose functions are processes, wherever those of other stacks run.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_with_processes(arguments: &[&str]) -> Self {
        Self::start_by(Command::new(build_once().await).current_dir(root()), 0, arguments).await
    }

    /// Starts a stack on a free port whose functions are calls in its process, wherever those of other stacks run.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_in_process(arguments: &[&str]) -> Self {
        let arguments = [arguments, &["--in-process"]].concat();
        Self::start_by(Command::new(build_once().await).current_dir(root()), 0, &arguments).await
    }

    /// Starts the stack of the project `name` in `folder`, which was built into `target`.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_of(name: &str, folder: &Path, target: &Path) -> Self {
        let mut command = Command::new(target.join("debug").join(name));
        Self::start_by(command.current_dir(folder).env("CARGO_TARGET_DIR", target), 0, &["--ephemeral"]).await
    }

    async fn start_on(port: u16, arguments: &[&str]) -> Self {
        // The command knows the functions of its own template only, and those that are built anew are executables.
        let is_free = !arguments.iter().any(|argument| matches!(*argument, "--template" | "--watch"));
        let further: &[&str] = if is_free && in_process() { &["--in-process"] } else { &[] };
        let mut command = Command::new(build_once().await);
        Self::start_by(command.current_dir(root()), port, &[arguments, further].concat()).await
    }

    async fn start_by(command: &mut Command, port: u16, arguments: &[&str]) -> Self {
        command.args(["dev", "--port", &port.to_string()]).args(arguments);
        // What was built is run, and only errors are told, unless a test wants it otherwise.
        if !arguments.contains(&"--watch") {
            command.arg("--no-build");
        }
        // Tests play faster than people do. Those of the limit name it.
        let is_own = |argument: &&str| argument.starts_with("FramesPerSecond=") || **argument == *"--template";
        if !arguments.iter().any(is_own) {
            command.args(["--parameter", "FramesPerSecond=0"]);
        }
        if !arguments.contains(&"--log") {
            command.args(["--log", "error"]);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the command starts");
        let told = tokio::spawn(listen(child.stderr.take().expect("it is piped")));
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let address = timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await.expect("it writes text") {
                if let Some(address) = line.strip_prefix("Turnlog is up: ") {
                    return address.trim_end_matches('/').to_owned();
                }
            }
            panic!("the stack ended before it was up")
        });
        let address = address.await.expect("the stack comes up in time");
        // Whatever else it writes must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, address, told }
    }

    /// Where it listens: `http://127.0.0.1:1234`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The port where it listens.
    ///
    /// # Panics
    /// Never: every address ends in one.
    pub fn port(&self) -> u16 {
        self.address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("an address ends in a port")
    }

    /// The process id.
    ///
    /// # Panics
    /// When it has ended.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// The URL of the WebSocket.
    pub fn websocket(&self) -> String {
        format!("{}/v1", self.address.replacen("http", "ws", 1))
    }

    /// A token of that player.
    ///
    /// # Panics
    /// When the stack gives none.
    pub async fn token(&self, player: &str) -> String {
        let url = format!("{}/dev/token", self.address);
        let answer =
            reqwest::Client::new().post(url).json(&json!({ "player_id": player, "name": player })).send().await;
        let answer: Value = answer.expect("the stack answers").json().await.expect("it answers JSON");
        answer["token"].as_str().expect("there is a token").to_owned()
    }

    /// A connection of that player.
    ///
    /// # Panics
    /// When the stack does not let them in.
    pub async fn connect(&self, player: &str) -> Client {
        Client::connect(&self.websocket(), &self.token(player).await).await.expect("the token is good")
    }

    /// The two with whom most stories begin.
    pub async fn ada_and_bob(&self) -> (Client, Client) {
        (self.connect("ada").await, self.connect("bob").await)
    }

    /// What `turnlog verify` says of a game to a player who watches it, up to the first colon.
    ///
    /// # Panics
    /// When the command does not run.
    pub async fn verify(&self, game: &str) -> String {
        self.verify_with(game, &[]).await
    }

    /// The same with further options.
    ///
    /// # Panics
    /// When the command does not run.
    pub async fn verify_with(&self, game: &str, options: &[&str]) -> String {
        let mut command = Command::new(build_once().await);
        command
            .args(["verify", game, "--url", &self.websocket()])
            .args(options)
            .env("TURNLOG_TOKEN", self.token("verifier").await);
        let output = command.output().await.expect("the command runs");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).expect("it writes text");
        said.split(':').next().unwrap_or_default().to_owned()
    }

    /// The command with these arguments, on this stack. Dropping it kills it.
    pub async fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(build_once().await);
        command.args(arguments).args(["--port", &self.port().to_string()]).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs a `turnlog` command on the tables of this stack, to its end.
    ///
    /// # Panics
    /// When the command does not run.
    pub async fn turnlog(&self, arguments: &[&str]) -> Output {
        self.command(arguments).await.output().await.expect("the command runs")
    }

    /// What the command says with these arguments, and whether it ended well.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn run(&self, arguments: &[&str]) -> (String, bool) {
        let output = self.turnlog(arguments).await;
        let said = [output.stdout, output.stderr].concat();
        (String::from_utf8(said).expect("it writes text"), output.status.success())
    }

    /// What the command says at a terminal at which somebody types these lines, and with which code it ends.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn at_terminal(&self, arguments: &[&str], typed: &str) -> (String, Option<i32>) {
        let port = self.port().to_string();
        let turnlog = build_once().await;
        let mut line = vec![turnlog.to_str().expect("the folder of a build has a plain name")];
        line.extend_from_slice(arguments);
        line.extend(["--port", &port]);
        // It runs a command at a terminal of its own, and passes on what is typed.
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &line.join(" "), "/dev/null"]).kill_on_drop(true);
        let mut child =
            script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("script runs");
        let mut input = child.stdin.take().expect("it is piped");
        input.write_all(typed.as_bytes()).await.expect("it is typed");
        drop(input);
        let output = timeout(PATIENCE, child.wait_with_output()).await.expect("it ends in time").expect("it runs");
        (String::from_utf8(output.stdout).expect("it writes text"), output.status.code())
    }

    /// A client of the stack's DynamoDB.
    ///
    /// # Panics
    /// When the stack does not say where it is.
    pub async fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let health = reqwest::get(format!("{}/health", self.address)).await.expect("the stack answers");
        let health: Value = health.json().await.expect("it answers JSON");
        let endpoint = health["dynamodb"].as_str().expect("it says where its tables are");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
            .endpoint_url(endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        client_with(&config)
    }

    /// Kills it without a word, and waits until it is gone.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// Asks it to end with a signal (`TERM` or `INT`), and waits until it has. Returns what it wrote to standard error.
    ///
    /// # Panics
    /// When it does not end in time, or not well.
    pub async fn stop(mut self, signal: &str) -> String {
        send_signal(self.pid(), signal).await;
        let status =
            timeout(PATIENCE, self.child.wait()).await.expect("it ends in time").expect("it can be waited for");
        assert!(status.success(), "it ended with {status}");
        self.told.await.expect("it writes text")
    }

    /// The processes that it has started and that still run: process id and command.
    ///
    /// # Panics
    /// When `ps` does not run.
    pub async fn children(&self) -> Vec<(u32, String)> {
        children_of(self.pid()).await
    }
}

/// Keeps what a stack writes, and passes it on.
#[expect(clippy::print_stderr, reason = "it explains why a test failed")]
async fn listen(errors: ChildStderr) -> String {
    let mut lines = BufReader::new(errors).lines();
    let mut told = String::new();
    while let Ok(Some(line)) = lines.next_line().await {
        eprintln!("{line}");
        told.extend([line.as_str(), "\n"]);
    }
    told
}

/// The running children of a process: process id, and the function that each is. All of them are one binary.
async fn children_of(pid: u32) -> Vec<(u32, String)> {
    let output = Command::new("ps").args(["-o", "pid=", "--ppid", &pid.to_string()]).output().await.expect("ps runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut children = Vec::new();
    for pid in text.lines().filter_map(|line| line.trim().parse::<u32>().ok()) {
        // A process may end while it is looked at.
        let Ok(environment) = tokio::fs::read(format!("/proc/{pid}/environ")).await else { continue };
        let mut variables = environment.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let handler = variables.find_map(|variable| variable.strip_prefix("_HANDLER=").map(str::to_owned));
        children.extend(handler.map(|handler| (pid, handler)));
    }
    children
}

/// Sends a signal to a process.
///
/// # Panics
/// When `kill` does not run.
pub async fn send_signal(pid: u32, signal: &str) {
    let sent = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).status().await;
    assert!(sent.expect("kill runs").success());
}

/// Waits until a condition holds, asking again and again.
///
/// # Panics
/// When it does not hold in time.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, condition: impl Fn() -> F) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "it never came: {what}");
        // The pause between two looks at a condition with a deadline.
        sleep(Duration::from_millis(20)).await;
    }
}
