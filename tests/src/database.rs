//! A DynamoDB with Turnlog's tables: embedded, or another implementation behind an endpoint.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::{
    config::{Credentials, SharedCredentialsProvider},
    types::{PutRequest, WriteRequest},
};
use serde_json::Value;
use tokio::net::TcpListener;
use turnlog_domain::{Actor, CommandId, GameId, Message, Seq};
use turnlog_operations::{Meter, Tables};
use turnlog_store::{
    ChanceKeys, Derived, Folded, Games, Log, Messages, Players, Row, Websockets, client_with, rows_of_head,
};

use crate::{faults::Faults, stack::root};

/// Names the endpoint of another implementation, against which the tests of tables and streams then run.
pub const OTHER_ENDPOINT: &str = "TURNLOG_TEST_DYNAMODB";

/// A DynamoDB with Turnlog's tables, reached through the real SDK client.
pub struct Database {
    endpoint: String,
    /// Sets the tables of this instance apart from those of others behind the same endpoint.
    prefix: String,
    faults: Faults,
    embedded: Option<dynoxide::Database>,
    server: Option<tokio::task::JoinHandle<()>>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Database").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Database {
    /// Starts one in memory with the tables of template.yaml, or makes these tables behind the endpoint that
    /// `TURNLOG_TEST_DYNAMODB` names.
    ///
    /// # Panics
    /// When there is none.
    pub async fn start() -> Self {
        let prefix = uuid::Uuid::new_v4().simple().to_string();
        let (endpoint, embedded, server) = if let Ok(endpoint) = std::env::var(OTHER_ENDPOINT) {
            (endpoint, None, None)
        } else {
            let database = dynoxide::Database::memory().expect("memory is there");
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
            let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
            let server = tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
            (endpoint, Some(database), Some(server))
        };
        for mut table in turnlog_local::tables(&root().join("template.yaml")).expect("the template can be read") {
            let name = format!("{prefix}-{}", table["TableName"].as_str().expect("it is a name"));
            table["TableName"] = name.into();
            create_table(&endpoint, &table).await;
        }
        Self { endpoint, prefix, faults: Faults::default(), embedded, server }
    }

    /// Where it is.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// How many of very many items are enough: fewer where each of them is written by a request to another implementation.
    pub fn enough(&self, many: u64) -> u64 {
        if self.embedded.is_some() { many } else { many.min(3_000) }
    }

    /// Writes very many items, in DynamoDB's JSON, past the client and the streams.
    ///
    /// # Panics
    /// When the database does not take them.
    pub async fn import(&self, table: &str, items: Vec<Value>) {
        let name = self.table(table);
        if let Some(embedded) = self.embedded.clone() {
            let items = items.into_iter().map(|item| serde_json::from_value(item).expect("it is an item")).collect();
            let import = move || embedded.import_items(&name, items, dynoxide::ImportOptions::default());
            tokio::task::spawn_blocking(import).await.expect("it does not panic").expect("they are taken");
            return;
        }
        for items in items.chunks(25) {
            let put = |item: &Value| {
                let item: serde_dynamo::Item = serde_json::from_value(item.clone()).expect("it is an item");
                let put = PutRequest::builder().set_item(Some(item.into())).build().expect("it has an item");
                WriteRequest::builder().put_request(put).build()
            };
            let write = self.client().batch_write_item().request_items(&name, items.iter().map(put).collect());
            let answer = write.send().await.expect("they are taken");
            assert!(answer.unprocessed_items.unwrap_or_default().is_empty());
        }
    }

    /// What a table of the template is called here.
    pub fn table(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
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
        Log::new(self.messages(), self.games()).with_keys(self.keys())
    }

    /// The keys behind chance.
    ///
    /// # Panics
    /// Never: they are valid.
    pub fn keys(&self) -> ChanceKeys {
        ChanceKeys::parse("test:a-secret-that-only-the-tests-know").expect("it is a valid key")
    }

    /// The tables as an operator has them.
    pub fn tables(&self) -> Tables {
        let (messages, games, players) = (self.messages(), self.games(), self.players());
        Tables { messages, games, players, meter: Meter::default() }
    }

    /// Writes the rows that follow from the head of a game's log.
    ///
    /// # Panics
    /// When they are not written.
    pub async fn put_row(&self, folded: &Folded) {
        self.put_rows(rows_of_head(folded)).await;
    }

    /// Writes the state after a message, if it is one of those that are kept.
    ///
    /// # Panics
    /// When it is not written.
    pub async fn put_snapshot(&self, folded: &Folded) {
        let (game, seq, at) = (folded.game.id(), folded.game.seq(), folded.game.at());
        let command = CommandId::of_system(game, seq, "snapshot");
        let mut derived = Derived::default();
        derived.note(folded, &Message { game, seq, at, command, actor: Actor::System, events: Vec::new() });
        self.put_rows(derived.take_rows()).await;
    }

    /// Writes everything that follows from the log of a game.
    ///
    /// # Panics
    /// When it cannot be read, folded or written.
    pub async fn project(&self, game: GameId) {
        let entries = self.messages().tail(game, Seq(0)).await.expect("it reads");
        let derived = Derived::over(&turnlog_games::kinds(), None, &entries).expect("it folds");
        self.put_rows(derived.rows()).await;
    }

    /// Writes rows as a projection does.
    ///
    /// # Panics
    /// When one is not written.
    pub async fn put_rows(&self, rows: Vec<Row>) {
        for row in rows {
            self.tables().read_models().put(row).await.expect("it is written, or there already");
        }
    }

    /// The Messages table.
    pub fn messages(&self) -> Messages {
        Messages::new(self.client(), self.table("MessagesTable"))
    }

    /// The Games table.
    pub fn games(&self) -> Games {
        Games::new(self.client(), self.table("GamesTable"), turnlog_games::kinds())
    }

    /// The Players table.
    pub fn players(&self) -> Players {
        Players::new(self.client(), self.table("PlayersTable"))
    }

    /// The Websockets table.
    pub fn websockets(&self) -> Websockets {
        Websockets::new(self.client(), self.table("WebsocketsTable"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

/// The template's own description of a table, as it is: the SDK's builders would have it said once more.
async fn create_table(endpoint: &str, table: &serde_json::Value) {
    let scope = "test/20260101/eu-central-1/dynamodb/aws4_request";
    let signature = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={}", "0".repeat(64));
    let answer = reqwest::Client::new()
        .post(endpoint)
        .header("authorization", signature)
        .header("x-amz-date", "20260101T000000Z")
        .header("x-amz-target", "DynamoDB_20120810.CreateTable")
        .header("content-type", "application/x-amz-json-1.0")
        .body(table.to_string())
        .send()
        .await
        .expect("the database answers");
    let status = answer.status();
    assert!(status.is_success(), "{status}: {}", answer.text().await.unwrap_or_default());
}
