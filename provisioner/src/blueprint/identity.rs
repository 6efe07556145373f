//! Identity: who may do what. One role with which ECS starts tasks, one per service for its code, and one with which ECS
//! moves traffic where deployments need it.

use std::collections::{BTreeMap, BTreeSet};

use hcctl_engine::Link;
use serde_json::{Value, json};

use super::Plot;
use crate::aws::names::boundary_arn;
use crate::environment::{SecretSource, SecretStore, Service, ServiceName, Statement, sizes};
use crate::resources::role::{HOUR, Role, Spec};

/// What task definitions and services need of it.
pub(super) struct Roles {
    pub execution: Link,
    /// By service.
    pub tasks: BTreeMap<String, Link>,
    /// Where deployments shift traffic.
    pub infrastructure: Option<Link>,
}

pub(super) fn draw(plot: &mut Plot<'_>) -> Roles {
    let services: Vec<_> = plot.services().collect();
    let execution = execution(plot, &services);
    let tasks = services
        .iter()
        .map(|(name, service)| (name.to_string(), task(plot, name, service)))
        .collect();
    let shifts = services.iter().any(|(_, it)| plot.shifts_traffic(it));
    let infrastructure = shifts.then(|| infrastructure(plot));
    Roles {
        execution,
        tasks,
        infrastructure,
    }
}

/// Who may take a role on, and what it may do.
struct May {
    trust: Value,
    policies: BTreeMap<String, Value>,
    attached: BTreeSet<String>,
}

impl May {
    fn one(trust: Value, name: &str, policy: Value) -> Self {
        Self {
            trust,
            policies: BTreeMap::from([(name.to_owned(), policy)]),
            attached: BTreeSet::new(),
        }
    }
}

fn role(plot: &mut Plot<'_>, name: &str, description: String, may: May) -> Link {
    let aws_name = match name {
        "execution" => plot.name("ecs-execution"),
        _ => plot.name(name),
    };
    let spec = Spec {
        name: aws_name,
        // A pipeline's permissions to write roles are limited to it.
        path: plot.scope.path().to_owned(),
        description,
        max_session: HOUR,
        trust: may.trust,
        policies: may.policies,
        attached: may.attached,
        boundary: boundary(plot),
        tags: plot.tags(),
    };
    plot.builder.want::<Role>(name, &spec)
}

/// What every role of the environment may do at most.
fn boundary(plot: &Plot<'_>) -> Option<String> {
    let named = plot.environment.permissions_boundary.as_ref()?.as_str();
    let (account, region) = (&plot.inputs.account, &plot.scope.region);
    Some(boundary_arn(account, region, named))
}

/// Trust in ECS tasks of this account and region only, against a confused deputy.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>
fn tasks_trust(plot: &Plot<'_>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Service": "ecs-tasks.amazonaws.com" },
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": { "aws:SourceAccount": plot.inputs.account },
            "ArnLike": { "aws:SourceArn": plot.arn("ecs", "*") },
        },
    }] })
}

/// Pull these repositories, write these log groups, read these secrets: nothing else.
fn execution(plot: &mut Plot<'_>, services: &[(&ServiceName, &Service)]) -> Link {
    let repositories: Vec<String> = services
        .iter()
        .map(|(name, _)| plot.arn("ecr", &format!("repository/{}", plot.service_name(name))))
        .chain(sizes::pulled(plot.environment))
        .collect();
    let groups: Vec<String> = services
        .iter()
        .map(|(name, _)| {
            plot.arn(
                "logs",
                &format!(
                    "log-group:{}:*",
                    super::observability::group_name(plot, name)
                ),
            )
        })
        .collect();
    let mut statements = vec![
        // The token's only legal resource is everything.
        json!({ "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*" }),
        json!({
            "Effect": "Allow",
            "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "Resource": repositories,
        }),
        json!({ "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": groups }),
    ];
    let all: Vec<SecretSource> = services
        .iter()
        .flat_map(|(_, service)| service.all_secrets())
        .collect();
    let of = |store| -> BTreeSet<String> {
        let stored = all.iter().filter(|source| source.store() == store);
        stored.map(|source| plot.secret(source)).collect()
    };
    let kept = all
        .iter()
        .filter_map(|source| plot.inputs.secrets.get(source));
    // The keys that AWS keeps for the two stores are open to whoever may read what they encrypt.
    let keys: BTreeSet<String> = kept.filter_map(|kept| kept.key.clone()).collect();
    for (action, resources) in [
        (
            "secretsmanager:GetSecretValue",
            of(SecretStore::SecretsManager),
        ),
        ("ssm:GetParameters", of(SecretStore::ParameterStore)),
        ("kms:Decrypt", keys),
    ] {
        if !resources.is_empty() {
            statements.push(json!({ "Effect": "Allow", "Action": action, "Resource": resources }));
        }
    }
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    let trust = tasks_trust(plot);
    role(
        plot,
        "execution",
        "ECS starts tasks with it".to_owned(),
        May::one(trust, "pull-and-log", policy),
    )
}

/// The service's own table and queue, the queues that it sends to, and what the file allows; a service without either may do nothing.
fn task(plot: &mut Plot<'_>, name: &ServiceName, service: &Service) -> Link {
    let policy = service.table.as_ref().map(|table| {
        let arn = plot.arn("dynamodb", &format!("table/{}", super::data::table_name(plot, table)));
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Action": [
                "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem",
                "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan",
                "dynamodb:UpdateItem",
            ],
            "Resource": [arn.clone(), format!("{arn}/index/*")],
        }] })
    });
    let own = service.queue.as_ref().and(super::queues::arn(plot, name));
    let queue = own.map(|arn| {
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Action": [
                "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
            ],
            "Resource": arn,
        }] })
    });
    let receivers = service.sends_to.iter();
    let receivers: Vec<String> = receivers
        .filter_map(|to| super::queues::arn(plot, to))
        .collect();
    let send = (!receivers.is_empty()).then(|| {
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Action": ["sqs:GetQueueUrl", "sqs:SendMessage"],
            "Resource": receivers,
        }] })
    });
    let permissions = &service.permissions;
    let allowed = (!permissions.allow.is_empty()).then(|| {
        let statements: Vec<Value> = permissions.allow.iter().map(Statement::document).collect();
        json!({ "Version": "2012-10-17", "Statement": statements })
    });
    let policies = [
        ("table", policy),
        ("queue", queue),
        ("send", send),
        ("allow", allowed),
    ];
    let policies = policies
        .into_iter()
        .filter_map(|(name, policy)| Some((name.to_owned(), policy?)))
        .collect();
    let attached = permissions.policies.iter().map(ToString::to_string);
    let may = May {
        trust: tasks_trust(plot),
        policies,
        attached: attached.collect(),
    };
    role(
        plot,
        &format!("{name}-task"),
        format!("The code of {name} has it"),
        may,
    )
}

/// What AmazonECSInfrastructureRolePolicyForLoadBalancers allows, on this environment's groups, listeners and rules only.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html>
fn infrastructure(plot: &mut Plot<'_>) -> Link {
    let balancer = crate::resources::load_balancer::name(&plot.scope);
    let elb = |rest: String| plot.arn("elasticloadbalancing", &rest);
    // Target groups whose names had to be shortened begin with another prefix, so the environment's tags narrow them.
    let ours = json!({ "StringEquals": {
        "aws:ResourceTag/Project": plot.scope.project,
        "aws:ResourceTag/Environment": plot.scope.environment,
    } });
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth",
            ],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Action": ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
            "Resource": elb("targetgroup/*/*".to_owned()),
            "Condition": ours,
        },
        { "Effect": "Allow", "Action": "elasticloadbalancing:ModifyListener", "Resource": elb(format!("listener/app/{balancer}/*")) },
        { "Effect": "Allow", "Action": "elasticloadbalancing:ModifyRule", "Resource": elb(format!("listener-rule/app/{balancer}/*")) },
    ] });
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Service": "ecs.amazonaws.com" },
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": { "aws:SourceAccount": plot.inputs.account },
            "ArnLike": { "aws:SourceArn": plot.arn("ecs", "*") },
        },
    }] });
    role(
        plot,
        "ecs-infrastructure",
        "ECS moves traffic between target groups with it".to_owned(),
        May::one(trust, "traffic", policy),
    )
}
