//! What a service adds to every document: its version and its times. Named as FHIR's Meta names them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the service adds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// The version, which is also the `ETag` without its quotes.
    #[schema(example = "1")]
    pub version_id: String,
    /// When the document was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was changed last.
    #[schema(format = DateTime)]
    pub last_updated: String,
}

impl Meta {
    /// Of a new document.
    pub fn first(now: Timestamp) -> Self {
        Self {
            version_id: "1".to_owned(),
            created_at: millis(now),
            last_updated: millis(now),
        }
    }

    /// Of the version that follows.
    #[must_use]
    pub fn next(&self, version: u64, now: Timestamp) -> Self {
        Self {
            version_id: version.to_string(),
            created_at: self.created_at.clone(),
            last_updated: millis(now),
        }
    }
}

fn millis(now: Timestamp) -> String {
    format!("{now:.3}")
}
