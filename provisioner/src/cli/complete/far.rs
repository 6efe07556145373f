//! Names that only the account tells: tags of images, ids of runs. Asked with little patience, and silent about failure.

use std::collections::BTreeMap;
use std::time::Duration;

use clap_complete::engine::CompletionCandidate;
use futures_util::future::try_join_all;

use super::super::session::connect;
use super::line::Line;
use super::{candidate, names, profiles};
use crate::aws::Aws;
use crate::environment::Environment;
use crate::resources::repository::{self, Image};
use crate::secret::own;
use crate::{journal, render};

/// All in all, credentials included: whoever presses Tab waits.
const PATIENCE: Duration = Duration::from_secs(1);
/// As many candidates as a screen holds.
const MOST: usize = 50;

/// The tags that every service of the line has, newest first: what can be deployed. Where no tag is everywhere, those
/// that are anywhere.
pub(super) fn common_tags(line: &Line) -> Vec<CompletionCandidate> {
    let tags = tags(line);
    let everywhere = |tag: &Tag| tag.missing.is_empty();
    let all = !tags.iter().any(everywhere);
    shown(tags.into_iter().filter(|tag| all || everywhere(tag)))
}

/// The tags that any service of the line has, newest first.
pub(super) fn some_tags(line: &Line) -> Vec<CompletionCandidate> {
    shown(tags(line).into_iter())
}

/// The ids of the journal's runs, newest first.
pub(super) fn runs(line: &Line) -> Vec<CompletionCandidate> {
    let ids = ask(line, async |_, aws| journal::ids(aws, MOST).await.ok());
    let about = |id: &str| render::history::heading(id).unwrap_or_default();
    ids.into_iter()
        .map(|id| candidate(&id, about(&id)))
        .collect()
}

/// The names of the secrets that hcctl keeps for the line's environment.
pub(super) fn secrets(line: &Line) -> Vec<CompletionCandidate> {
    let own = ask(line, async |_, aws| own::list(aws).await.ok());
    let about = |version: i64| format!("version {version}");
    own.into_iter()
        .map(|one| candidate(one.name, about(one.version)))
        .collect()
}

/// A tag, and the services that lack it.
struct Tag {
    name: String,
    missing: Vec<String>,
}

fn shown(tags: impl Iterator<Item = Tag>) -> Vec<CompletionCandidate> {
    tags.take(MOST)
        .map(|tag| match tag.missing.as_slice() {
            [] => candidate(tag.name, ""),
            missing => candidate(tag.name, format!("not of {}", missing.join(", "))),
        })
        .collect()
}

fn tags(line: &Line) -> Vec<Tag> {
    ask(line, async |environment, aws| {
        let all = environment.services.keys().map(ToString::to_string);
        let named: Vec<&str> = line.services().collect();
        let wanted = all.filter(|name| named.is_empty() || named.contains(&name.as_str()));
        let images = try_join_all(wanted.map(async |name| {
            let repository = aws.scope.name(&format!("{name}-service"));
            let images = repository::images(aws, &repository).await?;
            Ok::<_, hcctl_engine::Fault>((name, images))
        }));
        Some(merged(&images.await.ok()?))
    })
}

/// Each tag once, the one that was pushed last first.
fn merged(images: &[(String, Vec<Image>)]) -> Vec<Tag> {
    let mut latest = BTreeMap::new();
    for (_, images) in images {
        for image in images.iter().filter(|image| image.is_runnable()) {
            for tag in image.names() {
                let at = latest.entry(tag.as_str()).or_insert(image.pushed_at);
                *at = (*at).max(image.pushed_at);
            }
        }
    }
    let mut tags: Vec<(&str, _)> = latest.into_iter().collect();
    tags.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    let lacks = |images: &[Image], tag: &str| !images.iter().any(|one| one.tags.contains(tag));
    tags.into_iter()
        .map(|(tag, _)| Tag {
            name: tag.to_owned(),
            missing: images
                .iter()
                .filter(|(_, images)| lacks(images, tag))
                .map(|(name, _)| name.clone())
                .collect(),
        })
        .collect()
}

/// Asks the account of the line's environment; nothing where it does not answer, or not in time, or is another one than
/// the file names.
fn ask<T>(line: &Line, question: impl AsyncFnOnce(&Environment, &Aws) -> Option<Vec<T>>) -> Vec<T> {
    let Some(environment) = names::environment(line) else {
        return Vec::new();
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        return Vec::new();
    };
    let answer = async {
        let aws = reach(line, &environment).await?;
        let (rightful, answer) = tokio::join!(
            is_rightful(&environment, &aws),
            question(&environment, &aws)
        );
        answer.filter(|_| rightful)
    };
    let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, answer).await });
    // What still looks up a name must not keep the shell.
    runtime.shutdown_background();
    answer.ok().flatten().unwrap_or_default()
}

async fn reach(line: &Line, environment: &Environment) -> Option<Aws> {
    #[cfg(feature = "sandbox")]
    if line.sandbox() {
        let path = std::path::Path::new(super::super::SANDBOX);
        let settings = hcctl_sandbox::Settings::default();
        let sandbox = hcctl_sandbox::Sandbox::glimpse(path, settings).ok()??;
        return connect(environment, None, Some(sandbox.http_client()))
            .await
            .ok();
    }
    if line.sandbox() || profiles::starts_a_program(line.profile()) {
        return None;
    }
    connect(environment, line.profile(), None).await.ok()
}

async fn is_rightful(environment: &Environment, aws: &Aws) -> bool {
    let Some(account) = &environment.account else {
        return true;
    };
    let identity = aws.identity().await;
    identity.is_ok_and(|identity| identity.account == account.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::image::Role;

    fn image(at: u64, tags: &[&str]) -> Image {
        Image {
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            digest: String::new(),
            pushed_at: Some(std::time::UNIX_EPOCH + Duration::from_secs(at)),
            role: tags
                .iter()
                .find_map(|tag| Role::of_tag(tag))
                .unwrap_or(Role::Runnable),
            part_of: [].into(),
        }
    }

    #[test]
    fn tags_come_once_the_newest_first_without_those_of_hcctl_and_of_signatures() {
        let signature = format!("sha256-{}.sig", "ab".repeat(32));
        let images = [
            (
                "a".to_owned(),
                vec![image(9, &["v3"]), image(1, &["v1", "hcctl-keep-0123"])],
            ),
            (
                "b".to_owned(),
                vec![
                    image(5, &["v2"]),
                    image(2, &["v1"]),
                    image(8, &[]),
                    image(9, &[&signature]),
                ],
            ),
        ];
        let tags: Vec<(String, String)> = merged(&images)
            .into_iter()
            .map(|tag| (tag.name, tag.missing.join(" ")))
            .collect();
        let expected = [("v3", "b"), ("v2", "a"), ("v1", "")];
        assert_eq!(tags, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }
}
