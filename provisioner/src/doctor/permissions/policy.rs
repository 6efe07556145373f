//! What an apply needs: the published policy itself, with this environment's names in it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::aws::names::boundary_arn;
use crate::aws::partition::Partition;
use crate::environment::Environment;

/// The published permissions: docs/src/reference/permissions.md shows them.
const PUBLISHED: &str = include_str!("../../../policies/apply.json");

/// Statements that no apply needs: what this room asks, and pushing images.
const ASIDE: [&str; 3] = ["Doctor", "PushImages", "SignInToRegistry"];

/// Actions that no apply needs either: without them it asks more often, or a deployment or its logs are not to be had.
const SPARED: [&str; 7] = [
    "cloudtrail:LookupEvents",
    "ecs:ContinueServiceDeployment",
    "ecs:StopServiceDeployment",
    "iam:GetAccountAuthorizationDetails",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "tag:GetResources",
];

/// The condition key of a role's boundary.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>
pub(super) const BOUNDARY: &str = "iam:PermissionsBoundary";

/// Actions that are asked about together: one page of answers each, which holds a hundred.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
const TOGETHER: usize = 100;

/// What the policy's place-holders stand for.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) project: &'a str,
    pub(super) environment: &'a str,
    /// One of the services, for the names that contain one.
    pub(super) service: &'a str,
    /// What the environment's roles may do at most, by ARN, where its file names it.
    pub(super) boundary: Option<String>,
}

impl<'a> Place<'a> {
    pub(super) fn of(environment: &'a Environment, account: &'a str) -> Self {
        let mut services = environment.services.keys();
        Self {
            account,
            region: environment.region.as_ref(),
            project: environment.project.as_ref(),
            environment: environment.name.as_ref(),
            service: services.next().map_or("service", |name| name.as_str()),
            boundary: environment
                .permissions_boundary
                .as_ref()
                .map(|named| boundary_arn(account, environment.region.as_ref(), named.as_str())),
        }
    }

    /// A resource of the policy as one of this environment's: a simulation takes names as they are.
    fn resource(&self, pattern: &str) -> String {
        let Self {
            account,
            region,
            project,
            environment,
            service,
            ..
        } = self;
        let partition = Partition::of(region).name;
        let named = pattern
            .replace("arn:aws:", &format!("arn:{partition}:"))
            .replace("ACCOUNT", account)
            .replace("REGION", region)
            .replace("PROJECT", project)
            .replace("ENVIRONMENT", environment);
        match named.strip_suffix('*') {
            Some(bucket) if bucket.contains(":s3:") => format!("{bucket}lease.json"),
            Some(group) if group.ends_with('/') => format!("{group}{service}"),
            Some(prefix) => format!("{prefix}{service}-service"),
            None => named,
        }
    }
}

/// Actions to be judged together, for the same resources and under the same circumstances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) actions: Vec<String>,
    /// Empty for all of them.
    pub(super) resources: Vec<String>,
    /// Context keys with their values.
    pub(super) context: Vec<(String, String)>,
}

/// Everything to be asked.
#[derive(Clone, Debug)]
pub(super) struct Needed {
    pub(super) questions: Vec<Question>,
    /// Actions without which an apply still works.
    pub(super) spared: BTreeSet<String>,
}

impl Needed {
    /// How many actions there are.
    pub(super) fn actions(&self) -> usize {
        let all: BTreeSet<&str> = self
            .questions
            .iter()
            .flat_map(|question| question.actions.iter().map(String::as_str))
            .collect();
        all.len()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    sid: String,
    #[serde(rename = "Effect")]
    _effect: Allow,
    action: OneOrMany,
    resource: OneOrMany,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, OneOrMany>>,
}

#[derive(Deserialize)]
enum Allow {
    Allow,
}

#[derive(Deserialize)]
#[serde(from = "Value")]
struct OneOrMany(Vec<String>);

impl From<Value> for OneOrMany {
    fn from(value: Value) -> Self {
        let text = |value: Value| value.as_str().map(str::to_owned);
        Self(match value {
            Value::Array(many) => many.into_iter().filter_map(text).collect(),
            one => text(one).into_iter().collect(),
        })
    }
}

fn statements() -> Vec<Statement> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Policy {
        statement: Vec<Statement>,
    }
    let policy: Policy = serde_json::from_str(PUBLISHED)
        .expect("the published policy has this form: a test reads it");
    policy.statement
}

/// Everything that the published policy allows, as questions about this environment.
pub(super) fn needed(place: &Place<'_>) -> Needed {
    type Circumstances = (Vec<String>, Vec<(String, String)>);
    let mut grouped: BTreeMap<Circumstances, BTreeSet<String>> = BTreeMap::new();
    let mut spared: BTreeSet<String> = SPARED.map(str::to_owned).into();
    if place.boundary.is_none() {
        spared.insert("iam:PutRolePermissionsBoundary".to_owned());
    }
    for statement in statements() {
        let OneOrMany(actions) = statement.action;
        if ASIDE.contains(&statement.sid.as_str()) {
            spared.extend(actions.iter().cloned());
        }
        if statement.sid == "Doctor" {
            continue;
        }
        let OneOrMany(resources) = statement.resource;
        let resources = resources.iter().filter(|arn| *arn != "*");
        let resources: Vec<String> = resources.map(|arn| place.resource(arn)).collect();
        for action in &actions {
            let fit = resources.iter().filter(|arn| fits(action, arn));
            let fit: Vec<String> = fit.cloned().collect();
            for context in contexts(action, &statement.condition, place) {
                let group = grouped.entry((fit.clone(), context)).or_default();
                group.insert(action.clone());
            }
        }
    }
    let mut questions = Vec::new();
    for ((resources, context), actions) in grouped {
        let actions: Vec<String> = actions.into_iter().collect();
        questions.extend(actions.chunks(TOGETHER).map(|actions| Question {
            actions: actions.to_vec(),
            resources: resources.clone(),
            context: context.clone(),
        }));
    }
    Needed { questions, spared }
}

/// Whether an action is about this sort of resource: a statement names all the sorts that one of its actions is about.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
fn fits(action: &str, arn: &str) -> bool {
    let (service, verb) = action.split_once(':').unwrap_or_default();
    match service {
        "s3" => verb.ends_with("Object") == arn.contains('/'),
        "cloudwatch" if verb.contains("Dashboard") => arn.contains(":dashboard/"),
        "cloudwatch" if verb.contains("Alarm") => arn.contains(":alarm:"),
        _ => true,
    }
}

/// The circumstances of an action: the region that it is called in, and each value that its statement's condition names. The
/// boundary is the file's: without one no call names any.
fn contexts(
    action: &str,
    condition: &BTreeMap<String, BTreeMap<String, OneOrMany>>,
    place: &Place<'_>,
) -> Vec<Vec<(String, String)>> {
    // IAM has one endpoint.
    let region = if action.starts_with("iam:") {
        Partition::of(place.region).global_region
    } else {
        place.region
    };
    let requested = ("aws:RequestedRegion".to_owned(), region.to_owned());
    let mut all = vec![vec![requested]];
    for (key, OneOrMany(values)) in condition.values().flatten() {
        if key == "aws:RequestedRegion" {
            continue;
        }
        if key == BOUNDARY {
            for (context, arn) in all.iter_mut().zip(&place.boundary) {
                context.push((key.clone(), arn.clone()));
            }
            continue;
        }
        all = all
            .iter()
            .flat_map(|context| {
                values.iter().map(move |value| {
                    let mut context = context.clone();
                    context.push((key.clone(), value.clone()));
                    context
                })
            })
            .collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'static> = Place {
        account: "123456789012",
        region: "eu-central-1",
        project: "shop",
        environment: "dev",
        service: "web",
        boundary: None,
    };

    fn of<'a>(needed: &'a Needed, action: &str) -> Vec<&'a Question> {
        let has = |question: &&Question| question.actions.iter().any(|one| one == action);
        needed.questions.iter().filter(has).collect()
    }

    #[test]
    fn the_published_policy_becomes_questions_about_this_environment() {
        let needed = needed(&PLACE);
        assert!(needed.actions() > 140, "{} actions", needed.actions());
        let vpc = of(&needed, "ec2:CreateVpc");
        assert!(vpc[0].resources.is_empty());
        let region = |region: &str| ("aws:RequestedRegion".to_owned(), region.to_owned());
        assert_eq!(vpc[0].context, [region("eu-central-1")]);
        let role = of(&needed, "iam:CreateRole");
        assert_eq!(role[0].context, [region("us-east-1")]);
        assert_eq!(
            role[0].resources,
            ["arn:aws:iam::123456789012:role/hcctl/shop-dev-web-service"]
        );
        // A service that a role is handed to is one at a time.
        assert_eq!(of(&needed, "iam:PassRole").len(), 2);
        assert_eq!(of(&needed, "iam:CreateServiceLinkedRole").len(), 3);
        for question in &needed.questions {
            assert!((1..=TOGETHER).contains(&question.actions.len()));
            for arn in &question.resources {
                let left = ["ACCOUNT", "REGION", "PROJECT", "ENVIRONMENT", "*"];
                assert!(!left.iter().any(|word| arn.contains(word)), "{arn}");
            }
        }
    }

    #[test]
    fn an_action_is_asked_of_its_own_sort_of_resource() {
        let needed = needed(&PLACE);
        let resources = |action: &str| of(&needed, action)[0].resources.clone();
        let bucket = "arn:aws:s3:::hcctl-123456789012-eu-central-1";
        assert_eq!(resources("s3:ListBucket"), [bucket]);
        assert_eq!(
            resources("s3:PutObject"),
            [format!("{bucket}/shop/dev/lease.json")]
        );
        assert_eq!(resources("cloudwatch:TagResource").len(), 2);
        assert!(resources("cloudwatch:PutDashboard")[0].contains(":dashboard/shop-dev"));
        assert!(resources("cloudwatch:PutMetricAlarm")[0].contains(":alarm:shop-dev-"));
    }

    #[test]
    fn roles_are_asked_about_with_the_boundary_that_the_file_names() {
        let arn = "arn:aws:iam::123456789012:policy/edge";
        let place = Place {
            boundary: Some(arn.to_owned()),
            ..PLACE
        };
        let bounded = needed(&place);
        for action in ["iam:CreateRole", "iam:PutRolePermissionsBoundary"] {
            let [question] = of(&bounded, action)[..] else {
                panic!("{action}");
            };
            let context = &question.context;
            assert!(context.contains(&(BOUNDARY.to_owned(), arn.to_owned())));
        }
        assert!(!bounded.spared.contains("iam:PutRolePermissionsBoundary"));
        let unbounded = needed(&PLACE);
        assert!(unbounded.spared.contains("iam:PutRolePermissionsBoundary"));
        let keys = unbounded.questions.iter().flat_map(|one| &one.context);
        assert!(keys.clone().count() > 3);
        assert!(keys.into_iter().all(|(key, _)| key != BOUNDARY));
    }

    #[test]
    fn log_groups_are_asked_about_by_their_own_names() {
        let needed = needed(&PLACE);
        let asked = of(&needed, "logs:CreateLogGroup")[0].resources.clone();
        let group = |rest: &str| format!("arn:aws:logs:eu-central-1:123456789012:log-group:{rest}");
        let insights = group("/aws/ecs/containerinsights/shop-dev-web-service");
        assert_eq!(asked, [group("/ecs/shop-dev/web"), insights]);
    }

    #[test]
    fn what_no_apply_needs_is_spared() {
        let needed = needed(&PLACE);
        assert!(needed.spared.contains("ecr:PutImage"));
        assert!(!needed.spared.contains("ecr:CreateRepository"));
        assert!(of(&needed, "servicequotas:GetServiceQuota").is_empty());
        // Only conditions that the questions know how to meet.
        for statement in statements() {
            let operators: Vec<&String> = statement.condition.keys().collect();
            assert!(operators.iter().all(|one| *one == "StringEquals"));
        }
    }

    #[test]
    fn another_partition_has_its_own_arns() {
        let place = Place {
            region: "cn-north-1",
            ..PLACE
        };
        let needed = needed(&place);
        let role = of(&needed, "iam:CreateRole");
        assert!(role[0].resources[0].starts_with("arn:aws-cn:iam::"));
        assert_eq!(role[0].context[0].1, "cn-north-1");
    }
}
