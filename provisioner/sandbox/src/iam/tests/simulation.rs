//! What a simulation says of roles.

use super::{READ, TRUST, iam};
use crate::bench::{Bench, Refusal, text, texts};

/// What a simulation decides of each action, and what else it says.
fn simulate(
    bench: &Bench,
    source: &str,
    actions: &[&str],
    more: &[(&str, &str)],
) -> Result<String, Refusal> {
    let names: Vec<String> = (1..=actions.len())
        .map(|n| format!("ActionNames.member.{n}"))
        .collect();
    let names = names.iter().map(String::as_str);
    let mut params: Vec<(&str, &str)> = names.zip(actions.iter().copied()).collect();
    params.push(("PolicySourceArn", source));
    params.extend_from_slice(more);
    iam(bench, "SimulatePrincipalPolicy", &params)
}

const ROLE: &str = "arn:aws:iam::123456789012:role/hcctl/simulated";

/// A role with one inline policy and perhaps a boundary.
fn simulated(bench: &Bench, policy: &str, boundary: Option<&str>) {
    let mut params = vec![
        ("RoleName", "simulated"),
        ("Path", "/hcctl/"),
        ("AssumeRolePolicyDocument", TRUST),
    ];
    params.extend(boundary.map(|arn| ("PermissionsBoundary", arn)));
    iam(bench, "CreateRole", &params).unwrap();
    let put = [
        ("RoleName", "simulated"),
        ("PolicyName", "all"),
        ("PolicyDocument", policy),
    ];
    iam(bench, "PutRolePolicy", &put).unwrap();
}

#[test]
fn a_simulation_judges_by_the_roles_own_policies() {
    let bench = Bench::new();
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"ec2:*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}},
        {"Effect":"Allow","Action":"ecr:Put*","Resource":"arn:aws:ecr:us-east-1:123456789012:repository/shop-*"},
        {"Effect":"Deny","Action":"ec2:DeleteVpc","Resource":"*"}]}"#;
    simulated(&bench, policy, None);
    let region = [
        (
            "ContextEntries.member.1.ContextKeyName",
            "aws:RequestedRegion",
        ),
        ("ContextEntries.member.1.ContextKeyType", "string"),
        (
            "ContextEntries.member.1.ContextKeyValues.member.1",
            "us-east-1",
        ),
    ];
    let actions = ["ec2:CreateVpc", "ec2:DeleteVpc", "s3:PutObject"];
    let xml = simulate(&bench, ROLE, &actions, &region).unwrap();
    assert_eq!(
        texts(&xml, "EvalDecision"),
        ["allowed", "explicitDeny", "implicitDeny"]
    );
    assert_eq!(texts(&xml, "EvalActionName"), actions);
    // Without the region the condition misses its key.
    let xml = simulate(&bench, ROLE, &["ec2:CreateVpc"], &[]).unwrap();
    assert_eq!(text(&xml, "EvalDecision"), "implicitDeny");
    assert!(xml.contains("aws:RequestedRegion"), "{xml}");
    // Of two resources the worst decides, and each is told.
    let both = [
        (
            "ResourceArns.member.1",
            "arn:aws:ecr:us-east-1:123456789012:repository/shop-a",
        ),
        (
            "ResourceArns.member.2",
            "arn:aws:ecr:us-east-1:123456789012:repository/other",
        ),
    ];
    let xml = simulate(&bench, ROLE, &["ecr:PutImage"], &both).unwrap();
    assert_eq!(text(&xml, "EvalDecision"), "implicitDeny");
    assert_eq!(
        texts(&xml, "EvalResourceDecision"),
        ["allowed", "implicitDeny"]
    );
}

#[test]
fn a_boundary_cuts_off_what_the_policies_allow() {
    let bench = Bench::new();
    let all =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    simulated(&bench, all, Some("arn:aws:iam::aws:policy/PowerUserAccess"));
    let actions = ["iam:CreateRole", "ecs:CreateCluster"];
    let xml = simulate(&bench, ROLE, &actions, &[]).unwrap();
    assert_eq!(texts(&xml, "EvalDecision"), ["implicitDeny", "allowed"]);
    assert_eq!(
        texts(&xml, "AllowedByPermissionsBoundary"),
        ["false", "true"]
    );
}

#[test]
fn a_simulation_says_what_it_cannot_judge() {
    let bench = Bench::new();
    let code = |source: &str, action: &str| {
        let outcome = simulate(&bench, source, &[action], &[]);
        outcome.map_err(|refusal| refusal.code)
    };
    // The account's own user may do everything.
    let own = code("arn:aws:iam::123456789012:user/sandbox", "iam:CreateRole");
    assert_eq!(text(&own.unwrap(), "EvalDecision"), "allowed");
    for unclear in ["root", "sts", "assumed-role/a/b"] {
        let arn = format!("arn:aws:iam::123456789012:{unclear}");
        assert_eq!(code(&arn, "iam:CreateRole").unwrap_err(), "InvalidInput");
    }
    assert_eq!(code(ROLE, "iam:CreateRole").unwrap_err(), "NoSuchEntity");
    assert_eq!(
        code("arn:aws:iam::123456789012:user/sandbox", "CreateRole").unwrap_err(),
        "InvalidInput"
    );
    // What one of AWS's own policies allows is known of a few only.
    simulated(&bench, READ, Some("arn:aws:iam::aws:policy/SecurityAudit"));
    assert_eq!(code(ROLE, "iam:CreateRole").unwrap_err(), "NotSimulated");
}

/// A policy of the account's that allows one action.
fn own_policy(bench: &Bench, name: &str, action: &str) -> String {
    let document = READ.replace("s3:GetObject", action);
    let params = [("PolicyName", name), ("PolicyDocument", &document)];
    text(&iam(bench, "CreatePolicy", &params).unwrap(), "Arn")
}

#[test]
fn a_simulation_judges_by_the_accounts_own_policies() {
    let bench = Bench::new();
    let edge = own_policy(&bench, "edge", "s3:Get*");
    let more = own_policy(&bench, "more", "ecs:*");
    simulated(&bench, READ, Some(&edge));
    let attach = [("RoleName", "simulated"), ("PolicyArn", more.as_str())];
    iam(&bench, "AttachRolePolicy", &attach).unwrap();
    let actions = ["s3:GetObject", "s3:GetBucketAcl", "ecs:CreateCluster"];
    let decided = |column: &str| {
        let xml = simulate(&bench, ROLE, &actions, &[]).unwrap();
        texts(&xml, column)
    };
    // Within the boundary and granted; within it and not granted; granted by what is attached, and outside of it.
    assert_eq!(
        decided("EvalDecision"),
        ["allowed", "implicitDeny", "implicitDeny"]
    );
    assert_eq!(
        decided("AllowedByPermissionsBoundary"),
        ["true", "true", "false"]
    );
    // The version in force decides, not the youngest.
    let wider = READ.replace("s3:GetObject", "*");
    let version = |default: &str| {
        let params = [
            ("PolicyArn", edge.as_str()),
            ("PolicyDocument", &wider),
            ("SetAsDefault", default),
        ];
        iam(&bench, "CreatePolicyVersion", &params).unwrap();
    };
    version("false");
    assert_eq!(
        decided("EvalDecision"),
        ["allowed", "implicitDeny", "implicitDeny"]
    );
    version("true");
    assert_eq!(
        decided("EvalDecision"),
        ["allowed", "implicitDeny", "allowed"]
    );
}
