//! The account's managed policies and its OpenID Connect providers.

use super::{EDGE, READ, edge, iam, role};
use crate::bench::{Bench, text, texts};

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
    let kept = iam(&bench, "DeletePolicyVersion", &[arn, ("VersionId", "v5")]);
    assert_eq!(kept.unwrap_err().code, "DeleteConflict");
    iam(&bench, "DeletePolicyVersion", &[arn, ("VersionId", "v1")]).unwrap();
    make().unwrap();
    let listed = iam(&bench, "ListPolicyVersions", &[arn]).unwrap();
    assert_eq!(texts(&listed, "VersionId"), ["v6", "v5", "v4", "v3", "v2"]);
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
    let large = iam(
        &bench,
        "CreatePolicyVersion",
        &[arn, ("PolicyDocument", &large)],
    );
    assert_eq!(large.unwrap_err().code, "LimitExceeded");
}

#[test]
fn a_provider_is_there_once_per_url() {
    let bench = Bench::new();
    let create = |url: &str| {
        let params = [("Url", url), ("ClientIDList.member.1", "sts.amazonaws.com")];
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
    let none = [(
        "OpenIDConnectProviderArn",
        "arn:aws:iam::123456789012:oidc-provider/none",
    )];
    let none = iam(&bench, "GetOpenIDConnectProvider", &none).unwrap_err();
    assert_eq!((none.code.as_str(), none.status), ("NoSuchEntity", 404));
}
