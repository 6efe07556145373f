//! Where the sandbox and moto answer differently of what services use beside their tasks: secrets, queues, names. See `listed`.

use super::listed::{LEFT_OUT, Listed, REFUSED};

/// Every difference.
pub(super) const DIFFERENCES: &[Listed] = &[
    // KMS.
    ("kms:*Key *", "+KeyMetadata.KeyUsage", LEFT_OUT),
    ("kms:*Key *", "+KeyMetadata.MultiRegion", LEFT_OUT),
    // Secrets Manager and Parameter Store.
    (
        "secretsmanager:DescribeSecret",
        "*VersionIdsToStages.*",
        "a version's id is a key of the answer, and each makes up its own",
    ),
    ("ssm:DescribeParameters", "+Parameters[].ARN", LEFT_OUT),
    (
        "ssm:DescribeParameters",
        "~Parameters[].LastModifiedUser",
        "who calls is each one's own; moto names nobody",
    ),
    ("ssm:PutParameter 5", "+error", REFUSED),
    // Cloud Map.
    ("servicediscovery:CreateHttpNamespace 2", "+error", REFUSED),
    (
        "servicediscovery:DeleteNamespace 1",
        "~OperationId",
        "opaque: each makes up its own form",
    ),
    (
        "servicediscovery:ListNamespaces 1",
        "+Namespaces[].ResourceOwner",
        LEFT_OUT,
    ),
    (
        "servicediscovery:ListNamespaces 1",
        "+Namespaces[].ServiceCount",
        LEFT_OUT,
    ),
    // SQS, whose errors have the model's names and those of its first protocol.
    (
        "sqs:CreateQueue 3",
        "~error",
        "QueueNameExists is the documented code (API_CreateQueue); hcctl knows both",
    ),
    ("sqs:CreateQueue 4", "+error", REFUSED),
    (
        "sqs:SetQueueAttributes 2",
        "~error",
        "QueueDoesNotExist is the documented code (API_SetQueueAttributes); hcctl knows both",
    ),
];
