//! What a task, or ECS on its behalf, may do.

mod calls;
mod members;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use aws_sdk_iam::types::{EntityType, RoleDetail};
use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Readiness, Rule, Rules};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use calls::{
    attach, attached, boundary, boundless, busy, confine, detach, inline, inline_names, put,
    release, remove, unheard,
};

use super::take_up::take_up;
use super::{elsewhere, example_tags, gone_is_fine, incomplete, names};
use crate::aws::tag_lists::{read_tags, write_tags};
use crate::aws::{Aws, BOOTSTRAP_PATH, Tags, Theirs, fault, read_document};

/// How old a role should be before somebody assumes it: IAM's changes take some seconds to be known everywhere.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
const SETTLED: Duration = Duration::from_secs(10);

/// How long a session lasts at most where nothing is said, in seconds.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html>
pub const HOUR: i32 = 3_600;

/// An IAM role. It is wholly ours: a policy that somebody added is a difference.
pub struct Role;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its name, unique in the account whatever the path.
    pub name: String,
    /// Its path, such as `/hcctl/`.
    pub path: String,
    /// What it is for.
    pub description: String,
    /// Seconds that a session of somebody who assumes it may last.
    pub max_session: i32,
    /// The trust policy: who may assume it.
    pub trust: Value,
    /// By name, the policies that are written into it.
    pub policies: BTreeMap<String, Value>,
    /// The managed policies attached to it, by ARN.
    pub attached: BTreeSet<String>,
    /// The managed policy, by ARN, that says what it may do at most.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for Role {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "role";
    const RULES: Rules = &[
        ("name", Rule::Replace),
        ("path", Rule::Replace),
        ("description", Rule::Update),
        ("max_session", Rule::Update),
        ("trust", Rule::Update),
        ("policies", Rule::Update),
        ("attached", Rule::Update),
        ("boundary", Rule::Update),
        ("tags", Rule::Update),
    ];
    /// Whose word a trust policy takes must be there first.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html>
    const AFTER: &'static [&'static str] = &["oidc_provider"];
    const TEXT: &'static [&'static str] = &["trust", "policies"];

    fn example() -> Spec {
        Spec {
            name: "shop-dev-cart-task".to_owned(),
            path: "/hcctl/".to_owned(),
            description: "What the cart service may do".to_owned(),
            max_session: HOUR,
            trust: serde_json::json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": { "Service": "ecs-tasks.amazonaws.com" },
                    "Action": "sts:AssumeRole",
                    "Condition": { "StringEquals": { "aws:SourceAccount": "123456789012" } }
                }]
            }),
            policies: BTreeMap::from([(
                "table".to_owned(),
                serde_json::json!({
                    "Version": "2012-10-17",
                    "Statement": [{
                        "Effect": "Allow",
                        "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
                        "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/shop-dev-carts"
                    }]
                }),
            )]),
            attached: BTreeSet::from([
                "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess".to_owned()
            ]),
            boundary: Some(
                "arn:aws:iam::123456789012:policy/hcctl-bootstrap/shop-dev-hcctl-boundary"
                    .to_owned(),
            ),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let (details, listed) = tokio::join!(details(aws), listed(aws));
        let Some(details) = details? else {
            let ours = listed?
                .into_keys()
                .filter(|name| address_of(aws, name).is_some());
            let seen = aws.crowd(ours, |name| async move { look(aws, &name).await });
            return Ok(seen
                .await?
                .into_iter()
                .flatten()
                .filter_map(|seen| found(aws, seen))
                .collect());
        };
        // The one big answer has neither description nor length of sessions; the list has them, for roles under our path.
        let texts = listed.unwrap_or_default();
        let mine = details.into_iter().map(Seen::from).filter(|seen| {
            address_of(aws, &seen.name).is_some() && !of_bootstrap(aws, seen)
                || !matches!(aws.theirs(Self::NAME, seen.tags.clone()), Theirs::Not(_))
        });
        let texts = &texts;
        let describe = |mut seen: Seen| async move {
            (seen.description, seen.max_session) = match texts.get(&seen.name) {
                Some(known) => known.clone(),
                None => match get(aws, &seen.name).await? {
                    Some(role) => said(&role),
                    None => return Ok(None),
                },
            };
            Ok(Some(seen))
        };
        let seen = aws.crowd(mine, describe).await?;
        Ok(seen
            .into_iter()
            .flatten()
            .filter_map(|seen| found(aws, seen))
            .collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let call = || {
            let call = aws.iam.create_role().role_name(&spec.name);
            let call = call
                .path(&spec.path)
                .description(&spec.description)
                .set_max_session_duration((spec.max_session != HOUR).then_some(spec.max_session))
                .assume_role_policy_document(spec.trust.to_string())
                .set_permissions_boundary(spec.boundary.clone())
                .set_tags(Some(write_tags(&aws.tags(Self::NAME, name, &spec.tags))));
            async move { call.send().await.map_err(fault("iam:CreateRole")) }
        };
        let made = match aws.patiently(unheard, call).await {
            Err(met) if met.is("EntityAlreadyExists") => {
                let seen = look(aws, &spec.name).await?;
                let seen = seen.and_then(|seen| found(aws, seen));
                return take_up::<Self>(aws, name, spec, met, seen).await;
            }
            outcome => outcome.map_err(|met| boundless(met, spec))?.role,
        };
        let arn = made
            .map(|role| role.arn)
            .ok_or_else(|| incomplete("iam:CreateRole", "role"))?;
        for (policy, document) in &spec.policies {
            put(aws, &spec.name, policy, document).await?;
        }
        for policy in &spec.attached {
            attach(aws, &spec.name, policy).await?;
        }
        Ok(arn)
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let (before, after, role) = (change.before, change.after, change.after.name.as_str());
        if change.has("trust") {
            let call = || {
                let call = aws.iam.update_assume_role_policy().role_name(role);
                let call = call.policy_document(after.trust.to_string());
                async move {
                    call.send()
                        .await
                        .map(drop)
                        .map_err(fault("iam:UpdateAssumeRolePolicy"))
                }
            };
            aws.patiently(busy, call).await?;
        }
        if change.has("description") || change.has("max_session") {
            // A length that is left out becomes an hour again.
            let call = aws.iam.update_role().role_name(role);
            let call = call
                .description(&after.description)
                .max_session_duration(after.max_session);
            call.send().await.map_err(fault("iam:UpdateRole"))?;
        }
        // Before anything is allowed: a pipeline may give rights to roles inside the boundary only.
        if let Some(boundary) = &after.boundary
            && change.has("boundary")
        {
            confine(aws, role, boundary)
                .await
                .map_err(|met| boundless(met, after))?;
        }
        // What is to be allowed comes first, so that nothing is forbidden in between.
        for (policy, document) in &after.policies {
            if before.policies.get(policy) != Some(document) {
                put(aws, role, policy, document).await?;
            }
        }
        for policy in after.attached.difference(&before.attached) {
            attach(aws, role, policy).await?;
        }
        for policy in before.policies.keys() {
            if !after.policies.contains_key(policy) {
                remove(aws, role, policy).await?;
            }
        }
        for policy in before.attached.difference(&after.attached) {
            detach(aws, role, policy).await?;
        }
        if change.has("boundary") && after.boundary.is_none() {
            release(aws, role).await?;
        }
        aws.retag_role(role, &before.tags, &after.tags).await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, _id: &str, seen: &Spec) -> Result<(), Fault> {
        let role = seen.name.as_str();
        // A policy may be added in between, and IAM may not know yet that one is gone.
        let again = |fault: &Fault| {
            busy(fault) || fault.is("DeleteConflict") && !fault.message.contains("instance profile")
        };
        let delete = || async {
            let (policies, attached) =
                tokio::try_join!(inline_names(aws, role), attached(aws, role))?;
            for policy in policies {
                remove(aws, role, &policy).await?;
            }
            for policy in attached {
                detach(aws, role, &policy).await?;
            }
            let call = aws.iam.delete_role().role_name(role);
            call.send().await.map(drop).map_err(fault("iam:DeleteRole"))
        };
        gone_is_fine(aws.patiently(again, delete).await)
    }

    async fn ready(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
        Ok(match get(aws, name_of(id)).await? {
            Some(_) => Readiness::Ready,
            None => Readiness::NotYet("not known yet".to_owned()),
        })
    }
}

/// Waits until roles, by ARN, are old enough for every service to know them: a task that cannot assume its role fails,
/// and failed tasks count against a deployment.
pub(super) async fn settled(aws: &Aws, arns: &[&str]) -> Result<(), Fault> {
    let mut youngest = SETTLED;
    for arn in arns {
        let made = get(aws, name_of(arn)).await?.map(|role| role.create_date);
        let made = made.and_then(|made| SystemTime::try_from(made).ok());
        // An age that no clock could show is not waited for.
        if let Some(age) = made.and_then(|made| SystemTime::now().duration_since(made).ok()) {
            youngest = youngest.min(age);
        }
    }
    tokio::time::sleep(SETTLED.saturating_sub(youngest)).await;
    Ok(())
}

/// A role as any of the calls shows it.
struct Seen {
    arn: String,
    name: String,
    path: String,
    description: String,
    max_session: i32,
    trust: Value,
    policies: BTreeMap<String, Value>,
    attached: BTreeSet<String>,
    boundary: Option<String>,
    tags: Tags,
}

impl From<RoleDetail> for Seen {
    fn from(role: RoleDetail) -> Self {
        let policies = role.role_policy_list.unwrap_or_default().into_iter();
        let attached = role.attached_managed_policies.unwrap_or_default();
        Self {
            arn: role.arn.unwrap_or_default(),
            name: role.role_name.unwrap_or_default(),
            path: role.path.unwrap_or_default(),
            description: String::new(),
            max_session: HOUR,
            trust: read_document(&role.assume_role_policy_document.unwrap_or_default()),
            policies: policies
                .filter_map(|policy| {
                    Some((
                        policy.policy_name?,
                        read_document(&policy.policy_document.unwrap_or_default()),
                    ))
                })
                .collect(),
            attached: attached
                .into_iter()
                .filter_map(|policy| policy.policy_arn)
                .collect(),
            boundary: boundary(role.permissions_boundary),
            tags: read_tags(role.tags),
        }
    }
}

/// Whether `bootstrap` made it, whose scope this is not: it has names like an environment's and is none of its roles.
fn of_bootstrap(aws: &Aws, seen: &Seen) -> bool {
    !aws.scope.is_bootstrap() && seen.path == BOOTSTRAP_PATH
}

fn found(aws: &Aws, seen: Seen) -> Option<Found<Spec>> {
    match aws.theirs(Role::NAME, seen.tags) {
        Theirs::Ours(address, tags) => {
            // Roles are global, and the trust of ours names the region of the tasks that may assume them.
            if let Some(place) = elsewhere::of_policy(aws, &seen.trust) {
                let name = address;
                return Some(Found::Elsewhere { name, place });
            }
            let spec = Spec {
                name: seen.name,
                path: seen.path,
                description: seen.description,
                max_session: seen.max_session,
                trust: seen.trust,
                policies: seen.policies,
                attached: seen.attached,
                boundary: seen.boundary,
                tags,
            };
            Some(Found::ours(address, seen.arn, spec))
        }
        Theirs::Not(why) => address_of(aws, &seen.name).map(|name| Found::Taken {
            name: name.to_owned(),
            id: seen.arn.clone(),
            why,
        }),
        Theirs::Lost(tags) => {
            let name = address_of(aws, &seen.name).unwrap_or(&seen.name);
            Some(aws.lost(Role::NAME, name, &seen.arn, &tags))
        }
    }
}

/// The name of the address that a role with this name has, if it can be one of ours.
fn address_of<'a>(aws: &Aws, name: &'a str) -> Option<&'a str> {
    let rest = names::rest(aws, name)?;
    if aws.scope.is_bootstrap() {
        // The project's environments have roles that begin so, too.
        return rest.contains("-hcctl-").then_some(rest);
    }
    // The one role whose name says more than its address.
    let execution = rest.strip_prefix("ecs-").filter(|it| *it == "execution");
    Some(execution.unwrap_or(rest))
}

/// Every role of the account with all that belongs to it, in one call; nothing where the caller may not make it, or
/// where the account has more roles than one answer holds.
async fn details(aws: &Aws) -> Result<Option<Vec<RoleDetail>>, Fault> {
    let call = aws
        .iam
        .get_account_authorization_details()
        .filter(EntityType::Role)
        .max_items(1000);
    let answer = call.send().await;
    match answer.map_err(fault("iam:GetAccountAuthorizationDetails")) {
        Err(fault) if fault.class == Class::Denied => Ok(None),
        outcome => {
            let answer = outcome?;
            let all = answer.role_detail_list.unwrap_or_default();
            Ok((!answer.is_truncated).then_some(all))
        }
    }
}

/// The roles under our path, each with what [`said`] says.
async fn listed(aws: &Aws) -> Result<BTreeMap<String, (String, i32)>, Fault> {
    let call = aws
        .iam
        .list_roles()
        .path_prefix(aws.scope.path())
        .max_items(1000);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    let all = all.map_err(fault("iam:ListRoles"))?;
    Ok(all
        .into_iter()
        .map(|role| (role.role_name.clone(), said(&role)))
        .collect())
}

/// Its description and the length of its sessions.
fn said(role: &aws_sdk_iam::types::Role) -> (String, i32) {
    let text = role.description().unwrap_or_default().to_owned();
    (text, role.max_session_duration().unwrap_or(HOUR))
}

/// Whether there is a role of this name, whosever it is.
pub async fn exists(aws: &Aws, name: &str) -> Result<bool, Fault> {
    Ok(get(aws, name).await?.is_some())
}

async fn get(aws: &Aws, name: &str) -> Result<Option<aws_sdk_iam::types::Role>, Fault> {
    let call = aws.iam.get_role().role_name(name);
    match call.send().await.map_err(fault("iam:GetRole")) {
        Err(fault) if fault.class == Class::NotFound => Ok(None),
        outcome => Ok(outcome?.role),
    }
}

/// One role with all that belongs to it, by its own calls.
async fn look(aws: &Aws, name: &str) -> Result<Option<Seen>, Fault> {
    let policies = async {
        let names = inline_names(aws, name).await?;
        aws.crowd(names, |policy| inline(aws, name, policy)).await
    };
    let all = tokio::try_join!(get(aws, name), policies, attached(aws, name));
    let (role, policies, attached) = match all {
        Err(fault) if fault.class == Class::NotFound => return Ok(None),
        outcome => outcome?,
    };
    let said = role.as_ref().map(said).unwrap_or_default();
    Ok(role.map(|role| Seen {
        arn: role.arn,
        name: role.role_name,
        path: role.path,
        description: said.0,
        max_session: said.1,
        trust: read_document(&role.assume_role_policy_document.unwrap_or_default()),
        policies: policies.into_iter().collect(),
        attached: attached.into_iter().collect(),
        boundary: boundary(role.permissions_boundary),
        tags: read_tags(role.tags),
    }))
}

/// The name at the end of a role's ARN, after its path.
fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
