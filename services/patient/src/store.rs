//! The rules that span patients: one per medical record number, no lost update, no second one for a repeated request.
//!
//! A patient is the item (`patients`, id); its number is claimed by the item (`number#<hash>`, `claim`). The hash, because
//! keys appear in places that bodies do not, such as CloudTrail's data events. Must not know HTTP, nor which store it is.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use service_kit::idempotency::{Keyed, hex};
use service_kit::meta::Meta;
use service_kit::precondition::IfMatch;
use service_kit::problem::{Kind, Problem};
use service_kit::table::{Expect, Item, Key, Query, Refused, Row, Rows, Table, Write};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::domain::{Before, Details, RecordNumber, document};

const PATIENTS: &str = "patients";
/// How often a write is tried that nobody forbade but others crossed.
const TRIES: usize = 5;
const TAKEN: &str = "another patient has this medical record number";

/// The patients.
#[derive(Clone)]
pub struct Patients {
    table: Arc<dyn Table>,
}

impl Patients {
    /// Over this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }

    /// One patient.
    pub async fn get(&self, id: Uuid) -> Result<Row, Problem> {
        service_kit::table::document(&*self.table, PATIENTS, id).await
    }

    /// A page of patients, in the order in which they were made.
    pub async fn list(&self, after: Option<&str>, limit: usize) -> Result<Rows, Problem> {
        Ok(self
            .table
            .query(Query {
                index: false,
                pk: PATIENTS,
                after,
                limit,
            })
            .await?)
    }

    /// Makes a patient, or finds the one that this very request made before.
    pub async fn create(
        &self,
        details: &Details,
        keyed: Option<Keyed>,
    ) -> Result<(Uuid, Row), Problem> {
        for _ in 0..TRIES {
            if let Some(keyed) = &keyed
                && let Some(id) = keyed.before(&*self.table).await??
            {
                let gone = || {
                    Problem::because(
                        Kind::Conflict,
                        "what this Idempotency-Key made has been deleted",
                    )
                };
                return Ok((
                    id,
                    self.get(id).await.map_err(|problem| {
                        if problem.kind() == Kind::NotFound {
                            gone()
                        } else {
                            problem
                        }
                    })?,
                ));
            }
            let id = service_kit::id::new();
            let row = row(document(id, details, Meta::first(Timestamp::now())), 1)?;
            let mut writes = vec![
                put(id, &row, Expect::Absent),
                claim(&details.medical_record_number, id),
            ];
            writes.extend(keyed.iter().map(|keyed| keyed.record(id)));
            match self.table.write(writes).await {
                Ok(()) => return Ok((id, row)),
                Err(Refused::Fault(fault)) => return Err(fault.into()),
                // The same request crossed us: the next round finds what it made.
                Err(Refused::Unmet(places)) if places.contains(&2) => {}
                Err(Refused::Unmet(places)) if places.contains(&1) => {
                    return Err(Problem::because(Kind::Conflict, TAKEN));
                }
                Err(Refused::Unmet(_)) => {}
            }
        }
        Err(crossed())
    }

    /// Replaces what is said of a patient.
    pub async fn update(
        &self,
        id: Uuid,
        allowed: &IfMatch,
        details: &Details,
    ) -> Result<Row, Problem> {
        for _ in 0..TRIES {
            let (current, before) = self.before(id).await?;
            allowed.check(current.version)?;
            let version = current.version + 1;
            let meta = before.meta.next(version, Timestamp::now());
            let row = row(document(id, details, meta), version)?;
            let mut writes = vec![put(id, &row, Expect::Version(current.version))];
            let old = before.number();
            if old != details.medical_record_number {
                writes.push(claim(&details.medical_record_number, id));
                writes.push(Write::Delete(claim_key(&old), 1));
            }
            match self.table.write(writes).await {
                Ok(()) => return Ok(row),
                Err(Refused::Fault(fault)) => return Err(fault.into()),
                // The next round sees what crossed us, and says so where If-Match forbids it.
                Err(Refused::Unmet(places)) if places.contains(&0) => {}
                Err(Refused::Unmet(_)) => return Err(Problem::because(Kind::Conflict, TAKEN)),
            }
        }
        Err(crossed())
    }

    /// Takes a patient away, and frees the number.
    pub async fn delete(&self, id: Uuid, allowed: &IfMatch) -> Result<(), Problem> {
        for _ in 0..TRIES {
            let (current, before) = self.before(id).await?;
            allowed.check(current.version)?;
            let writes = vec![
                Write::Delete(key(id), current.version),
                Write::Delete(claim_key(&before.number()), 1),
            ];
            match self.table.write(writes).await {
                Ok(()) => return Ok(()),
                Err(Refused::Fault(fault)) => return Err(fault.into()),
                Err(Refused::Unmet(_)) => {}
            }
        }
        Err(crossed())
    }

    async fn before(&self, id: Uuid) -> Result<(Row, Before), Problem> {
        let current = self.get(id).await?;
        let before = Before::read(&current.body).ok_or_else(unreadable)?;
        Ok((current, before))
    }
}

fn row(document: Result<Bytes, serde_json::Error>, version: u64) -> Result<Row, Problem> {
    let body = document.map_err(|_| Problem::new(Kind::Internal))?;
    Ok(Row {
        sort: String::new(),
        version,
        body,
    })
}

fn key(id: Uuid) -> Key {
    Key::new(PATIENTS, id.to_string())
}

fn put(id: Uuid, row: &Row, expect: Expect) -> Write {
    let item = Item {
        key: key(id),
        index: None,
        version: row.version,
        body: row.body.clone(),
        expires_at: None,
    };
    Write::Put(item, expect)
}

fn claim_key(number: &RecordNumber) -> Key {
    Key::new(
        format!("number#{}", hex(&Sha256::digest(number.as_str()))),
        "claim",
    )
}

fn claim(number: &RecordNumber, id: Uuid) -> Write {
    let body = Bytes::from(format!("{{\"patientId\":\"{id}\"}}"));
    Write::Put(
        Item {
            key: claim_key(number),
            index: None,
            version: 1,
            body,
            expires_at: None,
        },
        Expect::Absent,
    )
}

fn unreadable() -> Problem {
    tracing::error!("a stored patient does not read");
    Problem::new(Kind::Internal)
}

fn crossed() -> Problem {
    Problem::because(Kind::Unavailable, "others keep changing this; try again")
}
