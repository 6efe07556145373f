//! Roles through the dispatcher.

use crate::bench::{Bench, Refusal, text, texts};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

fn iam(bench: &Bench, operation: &str, params: &[(&str, &str)]) -> Result<String, Refusal> {
    bench.query("iam", operation, params)
}

fn role(bench: &Bench) {
    let params = [
        ("RoleName", "patient"),
        ("Path", "/hcctl/"),
        ("AssumeRolePolicyDocument", TRUST),
        ("Description", "runs <patient> & more"),
        (
            "PermissionsBoundary",
            "arn:aws:iam::123456789012:policy/edge",
        ),
        ("Tags.member.1.Key", "hcctl:stack"),
        ("Tags.member.1.Value", "dev"),
    ];
    iam(bench, "CreateRole", &params).unwrap();
}

#[test]
fn a_role_comes_back_as_sent() {
    let bench = Bench::new();
    role(&bench);
    let xml = iam(&bench, "GetRole", &[("RoleName", "patient")]).unwrap();
    assert_eq!(
        text(&xml, "Arn"),
        "arn:aws:iam::123456789012:role/hcctl/patient"
    );
    assert_eq!(text(&xml, "Description"), "runs &lt;patient&gt; &amp; more");
    assert_eq!(text(&xml, "MaxSessionDuration"), "3600");
    assert_eq!(
        text(&xml, "PermissionsBoundaryArn"),
        "arn:aws:iam::123456789012:policy/edge"
    );
    assert_eq!(
        (text(&xml, "Key"), text(&xml, "Value")),
        ("hcctl:stack".into(), "dev".into())
    );
    let document = text(&xml, "AssumeRolePolicyDocument");
    assert_eq!(crate::params::decode(&document, false), TRUST);
    assert!(document.starts_with("%7B%22Version%22%3A"));

    let again = iam(
        &bench,
        "CreateRole",
        &[("RoleName", "patient"), ("AssumeRolePolicyDocument", TRUST)],
    );
    let again = again.unwrap_err();
    assert_eq!(
        (again.code.as_str(), again.status),
        ("EntityAlreadyExists", 409)
    );

    let listed = iam(&bench, "ListRoles", &[("PathPrefix", "/hcctl/")]).unwrap();
    assert_eq!(texts(&listed, "RoleName"), ["patient"]);
    assert!(!listed.contains("hcctl:stack") && !listed.contains("PermissionsBoundary"));
}

#[test]
fn a_role_with_policies_cannot_be_deleted() {
    let bench = Bench::new();
    role(&bench);
    let managed = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers";
    iam(
        &bench,
        "AttachRolePolicy",
        &[("RoleName", "patient"), ("PolicyArn", managed)],
    )
    .unwrap();
    let inline = [
        ("RoleName", "patient"),
        ("PolicyName", "own"),
        ("PolicyDocument", READ),
    ];
    iam(&bench, "PutRolePolicy", &inline).unwrap();

    let all = iam(
        &bench,
        "GetAccountAuthorizationDetails",
        &[("Filter.member.1", "Role")],
    )
    .unwrap();
    assert_eq!(text(&all, "PolicyArn"), managed);
    assert_eq!(
        crate::params::decode(&text(&all, "PolicyDocument"), false),
        READ
    );
    assert_eq!(text(&all, "Value"), "dev");

    let refused = iam(&bench, "DeleteRole", &[("RoleName", "patient")]).unwrap_err();
    assert_eq!(
        refused.message,
        "Cannot delete entity, must detach all policies first."
    );
    iam(
        &bench,
        "DetachRolePolicy",
        &[("RoleName", "patient"), ("PolicyArn", managed)],
    )
    .unwrap();
    let refused = iam(&bench, "DeleteRole", &[("RoleName", "patient")]).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.status),
        ("DeleteConflict", 409)
    );
    iam(
        &bench,
        "DeleteRolePolicy",
        &[("RoleName", "patient"), ("PolicyName", "own")],
    )
    .unwrap();
    iam(&bench, "DeleteRole", &[("RoleName", "patient")]).unwrap();
    let gone = iam(&bench, "GetRole", &[("RoleName", "patient")]).unwrap_err();
    assert_eq!((gone.code.as_str(), gone.status), ("NoSuchEntity", 404));
}

#[test]
fn documents_are_checked_for_their_form() {
    let bench = Bench::new();
    let create = |document| {
        iam(
            &bench,
            "CreateRole",
            &[("RoleName", "r"), ("AssumeRolePolicyDocument", document)],
        )
    };
    for wrong in [
        "{",
        "{}",
        READ,
        r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}"#,
    ] {
        assert_eq!(
            create(wrong).unwrap_err().code,
            "MalformedPolicyDocument",
            "{wrong}"
        );
    }
    create(TRUST).unwrap();
    let trust = iam(
        &bench,
        "PutRolePolicy",
        &[
            ("RoleName", "r"),
            ("PolicyName", "p"),
            ("PolicyDocument", TRUST),
        ],
    );
    assert_eq!(trust.unwrap_err().code, "MalformedPolicyDocument");
    let large = format!(
        r#"{{"Statement":{{"Effect":"Deny","Action":"{}","Resource":"*"}}}}"#,
        "a".repeat(10_240)
    );
    let large = iam(
        &bench,
        "PutRolePolicy",
        &[
            ("RoleName", "r"),
            ("PolicyName", "p"),
            ("PolicyDocument", &large),
        ],
    );
    assert_eq!(large.unwrap_err().code, "LimitExceeded");
}

#[test]
fn a_service_linked_role_is_made_once() {
    let bench = Bench::new();
    let service = [("AWSServiceName", "ecs.amazonaws.com")];
    let xml = iam(&bench, "CreateServiceLinkedRole", &service).unwrap();
    assert_eq!(text(&xml, "RoleName"), "AWSServiceRoleForECS");
    let again = iam(&bench, "CreateServiceLinkedRole", &service).unwrap_err();
    assert_eq!(again.code, "InvalidInput");
    assert!(again.message.contains("has been taken in this account"));
    let kept = iam(
        &bench,
        "DeleteRole",
        &[("RoleName", "AWSServiceRoleForECS")],
    )
    .unwrap_err();
    assert_eq!(kept.code, "UnmodifiableEntity");
}

#[test]
fn tags_change_and_pages_cover_all_roles() {
    let bench = Bench::new();
    for name in ["a", "b", "c"] {
        iam(
            &bench,
            "CreateRole",
            &[("RoleName", name), ("AssumeRolePolicyDocument", TRUST)],
        )
        .unwrap();
    }
    let first = iam(&bench, "ListRoles", &[("MaxItems", "2")]).unwrap();
    assert_eq!(text(&first, "IsTruncated"), "true");
    let rest = iam(
        &bench,
        "ListRoles",
        &[("MaxItems", "2"), ("Marker", &text(&first, "Marker"))],
    )
    .unwrap();
    assert_eq!(texts(&rest, "RoleName"), ["c"]);

    let tag = [
        ("RoleName", "a"),
        ("Tags.member.1.Key", "k"),
        ("Tags.member.1.Value", "v"),
    ];
    iam(&bench, "TagRole", &tag).unwrap();
    assert_eq!(
        text(
            &iam(&bench, "ListRoleTags", &[("RoleName", "a")]).unwrap(),
            "Value"
        ),
        "v"
    );
    iam(
        &bench,
        "UntagRole",
        &[("RoleName", "a"), ("TagKeys.member.1", "k")],
    )
    .unwrap();
    assert_eq!(
        texts(
            &iam(&bench, "ListRoleTags", &[("RoleName", "a")]).unwrap(),
            "Key"
        ),
        [""; 0]
    );
}

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
    simulated(&bench, READ, Some("arn:aws:iam::123456789012:policy/edge"));
    assert_eq!(code(ROLE, "iam:CreateRole").unwrap_err(), "NotSimulated");
}
