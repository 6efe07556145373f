//! Whose each member of the answers is that [`Bucket`] is read from.

use super::super::coverage::{Answer, By, Class, Covered, Unasked, unasked};
use super::Bucket;
use Class::{Left, Owned};

impl Covered for Bucket {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "s3",
            operation: "GetPublicAccessBlock",
            at: "PublicAccessBlockConfiguration",
            members: &[(
                Owned("private"),
                &[
                    "BlockPublicAcls",
                    "IgnorePublicAcls",
                    "BlockPublicPolicy",
                    "RestrictPublicBuckets",
                ],
            )],
        },
        Answer {
            service: "s3",
            operation: "GetBucketVersioning",
            at: "",
            members: &[
                (Owned("versioned"), &["Status"]),
                (
                    Left(By::Account, "only the root user can turn it on or off"),
                    &["MFADelete"],
                ),
            ],
        },
    ];
    const UNASKED: &'static [Unasked] = &[
        unasked(
            "s3",
            "GetBucketEncryption",
            By::Account,
            "S3 encrypts everything; a key of theirs is stricter",
        ),
        unasked(
            "s3",
            "GetBucketPolicy",
            By::Account,
            "projects share the bucket: what else it refuses or allows is theirs",
        ),
        unasked(
            "s3",
            "GetBucketLifecycleConfiguration",
            By::Account,
            "how long old versions stay is theirs",
        ),
        unasked(
            "s3",
            "GetBucketLogging",
            By::Account,
            "what is recorded of it is theirs",
        ),
        unasked(
            "s3",
            "GetBucketReplication",
            By::Account,
            "a copy elsewhere is theirs",
        ),
        unasked(
            "s3",
            "GetBucketTagging",
            By::Account,
            "projects share the bucket, so that no tag is one of ours",
        ),
    ];
}
