//! A practitioner's day: what is taken, as one small item with a version.
//!
//! Whoever books writes the day again, expecting the version that was read. Two who book at once therefore cannot both
//! succeed on the same day, in one process or in many, whatever holds the table. A day is never deleted, only emptied:
//! otherwise its versions would begin again, and an old one could be mistaken for a new one.

use bytes::Bytes;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service_kit::table::{Expect, Fault, Item, Key, Table, Write};
use uuid::Uuid;

use crate::domain::PersonId;
use crate::domain::moment::{Moment, Span};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    start: String,
    end: String,
    id: String,
}

/// One day of one practitioner.
#[derive(Clone, Debug)]
pub struct Day {
    key: Key,
    version: u64,
    entries: Vec<Entry>,
    changed: bool,
}

impl Day {
    /// Reads the day, which may be empty.
    pub async fn read(table: &dyn Table, practitioner: PersonId, day: Date) -> Result<Self, Fault> {
        let key = Key::new(format!("calendar#{}", practitioner.0), day.to_string());
        let (version, entries) = match table.get(&key.pk, &key.sk).await? {
            None => (0, Vec::new()),
            Some(row) => {
                let entries = serde_json::from_slice(&row.body);
                (
                    row.version,
                    entries.map_err(|_| Fault::Broken("a calendar does not read".to_owned()))?,
                )
            }
        };
        Ok(Self {
            key,
            version,
            entries,
            changed: false,
        })
    }

    /// Whether this is that day of that practitioner.
    pub fn is(&self, practitioner: PersonId, day: Date) -> bool {
        self.key == Key::new(format!("calendar#{}", practitioner.0), day.to_string())
    }

    /// Frees what this appointment holds.
    pub fn free(&mut self, id: Uuid) {
        let id = id.to_string();
        let before = self.entries.len();
        self.entries.retain(|entry| entry.id != id);
        self.changed |= self.entries.len() != before;
    }

    /// Takes the time, unless any of it is taken.
    pub fn take(&mut self, id: Uuid, span: Span) -> bool {
        let overlaps =
            |entry: &Entry| match (Moment::parse(&entry.start), Moment::parse(&entry.end)) {
                (Ok(start), Ok(end)) => span.overlaps(Span { start, end }),
                // What does not read may be anything: nothing is booked over it.
                _ => true,
            };
        if self.entries.iter().any(overlaps) {
            return false;
        }
        let (start, end) = (span.start.sortable(), span.end.sortable());
        self.entries.push(Entry {
            start,
            end,
            id: id.to_string(),
        });
        self.changed = true;
        true
    }

    /// The write that makes it so; none where nothing changed.
    pub fn write(self) -> Option<Write> {
        if !self.changed {
            return None;
        }
        let expect = if self.version == 0 {
            Expect::Absent
        } else {
            Expect::Version(self.version)
        };
        let body = Bytes::from(serde_json::to_vec(&self.entries).ok()?);
        let item = Item {
            key: self.key,
            index: None,
            version: self.version + 1,
            body,
            expires_at: None,
        };
        Some(Write::Put(item, expect))
    }
}

/// The days that a change touches, read once each.
pub struct Days<'t> {
    table: &'t dyn Table,
    days: Vec<Day>,
}

impl<'t> Days<'t> {
    /// None read yet.
    pub fn new(table: &'t dyn Table) -> Self {
        Self {
            table,
            days: Vec::new(),
        }
    }

    async fn day(&mut self, practitioner: PersonId, date: Date) -> Result<&mut Day, Fault> {
        let known = self.days.iter().position(|day| day.is(practitioner, date));
        let at = if let Some(at) = known {
            at
        } else {
            self.days
                .push(Day::read(self.table, practitioner, date).await?);
            self.days.len() - 1
        };
        Ok(&mut self.days[at])
    }

    /// Frees an appointment's time.
    pub async fn free(
        &mut self,
        practitioner: PersonId,
        id: Uuid,
        span: Span,
    ) -> Result<(), Fault> {
        for date in span.days() {
            self.day(practitioner, date).await?.free(id);
        }
        Ok(())
    }

    /// Takes time for an appointment; `false` where any of it is taken.
    pub async fn take(
        &mut self,
        practitioner: PersonId,
        id: Uuid,
        span: Span,
    ) -> Result<bool, Fault> {
        for date in span.days() {
            if !self.day(practitioner, date).await?.take(id, span) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The writes that make it so.
    pub fn writes(self) -> impl Iterator<Item = Write> {
        self.days.into_iter().filter_map(Day::write)
    }
}
