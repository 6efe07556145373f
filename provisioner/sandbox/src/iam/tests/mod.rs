//! Roles through the dispatcher.

use crate::bench::{Bench, Refusal, text, texts};

mod managed;
mod simulation;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

fn iam(bench: &Bench, operation: &str, params: &[(&str, &str)]) -> Result<String, Refusal> {
    bench.query("iam", operation, params)
}

const EDGE: &str = "arn:aws:iam::123456789012:policy/limits/edge";

/// A policy under [`EDGE`].
fn edge(bench: &Bench) {
    let params = [
        ("PolicyName", "edge"),
        ("Path", "/limits/"),
        ("Description", "as far as it goes"),
        ("PolicyDocument", READ),
        ("Tags.member.1.Key", "Team"),
        ("Tags.member.1.Value", "care"),
    ];
    iam(bench, "CreatePolicy", &params).unwrap();
}

fn role(bench: &Bench) {
    edge(bench);
    let params = [
        ("RoleName", "patient"),
        ("Path", "/hcctl/"),
        ("AssumeRolePolicyDocument", TRUST),
        ("Description", "runs <patient> & more"),
        ("PermissionsBoundary", EDGE),
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
    assert_eq!(text(&xml, "PermissionsBoundaryArn"), EDGE);
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

#[test]
fn whom_a_role_trusts_is_there_first() {
    let bench = Bench::new();
    let arn = "arn:aws:iam::123456789012:oidc-provider/token.example.com";
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"Federated":"{arn}"}},"Action":"sts:AssumeRoleWithWebIdentity"}}}}"#
    );
    let params = [("RoleName", "r"), ("AssumeRolePolicyDocument", &trust)];
    let refused = iam(&bench, "CreateRole", &params).unwrap_err();
    assert_eq!(refused.code, "MalformedPolicyDocument");
    assert_eq!(
        refused.message,
        format!("Invalid principal in policy: \"FEDERATED\":\"{arn}\"")
    );
    let provider = [("Url", "https://token.example.com")];
    iam(&bench, "CreateOpenIDConnectProvider", &provider).unwrap();
    iam(&bench, "CreateRole", &params).unwrap();
}

#[test]
fn trust_has_a_limit() {
    let bench = Bench::new();
    let long = TRUST.replace("sts:AssumeRole", &format!("sts:{}", "a".repeat(2_048)));
    let params = [("RoleName", "r"), ("AssumeRolePolicyDocument", &long)];
    let refused = iam(&bench, "CreateRole", &params).unwrap_err();
    assert_eq!(refused.code, "LimitExceeded");
}
