//! What a Dockerfile wants to be told about the image that is made of it.
//!
//! Nothing is told that it does not declare: engines warn of build arguments that nobody reads, and a time that changes
//! with each build would make each image another one.

use std::path::Path;
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::process::{self, Call, Stop};

/// The build arguments for a Dockerfile with this text, as `NAME=VALUE`.
pub(super) async fn arguments(text: &str, tag: &str, root: &Path, stop: &Stop) -> Vec<String> {
    let mut found = Vec::new();
    if declares(text, "VERSION") {
        found.push(format!("VERSION={tag}"));
    }
    if declares(text, "REVISION")
        && let Some(revision) = revision(root, stop).await
    {
        found.push(format!("REVISION={revision}"));
    }
    if declares(text, "CREATED")
        && let Ok(now) = DateTime::from(SystemTime::now()).fmt(Format::DateTime)
    {
        // RFC 3339 to the second, as `org.opencontainers.image.created` wants it.
        let seconds = now.split('.').next().unwrap_or(&now).trim_end_matches('Z');
        found.push(format!("CREATED={seconds}Z"));
    }
    found
}

/// Whether there is an `ARG` of this name. <https://docs.docker.com/reference/dockerfile/#arg>
fn declares(text: &str, name: &str) -> bool {
    text.lines().any(|line| {
        let mut words = line.split_whitespace();
        words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("ARG"))
            && words.any(|word| word.split('=').next() == Some(name))
    })
}

/// The commit that is checked out, `-dirty` where a tracked file differs from it; nothing outside a git repository.
async fn revision(root: &Path, stop: &Stop) -> Option<String> {
    let git =
        |args: &'static [&'static str]| process::output(Call::new("git", args).at(root), stop);
    let commit = git(&["rev-parse", "HEAD"]).await.ok()?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])
        .await
        .ok()?;
    let dirty = if changed.is_empty() { "" } else { "-dirty" };
    Some(format!("{}{dirty}", commit.first()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_declared() {
        let text = "FROM scratch\narg OTHER=1 VERSION=dev\n# ARG REVISION\n  ARG CREATED\nRUN ARG";
        let declared = ["VERSION", "REVISION", "CREATED", "OTHER"].map(|name| declares(text, name));
        assert_eq!(declared, [true, false, true, true]);
    }
}
