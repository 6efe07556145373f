//! Roles through the dispatcher.

use crate::bench::{Bench, Refusal, text, texts};

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
    assert_eq!(
        text(&xml, "PermissionsBoundaryArn"),
        EDGE
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

#[test]
fn a_policy_comes_back_as_sent_and_goes_when_no_role_has_it() {
    let bench = Bench::new();
    role(&bench);
    let arn = [("PolicyArn", EDGE)];
    let xml = iam(&bench, "GetPolicy", &arn).unwrap();
    assert_eq!(text(&xml, "DefaultVersionId"), "v1");
    assert_eq!(text(&xml, "PermissionsBoundaryUsageCount"), "1");
    assert_eq!(text(&xml, "Description"), "as far as it goes");
    assert_eq!(text(&xml, "Value"), "care");
    let again = [("PolicyName", "edge"), ("PolicyDocument", READ)];
    let again = iam(&bench, "CreatePolicy", &again).unwrap_err();
    assert_eq!(
        (again.code.as_str(), again.status),
        ("EntityAlreadyExists", 409)
    );
    let listed = [("Scope", "Local"), ("PathPrefix", "/limits/")];
    let listed = iam(&bench, "ListPolicies", &listed).unwrap();
    assert_eq!(texts(&listed, "Arn"), [EDGE]);
    assert!(!listed.contains("as far as it goes") && !listed.contains("care"));

    let kept = iam(&bench, "DeletePolicy", &arn).unwrap_err();
    assert_eq!(kept.message, "Cannot delete a policy attached to entities.");
    iam(
        &bench,
        "DeleteRolePermissionsBoundary",
        &[("RoleName", "patient")],
    )
    .unwrap();
    iam(
        &bench,
        "TagPolicy",
        &[
            arn[0],
            ("Tags.member.1.Key", "k"),
            ("Tags.member.1.Value", "v"),
        ],
    )
    .unwrap();
    iam(
        &bench,
        "UntagPolicy",
        &[arn[0], ("TagKeys.member.1", "Team")],
    )
    .unwrap();
    assert_eq!(
        texts(&iam(&bench, "GetPolicy", &arn).unwrap(), "Value"),
        ["v"]
    );
    iam(&bench, "DeletePolicy", &arn).unwrap();
    let gone = iam(&bench, "GetPolicy", &arn).unwrap_err();
    assert_eq!((gone.code.as_str(), gone.status), ("NoSuchEntity", 404));
    let boundary = [("RoleName", "patient"), ("PermissionsBoundary", EDGE)];
    let refused = iam(&bench, "PutRolePermissionsBoundary", &boundary).unwrap_err();
    assert_eq!(refused.code, "NoSuchEntity");
    assert!(refused.message.contains(EDGE), "{}", refused.message);
}

#[test]
fn a_policy_has_five_versions_at_most() {
    let bench = Bench::new();
    edge(&bench);
    let arn = ("PolicyArn", EDGE);
    let more = READ.replace("GetObject", "PutObject");
    let make = || {
        let version = [arn, ("PolicyDocument", &more), ("SetAsDefault", "true")];
        iam(&bench, "CreatePolicyVersion", &version)
    };
    for number in 2..=5 {
        assert_eq!(
            text(&make().unwrap(), "VersionId"),
            format!("v{number}"),
            "in its turn"
        );
    }
    assert_eq!(make().unwrap_err().code, "LimitExceeded");
    let kept = iam(
        &bench,
        "DeletePolicyVersion",
        &[arn, ("VersionId", "v5")],
    );
    assert_eq!(kept.unwrap_err().code, "DeleteConflict");
    iam(&bench, "DeletePolicyVersion", &[arn, ("VersionId", "v1")]).unwrap();
    make().unwrap();
    let listed = iam(&bench, "ListPolicyVersions", &[arn]).unwrap();
    assert_eq!(
        texts(&listed, "VersionId"),
        ["v6", "v5", "v4", "v3", "v2"]
    );
    assert_eq!(
        texts(&listed, "IsDefaultVersion"),
        ["true", "false", "false", "false", "false"]
    );
    let now = iam(&bench, "GetPolicyVersion", &[arn, ("VersionId", "v6")]).unwrap();
    assert_eq!(crate::params::decode(&text(&now, "Document"), false), more);
    let none = iam(&bench, "GetPolicyVersion", &[arn, ("VersionId", "v1")]);
    assert_eq!(none.unwrap_err().code, "NoSuchEntity");
    let kept = iam(&bench, "DeletePolicy", &[arn]).unwrap_err();
    assert_eq!(kept.code, "DeleteConflict");
    let large = READ.replace("s3:GetObject", &"a".repeat(6_144));
    let large = iam(&bench, "CreatePolicyVersion", &[arn, ("PolicyDocument", &large)]);
    assert_eq!(large.unwrap_err().code, "LimitExceeded");
}

#[test]
fn a_provider_is_there_once_per_url() {
    let bench = Bench::new();
    let create = |url: &str| {
        let params = [
            ("Url", url),
            ("ClientIDList.member.1", "sts.amazonaws.com"),
        ];
        iam(&bench, "CreateOpenIDConnectProvider", &params)
    };
    let made = create("https://token.example.com").unwrap();
    let arn = text(&made, "OpenIDConnectProviderArn");
    assert_eq!(
        arn,
        "arn:aws:iam::123456789012:oidc-provider/token.example.com"
    );
    let again = create("https://token.example.com").unwrap_err();
    assert_eq!(again.code, "EntityAlreadyExists");
    assert_eq!(
        create("http://token.example.com").unwrap_err().code,
        "ValidationError"
    );
    let arn = ("OpenIDConnectProviderArn", arn.as_str());
    for _ in 0..2 {
        iam(
            &bench,
            "AddClientIDToOpenIDConnectProvider",
            &[arn, ("ClientID", "other")],
        )
        .unwrap();
    }
    let seen = iam(&bench, "GetOpenIDConnectProvider", &[arn]).unwrap();
    assert_eq!(text(&seen, "Url"), "token.example.com");
    assert_eq!(texts(&seen, "member"), ["sts.amazonaws.com", "other"]);
    let none = [("OpenIDConnectProviderArn", "arn:aws:iam::123456789012:oidc-provider/none")];
    let none = iam(&bench, "GetOpenIDConnectProvider", &none).unwrap_err();
    assert_eq!((none.code.as_str(), none.status), ("NoSuchEntity", 404));
}

#[test]
fn trust_has_a_limit() {
    let bench = Bench::new();
    let long = TRUST.replace("sts:AssumeRole", &format!("sts:{}", "a".repeat(2_048)));
    let params = [("RoleName", "r"), ("AssumeRolePolicyDocument", &long)];
    let refused = iam(&bench, "CreateRole", &params).unwrap_err();
    assert_eq!(refused.code, "LimitExceeded");
}
