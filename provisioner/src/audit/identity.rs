//! Identity: what roles may do.
//!
//! Security Hub holds IAM.1 and IAM.21 against policies that an account keeps by themselves. hcctl's are written into its
//! roles, and are held against the same rules here.

use serde_json::Value;

use super::control::{Control, Fix, Judgement, Severity, Verdict};
use super::state::{State, passes};
use crate::resources::role::Spec;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "IAM.1",
        title: "IAM policies should not allow full \"*\" administrative privileges",
        severity: Severity::High,
        judge: |state| {
            let admin = |role: &Spec| {
                let mut attached = role.attached.iter();
                attached.any(|arn| arn.ends_with(":policy/AdministratorAccess"))
                    || allows(role).any(|one| {
                        one.actions
                            .iter()
                            .any(|action| *action == "*" || *action == "*:*")
                            && one.resources.contains(&"*")
                    })
            };
            roles(state, admin, "it may do everything")
        },
    },
    Control {
        id: "IAM.21",
        title: "IAM customer managed policies that you create should not allow wildcard actions for services",
        severity: Severity::Low,
        judge: |state| {
            let whole = |role: &Spec| {
                allows(role).any(|one| {
                    let mut actions = one.actions.iter();
                    actions.any(|action| *action == "*" || action.ends_with(":*"))
                })
            };
            roles(state, whole, "it may do everything with a whole service")
        },
    },
    Control {
        id: "KMS.2",
        title: "IAM principals should not have IAM inline policies that allow decryption actions on all KMS keys",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<Spec>("role", |role| {
                let decrypts = allows(&role.spec).any(|one| {
                    let mut actions = one.actions.iter();
                    actions.any(|action| DECRYPTS.iter().any(|wanted| covers(action, wanted)))
                        && one.resources.iter().any(|resource| every_key(resource))
                });
                passes(!decrypts, "it may decrypt with every key", Fix::Apply)
            })
        },
    },
];

/// <https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-2>
const DECRYPTS: [&str; 2] = ["kms:Decrypt", "kms:ReEncryptFrom"];

/// Judges what is written into roles; what is attached to them from elsewhere is not read, but for AWS's own policies,
/// which these controls are not about.
fn roles(state: &State<'_>, bad: impl Fn(&Spec) -> bool, why: &str) -> Vec<Judgement> {
    state.each::<Spec>("role", |role| {
        let mut attached = role.spec.attached.iter();
        let foreign = attached.find(|arn| !arn.contains(":iam::aws:"));
        match foreign {
            _ if bad(&role.spec) => Verdict::Failed(why.to_owned(), Fix::Apply),
            Some(arn) => {
                let name = arn.rsplit('/').next().unwrap_or(arn);
                let why = format!("the attached policy {name}: not looked at by hcctl");
                Verdict::NotLookedAt(why, Fix::Apply)
            }
            None => Verdict::Passed,
        }
    })
}

/// A statement that allows something.
struct Allow<'a> {
    actions: Vec<&'a str>,
    resources: Vec<&'a str>,
}

/// What the policies that are written into a role allow.
fn allows(role: &Spec) -> impl Iterator<Item = Allow<'_>> {
    let statements = role
        .policies
        .values()
        .flat_map(|policy| list(&policy["Statement"]));
    let allowed = statements.filter(|one| one["Effect"] == "Allow");
    allowed.map(|one| Allow {
        actions: words(&one["Action"]),
        resources: words(&one["Resource"]),
    })
}

/// One or several, as policies write it.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn words(value: &Value) -> Vec<&str> {
    list(value).into_iter().filter_map(Value::as_str).collect()
}

/// Whether a pattern of actions, with `*` for any end, covers an action; IAM does not tell case apart.
fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    match pattern.split_once('*') {
        Some((start, _)) => action.starts_with(start),
        None => pattern == action,
    }
}

/// Whether a resource is every key of an account.
fn every_key(resource: &str) -> bool {
    resource == "*" || (resource.starts_with("arn:") && resource.ends_with(":key/*"))
}
