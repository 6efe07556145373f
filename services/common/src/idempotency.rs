//! `Idempotency-Key` on POST: a client that lost the answer asks again and gets the same resource, not a second one.
//!
//! The key's record is written in the same step as the resource and lives a day. It holds a fingerprint of the request and
//! the id that was made, never a copy of the answer: personal data must not outlive the resource's deletion. Must not know
//! what was made.

use bytes::Bytes;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::id;
use crate::problem::{FieldError, Kind, Problem};
use crate::table::{Expect, Fault, Item, Key, Row, Table, Write};

const LIFETIME_SECONDS: i64 = 24 * 60 * 60;
const HEADER: &str = "idempotency-key";

/// A request that names itself.
#[derive(Clone, Debug)]
pub struct Keyed {
    pk: String,
    fingerprint: String,
}

#[derive(Serialize, Deserialize)]
struct Record {
    fingerprint: String,
    id: String,
}

impl Keyed {
    /// Reads the header. Keys of different callers never meet; `request` is what the body was understood to be.
    pub fn read(
        headers: &HeaderMap,
        subject: &str,
        request: &impl Serialize,
    ) -> Result<Option<Self>, Problem> {
        let mut values = headers.get_all(HEADER).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let key = value.as_bytes();
        if values.next().is_some()
            || key.is_empty()
            || key.len() > 255
            || !key.iter().all(u8::is_ascii_graphic)
        {
            return Err(Problem::fields(vec![FieldError {
                field: "Idempotency-Key".into(),
                reason: "must be given once, as 1 to 255 visible ASCII characters".into(),
            }]));
        }
        let request = serde_json::to_vec(request).map_err(|_| Problem::new(Kind::Internal))?;
        let mut name = Sha256::new();
        name.update((subject.len() as u64).to_be_bytes());
        name.update(subject);
        name.update(key);
        Ok(Some(Self {
            pk: format!("idempotency#{}", hex(&name.finalize())),
            fingerprint: hex(&Sha256::digest(request)),
        }))
    }

    /// The id made for this key before, if there is one; 422 where it was made from another request.
    pub async fn before(&self, table: &dyn Table) -> Result<Result<Option<Uuid>, Problem>, Fault> {
        let Some(Row { body, .. }) = table.get(&self.pk, "post").await? else {
            return Ok(Ok(None));
        };
        let record: Record = serde_json::from_slice(&body)
            .map_err(|_| Fault::Broken("an idempotency record does not read".to_owned()))?;
        let id = id::parse(&record.id)
            .ok_or_else(|| Fault::Broken("an idempotency record names no id".to_owned()))?;
        Ok(if record.fingerprint == self.fingerprint {
            Ok(Some(id))
        } else {
            Err(Problem::new(Kind::KeyReused))
        })
    }

    /// The write that goes along with the resource's own.
    #[expect(
        clippy::missing_panics_doc,
        reason = "the invariant is stated at the expect"
    )]
    pub fn record(&self, id: Uuid) -> Write {
        let record = Record {
            fingerprint: self.fingerprint.clone(),
            id: id.to_string(),
        };
        let item = Item {
            key: Key::new(self.pk.clone(), "post"),
            index: None,
            version: 1,
            body: Bytes::from(serde_json::to_vec(&record).expect("two strings serialise")),
            expires_at: Some(jiff::Timestamp::now().as_second() + LIFETIME_SECONDS),
        };
        Write::Put(item, Expect::Absent)
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
