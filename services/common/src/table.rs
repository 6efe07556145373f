//! The one table every service keeps its data in, whatever holds it.
//!
//! The shape is the environment's generic table: string keys `pk` and `sk`, one index (`gsi1pk`, `gsi1sk`), time to live on
//! `expires_at`. Rules such as uniqueness or no double booking are written once, by the services, as sets of conditional
//! writes that happen together or not at all; so every store obeys the same rules. Must not know patients or appointments.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, header};
use uuid::Uuid;

use crate::problem::{Kind, Problem};

#[cfg(feature = "testing")]
pub mod conformance;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
pub mod sqlite;

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Partition: what is read together.
    pub pk: String,
    /// Sort key: the place within the partition.
    pub sk: String,
}

impl Key {
    /// A key from its two parts.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self {
            pk: pk.into(),
            sk: sk.into(),
        }
    }
}

/// An item to be written.
#[derive(Clone)]
pub struct Item {
    /// Its place.
    pub key: Key,
    /// Its place in the index, where it has one.
    pub index: Option<Key>,
    /// Its version: 1, and one more with every write.
    pub version: u64,
    /// What it holds: JSON.
    pub body: Bytes,
    /// Unix second after which it counts as absent.
    pub expires_at: Option<i64>,
}

impl fmt::Debug for Item {
    /// Without the body, which may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Item")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// An item as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// The sort key it was found under: `sk`, or `gsi1sk` where the index was read.
    pub sort: String,
    /// Its version.
    pub version: u64,
    /// What it holds: JSON.
    pub body: Bytes,
}

impl fmt::Debug for Row {
    /// Without the body, which may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Items in order, shared with whoever remembers them, and with them the answer that was made of them.
#[derive(Clone)]
pub struct Rows(Arc<Read>);

struct Read {
    rows: Vec<Row>,
    answer: OnceLock<(usize, Bytes)>,
}

impl Rows {
    /// What `make` makes of these rows for pages of `limit`. Made once, as rows that are remembered are mostly asked for in the
    /// same way again.
    pub fn answer(&self, limit: usize, make: impl Fn(&[Row]) -> Bytes) -> Bytes {
        let (made_for, answer) = self.0.answer.get_or_init(|| (limit, make(&self.0.rows)));
        if *made_for == limit {
            answer.clone()
        } else {
            make(&self.0.rows)
        }
    }
}

impl From<Vec<Row>> for Rows {
    fn from(rows: Vec<Row>) -> Self {
        Self(Arc::new(Read {
            rows,
            answer: OnceLock::new(),
        }))
    }
}

impl std::ops::Deref for Rows {
    type Target = [Row];

    fn deref(&self) -> &[Row] {
        &self.0.rows
    }
}

impl fmt::Debug for Rows {
    /// Without the answer, which may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.rows.fmt(f)
    }
}

/// What must hold for a write to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing stands there, or only something that has expired.
    Absent,
    /// Exactly this version stands there.
    Version(u64),
}

/// One write of a set.
#[derive(Clone, Debug)]
pub enum Write {
    /// Puts the item in place.
    Put(Item, Expect),
    /// Takes the item with this version away.
    Delete(Key, u64),
}

impl Write {
    /// Where it writes.
    pub fn key(&self) -> &Key {
        match self {
            Self::Put(item, _) => &item.key,
            Self::Delete(key, _) => key,
        }
    }

    /// What it expects to find there.
    pub fn expect(&self) -> Expect {
        match self {
            Self::Put(_, expect) => *expect,
            Self::Delete(_, version) => Expect::Version(*version),
        }
    }
}

/// A partition to be read in order.
#[derive(Clone, Debug)]
pub struct Query<'a> {
    /// Whether `pk` is the index's.
    pub index: bool,
    /// The partition.
    pub pk: &'a str,
    /// Only what sorts after this.
    pub after: Option<&'a str>,
    /// At most so many.
    pub limit: usize,
}

/// The store could not answer. The text is for logs: it names operation and code, never data.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// Not now: worth another try.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// Never like this: a defect or a wrong setting.
    #[error("store failed: {0}")]
    Broken(String),
}

impl From<Fault> for Problem {
    /// The log gets the reason, the client only that there is one.
    fn from(fault: Fault) -> Self {
        tracing::error!(%fault, "the store did not serve a request");
        match fault {
            Fault::Unavailable(_) => {
                Self::because(Kind::Unavailable, "the store is busy; try again")
                    .with(header::RETRY_AFTER, HeaderValue::from_static("1"))
            }
            Fault::Broken(_) => Self::new(Kind::Internal),
        }
    }
}

/// Why a set of writes did not happen; none of it did.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refused {
    /// The expectations at these places of the set did not hold.
    #[error("expectations {0:?} did not hold")]
    Unmet(Vec<usize>),
    /// The store could not answer.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A place for items. All reads see every acknowledged write, except reads of the index, which may lag behind (DynamoDB).
pub trait Table: Send + Sync + 'static {
    /// The item with this key.
    fn get<'a>(&'a self, pk: &'a str, sk: &'a str) -> BoxFuture<'a, Result<Option<Row>, Fault>>;

    /// The items of a partition, in the order of their sort keys. Expired ones may be among them, so what expires does not
    /// live in a partition that is listed.
    fn query<'a>(&'a self, query: Query<'a>) -> BoxFuture<'a, Result<Rows, Fault>>;

    /// All of these writes, or none. Acknowledged means durable.
    fn write(&self, writes: Vec<Write>) -> BoxFuture<'_, Result<(), Refused>>;

    /// Whether the store answers.
    fn ping(&self) -> BoxFuture<'_, Result<(), Fault>>;
}

/// The document of a collection: the item at (`collection`, id).
pub async fn document(table: &dyn Table, collection: &str, id: Uuid) -> Result<Row, Problem> {
    let mut buffer = Uuid::encode_buffer();
    let key = id.hyphenated().encode_lower(&mut buffer);
    table
        .get(collection, key)
        .await?
        .ok_or_else(|| Problem::new(Kind::NotFound))
}

/// A handle of one's own: threads that each have one do not meet at its counter of references.
impl Table for Arc<dyn Table> {
    fn get<'a>(&'a self, pk: &'a str, sk: &'a str) -> BoxFuture<'a, Result<Option<Row>, Fault>> {
        (**self).get(pk, sk)
    }

    fn query<'a>(&'a self, query: Query<'a>) -> BoxFuture<'a, Result<Rows, Fault>> {
        (**self).query(query)
    }

    fn write(&self, writes: Vec<Write>) -> BoxFuture<'_, Result<(), Refused>> {
        (**self).write(writes)
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), Fault>> {
        (**self).ping()
    }
}
