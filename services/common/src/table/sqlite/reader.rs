//! One connection for reading, and what it has read lately.
//!
//! What was read is remembered until anything at all is committed to the file, by this process or another, and that is
//! checked at every read: nobody is ever answered with what has been changed. Between two commits a read so costs a system
//! call instead of a query with its four.

use std::collections::HashMap;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::{Query, Row, Rows};
use super::quick::Quick;
use super::unix_now;
use super::watch::{Header, Watch};

/// How much one reader remembers, in bytes of documents.
const MOST: usize = 1024 * 1024;

pub(super) struct Reader {
    connection: Connection,
    watch: Watch,
    known: Known,
}

#[derive(Default)]
struct Known {
    at: Option<Header>,
    rows: HashMap<String, HashMap<String, Found, Quick>, Quick>,
    pages: HashMap<Vec<u8>, Rows, Quick>,
    size: usize,
}

#[derive(Clone)]
struct Found {
    row: Row,
    expires: Option<i64>,
}

impl Known {
    /// Forgets everything unless the file is as it was.
    fn is_current(&mut self, now: Option<Header>) -> bool {
        if now.is_some() && self.at == now {
            return true;
        }
        self.clear();
        self.at = now;
        false
    }

    fn clear(&mut self) {
        if self.size > 0 {
            *self = Self::default();
        }
    }

    /// Whether there is room, made by forgetting everything else where need be.
    fn make_room(&mut self, size: usize) -> bool {
        if self.size + size > MOST {
            let at = self.at;
            self.clear();
            self.at = at;
        }
        self.size += size;
        size <= MOST
    }
}

impl Reader {
    pub(super) fn new(connection: Connection, watch: Watch) -> Self {
        Self {
            connection,
            watch,
            known: Known::default(),
        }
    }

    pub(super) fn get(&mut self, pk: &str, sk: &str) -> rusqlite::Result<Option<Row>> {
        let before = self.watch.header();
        let found = if self.known.is_current(before)
            && let Some(found) = self.known.rows.get(pk).and_then(|rows| rows.get(sk))
        {
            Some(found.clone())
        } else {
            let found = find(&self.connection, pk, sk)?;
            if let Some(found) = &found
                && before.is_some()
                && self.watch.header() == before
                && self
                    .known
                    .make_room(found.row.body.len() + pk.len() + sk.len() + 200)
            {
                self.known
                    .rows
                    .entry(pk.to_owned())
                    .or_default()
                    .insert(sk.to_owned(), found.clone());
            }
            found
        };
        Ok(found
            .filter(|found| found.expires.is_none_or(|at| at > unix_now()))
            .map(|found| found.row))
    }

    pub(super) fn query(&mut self, query: &Query<'_>) -> rusqlite::Result<Rows> {
        let before = self.watch.header();
        let name = name(query);
        if self.known.is_current(before)
            && let Some(rows) = self.known.pages.get(&name)
        {
            return Ok(rows.clone());
        }
        let rows = list(&self.connection, query)?;
        // Twice: the answer made of them will be remembered too.
        let size = rows
            .iter()
            .map(|row| row.body.len() * 2 + 200)
            .sum::<usize>()
            + name.len()
            + 200;
        if before.is_some() && self.watch.header() == before && self.known.make_room(size) {
            self.known.pages.insert(name, rows.clone());
        }
        Ok(rows)
    }

    pub(super) fn ping(&self) -> rusqlite::Result<()> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM items LIMIT 1")?;
        statement.query_row([], |_| Ok(())).optional().map(|_| ())
    }
}

/// What tells one page from all others: numbers of fixed width, then texts, the first with its length.
fn name(query: &Query<'_>) -> Vec<u8> {
    let after = query.after.unwrap_or_default();
    let mut name = Vec::with_capacity(17 + query.pk.len() + after.len());
    name.push(u8::from(query.index));
    name.extend_from_slice(&query.limit.to_le_bytes());
    name.extend_from_slice(&query.pk.len().to_le_bytes());
    name.extend_from_slice(query.pk.as_bytes());
    name.extend_from_slice(after.as_bytes());
    name
}

fn find(connection: &Connection, pk: &str, sk: &str) -> rusqlite::Result<Option<Found>> {
    connection
        .prepare_cached("SELECT version, body, expires_at FROM items WHERE pk = ?1 AND sk = ?2")?
        .query_row([pk, sk], |row| {
            let found = Row {
                sort: String::new(),
                version: row.get::<_, i64>(0)? as u64,
                body: bytes(row, 1)?,
            };
            Ok(Found {
                row: found,
                expires: row.get(2)?,
            })
        })
        .optional()
}

fn list(connection: &Connection, query: &Query<'_>) -> rusqlite::Result<Rows> {
    let statement = if query.index {
        "SELECT gsi1sk, version, body FROM items WHERE gsi1pk = ?1 AND gsi1sk > ?2 ORDER BY gsi1sk LIMIT ?3"
    } else {
        "SELECT sk, version, body FROM items WHERE pk = ?1 AND sk > ?2 ORDER BY sk LIMIT ?3"
    };
    let mut statement = connection.prepare_cached(statement)?;
    let mut found = statement.query(params![
        query.pk,
        query.after.unwrap_or_default(),
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
    Ok(rows.into())
}

fn bytes(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Bytes> {
    Ok(Bytes::copy_from_slice(row.get_ref(at)?.as_blob()?))
}
