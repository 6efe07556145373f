//! The bucket of hcctl's leases and journals, one per account and region. Projects share it, and it is never deleted.

mod members;

use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Rule, Rules};
use serde::{Deserialize, Serialize};

use crate::aws::bucket::owned;
use crate::aws::{Aws, fault};

/// The bucket of one region.
pub struct Bucket;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its region, which its name ends in.
    pub region: String,
    /// Whether nothing in it can become public.
    pub private: bool,
    /// Whether what is written over or deleted is kept.
    pub versioned: bool,
}

impl Kind for Bucket {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "bucket";
    const RULES: Rules = &[
        ("region", Rule::Replace),
        ("private", Rule::Update),
        ("versioned", Rule::Update),
    ];

    fn example() -> Spec {
        Spec {
            region: "us-east-1".to_owned(),
            private: true,
            versioned: true,
        }
    }

    /// Those of the regions that are worked in; the account's other ones serve others.
    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let look = |region: String| async move {
            let (private, versioned) =
                tokio::try_join!(private(aws, &region), versioned(aws, &region))?;
            Ok(match (private, versioned) {
                (Some(private), Some(versioned)) => Some(Found::ours(
                    region.clone(),
                    aws.bucket_in(&region).await?,
                    Spec {
                        region,
                        private,
                        versioned,
                    },
                )),
                _ => None,
            })
        };
        let seen: Vec<_> = aws.crowd(aws.regions.iter().cloned(), look).await?;
        Ok(seen.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, _name: &str, spec: &Spec) -> Result<String, Fault> {
        aws.make_bucket(&spec.region).await?;
        aws.bucket_in(&spec.region).await
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        if change.has("private") && change.after.private {
            aws.close_bucket(&change.after.region).await?;
        }
        if change.has("versioned") && change.after.versioned {
            aws.version_bucket(&change.after.region).await?;
        }
        Ok(None)
    }

    /// It holds other projects' leases and every journal: whoever really wants it gone can do that by hand.
    async fn delete(_aws: &Aws, _id: &str, _seen: &Spec) -> Result<(), Fault> {
        Ok(())
    }
}

/// Whether everything public is blocked; nothing where there is no bucket.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html>
async fn private(aws: &Aws, region: &str) -> Result<Option<bool>, Fault> {
    let call = aws.s3_in(region).get_public_access_block();
    let call = call
        .bucket(aws.bucket_in(region).await?)
        .expected_bucket_owner(&aws.identity().await?.account);
    let answer = call.send().await.map_err(fault("s3:GetPublicAccessBlock"));
    match answer {
        Err(fault) if fault.is("NoSuchPublicAccessBlockConfiguration") => Ok(Some(false)),
        Err(fault) if fault.is("NoSuchBucket") || fault.class == Class::NotFound => Ok(None),
        Err(fault) => Err(owned(fault)),
        Ok(answer) => Ok(Some(answer.public_access_block_configuration.is_some_and(
            |block| {
                [
                    block.block_public_acls,
                    block.ignore_public_acls,
                    block.block_public_policy,
                    block.restrict_public_buckets,
                ]
                .iter()
                .all(|on| *on == Some(true))
            },
        ))),
    }
}

/// Whether versions are kept; nothing where there is no bucket.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html>
async fn versioned(aws: &Aws, region: &str) -> Result<Option<bool>, Fault> {
    let call = aws.s3_in(region).get_bucket_versioning();
    let call = call
        .bucket(aws.bucket_in(region).await?)
        .expected_bucket_owner(&aws.identity().await?.account);
    match call.send().await.map_err(fault("s3:GetBucketVersioning")) {
        Err(fault) if fault.is("NoSuchBucket") || fault.class == Class::NotFound => Ok(None),
        Err(fault) => Err(owned(fault)),
        Ok(answer) => Ok(Some(
            answer.status == Some(aws_sdk_s3::types::BucketVersioningStatus::Enabled),
        )),
    }
}
