//! What the roles may do: enough for what hcctl makes, and never more rights for themselves.

use std::collections::BTreeMap;

use hcctl_engine::Blueprint;
use serde_json::Value;

use super::super::{INLINE, MANAGED, SetupError, TRUST, Wanted};
use super::{ACCOUNT, environment, field, holds, like, repository, set_up, text, texts};
use crate::blueprint::{self, Inputs};
use crate::environment::Environment;

/// Whether a policy allows an action on a resource, in a request with these keys. None of ours denies anything.
fn allows(policy: &Value, action: &str, resource: &str, request: &[(&str, &str)]) -> bool {
    let request: Vec<(String, String)> = request
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let statements = policy["Statement"].as_array().expect("statements");
    statements.iter().any(|one| {
        assert_eq!(one["Effect"], "Allow");
        texts(&one["Action"]).iter().any(|it| like(it, action))
            && texts(&one["Resource"]).iter().any(|it| like(it, resource))
            && holds(&one["Condition"], &request)
    })
}

fn arn(service: &str, region: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{region}:{ACCOUNT}:{rest}")
}

fn both() -> [Environment; 2] {
    ["dev", "prod"].map(|name| environment(name, &text(name)))
}

fn apply(blueprint: &Blueprint, name: &str) -> Value {
    field(blueprint, &format!("role/{name}-hcctl-apply"), "policies")["apply"].clone()
}

#[test]
fn whoever_applies_gets_no_more_rights_for_himself() {
    let blueprint = set_up(&both(), Some(&repository(None)));
    let policy = apply(&blueprint, "dev");
    let own = [
        arn("iam", "", "role/hcctl-bootstrap/healthcare-app-dev-hcctl-apply"),
        arn("iam", "", "role/hcctl-bootstrap/healthcare-app-dev-hcctl-plan"),
        arn("iam", "", "role/hcctl-bootstrap/healthcare-app-dev-more"),
        arn("iam", "", "policy/hcctl-bootstrap/healthcare-app-dev-hcctl-boundary"),
        arn("iam", "", "role/healthcare-app-dev-more"),
        arn("iam", "", "role/hcctl/healthcare-app-prod-patient-task"),
        arn("iam", "", "oidc-provider/token.actions.githubusercontent.com"),
        arn("iam", "", "user/healthcare-app-dev-more"),
    ];
    let boundary = own[3].as_str();
    let within = [
        ("iam:PermissionsBoundary", boundary),
        ("iam:PassedToService", "ecs-tasks.amazonaws.com"),
    ];
    let reads = ["iam:Get", "iam:List"];
    let mut writes: Vec<&str> = include_str!("../../../policies/bootstrap.json")
        .split('"')
        .filter(|word| word.starts_with("iam:"))
        .filter(|word| !reads.iter().any(|read| word.starts_with(read)))
        .collect();
    assert!(writes.len() > 15, "{writes:?}");
    writes.extend([
        "iam:PassRole",
        "iam:SetDefaultPolicyVersion",
        "iam:CreateUser",
        "iam:CreateAccessKey",
        "iam:PutUserPolicy",
        "iam:AttachUserPolicy",
        "iam:UpdateOpenIDConnectProviderThumbprint",
        "sts:AssumeRole",
    ]);
    for action in &writes {
        for resource in &own {
            assert!(!allows(&policy, action, resource, &within), "{action} on {resource}");
        }
    }
    // Of its environment's roles it makes and fills those within the boundary only, and takes no boundary away.
    let role = arn("iam", "", "role/hcctl/healthcare-app-dev-patient-task");
    let other = arn("iam", "", "policy/hcctl-bootstrap/healthcare-app-prod-hcctl-boundary");
    for action in [
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:AttachRolePolicy",
        "iam:PutRolePermissionsBoundary",
    ] {
        let with = |boundary| allows(&policy, action, &role, &[("iam:PermissionsBoundary", boundary)]);
        assert!(with(boundary), "{action}");
        assert!(!with(&other) && !allows(&policy, action, &role, &[]), "{action}");
    }
    assert!(!allows(&policy, "iam:DeleteRolePermissionsBoundary", &role, &within));
    let pass = |to| allows(&policy, "iam:PassRole", &role, &[("iam:PassedToService", to)]);
    assert!(pass("ecs-tasks.amazonaws.com") && pass("ecs.amazonaws.com"));
    assert!(!pass("ec2.amazonaws.com") && !pass("lambda.amazonaws.com"));
    for statement in policy["Statement"].as_array().expect("statements") {
        for action in texts(&statement["Action"]) {
            assert!(!action.contains('*'), "{action}");
        }
    }
}

#[test]
fn whoever_plans_only_reads_and_reads_no_logs() {
    let blueprint = set_up(&both(), Some(&repository(None)));
    for name in ["dev", "prod"] {
        let policies = field(&blueprint, &format!("role/{name}-hcctl-plan"), "policies");
        let actions: Vec<&str> = policies["plan"]["Statement"]
            .as_array()
            .expect("statements")
            .iter()
            .flat_map(|statement| texts(&statement["Action"]))
            .collect();
        assert!(actions.len() > 40);
        for action in actions {
            let verb = action.split(':').nth(1).expect("SERVICE:VERB");
            let reads = ["Describe", "Get", "List"].iter().any(|it| verb.starts_with(it));
            assert!(reads, "{action}");
            let told = ["logs:GetLogEvents", "logs:FilterLogEvents", "s3:GetObject"];
            assert!(!told.contains(&action), "{action}");
        }
    }
}

/// The roles of an environment's topology get by with the boundary, whatever the file asks for.
#[test]
fn the_boundary_takes_nothing_from_the_roles_that_hcctl_makes() {
    let secrets = "\
    secrets:
      ONE: \"arn:aws:secretsmanager:us-east-1:123456789012:secret:smtp-AbCdEf:login::\"
      TWO: arn:aws:ssm:us-east-1:123456789012:parameter/maps
    env: ";
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
        let environment = environment(name, &text);
        let roles = topology(&environment);
        let boundary = set_up(std::slice::from_ref(&environment), None);
        let address = format!("managed_policy/{name}-hcctl-boundary");
        let boundary = field(&boundary, &address, "document");
        let tags = [
            ("aws:ResourceTag/Project", "healthcare-app"),
            ("aws:ResourceTag/Environment", name),
        ];
        let mut checked = 0;
        for (address, doc) in roles.iter().filter(|(it, _)| it.kind == "role") {
            let policies = doc.field("policies").expect("policies");
            for policy in policies.as_object().expect("by name").values() {
                for one in policy["Statement"].as_array().expect("statements") {
                    for action in texts(&one["Action"]) {
                        for resource in texts(&one["Resource"]) {
                            checked += 1;
                            let fine = allows(&boundary, action, resource, &tags);
                            assert!(fine, "{address}: {action} on {resource}");
                        }
                    }
                }
            }
        }
        assert!(checked > 20, "{checked}");
        // And not to what is another environment's, or nobody's.
        for (action, resource) in [
            ("dynamodb:GetItem", arn("dynamodb", "us-east-1", "table/healthcare-app-other-patients")),
            ("secretsmanager:GetSecretValue", arn("secretsmanager", "us-east-1", "secret:root-AbCdEf")),
            ("ssm:GetParameters", arn("ssm", "us-east-1", "parameter/root")),
            ("iam:CreateRole", arn("iam", "", "role/hcctl/x")),
            ("sts:AssumeRole", arn("iam", "", "role/hcctl-bootstrap/healthcare-app-dev-hcctl-apply")),
        ] {
            assert!(!allows(&boundary, action, &resource, &tags), "{action} on {resource}");
        }
    }
}

fn topology(environment: &Environment) -> Blueprint {
    let letters = environment.network.zones.letters();
    let inputs = Inputs {
        account: ACCOUNT.to_owned(),
        zones: letters.map(|letter| format!("{}{letter}", environment.region)).collect(),
        images: BTreeMap::new(),
    };
    blueprint::build(environment, &inputs).expect("it can be drawn")
}

/// What has a name of its own in ARNs, and the call that makes it.
const NAMED: &[(&str, &str, &str, &str)] = &[
    ("repository", "ecr:CreateRepository", "ecr", "repository/"),
    ("log_group", "logs:CreateLogGroup", "logs", "log-group:"),
    ("table", "dynamodb:CreateTable", "dynamodb", "table/"),
    ("alarm", "cloudwatch:PutMetricAlarm", "cloudwatch", "alarm:"),
    ("dashboard", "cloudwatch:PutDashboard", "cloudwatch", "dashboard/"),
    ("role", "iam:CreateRole", "iam", "role/hcctl/"),
];

#[test]
fn whoever_applies_may_make_what_has_this_environments_names_and_no_others() {
    let all = both();
    let blueprint = set_up(&all, Some(&repository(None)));
    for environment in &all {
        let name = environment.name.as_ref();
        let other = if name == "dev" { "prod" } else { "dev" };
        let (mine, theirs) = (apply(&blueprint, name), apply(&blueprint, other));
        let mut met = BTreeMap::new();
        for (address, doc) in topology(environment).iter() {
            let row = NAMED.iter().find(|(kind, ..)| *kind == address.kind);
            let Some((kind, action, service, start)) = row else { continue };
            let region = if ["iam", "dashboard"].contains(kind) || *service == "iam" {
                ""
            } else {
                "us-east-1"
            };
            let own = doc.field("name").and_then(Value::as_str).expect("a name");
            let arn = arn(service, region, &format!("{start}{own}"));
            let boundary = format!("policy/hcctl-bootstrap/healthcare-app-{name}-hcctl-boundary");
            let boundary = format!("arn:aws:iam::{ACCOUNT}:{boundary}");
            let request = [("iam:PermissionsBoundary", boundary.as_str())];
            assert!(allows(&mine, action, &arn, &request), "{name}: {action} on {arn}");
            assert!(!allows(&theirs, action, &arn, &request), "{other}: {action} on {arn}");
            *met.entry(*kind).or_insert(0) += 1;
        }
        assert_eq!(met.len(), NAMED.len(), "{met:?}");
    }
}

/// With the longest names that a file may have, all documents are within AWS's limits, with room for what is to come.
#[test]
fn the_longest_names_fit() {
    let long = text("dev").replace(
        "project: healthcare-app ",
        "project: a2345678901234567890123456789012 ",
    );
    assert_ne!(long, text("dev"));
    let long = long.replace("region: us-east-1", "region: ap-southeast-99");
    let all = [environment("a234567890123456", &long)];
    let longest: super::Repository = format!("{}/{}", "o".repeat(39), "r".repeat(100))
        .parse()
        .expect("a name");
    for ids in [None, Some((u64::MAX, u64::MAX))] {
        let repository = super::Repository { ids, ..longest.clone() };
        let blueprint = set_up(&all, Some(&repository));
        let mut seen = 0;
        for (address, doc) in blueprint.iter() {
            let size = |field: &str| doc.field(field).map(|it| it.to_string().len());
            let name = doc.field("name").and_then(Value::as_str).unwrap_or_default();
            assert!(name.len() <= 64, "{name}");
            for (field, limit) in [("trust", TRUST), ("policies", INLINE), ("document", MANAGED)] {
                if let Some(size) = size(field) {
                    seen += 1;
                    assert!(size <= limit, "{address} {field}: {size} of {limit}");
                }
            }
        }
        assert_eq!(seen, 5);
    }
}

#[test]
fn a_document_that_aws_would_refuse_is_no_set_up() {
    let many: String = (0..80)
        .map(|number| {
            let arn = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/{}", "p".repeat(40));
            format!("      S{number}: {arn}{number}\n")
        })
        .collect();
    let many = text("dev").replacen("    env: ", &format!("    secrets:\n{many}    env: "), 1);
    let all = [environment("dev", &many)];
    let wanted = Wanted {
        environments: &all,
        account: ACCOUNT,
        repository: None,
    };
    let error = wanted.build().expect_err("it is too large");
    assert!(
        matches!(&error, SetupError::TooLarge { size, limit, .. } if *limit == MANAGED && size > limit),
        "{error}"
    );
    assert!(error.to_string().starts_with("the boundary of dev has "), "{error}");
}
