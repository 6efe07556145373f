//! What roles may really do once `bootstrap` and an apply have made them, by IAM's own simulation of them in the sandbox.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use hcctl::aws::Aws;
use hcctl::blueprint;
use hcctl::environment::Environment;
use hcctl_engine::{Blueprint, Doc};
use hcctl_sandbox::{ACCOUNT, Quotas, Settings};
use serde_json::Value;

use crate::support::site::Site;
use crate::support::world::{World, inputs, load, parse, text};

fn world() -> World {
    World::new(Settings {
        quotas: Quotas::none(),
        ..Settings::instant()
    })
}

fn topology(environment: &Environment) -> Blueprint {
    blueprint::build(environment, &inputs(environment)).unwrap()
}

fn named(doc: &Doc) -> &str {
    doc.field("name").and_then(Value::as_str).unwrap()
}

/// One or many.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn arn(service: &str, region: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{region}:{ACCOUNT}:{rest}")
}

/// Whether a role may do it, and whether its boundary would let it.
async fn may(
    aws: &Aws,
    role: &str,
    action: &str,
    resource: &str,
    context: &[(&str, &str)],
) -> (bool, Option<bool>) {
    let entries = context.iter().map(|(key, value)| {
        ContextEntry::builder()
            .context_key_name(*key)
            .context_key_type(ContextKeyTypeEnum::String)
            .context_key_values(*value)
            .build()
    });
    let call = aws.iam.simulate_principal_policy();
    let call = call.policy_source_arn(arn("iam", "", &format!("role/{role}")));
    let call = call.action_names(action).resource_arns(resource);
    let call = call.set_context_entries(Some(entries.collect()));
    let answer = call.send().await.unwrap();
    let [result] = answer.evaluation_results() else {
        panic!("{answer:?}");
    };
    let boundary = result.permissions_boundary_decision_detail();
    (
        result.eval_decision == PolicyEvaluationDecisionType::Allowed,
        boundary.map(|detail| detail.allowed_by_permissions_boundary),
    )
}

/// The set-up for one environment, and the environment within its boundary.
async fn bounded(name: &str, text: &str) -> (World, Environment) {
    let line = format!("\npermissions_boundary: healthcare-app-{name}-hcctl-boundary\n");
    let environment = parse(
        name,
        &text.replacen("\nregion:", &format!("{line}region:"), 1),
    );
    assert!(environment.permissions_boundary.is_some());
    let world = world();
    Site::SetUp(vec![environment.clone()])
        .converge(&world)
        .await;
    world.converge(&environment).await;
    (world, environment)
}

/// The roles of an environment's topology get by with the boundary, whatever the file asks for.
#[tokio::test]
async fn the_boundary_takes_nothing_from_the_roles_that_hcctl_makes() {
    let secrets = r#"    secrets:
      ONE: "arn:aws:secretsmanager:us-east-1:123456789012:secret:smtp-AbCdEf:login::"
      TWO: arn:aws:ssm:us-east-1:123456789012:parameter/maps
    env: "#;
    let with_secrets = text("dev").replacen("    env: ", secrets, 1);
    assert_ne!(with_secrets, text("dev"));
    let shifting = text("dev").replace("strategy: rolling", "strategy: canary");
    assert_ne!(shifting, text("dev"));
    for (name, text) in [
        ("dev", text("dev")),
        ("dev", with_secrets),
        ("dev", shifting),
        ("prod", text("prod")),
    ] {
        let (world, environment) = bounded(name, &text).await;
        let aws = world.aws(&environment).await;
        let tags = [
            ("aws:ResourceTag/Project", "healthcare-app"),
            ("aws:ResourceTag/Environment", name),
        ];
        let mut checked = 0;
        for (address, doc) in topology(&environment).iter() {
            if address.kind != "role" {
                continue;
            }
            let role = format!("hcctl/{}", named(doc));
            let policies = doc.field("policies").unwrap().as_object().unwrap();
            let statements = policies
                .values()
                .filter_map(|one| one["Statement"].as_array());
            for one in statements.flatten() {
                for action in texts(&one["Action"]) {
                    for resource in texts(&one["Resource"]) {
                        checked += 1;
                        let may = may(&aws, &role, action, resource, &tags).await;
                        assert_eq!(may, (true, Some(true)), "{address}: {action} on {resource}");
                    }
                }
            }
        }
        assert!(checked > 20, "{checked}");
    }
}

/// Whatever policies somebody gives a role: what is another environment's, or nobody's, stays out of reach.
#[tokio::test]
async fn no_policy_reaches_beyond_the_boundary() {
    let (world, environment) = bounded("dev", &text("dev")).await;
    let aws = world.aws(&environment).await;
    let call = aws.iam.attach_role_policy();
    let call = call.role_name("healthcare-app-dev-patient-task");
    let call = call.policy_arn("arn:aws:iam::aws:policy/AdministratorAccess");
    call.send().await.unwrap();
    let role = "hcctl/healthcare-app-dev-patient-task";
    let table = |name: &str| arn("dynamodb", "us-east-1", &format!("table/{name}"));
    let own = table("healthcare-app-dev-appointments");
    let reached = may(&aws, role, "dynamodb:GetItem", &own, &[]).await;
    assert_eq!(reached, (true, Some(true)));
    let secret = arn("secretsmanager", "us-east-1", "secret:root-AbCdEf");
    let set_up = "role/hcctl-bootstrap/healthcare-app-dev-hcctl-apply";
    for (action, resource) in [
        ("dynamodb:GetItem", table("healthcare-app-prod-patients")),
        ("dynamodb:DeleteTable", own),
        ("secretsmanager:GetSecretValue", secret),
        (
            "ssm:GetParameters",
            arn("ssm", "us-east-1", "parameter/root"),
        ),
        ("iam:CreateRole", arn("iam", "", "role/hcctl/x")),
        ("sts:AssumeRole", arn("iam", "", set_up)),
    ] {
        let reached = may(&aws, role, action, &resource, &[]).await;
        assert_eq!(reached, (false, Some(false)), "{action} on {resource}");
    }
}

/// What has a name of its own in ARNs: the call that makes it, its service, where it is, and what its name stands behind.
const NAMED: &[(&str, &str, &str, &str, &str)] = &[
    (
        "repository",
        "ecr:CreateRepository",
        "ecr",
        "us-east-1",
        "repository/",
    ),
    (
        "log_group",
        "logs:CreateLogGroup",
        "logs",
        "us-east-1",
        "log-group:",
    ),
    (
        "table",
        "dynamodb:CreateTable",
        "dynamodb",
        "us-east-1",
        "table/",
    ),
    (
        "alarm",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch",
        "us-east-1",
        "alarm:",
    ),
    (
        "dashboard",
        "cloudwatch:PutDashboard",
        "cloudwatch",
        "",
        "dashboard/",
    ),
    ("role", "iam:CreateRole", "iam", "", "role/hcctl/"),
];

#[tokio::test]
async fn whoever_applies_may_make_what_has_this_environments_names_and_no_others() {
    let (world, [_, site]) = (world(), Site::both());
    site.converge(&world).await;
    let aws = site.aws(&world).await;
    for (name, other) in [("dev", "prod"), ("prod", "dev")] {
        let role = |name: &str| format!("hcctl-bootstrap/healthcare-app-{name}-hcctl-apply");
        let boundary = format!("policy/hcctl-bootstrap/healthcare-app-{name}-hcctl-boundary");
        let boundary = arn("iam", "", &boundary);
        let within = [("iam:PermissionsBoundary", boundary.as_str())];
        let mut met = BTreeMap::new();
        for (address, doc) in topology(&load(name)).iter() {
            let row = NAMED.iter().find(|(kind, ..)| *kind == address.kind);
            let Some((kind, action, service, region, start)) = row else {
                continue;
            };
            let arn = arn(service, region, &format!("{start}{}", named(doc)));
            let mine = may(&aws, &role(name), action, &arn, &within).await;
            assert_eq!(mine, (true, None), "{name}: {action} on {arn}");
            let theirs = may(&aws, &role(other), action, &arn, &within).await;
            assert_eq!(theirs, (false, None), "{other}: {action} on {arn}");
            *met.entry(*kind).or_insert(0) += 1;
        }
        assert_eq!(met.len(), NAMED.len(), "{met:?}");
    }
}

/// A role from before the boundary, or from another tool, is none of the pipeline's to fill.
#[tokio::test]
async fn whoever_applies_makes_no_role_without_the_boundary() {
    let (world, [_, site]) = (world(), Site::both());
    site.converge(&world).await;
    let aws = site.aws(&world).await;
    let apply = "hcctl-bootstrap/healthcare-app-dev-hcctl-apply";
    let role = arn("iam", "", "role/hcctl/healthcare-app-dev-patient-task");
    let others = arn(
        "iam",
        "",
        "policy/hcctl-bootstrap/healthcare-app-prod-hcctl-boundary",
    );
    for action in [
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:AttachRolePolicy",
    ] {
        for context in [&[][..], &[("iam:PermissionsBoundary", others.as_str())]] {
            let may = may(&aws, apply, action, &role, context).await;
            assert_eq!(may, (false, None), "{action} {context:?}");
        }
    }
}

/// The published permissions to bootstrap with, and what else has names of ours.
#[tokio::test]
async fn whoever_may_bootstrap_may_make_all_of_it_and_nothing_of_the_environments() {
    let (world, [_, site]) = (world(), Site::both());
    site.converge(&world).await;
    let aws = site.aws(&world).await;
    let published = include_str!("../../policies/bootstrap.json");
    let policy = published
        .replace("ACCOUNT", ACCOUNT)
        .replace("PROJECT", "healthcare-app");
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}"#;
    let call = aws.iam.create_role().role_name("administrator");
    let call = call.assume_role_policy_document(trust);
    call.send().await.unwrap();
    let call = aws.iam.put_role_policy().role_name("administrator");
    let call = call.policy_name("bootstrap").policy_document(policy);
    call.send().await.unwrap();
    let bucket = |rest: &str| format!("arn:aws:s3:::hcctl-{ACCOUNT}-us-east-1{rest}");
    for seen in site.seen(&aws).await.ours() {
        let (actions, resource): (&[&str], String) = match seen.address.kind.as_str() {
            "bucket" => (
                &["s3:CreateBucket", "s3:PutBucketVersioning", "s3:ListBucket"],
                bucket(""),
            ),
            "oidc_provider" => (
                &[
                    "iam:CreateOpenIDConnectProvider",
                    "iam:AddClientIDToOpenIDConnectProvider",
                    "iam:TagOpenIDConnectProvider",
                ],
                seen.id.clone(),
            ),
            "managed_policy" => (
                &[
                    "iam:CreatePolicy",
                    "iam:CreatePolicyVersion",
                    "iam:TagPolicy",
                ],
                seen.id.clone(),
            ),
            "role" => (
                &["iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole"],
                seen.id.clone(),
            ),
            other => panic!("no actions for {other}"),
        };
        for action in actions {
            let may = may(&aws, "administrator", action, &resource, &[]).await;
            assert_eq!(may, (true, None), "{action} on {resource}");
        }
    }
    let lease = bucket("/healthcare-app/_bootstrap/lease.json");
    let written = may(&aws, "administrator", "s3:PutObject", &lease, &[]).await;
    assert_eq!(written, (true, None));
    let role = |rest: &str| arn("iam", "", &format!("role/{rest}"));
    for (action, resource) in [
        ("s3:PutObject", bucket("/healthcare-app/dev/lease.json")),
        (
            "iam:CreateRole",
            role("hcctl/healthcare-app-dev-patient-task"),
        ),
        (
            "iam:CreateRole",
            role("hcctl-bootstrap/other-app-dev-hcctl-apply"),
        ),
        ("ec2:CreateVpc", "*".to_owned()),
    ] {
        let may = may(&aws, "administrator", action, &resource, &[]).await;
        assert_eq!(may, (false, None), "{action} on {resource}");
    }
}
