//! What `bootstrap` makes: how one of it vanishes, how one more appears, how each field is changed behind hcctl's back. The
//! same for an environment is in cases.rs and drifts.rs.

use super::cases::Appears::{self, Left, Once, Taken};
use super::cases::Vanishes::{self, Alone, Never};
use super::drifts::Drift::{Script as By, Update};
use super::drifts::Row;

/// By kind, how one vanishes.
pub const VANISHES_FROM_THE_ACCOUNT: &[(&str, Vanishes)] = &[
    // Others have it, too.
    ("bucket", Never("us-east-1")),
    ("oidc_provider", Never("github")),
    ("managed_policy", Alone("dev-hcctl-boundary")),
    ("role", Alone("dev-hcctl-plan")),
];

/// By kind, how one more appears.
pub const APPEARS_IN_THE_ACCOUNT: &[(&str, Appears)] = &[
    ("bucket", Once),
    ("oidc_provider", Once),
    (
        "managed_policy",
        Left(
            "dev-hcctl-boundary",
            &[("name", "\"healthcare-app-stray-hcctl-boundary\"")],
        ),
    ),
    ("managed_policy", Taken(&[], "dev-hcctl-boundary")),
    (
        "role",
        Left(
            "dev-hcctl-plan",
            &[("name", "\"healthcare-app-stray-hcctl-plan\"")],
        ),
    ),
    ("role", Taken(&[], "dev-hcctl-apply")),
];

/// By address, what changes, but for a role's fields, which are in drifts.rs. An audience that is missing has a test of its
/// own in bootstrap.rs: what is not called can take none away.
pub const DRIFTS_OF_THE_ACCOUNT: &[Row] = &[
    (
        "bucket/us-east-1",
        By("private", |aws, _| {
            Box::pin(async move {
                let open = aws_sdk_s3::types::PublicAccessBlockConfiguration::builder()
                    .block_public_acls(true)
                    .ignore_public_acls(true)
                    .block_public_policy(false)
                    .restrict_public_buckets(true);
                let call = aws.s3.put_public_access_block();
                let call = call.bucket(aws.bucket().await.unwrap());
                let call = call.public_access_block_configuration(open.build());
                call.send().await.unwrap();
                None
            })
        }),
    ),
    (
        "bucket/us-east-1",
        By("versioned", |aws, _| {
            Box::pin(async move {
                let off = aws_sdk_s3::types::VersioningConfiguration::builder()
                    .status(aws_sdk_s3::types::BucketVersioningStatus::Suspended);
                let call = aws.s3.put_bucket_versioning();
                let call = call.bucket(aws.bucket().await.unwrap());
                let call = call.versioning_configuration(off.build());
                call.send().await.unwrap();
                None
            })
        }),
    ),
    (
        "managed_policy/dev-hcctl-boundary",
        Update(&[(
            "document",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        )]),
    ),
    (
        "role/prod-hcctl-apply",
        Update(&[(
            "trust",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}"#,
        )]),
    ),
];
