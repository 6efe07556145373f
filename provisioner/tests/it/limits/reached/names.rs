//! Names and documents that are made of the project, the environment's name and the services.

use hcctl::environment::Environment;

use super::super::drawn::{Drawn, Files, texts};
use super::{Reached, row};

/// The rows.
pub(super) const ROWS: &[Reached] = &[
    row(
        "project, name and services: load balancers",
        |files| files.texts("load_balancer", "name"),
        &[("elasticloadbalancing", "CreateLoadBalancer", "Name")],
    ),
    row(
        "project, name and services: target groups",
        |files| files.texts("target_group", "name"),
        &[("elasticloadbalancing", "CreateTargetGroup", "Name")],
    ),
    row(
        "project and name: the cluster",
        |files| files.texts("cluster", "name"),
        &[("ecs", "CreateCluster", "clusterName")],
    ),
    row(
        "project and name: the namespace, called as the dashboard is",
        |files| files.texts("dashboard", "name"),
        &[
            ("servicediscovery", "CreateHttpNamespace", "Name"),
            ("servicediscovery", "ListNamespaces", "Filters[].Values[]"),
        ],
    ),
    row(
        "project, name and services: services",
        |files| files.texts("service", "name"),
        &[("ecs", "CreateService", "serviceName")],
    ),
    row(
        "project, name and services: task definitions",
        |files| files.texts("task_definition", "family"),
        &[("ecs", "RegisterTaskDefinition", "family")],
    ),
    row(
        "services: containers",
        |files| files.texts("task_definition", "container"),
        &[(
            "ecs",
            "RegisterTaskDefinition",
            "containerDefinitions[].name",
        )],
    ),
    row(
        "project, name and services: images by digest",
        |files| {
            let images = files.texts("task_definition", "image").into_iter();
            texts(images.filter_map(|image| match image {
                Drawn::Text(text) => {
                    let (repository, _) = text.rsplit_once(':')?;
                    Some(format!("{repository}@sha256:{}", "0".repeat(64)))
                }
                _ => None,
            }))
        },
        &[(
            "ecs",
            "RegisterTaskDefinition",
            "containerDefinitions[].image",
        )],
    ),
    row(
        "project, name and services: repositories",
        |files| files.texts("repository", "name"),
        &[
            ("ecr", "*", "repositoryName"),
            ("ecr", "DescribeRepositories", "repositoryNames[]"),
        ],
    ),
    row(
        "project, name and services: roles",
        |files| files.texts("role", "name"),
        &[("iam", "*", "RoleName")],
    ),
    row(
        "project, name and services: descriptions of roles",
        |files| files.texts("role", "description"),
        &[
            ("iam", "CreateRole", "Description"),
            ("iam", "UpdateRole", "Description"),
        ],
    ),
    row(
        "name: the description of a boundary",
        |files| files.texts("managed_policy", "description"),
        &[("iam", "CreatePolicy", "Description")],
    ),
    row(
        "project and name: paths of roles",
        |files| files.texts("role", "path"),
        &[("iam", "CreateRole", "Path")],
    ),
    row(
        "project and name: paths of boundaries",
        |files| files.texts("managed_policy", "path"),
        &[("iam", "CreatePolicy", "Path")],
    ),
    row(
        "services: sessions of their roles",
        |files| files.numbers("role", "max_session"),
        &[("iam", "*", "MaxSessionDuration")],
    ),
    row(
        "region and project: whom roles trust",
        |files| files.documents("role", "trust"),
        &[
            ("iam", "CreateRole", "AssumeRolePolicyDocument"),
            ("iam", "UpdateAssumeRolePolicy", "PolicyDocument"),
        ],
    ),
    row(
        "services and secrets: policies of roles",
        |files| files.inner_documents("role", "policies"),
        &[("iam", "PutRolePolicy", "PolicyDocument")],
    ),
    row(
        "services and secrets: the boundary",
        |files| files.documents("managed_policy", "document"),
        &[
            ("iam", "CreatePolicy", "PolicyDocument"),
            ("iam", "CreatePolicyVersion", "PolicyDocument"),
        ],
    ),
    row(
        "services: names of their roles' policies",
        |files| files.keys("role", "policies"),
        &[
            ("iam", "PutRolePolicy", "PolicyName"),
            ("iam", "GetRolePolicy", "PolicyName"),
            ("iam", "DeleteRolePolicy", "PolicyName"),
        ],
    ),
    row(
        "project and name: the boundary's name",
        |files| files.texts("managed_policy", "name"),
        &[("iam", "CreatePolicy", "PolicyName")],
    ),
    row(
        "project and name: the boundary's ARN",
        |files| texts(files.boundaries.iter().cloned()),
        &[("iam", "*", "PolicyArn")],
    ),
    row(
        "every name, as an ARN",
        Files::arns,
        &[
            ("cloudwatch", "*", "ResourceARN"),
            ("dynamodb", "*", "ResourceArn"),
            ("iam", "SimulatePrincipalPolicy", "ResourceArns[]"),
            ("logs", "*", "resourceArn"),
        ],
    ),
    row(
        "every name, as the trail is asked for it",
        Files::names,
        &[(
            "cloudtrail",
            "LookupEvents",
            "LookupAttributes[].AttributeValue",
        )],
    ),
    row(
        "project, name and services: log groups",
        |files| files.texts("log_group", "name"),
        &[
            ("logs", "*", "logGroupName"),
            ("logs", "*", "logGroupIdentifier"),
            ("logs", "DescribeLogGroups", "logGroupNamePrefix"),
        ],
    ),
    row(
        "project, name and services: alarms",
        |files| files.texts("alarm", "name"),
        &[
            ("cloudwatch", "PutMetricAlarm", "AlarmName"),
            ("cloudwatch", "*", "AlarmNames[]"),
            ("ecs", "*", "deploymentConfiguration.alarms.alarmNames[]"),
        ],
    ),
    row(
        "services: descriptions of alarms",
        |files| files.texts("alarm", "description"),
        &[("cloudwatch", "PutMetricAlarm", "AlarmDescription")],
    ),
    row(
        "project, name and services: dimensions of alarms",
        |files| files.texts("alarm", "dimensions"),
        &[("cloudwatch", "PutMetricAlarm", "Dimensions[].Value")],
    ),
    row(
        "services: how many dimensions an alarm has, with both of the edge",
        |files| files.entries("alarm", "dimensions", 2),
        &[("cloudwatch", "PutMetricAlarm", "Dimensions")],
    ),
    row(
        "project and name: the dashboard",
        |files| files.texts("dashboard", "name"),
        &[("cloudwatch", "PutDashboard", "DashboardName")],
    ),
    row(
        "project, name and services: what scales",
        Files::scaled,
        &[
            ("application-autoscaling", "*", "ResourceId"),
            (
                "application-autoscaling",
                "DescribeScalableTargets",
                "ResourceIds[]",
            ),
        ],
    ),
    row(
        "project, name and services: how it scales",
        |files| files.texts("scaling_policy", "name"),
        &[
            ("application-autoscaling", "*", "PolicyName"),
            (
                "application-autoscaling",
                "DescribeScalingPolicies",
                "PolicyNames[]",
            ),
        ],
    ),
    row(
        "project and name: keys of the lease and of the records",
        |files| texts(files.environments.iter().map(Environment::prefix)),
        &[("s3", "*", "Key")],
    ),
    row(
        "project and name: what the tagging index is asked for",
        |files| {
            let all = files.environments.iter();
            texts(all.flat_map(|one| [one.project.to_string(), one.name.to_string()]))
        },
        &[("tag", "GetResources", "TagFilters[].Values[]")],
    ),
];
