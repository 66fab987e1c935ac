//! `turnlog serve`: the command alone, in a folder that has nothing else.

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{
    client::{Client, token},
    stack::{build_once, send_signal},
};

/// How long a start or an end may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(90);

/// Random, and known to nobody but tests.
pub const TOKEN_SECRET: &str = "1:8f14e45fceea167a5a36dedd4bea2543c9f0f895fb98ab9159f51fd0297e236d";
const CHANCE_KEYS: &str = "1:45c48cce2e2d7fbdea1afc51c7c6ad26aab3238922bcc25a6f606eb525ffdc56";

/// A folder for a server, with its secrets in files.
#[derive(Debug)]
pub struct Home(TempDir);

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    public: String,
    operator: String,
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// A new one.
    ///
    /// # Panics
    /// When there is no room.
    pub fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("there is room"));
        std::fs::write(home.file("token-secret"), TOKEN_SECRET).expect("it is written");
        std::fs::write(home.file("chance-keys"), CHANCE_KEYS).expect("it is written");
        home
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The command with these arguments, where there is no checkout, no template and no secret in the environment.
    pub async fn turnlog(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(build_once().await);
        command.current_dir(self.0.path()).args(arguments).stdin(Stdio::null()).kill_on_drop(true);
        for variable in ["TOKEN_SECRET", "TOKEN_SECRET_FILE", "CHANCE_KEYS", "CHANCE_KEYS_FILE"] {
            command.env_remove(variable);
        }
        command
    }

    /// What the command says, and how it ends.
    ///
    /// # Panics
    /// When it does not run, or does not end.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let output = self.turnlog(arguments).await.output();
        timeout(PATIENCE, output).await.expect("it ends").expect("it runs")
    }

    /// Starts a server with these further arguments, at free ports of this machine.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn serve(&self, arguments: &[&str]) -> Server {
        let always = [
            "serve",
            "--operator-port",
            "0",
            "--token-secret-file",
            "token-secret",
            "--chance-keys-file",
            "chance-keys",
        ];
        // A test that starts it again at the same address names it.
        let listens = arguments.contains(&"--listen");
        let address: &[&str] = if listens { &[] } else { &["--listen", "127.0.0.1:0"] };
        let quiet: &[&str] = if arguments.contains(&"--log") { &[] } else { &["--log", "error"] };
        let mut command = self.turnlog(&[&always, address, quiet, arguments].concat()).await;
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the command starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut next = async |beginning: &str| {
            let line =
                timeout(PATIENCE, lines.next_line()).await.expect("it comes up in time").expect("it writes text");
            let line = line.expect("it goes on");
            line.strip_prefix(beginning)
                .unwrap_or_else(|| panic!("{line:?} does not begin with {beginning:?}"))
                .to_owned()
        };
        let public = next("Turnlog is up: ").await;
        let operator = next("For its operator: ").await;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Server { child, public, operator }
    }
}

impl Server {
    /// Where players come: `127.0.0.1:1234`.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The same for its operator.
    pub fn operator(&self) -> &str {
        &self.operator
    }

    /// The port of its operator.
    ///
    /// # Panics
    /// Never: every address ends in one.
    pub fn operator_port(&self) -> &str {
        self.operator.rsplit(':').next().expect("an address ends in a port")
    }

    /// The URL of the WebSocket.
    pub fn websocket(&self) -> String {
        format!("ws://{}/v1", self.public)
    }

    /// A connection of that player.
    ///
    /// # Panics
    /// When the server does not let them in.
    pub async fn connect(&self, player: &str) -> Client {
        Client::connect(&self.websocket(), &token(player, TOKEN_SECRET, 3600)).await.expect("the token is good")
    }

    /// Kills it without a word, and waits until it is gone.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// Asks it to end.
    ///
    /// # Panics
    /// When it has ended.
    pub async fn terminate(&self) {
        send_signal(self.child.id().expect("it runs"), "TERM").await;
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// When it does not.
    pub async fn ended(mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.expect("it ends in time").expect("it can be waited for")
    }

    /// What a `GET` answers at one of its addresses: status, and body as text.
    ///
    /// # Panics
    /// When nothing answers.
    pub async fn get(address: &str, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("http://{address}{path}")).await.expect("it answers");
        (answer.status().as_u16(), answer.text().await.expect("it is text"))
    }

    /// What `turnlog verify --all` finds.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn verified(&self, home: &Home) -> Value {
        let output = home.run(&["verify", "--all", "--json", "--port", self.operator_port()]).await;
        serde_json::from_slice(&output.stdout).expect("it writes JSON")
    }
}

/// Whether a folder holds this text in any file, however deep.
///
/// # Panics
/// When it cannot be read.
pub fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).expect("it can be read").flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return holds(&path, text);
        }
        let bytes = std::fs::read(&path).expect("it can be read");
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}
