//! Room `doctor`: what would stop an apply, said before it does.
//!
//! Owns: the checks, a file each: what is asked, and what its answer means. A check that cannot be done says so and stops
//! no other. Must not know: printing, the command line, how anything is made.
//!
//! In reading order: [`check`] is what comes of a check; then one file per check, of which `permissions` and `quotas` are
//! the large ones. Each has a pure part that judges and a small one that calls.

mod account;
mod bucket;
mod certificate;
pub mod check;
mod clock;
mod credentials;
mod engine;
mod file;
pub mod holders;
mod lease;
mod linked_roles;
pub mod obstacles;
mod permissions;
mod plan;
pub mod protection;
mod quotas;
mod region;
mod secrets;
mod traffic;

use std::collections::BTreeSet;
use std::pin::Pin;

pub use check::{Check, Outcome};
pub use engine::Asked;
use futures_util::future::join_all;
use hcctl_engine::Plan;
pub use plan::{Obstacle, Planned};
pub use secrets::Secrets;

use crate::aws::{Aws, Identity};
use crate::environment::Environment;

/// What is examined.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The clients.
    pub aws: &'a Aws,
    /// The environment.
    pub environment: &'a Environment,
    /// Its file, as its reader can open it.
    pub file: &'a str,
    /// The profile that was named, with the option or in the environment.
    pub profile: Option<&'a str>,
    /// The container engine that `push` would use.
    pub engine: Asked,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// The caller's account, where it is known.
    pub account: Option<String>,
    /// Whether the file is for another account.
    pub wrong_account: bool,
    /// Every check, in the order in which they are read.
    pub checks: Vec<Check>,
}

impl Report {
    /// How many checks ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        let same = self.checks.iter().filter(|check| check.outcome == outcome);
        same.count()
    }
}

type Checks<'a> = Pin<Box<dyn Future<Output = Vec<Check>> + 'a>>;

/// Makes every check. `look` is one look at the account, as a plan takes it.
///
/// Who calls comes first: in another account's environment nothing else is asked, and without credentials there is nobody
/// to answer. Everything else is asked at once.
pub async fn examine(
    subject: &Subject<'_>,
    look: impl Future<Output = Result<Planned, Obstacle>>,
) -> Report {
    let aws = subject.aws;
    let engine = engine::check(&subject.engine);
    let begin = async {
        let (identity, source) = tokio::join!(aws.identity(), aws.source());
        let check = credentials::check(&identity, source.as_ref(), subject.profile);
        (identity, check)
    };
    let (engine, (identity, credentials)) = tokio::join!(engine, begin);
    let mut checks = vec![file::check(subject), credentials];
    let mut report = Report {
        account: None,
        wrong_account: false,
        checks: Vec::new(),
    };
    match &identity {
        Ok(identity) => {
            report.account = Some(identity.account.clone());
            let check = account::check(subject.environment, &identity.account);
            report.wrong_account = check.outcome == Outcome::Failed;
            checks.push(check);
            if report.wrong_account {
                checks.extend(skipped("the file is for another account"));
            } else {
                checks.extend(everything(subject, identity, look).await);
            }
        }
        Err(fault) => {
            checks.push(Check::skipped("account", "needs credentials"));
            let rest = skipped("needs credentials").filter(|check| check.name != "region");
            checks.push(region::without_identity(aws, fault).await);
            checks.extend(rest);
        }
    }
    // The last one: it is read from the answers to the others.
    checks.push(clock::check(aws.skew()));
    checks.push(engine);
    report.checks = checks;
    report
}

/// What needs an account to ask.
fn skipped(why: &'static str) -> impl Iterator<Item = Check> {
    let names = [
        "region",
        "permissions",
        "plan",
        "traffic",
        "secrets",
        "quotas",
        "protection",
        "conflicts",
        "destroy",
        "certificate",
        "service-linked-roles",
        "lease",
        "bucket",
    ];
    names.into_iter().map(move |name| Check::skipped(name, why))
}

async fn everything(
    subject: &Subject<'_>,
    identity: &Identity,
    look: impl Future<Output = Result<Planned, Obstacle>>,
) -> Vec<Check> {
    let (aws, environment) = (subject.aws, subject.environment);
    let planned = async {
        let planned = look.await;
        let (planned, outages, secrets) = match planned {
            Ok(Planned {
                plan,
                outages,
                secrets,
            }) => (Ok(plan), Some(outages), Some(secrets)),
            Err(obstacle) => (Err(obstacle), None, None),
        };
        let traffic = traffic::check(environment, outages);
        let secrets = secrets::check(environment, secrets.as_ref());
        let mut checks = vec![plan::check(planned.as_ref()), traffic, secrets];
        checks.extend(quotas::check(aws, environment, planned.as_ref().ok()).await);
        let plan = planned.as_ref().ok();
        checks.push(protection::check(environment, plan));
        let (conflicts, destroy) = tokio::join!(
            Box::pin(obstacles::check(aws, plan)),
            Box::pin(holders::check(aws, plan))
        );
        checks.extend([conflicts, destroy]);
        checks
    };
    let all: [Checks<'_>; 7] = [
        Box::pin(one(region::check(aws, environment))),
        Box::pin(one(permissions::check(aws, environment, identity))),
        Box::pin(planned),
        Box::pin(one(certificate::check(aws, environment))),
        Box::pin(one(linked_roles::check(aws))),
        Box::pin(one(lease::check(aws))),
        Box::pin(one(bucket::check(aws))),
    ];
    join_all(all).await.into_iter().flatten().collect()
}

/// The ids of ours of a kind, as they were seen.
fn ids(plan: &Plan, kind: &'static str) -> BTreeSet<String> {
    let ours = plan
        .changes
        .iter()
        .filter(|change| change.address.kind == kind);
    ours.filter_map(|change| Some(change.before.as_ref()?.id.clone()))
        .collect()
}

async fn one(check: impl Future<Output = Check>) -> Vec<Check> {
    vec![check.await]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use hcctl_engine::{Action, Address, Change, Doc, Observed, Plan, Risk};
    use serde_json::{Value, json};

    use crate::environment::{Environment, parse};

    /// A plan that does this with resources of these kinds and names.
    pub(super) fn plan(changes: &[(&str, &str, Action)]) -> Plan {
        let change = |&(kind, name, action): &(&str, &str, Action)| Change {
            address: Address::new(kind, name),
            action,
            reasons: Vec::new(),
            fields: Vec::new(),
            risk: Risk::None,
            before: None,
            after: None,
        };
        Plan {
            changes: changes.iter().map(change).collect(),
            ..Plan::default()
        }
    }

    /// Has a resource wanted with these fields.
    pub(super) fn want(plan: &mut Plan, kind: &str, name: &str, fields: &Value) {
        let address = Address::new(kind, name);
        let mut changes = plan.changes.iter_mut();
        let change = changes.find(|change| change.address == address).unwrap();
        change.after = Some(Doc::of(fields).unwrap());
    }

    /// Has the first resource protected, as it is seen.
    pub(super) fn protect(plan: &mut Plan) {
        let raw = Doc::of(&json!({ "deletion_protection": true })).unwrap();
        plan.changes[0].before = Some(Observed {
            address: plan.changes[0].address.clone(),
            id: "x".to_owned(),
            doc: raw.clone(),
            raw,
            pending: None,
            extra: false,
            spare: false,
        });
    }

    /// A small environment with `more` in its file.
    pub(super) fn environment(more: &str) -> Environment {
        let services = if more.contains("services:") {
            ""
        } else {
            "services: { web: { paths: [\"/*\"] } }\n"
        };
        let text = format!(
            "project: shop\nregion: us-east-1\nnetwork: {{ cidr: 10.0.0.0/16 }}\n{services}{more}"
        );
        parse("dev", Path::new("environments/dev.yaml"), &text).unwrap()
    }
}
