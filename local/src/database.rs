//! The DynamoDB of the local stack: embedded in this process on a file, or another one by its endpoint.
//!
//! Functions never reach it directly. They talk to the front (`front.rs`), which passes every request on and tells the
//! event source mappings that there is something to read.

mod backup;
mod direct;
mod embedded;
mod faulty;
mod folder;
mod front;
mod names;
mod signal;
mod tables;
mod upstream;

use std::{collections::BTreeMap, net::SocketAddr, path::Path, sync::Arc};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use axum::Router;
pub use backup::{BackupError, backup};
use embedded::Embedded;
pub use folder::Data;
use folder::Folder;
use front::Front;
use names::Names;
pub(crate) use signal::Signal;
pub(crate) use tables::Table;
use upstream::Upstream;

use crate::{
    access::{Access, dynamodb::PartitionKeys},
    circumstances::Circumstances,
    durability::{Durability, Durable},
    template::model::TableSpec,
};

/// A running database with the tables of the template. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: Folder,
    upstream: Upstream,
    embedded: Option<Embedded>,
    front: Front,
    tables: BTreeMap<String, Arc<Table>>,
    signal: Signal,
    durable: Durable,
}

/// Which DynamoDB it is.
#[derive(Debug, Clone)]
pub(crate) enum Engine {
    /// The embedded one.
    Embedded(Durability),
    /// Another one, by its endpoint.
    At(String),
}

impl Default for Engine {
    fn default() -> Self {
        Self::Embedded(Durability::default())
    }
}

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    #[error("the data folder {path} cannot be used: {source}")]
    Folder { path: String, source: std::io::Error },
    #[error("another stack is running on the data folder {0}")]
    InUse(String),
    #[error("the embedded DynamoDB cannot be opened: {0}")]
    Embedded(String),
    #[error("{0} is not an endpoint such as http://127.0.0.1:8000")]
    Endpoint(String),
    #[error("the database cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    #[error("table {table}: {operation} failed: {message}")]
    Table { table: String, operation: &'static str, message: String },
}

impl Database {
    /// Opens the database and makes the tables that it does not have yet.
    ///
    /// # Errors
    /// When the data folder is in use or unusable, when the endpoint does not answer, or when it refuses a table.
    pub(crate) async fn open(
        data: &Data,
        tables: &[TableSpec],
        engine: Engine,
        circumstances: &Circumstances,
        access: &Access,
    ) -> Result<Self, DatabaseError> {
        let folder = Folder::open(data)?;
        let (embedded, address, durable) = match engine {
            // It answers for itself.
            Engine::At(endpoint) => (None, endpoint, Durable::without_flushes()),
            Engine::Embedded(durability) => {
                let embedded = Embedded::open(folder.path())?;
                let address = format!("http://{}", embedded.address());
                let durable = match durability {
                    Durability::Process => Durable::without_flushes(),
                    Durability::Power => embedded.durable()?,
                };
                (Some(embedded), address, durable)
            }
        };
        let upstream = Upstream::new(&address)?.with(embedded.as_ref().map(Embedded::direct));
        let mut made = BTreeMap::new();
        for spec in tables {
            made.insert(spec.id.clone(), Arc::new(tables::make(&upstream, spec).await?));
        }
        let signal = Signal::new(made.values().map(|table| table.name.clone()));
        if let Some(embedded) = &embedded {
            embedded.maintain(signal.clone());
        }
        let names = (PartitionKeys::new(tables), Names::new(made.values().map(Arc::as_ref)));
        let told = (signal.clone(), durable.clone());
        let front = Front::serve(upstream.clone(), told, circumstances.clone(), access.clone(), names).await?;
        let shared = Shared { folder, upstream, embedded, front, tables: made, signal, durable };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What functions get as `AWS_ENDPOINT_URL_DYNAMODB`.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address())
    }

    fn address(&self) -> SocketAddr {
        self.shared.front.address()
    }

    /// The same without a socket: the address, with what answers there.
    pub(crate) fn front(&self) -> (SocketAddr, Router) {
        (self.address(), self.shared.front.router().clone())
    }

    /// The database behind the front: for the stack's own readers, whose calls no policy and no fault concerns.
    pub(crate) fn own_endpoint(&self) -> String {
        self.shared.upstream.endpoint()
    }

    /// What carries such calls without a socket; none where the database runs elsewhere.
    pub(crate) fn own_http(&self) -> Option<SharedHttpClient> {
        self.shared.upstream.without_socket()
    }

    /// Where everything is kept that outlives the stack. Temporary for an ephemeral one.
    pub(crate) fn folder(&self) -> &Path {
        self.shared.folder.path()
    }

    /// The table with this logical id.
    pub(crate) fn table(&self, id: &str) -> Option<Arc<Table>> {
        self.shared.tables.get(id).cloned()
    }

    /// Tells when a table was written to.
    pub(crate) fn signal(&self) -> &Signal {
        &self.shared.signal
    }

    /// How far what was written is on the disk.
    pub(crate) fn durable(&self) -> &Durable {
        &self.shared.durable
    }

    /// Whether every write is told by [`Database::signal`]: nobody else writes to the embedded database.
    pub(crate) fn announces_every_write(&self) -> bool {
        self.shared.embedded.is_some()
    }

    /// The files of the embedded database, each with its size in bytes; none of another one.
    pub(crate) fn sizes_bytes(&self) -> Vec<(&'static str, u64)> {
        self.shared.embedded.as_ref().map(Embedded::sizes_bytes).unwrap_or_default()
    }

    /// Stops listening, after the requests that are under way. A temporary folder is gone then.
    pub(crate) async fn stop(&self) {
        self.shared.front.stop().await;
        if let Some(embedded) = &self.shared.embedded {
            embedded.stop().await;
        }
        self.shared.folder.close();
    }
}

#[cfg(test)]
impl Database {
    /// Sends a request as a function does: through the front. Panics when it is refused.
    pub(crate) async fn call_as_function(&self, operation: &str, body: &serde_json::Value) -> serde_json::Value {
        Upstream::new(&self.endpoint()).unwrap().call(operation, body).await.unwrap()
    }
}

#[cfg(test)]
mod tests;
