//! The rules that span appointments: nobody is double-booked, no update is lost, a repeated request makes no second one.
//!
//! An appointment is the item (`appointments`, id), indexed under its patient by start; its time stands in its
//! practitioner's [`calendar`](crate::calendar). Must not know HTTP, nor which store it is.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use service_kit::idempotency::Keyed;
use service_kit::meta::Meta;
use service_kit::precondition::IfMatch;
use service_kit::problem::{FieldError, Kind, Problem};
use service_kit::table::{Expect, Item, Key, Query, Refused, Row, Rows, Table, Write};
use uuid::Uuid;

use crate::calendar::Days;
use crate::domain::status::Status;
use crate::domain::{Details, PersonId, Stored, document};

const APPOINTMENTS: &str = "appointments";
/// How often a booking is tried that others on the same practitioner's day crossed.
const TRIES: u32 = 40;
const TAKEN: &str = "the practitioner has another appointment at that time";

/// The appointments.
#[derive(Clone)]
pub struct Appointments {
    table: Arc<dyn Table>,
}

impl Appointments {
    /// Over this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }

    /// One appointment.
    pub async fn get(&self, id: Uuid) -> Result<Row, Problem> {
        service_kit::table::document(&*self.table, APPOINTMENTS, id).await
    }

    /// A page of appointments, in the order in which they were made.
    pub async fn list(&self, after: Option<&str>, limit: usize) -> Result<Rows, Problem> {
        Ok(self
            .table
            .query(Query {
                index: false,
                pk: APPOINTMENTS,
                after,
                limit,
            })
            .await?)
    }

    /// A page of a patient's appointments, in the order of their starts.
    pub async fn of_patient(
        &self,
        patient: PersonId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Rows, Problem> {
        Ok(self
            .table
            .query(Query {
                index: true,
                pk: &patient_key(patient),
                after,
                limit,
            })
            .await?)
    }

    /// Books an appointment, or finds the one that this very request booked before.
    pub async fn create(
        &self,
        details: &Details,
        keyed: Option<Keyed>,
    ) -> Result<(Uuid, Row), Problem> {
        if details
            .status
            .is_some_and(|status| status != Status::Booked)
        {
            let reason = "must be booked, or absent, in a new appointment";
            return Err(Problem::fields(vec![FieldError {
                field: "/status".into(),
                reason: reason.into(),
            }]));
        }
        for attempt in 0..TRIES {
            if let Some(keyed) = &keyed
                && let Some(id) = keyed.before(&*self.table).await??
            {
                return Ok((id, self.get(id).await.map_err(gone)?));
            }
            let id = service_kit::id::new();
            let mut days = Days::new(&*self.table);
            if !days
                .take(details.practitioner_id, id, details.span())
                .await?
            {
                // Our own first try may be what holds the time.
                if let Some(keyed) = &keyed
                    && let Some(id) = keyed.before(&*self.table).await??
                {
                    return Ok((id, self.get(id).await.map_err(gone)?));
                }
                return Err(Problem::because(Kind::Conflict, TAKEN));
            }
            let row = row(
                id,
                details,
                Status::Booked,
                Meta::first(Timestamp::now()),
                1,
            )?;
            let mut writes = vec![put(id, details, &row, Expect::Absent)];
            writes.extend(keyed.iter().map(|keyed| keyed.record(id)));
            writes.extend(days.writes());
            if self.done(writes, attempt).await? {
                return Ok((id, row));
            }
        }
        Err(crossed())
    }

    /// Replaces what is said of an appointment, as its status allows.
    pub async fn update(
        &self,
        id: Uuid,
        allowed: &IfMatch,
        details: &Details,
    ) -> Result<Row, Problem> {
        for attempt in 0..TRIES {
            let (current, before) = self.before(id).await?;
            allowed.check(current.version)?;
            let status = details.status.unwrap_or(before.status);
            may(&before, details, status)?;
            let mut days = Days::new(&*self.table);
            if before.status.takes_time() {
                days.free(before.practitioner, id, before.span).await?;
            }
            if status.takes_time()
                && !days
                    .take(details.practitioner_id, id, details.span())
                    .await?
            {
                return Err(Problem::because(Kind::Conflict, TAKEN));
            }
            let version = current.version + 1;
            let row = row(
                id,
                details,
                status,
                before.meta.next(version, Timestamp::now()),
                version,
            )?;
            let mut writes = vec![put(id, details, &row, Expect::Version(current.version))];
            writes.extend(days.writes());
            if self.done(writes, attempt).await? {
                return Ok(row);
            }
        }
        Err(crossed())
    }

    /// Takes an appointment away, and frees its time.
    pub async fn delete(&self, id: Uuid, allowed: &IfMatch) -> Result<(), Problem> {
        for attempt in 0..TRIES {
            let (current, before) = self.before(id).await?;
            allowed.check(current.version)?;
            let mut days = Days::new(&*self.table);
            if before.status.takes_time() {
                days.free(before.practitioner, id, before.span).await?;
            }
            let mut writes = vec![Write::Delete(key(id), current.version)];
            writes.extend(days.writes());
            if self.done(writes, attempt).await? {
                return Ok(());
            }
        }
        Err(crossed())
    }

    async fn before(&self, id: Uuid) -> Result<(Row, Stored), Problem> {
        let current = self.get(id).await?;
        let before = Stored::read(&current.body).ok_or_else(|| {
            tracing::error!("a stored appointment does not read");
            Problem::new(Kind::Internal)
        })?;
        Ok((current, before))
    }

    /// Whether the writes happened; `false` where somebody crossed them and a new look is worth it.
    async fn done(&self, writes: Vec<Write>, attempt: u32) -> Result<bool, Problem> {
        match self.table.write(writes).await {
            Ok(()) => Ok(true),
            Err(Refused::Fault(fault)) => Err(fault.into()),
            Err(Refused::Unmet(_)) => {
                // Longer each time and by chance, so that those who crossed do not cross again.
                let most = u64::from(attempt.min(8)) * 4 + 1;
                let chance = Uuid::new_v4().as_u64_pair().0 % most;
                tokio::time::sleep(Duration::from_millis(chance)).await;
                Ok(false)
            }
        }
    }
}

/// What the status before forbids.
fn may(before: &Stored, details: &Details, status: Status) -> Result<(), Problem> {
    let conflict = |why| Err(Problem::because(Kind::Conflict, why));
    if details.patient_id != before.patient {
        return conflict("an appointment stays with its patient");
    }
    if !before.status.may_become(status) {
        return conflict("the appointment's status does not allow this one to follow");
    }
    let moved = details.practitioner_id != before.practitioner || details.span() != before.span;
    if moved && !(before.status.may_move() && status.may_move()) {
        return conflict("only a booked appointment can be moved");
    }
    Ok(())
}

fn row(
    id: Uuid,
    details: &Details,
    status: Status,
    meta: Meta,
    version: u64,
) -> Result<Row, Problem> {
    let body = document(id, details, status, meta).map_err(|_| Problem::new(Kind::Internal))?;
    Ok(Row {
        sort: String::new(),
        version,
        body,
    })
}

fn key(id: Uuid) -> Key {
    Key::new(APPOINTMENTS, id.to_string())
}

fn patient_key(patient: PersonId) -> String {
    format!("patient#{}", patient.0)
}

fn put(id: Uuid, details: &Details, row: &Row, expect: Expect) -> Write {
    let index = Key::new(
        patient_key(details.patient_id),
        format!("{}#{id}", details.span().start.sortable()),
    );
    let item = Item {
        key: key(id),
        index: Some(index),
        version: row.version,
        body: row.body.clone(),
        expires_at: None,
    };
    Write::Put(item, expect)
}

fn gone(problem: Problem) -> Problem {
    if problem.kind() == Kind::NotFound {
        return Problem::because(
            Kind::Conflict,
            "what this Idempotency-Key made has been deleted",
        );
    }
    problem
}

fn crossed() -> Problem {
    Problem::because(Kind::Unavailable, "others keep changing this; try again")
}
