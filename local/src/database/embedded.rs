//! DynamoDB in this process: dynoxide on an `SQLite` file.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Mutex,
    thread::JoinHandle,
};

use rusqlite::Connection;
use tokio::{sync::oneshot, task::AbortHandle, time::MissedTickBehavior};

use super::{
    DatabaseError,
    direct::Direct,
    signal::{Signal, Written},
};
use crate::{durability::Durable, limits};

/// dynoxide looks for the next sequence number and for the next records of a stream with a scan of all records.
/// With these, both stay as fast as on the first day.
const STREAM_INDEXES: &str = "
    CREATE INDEX IF NOT EXISTS local_stream_last
        ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
    CREATE INDEX IF NOT EXISTS local_stream_next
        ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER));";

/// An embedded DynamoDB behind a listener of its own.
pub(super) struct Embedded {
    database: dynoxide::Database,
    file: PathBuf,
    address: SocketAddr,
    server: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
    maintenance: Mutex<Vec<AbortHandle>>,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Embedded")
            .field("file", &self.file)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// The database of a data folder.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join("dynamodb.sqlite")
}

impl Embedded {
    /// Opens `dynamodb.sqlite` in the folder and serves it on a free port of the loopback interface.
    ///
    /// # Errors
    /// When the file is not one of dynoxide's, or there is no port.
    pub(super) fn open(folder: &Path) -> Result<Self, DatabaseError> {
        let file = file(folder);
        let failed = |error: &dyn std::fmt::Display| DatabaseError::Embedded(format!("{}: {error}", file.display()));
        let name = file.to_str().ok_or_else(|| failed(&"the name is not UTF-8"))?;
        let database = dynoxide::Database::new(name).map_err(|error| failed(&error))?;
        // It sets `synchronous = NORMAL`: the death of this process, however sudden, loses nothing, because what is
        // committed is in the system's hands; only a power failure may lose the last moments. dynoxide has no call of
        // its own for that.
        database.disable_bulk_loading().map_err(|error| failed(&error))?;
        Connection::open(&file)
            .and_then(|connection| connection.execute_batch(STREAM_INDEXES))
            .map_err(|error| failed(&error))?;
        let listener = listen()?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let thread = serve(listener, database.clone(), stopped)?;
        let server = Mutex::new(Some((stop, thread)));
        Ok(Self { database, file, address, server, maintenance: Mutex::new(Vec::new()) })
    }

    /// The same database without the way over HTTP.
    pub(super) fn direct(&self) -> Direct {
        Direct::new(self.database.clone())
    }

    /// Flushes what is committed, on request.
    ///
    /// `SQLite` appends every commit to its write-ahead log, and with `synchronous = NORMAL` flushes that before it moves anything
    /// from there into the database (<https://sqlite.org/wal.html>, Performance Considerations). So what was flushed in it stays.
    ///
    /// # Errors
    /// When that file cannot be opened.
    pub(super) fn durable(&self) -> std::io::Result<Durable> {
        Durable::by_flushing(&self.log())
    }

    /// The write-ahead log, to which `SQLite` appends every commit.
    fn log(&self) -> PathBuf {
        let mut log = self.file.clone().into_os_string();
        log.push("-wal");
        log.into()
    }

    /// The database's own file and its write-ahead log, each with its size in bytes.
    pub(super) fn sizes_bytes(&self) -> Vec<(&'static str, u64)> {
        let files = [("database", self.file.clone()), ("write_ahead_log", self.log())];
        files.map(|(name, file)| (name, std::fs::metadata(file).map_or(0, |file| file.len()))).into()
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Deletes what has expired, and stream records that DynamoDB would no longer have.
    pub(super) fn maintain(&self, signal: Signal) {
        let sweep = tokio::spawn(sweep(self.database.clone(), signal)).abort_handle();
        let trim = tokio::spawn(trim(self.file.clone())).abort_handle();
        self.maintenance.lock().expect("nothing panics while it is held").extend([sweep, trim]);
    }

    pub(super) async fn stop(&self) {
        for task in self.maintenance.lock().expect("nothing panics while it is held").drain(..) {
            task.abort();
        }
        let running = self.server.lock().expect("nothing panics while it is held").take();
        let Some((stop, thread)) = running else { return };
        let _ = stop.send(());
        let ended = tokio::task::spawn_blocking(move || thread.join());
        // A client that sent half a request would hold it up for ever; SQLite survives that.
        // Cancel-safe: the thread goes on when nobody waits for it.
        if tokio::time::timeout(limits::DATABASE_STOPPING, ended).await.is_err() {
            tracing::debug!("the embedded database did not stop in time");
        }
    }
}

/// A listener that nobody finds: dynoxide answers pages of every origin, and takes no check of ours. Not every system has
/// all addresses of the loopback network.
fn listen() -> std::io::Result<std::net::TcpListener> {
    let [second, third, fourth] = rand::random::<[u8; 3]>();
    let hidden = Ipv4Addr::new(127, second, third, fourth.clamp(1, 254));
    std::net::TcpListener::bind((hidden, 0)).or_else(|_| std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
}

/// Serves on a thread of its own: dynoxide waits for the disk inside its handlers, which must not hold up the gateway,
/// and it has one lock, so that more than one thread only makes it slower.
fn serve(
    listener: std::net::TcpListener,
    database: dynoxide::Database,
    stopped: oneshot::Receiver<()>,
) -> std::io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("dynamodb".to_owned()).spawn(move || {
        runtime.block_on(async {
            let listener = match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => listener,
                Err(error) => return tracing::error!(%error, "the embedded database cannot listen"),
            };
            let shutdown = async {
                // An error means that the stack was dropped, which is a reason to stop as well.
                let _ = stopped.await;
            };
            if let Err(error) = dynoxide::server::serve_with_shutdown(listener, database, shutdown).await {
                tracing::error!(error, "the embedded database ended");
            }
        });
    })
}

async fn sweep(database: dynoxide::Database, signal: Signal) {
    let mut ticks = tokio::time::interval(limits::EXPIRY_SWEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let database = database.clone();
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(deleted)) => {
                tracing::debug!(deleted, "expired items deleted");
                signal.tell(&Written::Several);
            }
            Ok(Err(error)) => tracing::warn!(%error, "expired items not deleted"),
            Err(error) => tracing::warn!(%error, "expired items not deleted"),
        }
    }
}

async fn trim(file: PathBuf) {
    let mut ticks = tokio::time::interval(limits::STREAM_TRIM_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick comes at once.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let file = file.clone();
        match tokio::task::spawn_blocking(move || trim_records(&file)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(deleted)) => tracing::debug!(deleted, "old stream records deleted"),
            Ok(Err(error)) => tracing::warn!(%error, "old stream records not deleted"),
            Err(error) => tracing::warn!(%error, "old stream records not deleted"),
        }
    }
}

/// Deletes from the old end, and never the last record of all: sequence numbers continue from it.
fn trim_records(file: &Path) -> rusqlite::Result<usize> {
    let connection = Connection::open(file)?;
    let retention = i64::try_from(limits::STREAM_RETENTION.as_secs()).expect("a day fits");
    let horizon = chrono::Utc::now().timestamp() - retention;
    let mut deleted_in_all = 0;
    loop {
        let deleted = connection.execute(
            "DELETE FROM _stream_records WHERE created_at < ?1 AND id IN (
                SELECT id FROM _stream_records WHERE id < (SELECT MAX(id) FROM _stream_records) ORDER BY id LIMIT ?2)",
            (horizon, limits::STREAM_TRIM_RECORDS_MAX),
        )?;
        deleted_in_all += deleted;
        if deleted < limits::STREAM_TRIM_RECORDS_MAX {
            return Ok(deleted_in_all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_indexes_are_the_ones_that_dynoxide_uses() {
        let folder = std::env::temp_dir().join(format!("local-stack-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("dynamodb.sqlite");
        let database = dynoxide::Database::new(file.to_str().unwrap()).unwrap();
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch(STREAM_INDEXES).unwrap();
        let plan = |query: &str| -> String {
            let explain = format!("EXPLAIN QUERY PLAN {query}");
            connection.query_row(&explain, [], |row| row.get(3)).unwrap()
        };
        let next = plan(
            "SELECT event_name FROM _stream_records WHERE table_name = 't' AND shard_id = 's' \
             AND CAST(sequence_number AS INTEGER) > 5 ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 1000",
        );
        assert!(next.contains("local_stream_next"), "{next}");
        let last = plan(
            "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = 't'",
        );
        assert!(last.contains("local_stream_last"), "{last}");
        drop((database, connection));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    /// E: a stream keeps its records for 24 hours.
    #[test]
    fn a_stream_keeps_its_records_for_a_day() {
        let folder = std::env::temp_dir().join(format!("local-stack-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("dynamodb.sqlite");
        let database = dynoxide::Database::new(file.to_str().unwrap()).unwrap();
        let table = serde_json::json!({
            "TableName": "lines",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
        });
        database.create_table(serde_json::from_value(table).unwrap()).unwrap();
        for id in ["a", "b", "c", "d"] {
            let put = serde_json::json!({"TableName": "lines", "Item": {"id": {"S": id}}});
            database.put_item(serde_json::from_value(put).unwrap()).unwrap();
        }
        assert_eq!(trim_records(&file).unwrap(), 0);
        let connection = Connection::open(&file).unwrap();
        let aged = "UPDATE _stream_records SET created_at = created_at - 24 * 3600 - 1 WHERE id <= 2";
        assert_eq!(connection.execute(aged, ()).unwrap(), 2);
        assert_eq!(trim_records(&file).unwrap(), 2);
        drop((database, connection));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
