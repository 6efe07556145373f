//! What is wrong with environment files, as a document.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{FORMAT_VERSION, value};

#[derive(JsonSchema, Serialize)]
pub(super) struct ValidateShape<'a> {
    format_version: u32,
    environments: &'a [FileView],
}

/// One environment file.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct FileView {
    /// The environment: the stem of its file.
    pub environment: String,
    /// Whether nothing is wrong with it.
    pub valid: bool,
    /// What is wrong, all at once; absent from a valid one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<MistakeView>,
}

/// Something wrong; without a place where the file as a whole cannot be read.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct MistakeView {
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// Why it is wrong.
    pub reason: String,
    /// What would be right.
    pub remedy: Option<String>,
}

/// The files that were looked at.
pub fn validate(files: &[FileView]) -> Value {
    value(&ValidateShape {
        format_version: FORMAT_VERSION,
        environments: files,
    })
}
