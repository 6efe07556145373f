//! The account's one bucket of hcctl: conditional writes, and its creation on first use.
//!
//! Bucket names are global and can be squatted, so every call says whose bucket it expects.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration,
    PublicAccessBlockConfiguration, VersioningConfiguration,
};
use hcctl_engine::{Class, Fault};

use super::{Aws, fault};

/// When a write may take place.
#[derive(Clone, Copy, Debug)]
pub enum When<'a> {
    /// Only if there is no such object.
    Absent,
    /// Only if the object is this version of itself.
    Is(&'a str),
    /// In any case.
    Always,
}

/// An object and the version of it that was read.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its content.
    pub body: Vec<u8>,
    /// Its entity tag.
    pub etag: String,
}

impl Aws {
    /// `hcctl-{account}-{region}`.
    pub async fn bucket(&self) -> Result<String, Fault> {
        self.bucket_in(&self.scope.region).await
    }

    /// Writes an object, making the bucket where it is missing; answers the entity tag, or nothing where the condition
    /// did not hold.
    pub async fn put_object(
        &self,
        key: &str,
        body: Vec<u8>,
        when: When<'_>,
    ) -> Result<Option<String>, Fault> {
        match self.put_once(key, body.clone(), when).await {
            Err(fault) if fault.is("NoSuchBucket") => {
                self.make_bucket(&self.scope.region).await?;
                self.put_once(key, body, when).await
            }
            outcome => outcome,
        }
    }

    async fn put_once(
        &self,
        key: &str,
        body: Vec<u8>,
        when: When<'_>,
    ) -> Result<Option<String>, Fault> {
        let (bucket, account) = (self.bucket().await?, self.identity().await?.account.clone());
        let call = self
            .s3
            .put_object()
            .bucket(bucket)
            .key(key)
            .expected_bucket_owner(account);
        let call = call
            .content_type("application/json")
            .body(ByteStream::from(body));
        let call = match when {
            When::Absent => call.if_none_match("*"),
            When::Is(etag) => call.if_match(etag),
            When::Always => call,
        };
        match call.send().await.map_err(fault("s3:PutObject")) {
            // 409: another conditional write of the same key is under way; 404: the version to replace is gone.
            Err(fault)
                if fault.is("PreconditionFailed")
                    || fault.is("ConditionalRequestConflict")
                    || fault.is("NoSuchKey") =>
            {
                Ok(None)
            }
            Err(fault) => Err(owned(fault)),
            Ok(answer) => Ok(Some(answer.e_tag.unwrap_or_default())),
        }
    }

    /// Reads an object, if it is there.
    pub async fn get_object(&self, key: &str) -> Result<Option<Object>, Fault> {
        let (bucket, account) = (self.bucket().await?, self.identity().await?.account.clone());
        let call = self
            .s3
            .get_object()
            .bucket(bucket)
            .key(key)
            .expected_bucket_owner(account);
        match call.send().await.map_err(fault("s3:GetObject")) {
            Err(fault) if fault.class == Class::NotFound => Ok(None),
            Err(fault) => Err(owned(fault)),
            Ok(answer) => {
                let etag = answer.e_tag.unwrap_or_default();
                let body = answer.body.collect().await;
                let body = body.map_err(|error| {
                    Fault::own("s3:GetObject", error.to_string()).class(Class::Unreachable)
                })?;
                Ok(Some(Object {
                    body: body.to_vec(),
                    etag,
                }))
            }
        }
    }

    /// The keys that begin with `prefix`, in their order; none where there is no bucket yet.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
    pub async fn object_keys(&self, prefix: &str) -> Result<Vec<String>, Fault> {
        let (bucket, account) = (self.bucket().await?, self.identity().await?.account.clone());
        let call = self
            .s3
            .list_objects_v2()
            .bucket(bucket)
            .prefix(prefix)
            .expected_bucket_owner(account);
        let mut keys = Vec::new();
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            match page.map_err(fault("s3:ListObjectsV2")) {
                Err(fault) if fault.class == Class::NotFound => return Ok(Vec::new()),
                Err(fault) => return Err(owned(fault)),
                Ok(page) => keys.extend(
                    page.contents
                        .unwrap_or_default()
                        .into_iter()
                        .filter_map(|object| object.key),
                ),
            }
        }
        Ok(keys)
    }

    /// Whether the bucket is there, and ours.
    pub async fn has_bucket(&self) -> Result<bool, Fault> {
        let (bucket, account) = (self.bucket().await?, self.identity().await?.account.clone());
        let call = self
            .s3
            .list_objects_v2()
            .bucket(bucket)
            .max_keys(1)
            .expected_bucket_owner(account);
        match call.send().await.map_err(fault("s3:ListObjectsV2")) {
            Err(fault) if fault.class == Class::NotFound => Ok(false),
            Err(fault) => Err(owned(fault)),
            Ok(_) => Ok(true),
        }
    }

    /// Deletes an object if it is still the version that `etag` names.
    pub async fn delete_object(&self, key: &str, etag: &str) -> Result<(), Fault> {
        let (bucket, account) = (self.bucket().await?, self.identity().await?.account.clone());
        let call = self
            .s3
            .delete_object()
            .bucket(bucket)
            .key(key)
            .expected_bucket_owner(account)
            .if_match(etag);
        match call
            .send()
            .await
            .map(drop)
            .map_err(fault("s3:DeleteObject"))
        {
            Err(fault) if fault.is("PreconditionFailed") || fault.class == Class::NotFound => {
                Ok(())
            }
            other => other.map_err(owned),
        }
    }

    /// The name of hcctl's bucket in a region.
    pub async fn bucket_in(&self, region: &str) -> Result<String, Fault> {
        let account = &self.identity().await?.account;
        Ok(format!("hcctl-{account}-{region}"))
    }

    /// The client for buckets of a region.
    pub fn s3_in(&self, region: &str) -> aws_sdk_s3::Client {
        let config = self.s3.config().to_builder();
        let region = aws_config::Region::new(region.to_owned());
        aws_sdk_s3::Client::from_conf(config.region(region).build())
    }

    /// Makes the region's bucket: private, versioned, and encrypted, as every new bucket is.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html>
    pub async fn make_bucket(&self, region: &str) -> Result<(), Fault> {
        let call = self.s3_in(region).create_bucket();
        let call = call.bucket(self.bucket_in(region).await?);
        // us-east-1 is the one region that must not be named.
        let call = match region {
            "us-east-1" => call,
            region => {
                let place = BucketLocationConstraint::from(region);
                call.create_bucket_configuration(
                    CreateBucketConfiguration::builder()
                        .location_constraint(place)
                        .build(),
                )
            }
        };
        match call
            .send()
            .await
            .map(drop)
            .map_err(fault("s3:CreateBucket"))
        {
            Err(fault) if fault.is("BucketAlreadyOwnedByYou") || fault.is("OperationAborted") => {}
            Err(fault) if fault.is("BucketAlreadyExists") => return Err(owned(fault)),
            outcome => outcome?,
        }
        self.close_bucket(region).await?;
        self.version_bucket(region).await
    }

    /// Lets nothing in the region's bucket become public.
    pub async fn close_bucket(&self, region: &str) -> Result<(), Fault> {
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true);
        let block = block
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        let call = self.s3_in(region).put_public_access_block();
        let call = call
            .bucket(self.bucket_in(region).await?)
            .expected_bucket_owner(&self.identity().await?.account);
        let answer = call.public_access_block_configuration(block).send().await;
        answer.map(drop).map_err(fault("s3:PutPublicAccessBlock"))
    }

    /// Keeps what is written over or deleted in the region's bucket.
    pub async fn version_bucket(&self, region: &str) -> Result<(), Fault> {
        let versions = VersioningConfiguration::builder()
            .status(BucketVersioningStatus::Enabled)
            .build();
        let call = self.s3_in(region).put_bucket_versioning();
        let call = call
            .bucket(self.bucket_in(region).await?)
            .expected_bucket_owner(&self.identity().await?.account);
        let answer = call.versioning_configuration(versions).send().await;
        answer.map(drop).map_err(fault("s3:PutBucketVersioning"))
    }
}

/// Says what to do where the bucket is not ours to use.
pub fn owned(fault: Fault) -> Fault {
    match fault.code.as_deref() {
        Some("BucketAlreadyExists") => fault.remedy("the bucket's name is taken by another account: ask AWS support who holds it"),
        Some("AccessDenied") => fault.remedy(
            "let the caller read and write the bucket hcctl-ACCOUNT-REGION (README.md, permissions); if it is not this account's, somebody took its name",
        ),
        _ => fault,
    }
}
