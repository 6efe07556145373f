//! What the roles may do: enough for what hcctl makes, and never more rights for themselves.

use std::fmt::Write as _;

use hcctl_engine::Blueprint;
use serde_json::Value;

use super::super::{INLINE, MANAGED, SetupError, TRUST, Wanted};
use super::{ACCOUNT, environment, field, holds, like, repository, set_up, text, texts};
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
        arn(
            "iam",
            "",
            "role/hcctl-bootstrap/healthcare-app-dev-hcctl-apply",
        ),
        arn(
            "iam",
            "",
            "role/hcctl-bootstrap/healthcare-app-dev-hcctl-plan",
        ),
        arn("iam", "", "role/hcctl-bootstrap/healthcare-app-dev-more"),
        arn(
            "iam",
            "",
            "policy/hcctl-bootstrap/healthcare-app-dev-hcctl-boundary",
        ),
        arn("iam", "", "role/healthcare-app-dev-more"),
        arn("iam", "", "role/hcctl/healthcare-app-prod-patient-task"),
        arn(
            "iam",
            "",
            "oidc-provider/token.actions.githubusercontent.com",
        ),
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
            assert!(
                !allows(&policy, action, resource, &within),
                "{action} on {resource}"
            );
        }
    }
}

#[test]
fn whoever_applies_makes_roles_within_the_boundary_only_and_takes_none_away() {
    let blueprint = set_up(&both(), Some(&repository(None)));
    let policy = apply(&blueprint, "dev");
    let boundary = arn(
        "iam",
        "",
        "policy/hcctl-bootstrap/healthcare-app-dev-hcctl-boundary",
    );
    let role = arn("iam", "", "role/hcctl/healthcare-app-dev-patient-task");
    let other = arn(
        "iam",
        "",
        "policy/hcctl-bootstrap/healthcare-app-prod-hcctl-boundary",
    );
    for action in [
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:AttachRolePolicy",
        "iam:PutRolePermissionsBoundary",
    ] {
        let with = |boundary: &str| {
            allows(
                &policy,
                action,
                &role,
                &[("iam:PermissionsBoundary", boundary)],
            )
        };
        assert!(with(&boundary), "{action}");
        assert!(
            !with(&other) && !allows(&policy, action, &role, &[]),
            "{action}"
        );
    }
    let within = [("iam:PermissionsBoundary", boundary.as_str())];
    assert!(!allows(
        &policy,
        "iam:DeleteRolePermissionsBoundary",
        &role,
        &within
    ));
    let pass = |to| {
        allows(
            &policy,
            "iam:PassRole",
            &role,
            &[("iam:PassedToService", to)],
        )
    };
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
            let reads = ["Describe", "Get", "List", "Lookup", "Simulate"]
                .iter()
                .any(|it| verb.starts_with(it));
            assert!(reads, "{action}");
            let told = ["logs:GetLogEvents", "logs:FilterLogEvents", "s3:GetObject"];
            assert!(!told.contains(&action), "{action}");
        }
    }
}

/// With the longest names that a file may have, all documents are within AWS's limits, with room for what is to come.
#[test]
fn the_longest_names_fit() {
    // An IAM role's name has 64 characters at most, so what a project's name has more, the environment's has less.
    let (project, name) = ("a234567890123456789012345678", "a234567890123456");
    let file = format!(
        "project: {project}\nregion: ap-southeast-99\nnetwork: {{ cidr: 10.0.0.0/16 }}\n\
         services: {{ a: {{ paths: [/a] }} }}\n"
    );
    let all = [environment(name, &file)];
    let longest: super::Repository = format!("{}/{}", "o".repeat(39), "r".repeat(100))
        .parse()
        .expect("a name");
    for ids in [None, Some((u64::MAX, u64::MAX))] {
        let repository = super::Repository {
            ids,
            ..longest.clone()
        };
        let blueprint = set_up(&all, Some(&repository));
        let mut seen = 0;
        for (address, doc) in blueprint.iter() {
            let size = |field: &str| doc.field(field).map(|it| it.to_string().len());
            let name = doc
                .field("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            assert!(name.len() <= 64, "{name}");
            for (field, limit) in [
                ("trust", TRUST),
                ("policies", INLINE),
                ("document", MANAGED),
            ] {
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
    let mut many = "    secrets:\n".to_owned();
    for number in 0..80 {
        let name = format!("{}{number}", "p".repeat(40));
        let arn = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/{name}");
        let _ = writeln!(many, "      S{number}: {arn}");
    }
    let many = text("dev").replacen("    env: ", &format!("{many}    env: "), 1);
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
    assert!(
        error.to_string().starts_with("the boundary of dev has "),
        "{error}"
    );
}
