//! The embedded store: one SQLite file, shared by any number of processes on one machine.
//!
//! Readers run where they are called: a read from WAL never waits for a writer and takes microseconds, less than handing
//! it to another thread would. Writers queue to one thread per process, which commits what has gathered in one go.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use rusqlite::Connection;

use super::{Fault, Query, Refused, Row, Rows, Table, Write};
use crate::lane::{self, Own};

mod quick;
mod reader;
mod watch;
mod writer;
use reader::Reader;
use watch::Watch;
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
    readers: Vec<Own<Mutex<Reader>>>,
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
            readers.push(Own(Mutex::new(Reader::new(reader, Watch::of(path)?))));
        }
        Ok(Self {
            readers,
            writer: Writer::start(write),
        })
    }

    /// Runs one read on this thread's own connection, or the next free one; waits only where all are in use.
    fn read<T>(&self, run: impl FnOnce(&mut Reader) -> rusqlite::Result<T>) -> Result<T, Fault> {
        let own = lane::mine() % self.readers.len();
        let (before, from) = self.readers.split_at(own);
        let free = from
            .iter()
            .chain(before)
            .find_map(|reader| reader.0.try_lock().ok());
        let mut reader = free.unwrap_or_else(|| {
            self.readers[own]
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        });
        run(&mut reader).map_err(|error| fault("read", &error))
    }
}

impl Table for Sqlite {
    fn get<'a>(&'a self, pk: &'a str, sk: &'a str) -> BoxFuture<'a, Result<Option<Row>, Fault>> {
        ready(self.read(|reader| reader.get(pk, sk))).boxed()
    }

    fn query<'a>(&'a self, query: Query<'a>) -> BoxFuture<'a, Result<Rows, Fault>> {
        ready(self.read(|reader| reader.query(&query))).boxed()
    }

    fn write(&self, writes: Vec<Write>) -> BoxFuture<'_, Result<(), Refused>> {
        self.writer.submit(writes).boxed()
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), Fault>> {
        ready(self.read(|reader| reader.ping())).boxed()
    }
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
