//! A plan in a file: what somebody reviewed, bound to what it was made from.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of the file's format. A file of another version is refused: plan again, it takes seconds.
pub const FORMAT_VERSION: u32 = 1;

/// What tells a saved plan from any other JSON.
const WHAT: &str = "hcctl plan";

/// A plan as it is kept in a file.
///
/// Digests are the caller's: of the blueprint (`Plan::wanted`) and of what was seen (`Plan::seen`). `apply --plan` makes
/// both anew and refuses where one differs.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedPlan {
    /// The version of hcctl that made it.
    pub hcctl_version: String,
    /// The project.
    pub project: String,
    /// The environment.
    pub environment: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// What was wanted.
    pub blueprint_digest: String,
    /// What was seen.
    pub snapshot_digest: String,
    /// When it was made, as RFC 3339 text.
    pub created_at: String,
    /// The plan as [`super::json::plan`] writes it.
    pub plan: Value,
}

/// A file that cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedPlanError {
    /// No JSON, or JSON of something else.
    #[error("it is not a saved plan ({0}); `hcctl plan --out FILE` makes one")]
    NotAPlan(String),
    /// Of another version of the format.
    #[error(
        "it is a saved plan of format {found}, and this hcctl reads format {FORMAT_VERSION}; plan again with this one"
    )]
    Version {
        /// The file's version.
        found: u64,
    },
    /// Changed since it was written.
    #[error("it was edited or damaged since hcctl wrote it; plan again")]
    Edited,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileShape {
    what: String,
    format_version: u32,
    /// The digest of this very text with an empty seal, byte for byte: numbers read from JSON and written again need
    /// not come out the same. It tells accidents, not forgers: what is applied is compared with the cloud anyway.
    seal: String,
    hcctl_version: String,
    project: String,
    environment: String,
    account: String,
    region: String,
    blueprint_digest: String,
    snapshot_digest: String,
    created_at: String,
    plan: Value,
}

impl SavedPlan {
    /// The file's text; `digest` is the function that made the other digests.
    pub fn to_text(&self, digest: impl Fn(&str) -> String) -> String {
        let file = FileShape {
            what: WHAT.to_owned(),
            format_version: FORMAT_VERSION,
            seal: String::new(),
            hcctl_version: self.hcctl_version.clone(),
            project: self.project.clone(),
            environment: self.environment.clone(),
            account: self.account.clone(),
            region: self.region.clone(),
            blueprint_digest: self.blueprint_digest.clone(),
            snapshot_digest: self.snapshot_digest.clone(),
            created_at: self.created_at.clone(),
            plan: self.plan.clone(),
        };
        let text = written(&file);
        text.replacen(&seal(""), &seal(&digest(&text)), 1)
    }

    /// Reads a file's text.
    pub fn from_text(text: &str, digest: impl Fn(&str) -> String) -> Result<Self, SavedPlanError> {
        let no_plan = |why: &str| SavedPlanError::NotAPlan(why.to_owned());
        if text.trim().is_empty() {
            return Err(no_plan("it is empty"));
        }
        let value: Value = serde_json::from_str(text)
            .map_err(|error| no_plan(&format!("it is no JSON: {error}")))?;
        if value.get("what").and_then(Value::as_str) != Some(WHAT) {
            return Err(no_plan("it is JSON of something else"));
        }
        // Before the shape: another version may have another one.
        match value.get("format_version").and_then(Value::as_u64) {
            Some(found) if found == u64::from(FORMAT_VERSION) => {}
            Some(found) => return Err(SavedPlanError::Version { found }),
            None => return Err(no_plan("it has no format_version")),
        }
        let file: FileShape = serde_json::from_value(value).map_err(|_| SavedPlanError::Edited)?;
        if digest(&text.replacen(&seal(&file.seal), &seal(""), 1)) != file.seal {
            return Err(SavedPlanError::Edited);
        }
        Ok(Self {
            hcctl_version: file.hcctl_version,
            project: file.project,
            environment: file.environment,
            account: file.account,
            region: file.region,
            blueprint_digest: file.blueprint_digest,
            snapshot_digest: file.snapshot_digest,
            created_at: file.created_at,
            plan: file.plan,
        })
    }
}

fn written(file: &FileShape) -> String {
    let text = serde_json::to_string_pretty(file);
    text.expect("structs with text keys always encode") + "\n"
}

/// A seal as it stands in the text; the fields before it hold nothing that could look like one.
fn seal(digest: &str) -> String {
    format!("\"seal\": \"{digest}\"")
}
