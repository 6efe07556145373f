//! The account's set-up, as a document.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::bootstrap::SetUp;
use super::{FORMAT_VERSION, value};

/// The account's set-up: the last line.
#[derive(JsonSchema, Serialize)]
pub(super) struct SetUpShape<'a> {
    format_version: u32,
    #[serde(flatten)]
    set_up: &'a SetUp,
}

/// What is set up, and what is left to do by hand.
pub fn set_up(set_up: &SetUp) -> Value {
    value(&SetUpShape {
        format_version: FORMAT_VERSION,
        set_up,
    })
}
