//! The embedded store: one SQLite file, shared by any number of processes on one machine.
//!
//! Readers run where they are called: a read from WAL never waits for a writer and takes microseconds, less than handing
//! it to another thread would. Writers queue to one thread per process, which commits what has gathered in one go.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Fault, Query, Refused, Row, Table, Write};

mod writer;
use writer::Writer;

/// How long a process waits for another one's write lock.
const LOCK_WAIT: Duration = Duration::from_secs(20);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS items (
        pk TEXT NOT NULL, sk TEXT NOT NULL, gsi1pk TEXT, gsi1sk TEXT,
        version INTEGER NOT NULL, body BLOB NOT NULL, expires_at INTEGER,
        PRIMARY KEY (pk, sk)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS gsi1 ON items (gsi1pk, gsi1sk) WHERE gsi1pk IS NOT NULL;
    CREATE INDEX IF NOT EXISTS expiry ON items (expires_at) WHERE expires_at IS NOT NULL;
";

/// The embedded store.
pub struct Sqlite {
    readers: Vec<Mutex<Connection>>,
    next: AtomicUsize,
    writer: Writer,
}

impl Sqlite {
    /// Opens or creates the file, readable by its owner alone, with as many readers as the machine has threads.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            std::fs::create_dir_all(parent).map_err(|error| {
                Fault::Broken(format!("cannot create the database's directory: {error}"))
            })?;
        }
        // SQLite gives its -wal and -shm files the rights of the database file.
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path)
            .map_err(|error| Fault::Broken(format!("cannot open the database file: {error}")))?;
        let write = connect(path)?;
        in_wal_mode(&write)?;
        write
            .execute_batch(SCHEMA)
            .map_err(|error| fault("schema", &error))?;
        let mut readers = Vec::new();
        for _ in 0..threads {
            let reader = connect(path)?;
            reader
                .pragma_update(None, "query_only", true)
                .map_err(|error| fault("open", &error))?;
            readers.push(Mutex::new(reader));
        }
        Ok(Self {
            readers,
            next: AtomicUsize::new(0),
            writer: Writer::start(write),
        })
    }

    /// Runs one read on the first free connection; waits for one only where all are in use.
    fn read<T>(&self, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Fault> {
        let free = self
            .readers
            .iter()
            .find_map(|reader| reader.try_lock().ok());
        let connection = free.unwrap_or_else(|| {
            let at = self.next.fetch_add(1, Ordering::Relaxed) % self.readers.len();
            self.readers[at]
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        });
        run(&connection).map_err(|error| fault("read", &error))
    }

    fn find(&self, pk: &str, sk: &str) -> Result<Option<Row>, Fault> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT version, body, expires_at FROM items WHERE pk = ?1 AND sk = ?2",
                )?
                .query_row([pk, sk], |row| {
                    Ok((
                        row.get::<_, i64>(0)?,
                        bytes(row, 1)?,
                        row.get::<_, Option<i64>>(2)?,
                    ))
                })
                .optional()
        })
        .map(|found| {
            found
                .filter(|(_, _, expires)| expires.is_none_or(|expires| expires > unix_now()))
                .map(|(version, body, _)| Row {
                    sort: String::new(),
                    version: version as u64,
                    body,
                })
        })
    }

    fn list(&self, query: &Query<'_>) -> Result<Vec<Row>, Fault> {
        let statement = if query.index {
            "SELECT gsi1sk, version, body FROM items WHERE gsi1pk = ?1 AND gsi1sk > ?2 ORDER BY gsi1sk LIMIT ?3"
        } else {
            "SELECT sk, version, body FROM items WHERE pk = ?1 AND sk > ?2 ORDER BY sk LIMIT ?3"
        };
        self.read(|connection| {
            let mut statement = connection.prepare_cached(statement)?;
            let mut found = statement.query(params![
                query.pk,
                query.after.unwrap_or(""),
                query.limit as i64
            ])?;
            let mut rows = Vec::with_capacity(query.limit);
            while let Some(row) = found.next()? {
                rows.push(Row {
                    sort: row.get(0)?,
                    version: row.get::<_, i64>(1)? as u64,
                    body: bytes(row, 2)?,
                });
            }
            Ok(rows)
        })
    }
}

impl Table for Sqlite {
    fn get<'a>(&'a self, pk: &'a str, sk: &'a str) -> BoxFuture<'a, Result<Option<Row>, Fault>> {
        ready(self.find(pk, sk)).boxed()
    }

    fn query<'a>(&'a self, query: Query<'a>) -> BoxFuture<'a, Result<Vec<Row>, Fault>> {
        ready(self.list(&query)).boxed()
    }

    fn write(&self, writes: Vec<Write>) -> BoxFuture<'_, Result<(), Refused>> {
        self.writer.submit(writes).boxed()
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), Fault>> {
        let answer = self.read(|connection| {
            connection
                .prepare_cached("SELECT 1 FROM items LIMIT 1")?
                .query_row([], |_| Ok(()))
                .optional()
        });
        ready(answer.map(|_| ())).boxed()
    }
}

fn bytes(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Bytes> {
    Ok(Bytes::copy_from_slice(row.get_ref(at)?.as_blob()?))
}

fn connect(path: &Path) -> Result<Connection, Fault> {
    configured(path).map_err(|error| fault("open", &error))
}

fn configured(path: &Path) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open(path)?;
    connection.busy_handler(Some(wait_for_lock))?;
    // FULL: an acknowledged write survives a power cut, not only a killed process.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -1024)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// SQLite's own handler backs off to naps of 100 ms, in which a busy neighbour takes the lock again and again; short naps
/// keep two processes fair to each other.
fn wait_for_lock(tries: i32) -> bool {
    const NAP: Duration = Duration::from_micros(500);
    std::thread::sleep(NAP);
    u128::from(tries.unsigned_abs()) * NAP.as_micros() < LOCK_WAIT.as_micros()
}

/// Changing the journal mode does not ask the busy handler, so two processes starting at once need this loop.
fn in_wal_mode(connection: &Connection) -> Result<(), Fault> {
    let start = Instant::now();
    loop {
        match connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))
        {
            Ok(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(()),
            Ok(mode) => {
                return Err(Fault::Broken(format!(
                    "the file system allows no shared WAL: journal mode is {mode}"
                )));
            }
            Err(error) if is_busy(&error) && start.elapsed() < LOCK_WAIT => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(error) => return Err(fault("open", &error)),
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
    )
}

/// Only SQLite's code goes on: its message may quote values.
fn fault(operation: &str, error: &rusqlite::Error) -> Fault {
    let text = match error.sqlite_error() {
        Some(code) => format!("sqlite {operation}: {code}"),
        None => format!("sqlite {operation}: unexpected result"),
    };
    if is_busy(error) {
        Fault::Unavailable(text)
    } else {
        Fault::Broken(text)
    }
}

fn unix_now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64)
}
