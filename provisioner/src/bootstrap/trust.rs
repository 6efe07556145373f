//! Who may act as a role: jobs of one repository, by what GitHub says of them.

use serde_json::{Value, json};

use super::Repository;
use crate::resources::oidc_provider::{AUDIENCE, HOST};

/// The branch whose commits have been reviewed.
const BRANCH: &str = "refs/heads/main";

/// Whose jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Jobs<'a> {
    /// Those that only look: of pull requests, and of `main`.
    Looking,
    /// Those of an environment, which begin once its rules say so.
    Of(&'a str),
}

impl Jobs<'_> {
    /// How GitHub ends the subject of such a job's token. One that names an environment names no branch.
    /// <https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims>
    fn contexts(self) -> Vec<String> {
        match self {
            Self::Looking => vec!["pull_request".to_owned(), format!("ref:{BRANCH}")],
            Self::Of(environment) => vec![format!("environment:{environment}")],
        }
    }
}

/// The subjects that these jobs can have, and whether they are patterns.
///
/// A repository made or renamed since July 2026 says `repo:OWNER@ID/REPO@ID:...`, an older one `repo:OWNER/REPO:...`, so both
/// are named. Where the numbers are not known, `*` stands for each. No name on GitHub may hold an `@`, so what begins with
/// `repo:OWNER@` is this owner's and no longer name's. Nor can `*` reach into what follows: GitHub writes a `:` within a name
/// or an environment as `%3A`, and no branch can hold one, so no default context can hold another one behind `/REPO@...:`.
/// Where another repository of the owner composes its subjects of several claims, the claim `repository` tells it apart.
/// <https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims>
fn subjects(repository: &Repository, jobs: Jobs<'_>) -> (Vec<String>, bool) {
    let Repository { owner, name, ids } = repository;
    let (owner_id, id) = match ids {
        Some((owner, repository)) => (owner.to_string(), repository.to_string()),
        None => ("*".to_owned(), "*".to_owned()),
    };
    let both = |context: String| {
        [
            format!("repo:{owner}/{name}:{context}"),
            format!("repo:{owner}@{owner_id}/{name}@{id}:{context}"),
        ]
    };
    let all = jobs.contexts().into_iter().flat_map(both).collect();
    (all, ids.is_none())
}

/// The trust policy of a role for these jobs.
pub(super) fn document(provider: &str, repository: &Repository, jobs: Jobs<'_>) -> Value {
    let key = |claim: &str| format!("{HOST}:{claim}");
    let (subjects, patterns) = subjects(repository, jobs);
    let mut conditions = json!({ "StringEquals": { key("aud"): AUDIENCE } });
    let operator = if patterns {
        "StringLike"
    } else {
        "StringEquals"
    };
    conditions[operator][key("sub")] = subjects.into();
    // STS knows these claims since 2026. Where it does not, `IfExists` leaves them aside, and the subject alone decides.
    // A repository may also compose its subjects of other claims; this one says which it is, however it does that.
    let mut known = match repository.ids {
        // Whoever takes the name of a repository that was renamed or deleted has another number.
        Some((_, id)) => json!({ key("repository_id"): id.to_string() }),
        None => json!({ key("repository"): repository.to_string() }),
    };
    if let Jobs::Of(_) = jobs {
        // The subject names the environment and no branch; this does not rest on how the environment is set up in GitHub.
        known[key("ref")] = BRANCH.into();
    }
    conditions["StringEqualsIfExists"] = known;
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Federated": provider },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": conditions,
    }] })
}
