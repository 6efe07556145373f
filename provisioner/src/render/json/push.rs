//! What was pushed, as a document.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{FORMAT_VERSION, value};

#[derive(JsonSchema, Serialize)]
pub(super) struct PushShape<'a> {
    format_version: u32,
    verb: &'static str,
    project: &'a str,
    environment: &'a str,
    tag: &'a str,
    images: &'a [ImageView<'a>],
}

/// One service's image.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct ImageView<'a> {
    /// The service.
    pub service: &'a str,
    /// The repository's address, where that was learned.
    pub repository: Option<&'a str>,
    /// The tag.
    pub tag: &'a str,
    /// What it was built for, such as `linux/amd64`.
    pub platform: String,
    /// Whether it was pushed, was there already, or failed.
    #[schemars(extend("enum" = ["pushed", "there", "failed"]))]
    pub status: &'static str,
    /// The image's digest.
    pub digest: Option<&'a str>,
    /// Why it failed.
    pub reason: Option<&'a str>,
}

/// The images of one tag.
pub fn push(project: &str, environment: &str, tag: &str, images: &[ImageView<'_>]) -> Value {
    value(&PushShape {
        format_version: FORMAT_VERSION,
        verb: "push",
        project,
        environment,
        tag,
        images,
    })
}
