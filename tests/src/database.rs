//! An embedded DynamoDB with Turnlog's tables.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use tokio::net::TcpListener;
use turnlog_store::{Games, Log, Messages, Players, Websockets, client_with};

use crate::{faults::Faults, stack::root};

/// An embedded DynamoDB with Turnlog's tables, reached through the real SDK client.
#[derive(Debug)]
pub struct Database {
    endpoint: String,
    faults: Faults,
    server: tokio::task::JoinHandle<()>,
}

impl Database {
    /// Starts one in memory, with the tables of template.yaml.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start() -> Self {
        let database = dynoxide::Database::memory().expect("memory is there");
        for table in turnlog_local::tables(&root().join("template.yaml")).expect("the template can be read") {
            let request = serde_json::from_value(table).expect("the template describes tables");
            database.create_table(request).expect("the table is new");
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
        let server = tokio::spawn(dynoxide::server::serve_on(listener, database));
        Self { endpoint, faults: Faults::default(), server }
    }

    /// The faults between the client and the database.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// A client with the time-outs and retries of the functions.
    pub fn client(&self) -> aws_sdk_dynamodb::Client {
        let credentials = Credentials::for_tests();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(&self.endpoint)
            .http_client(self.faults.client())
            .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
                aws_smithy_async::rt::sleep::TokioSleep::new(),
            ))
            .build();
        client_with(&config)
    }

    /// The log as a process of its own sees it: with an empty cache.
    pub fn log(&self) -> Log {
        Log::new(self.messages(), self.games())
    }

    /// The Messages table.
    pub fn messages(&self) -> Messages {
        Messages::new(self.client(), "MessagesTable".to_owned())
    }

    /// The Games table.
    pub fn games(&self) -> Games {
        Games::new(self.client(), "GamesTable".to_owned())
    }

    /// The Players table.
    pub fn players(&self) -> Players {
        Players::new(self.client(), "PlayersTable".to_owned())
    }

    /// The Websockets table.
    pub fn websockets(&self) -> Websockets {
        Websockets::new(self.client(), "WebsocketsTable".to_owned())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.server.abort();
    }
}
