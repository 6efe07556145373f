//! What waits for a service's work.

mod members;

use std::collections::HashMap;

use aws_sdk_sqs::types::QueueAttributeName;
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Replacement, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Others, alarm, example_tags, gone_is_fine, names};
use crate::aws::names::queue_url;
use crate::aws::tag_lists::map;
use crate::aws::{Aws, Tags, Theirs, fault};

/// A queue of SQS. Its address is the name of its service, or with [`DEAD_LETTERS`] behind it the queue of what could not be worked off.
pub struct Queue;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
pub struct Spec {
    /// Its name; of a queue that keeps the order it ends in `.fifo`.
    pub name: String,
    /// Whether messages come in the order in which they were sent, and once.
    pub fifo: bool,
    /// Seconds for which a message that was received is nobody else's.
    pub visibility: u32,
    /// Seconds after which a message goes.
    pub retention: u32,
    /// Seconds for which a receiver waits for a message.
    pub wait: u32,
    /// Where messages go that were received too often.
    pub dead_letters: Option<DeadLetters>,
    /// Whether messages are encrypted with keys of SQS's own (Security Hub SQS.1).
    pub encrypted: bool,
    /// Whether calls without TLS are refused.
    pub tls_only: bool,
    /// Whether nobody may delete it, by its own policy: SQS has no other protection.
    pub deletion_protection: bool,
    /// What its policy says that is none of these. Wanted empty.
    pub policy: Option<Value>,
    /// What else was set on it: delays, sizes, a key of somebody's, how it takes duplicates. Wanted empty.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    pub other: Others,
    /// Its tags.
    pub tags: Tags,
}

/// What becomes of messages that nobody works off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetters {
    /// The queue that they go to.
    pub queue: Link,
    /// How often one is received before.
    pub after: u32,
}

/// What the address of the queue of dead letters ends in, after the service's name.
pub const DEAD_LETTERS: &str = "-dead-letters";

impl Kind for Queue {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "queue";
    const RULES: Rules = &[
        ("name", Rule::Replace),
        ("fifo", Rule::Replace),
        ("visibility", Rule::Update),
        ("retention", Rule::Update),
        ("wait", Rule::Update),
        ("dead_letters", Rule::Mention),
        ("encrypted", Rule::Update),
        ("tls_only", Rule::Update),
        ("deletion_protection", Rule::Update),
        ("policy", Rule::Update),
        ("other", Rule::Update),
        ("tags", Rule::Update),
    ];
    // Only another name asks for another queue, and of one that keeps the order the name tells.
    const REPLACEMENT: Replacement = Replacement::MakeFirst;
    const DELETE_RISK: Risk = Risk::DataLoss;

    fn example() -> Spec {
        Spec {
            name: "shop-dev-mails-queue.fifo".to_owned(),
            fifo: true,
            visibility: 30,
            retention: 345_600,
            wait: 20,
            dead_letters: Some(DeadLetters {
                queue: Link::to("queue", "mails-dead-letters"),
                after: 5,
            }),
            encrypted: true,
            tls_only: true,
            deletion_protection: true,
            policy: Some(json!({ "Version": "2012-10-17", "Statement": [] })),
            other: Others::from([("DelaySeconds".to_owned(), "10".to_owned())]),
            tags: example_tags(),
        }
    }

    /// Asks only where the environment has one, or where an alarm of it looks at one.
    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        if !aws.scope.seeks(Self::NAME) && !alarm::looks_at(aws, NAMESPACE).await? {
            return Ok(Vec::new());
        }
        let call = aws
            .sqs
            .list_queues()
            .queue_name_prefix(aws.scope.prefix())
            .max_results(1_000);
        let all: Result<Vec<String>, _> = call.into_paginator().items().send().collect().await;
        let all = all.map_err(fault("sqs:ListQueues"))?;
        let found = aws.crowd(all, |url| read(aws, url)).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let tags = aws.tags(Self::NAME, name, &spec.tags);
        let arn = arn(aws, &spec.name).await?;
        let mut attributes = attributes(spec, &arn);
        // An empty one takes away, and here there is none.
        attributes.retain(|_, value| !value.is_empty());
        if spec.fifo {
            attributes.insert(QueueAttributeName::FifoQueue, "true".to_owned());
        }
        let call = aws
            .sqs
            .create_queue()
            .queue_name(&spec.name)
            .set_attributes(Some(attributes))
            .set_tags(Some(map(&tags)));
        let send = || {
            let call = call.clone();
            async move {
                call.send()
                    .await
                    .map(drop)
                    .map_err(fault("sqs:CreateQueue"))
            }
        };
        // For a minute after one of the name was deleted.
        let recent = |fault: &Fault| says(fault, "QueueDeletedRecently");
        match aws.patiently(recent, send).await {
            Err(met) if says(&met, "QueueNameExists") || says(&met, "QueueAlreadyExists") => {
                let seen = read(aws, url(aws, &spec.name).await?).await?;
                return super::take_up::take_up::<Self>(aws, name, spec, met, seen).await;
            }
            outcome => outcome?,
        }
        Ok(arn)
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let url = url(aws, &change.after.name).await?;
        if change.fields.iter().any(|field| field != "tags") {
            let mut wanted = attributes(change.after, change.id);
            if change.before.dead_letters.is_some() && change.after.dead_letters.is_none() {
                wanted.insert(QueueAttributeName::RedrivePolicy, String::new());
            }
            wanted.extend(usual(&change.before.other));
            let call = aws.sqs.set_queue_attributes().queue_url(&url);
            let answer = call.set_attributes(Some(wanted)).send().await;
            answer.map_err(fault("sqs:SetQueueAttributes"))?;
        }
        aws.retag_queue(&url, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, _id: &str, seen: &Spec) -> Result<(), Fault> {
        let call = aws
            .sqs
            .delete_queue()
            .queue_url(url(aws, &seen.name).await?);
        let outcome = call.send().await.map(drop);
        match outcome.map_err(fault("sqs:DeleteQueue")) {
            Err(fault) if is_gone(&fault) => Ok(()),
            outcome => gone_is_fine(outcome),
        }
    }
}

/// The namespace of the metrics of queues.
pub const NAMESPACE: &str = "AWS/SQS";

/// Codes come by two names: that of the protocol that SQS had first, and that of the model.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>
fn says(fault: &Fault, code: &str) -> bool {
    fault
        .code
        .as_deref()
        .is_some_and(|said| said.rsplit('.').next() == Some(code))
}

fn is_gone(fault: &Fault) -> bool {
    says(fault, "QueueDoesNotExist") || says(fault, "NonExistentQueue")
}

/// The address of a queue, which calls name it by.
async fn url(aws: &Aws, name: &str) -> Result<String, Fault> {
    let identity = aws.identity().await?;
    Ok(queue_url(&identity.account, &aws.scope.region, name))
}

async fn arn(aws: &Aws, name: &str) -> Result<String, Fault> {
    aws.arn("sqs", name).await
}

/// How many messages wait in a queue or are being worked on, about.
///
/// # Errors
///
/// A fault of `sqs:GetQueueAttributes`.
pub async fn messages(aws: &Aws, name: &str) -> Result<u64, Fault> {
    let all = seen(aws, &url(aws, name).await?).await?.unwrap_or_default();
    let counts = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
    ];
    let counts = counts
        .iter()
        .filter_map(|name| all.get(name)?.parse::<u64>().ok());
    Ok(counts.sum())
}

type Attributes = HashMap<QueueAttributeName, String>;

async fn seen(aws: &Aws, url: &str) -> Result<Option<Attributes>, Fault> {
    let call = aws
        .sqs
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::All);
    match call.send().await.map_err(fault("sqs:GetQueueAttributes")) {
        // A list still names what was deleted a moment ago.
        Err(fault) if is_gone(&fault) => Ok(None),
        outcome => Ok(Some(outcome?.attributes.unwrap_or_default())),
    }
}

async fn read(aws: &Aws, url: String) -> Result<Option<Found<Spec>>, Fault> {
    let name = url.rsplit('/').next().unwrap_or_default().to_owned();
    let url = self::url(aws, &name).await?;
    let tags = async {
        let call = aws.sqs.list_queue_tags().queue_url(&url);
        match call.send().await.map_err(fault("sqs:ListQueueTags")) {
            Err(fault) if is_gone(&fault) => Ok::<_, Fault>(None),
            outcome => Ok(Some(outcome?.tags.unwrap_or_default())),
        }
    };
    let (Some(attributes), Some(tags)) = tokio::try_join!(seen(aws, &url), tags)? else {
        return Ok(None);
    };
    let arn = arn(aws, &name).await?;
    let bare = name.strip_suffix(".fifo").unwrap_or(&name);
    let rest = names::rest(aws, bare).unwrap_or(bare);
    let address = rest.strip_suffix("-queue").unwrap_or(rest).to_owned();
    Ok(Some(
        match aws.theirs(Queue::NAME, tags.into_iter().collect()) {
            Theirs::Ours(address, tags) => {
                let spec = spec(name, &arn, &attributes, tags);
                Found::ours(address, arn, spec)
            }
            Theirs::Lost(tags) => aws.lost(Queue::NAME, &address, arn, &tags),
            Theirs::Not(why) => Found::Taken {
                name: address,
                id: arn,
                why,
            },
        },
    ))
}

/// Attributes that tell of a queue and are none of its settings.
const TOLD: [QueueAttributeName; 6] = [
    QueueAttributeName::QueueArn,
    QueueAttributeName::CreatedTimestamp,
    QueueAttributeName::LastModifiedTimestamp,
    QueueAttributeName::ApproximateNumberOfMessages,
    QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    QueueAttributeName::ApproximateNumberOfMessagesDelayed,
];

/// What a queue has of which nothing was said. The first value is set where another was found; a size of 256 KiB is what
/// queues had until AWS allowed four times as much.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>
const USUAL: [(&str, &[&str]); 8] = [
    ("DelaySeconds", &["0"]),
    ("MaximumMessageSize", &["262144", "1048576"]),
    ("ContentBasedDeduplication", &["false"]),
    ("DeduplicationScope", &["queue"]),
    ("FifoThroughputLimit", &["perQueue"]),
    ("KmsMasterKeyId", &[""]),
    ("KmsDataKeyReusePeriodSeconds", &["300"]),
    ("RedriveAllowPolicy", &[""]),
];

fn spec(name: String, arn: &str, seen: &Attributes, tags: Tags) -> Spec {
    let text = |key: QueueAttributeName| seen.get(&key).filter(|text| !text.is_empty());
    let number = |key| {
        text(key)
            .and_then(|text| text.parse().ok())
            .unwrap_or_default()
    };
    let document = |key| text(key).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let yes = |key| text(key).is_some_and(|text| text == "true");
    let dead_letters = document(QueueAttributeName::RedrivePolicy).map(|policy| DeadLetters {
        queue: Link::id(policy["deadLetterTargetArn"].as_str().unwrap_or_default()),
        // AWS writes it as a number or as a text, as it was sent.
        after: policy["maxReceiveCount"]
            .as_u64()
            .and_then(|count| u32::try_from(count).ok())
            .or_else(|| policy["maxReceiveCount"].as_str()?.parse().ok())
            .unwrap_or_default(),
    });
    let own = [
        QueueAttributeName::FifoQueue,
        QueueAttributeName::VisibilityTimeout,
        QueueAttributeName::MessageRetentionPeriod,
        QueueAttributeName::ReceiveMessageWaitTimeSeconds,
        QueueAttributeName::RedrivePolicy,
        QueueAttributeName::SqsManagedSseEnabled,
        QueueAttributeName::Policy,
    ];
    let other = seen.iter().filter(|(key, value)| {
        let usual = USUAL.iter().find(|(usual, _)| *usual == key.as_str());
        let usual = usual.is_some_and(|(_, values)| values.contains(&value.as_str()));
        !usual && !value.is_empty() && !own.contains(key) && !TOLD.contains(key)
    });
    let policy = document(QueueAttributeName::Policy);
    let flags = [(true, true), (true, false), (false, true), (false, false)];
    let flags = flags
        .into_iter()
        .find(|(tls, keep)| policy_of(arn, *tls, *keep) == policy);
    let (tls_only, deletion_protection) = flags.unwrap_or_default();
    Spec {
        fifo: yes(QueueAttributeName::FifoQueue),
        visibility: number(QueueAttributeName::VisibilityTimeout),
        retention: number(QueueAttributeName::MessageRetentionPeriod),
        wait: number(QueueAttributeName::ReceiveMessageWaitTimeSeconds),
        dead_letters,
        encrypted: yes(QueueAttributeName::SqsManagedSseEnabled),
        tls_only,
        deletion_protection,
        policy: policy.filter(|_| flags.is_none()),
        other: other
            .map(|(key, value)| (key.as_str().to_owned(), value.clone()))
            .collect(),
        name,
        tags,
    }
}

/// The policy of a queue: who may not do what with it, whatever roles allow.
fn policy_of(arn: &str, tls_only: bool, keep: bool) -> Option<Value> {
    let tls = tls_only.then(|| {
        json!({
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": arn,
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        })
    });
    let keep = keep.then(|| {
        json!({
            "Sid": "Keep",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:DeleteQueue",
            "Resource": arn,
        })
    });
    let statements: Vec<Value> = [tls, keep].into_iter().flatten().collect();
    (!statements.is_empty()).then(|| json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// What hcctl sets, all of it: an empty text takes a policy away.
fn attributes(spec: &Spec, arn: &str) -> Attributes {
    let redrive = spec.dead_letters.as_ref().map(|dead| {
        json!({ "deadLetterTargetArn": dead.queue.resolved(), "maxReceiveCount": dead.after })
            .to_string()
    });
    let own = || policy_of(arn, spec.tls_only, spec.deletion_protection);
    let policy = spec.policy.clone().or_else(own);
    let policy = policy.map(|policy| policy.to_string());
    let mut all = Attributes::from([
        (
            QueueAttributeName::VisibilityTimeout,
            spec.visibility.to_string(),
        ),
        (
            QueueAttributeName::MessageRetentionPeriod,
            spec.retention.to_string(),
        ),
        (
            QueueAttributeName::ReceiveMessageWaitTimeSeconds,
            spec.wait.to_string(),
        ),
        (
            QueueAttributeName::SqsManagedSseEnabled,
            spec.encrypted.to_string(),
        ),
        (QueueAttributeName::Policy, policy.unwrap_or_default()),
    ]);
    // SQS takes an empty one to end what is there, and refuses it of a queue that never had one.
    all.extend(redrive.map(|redrive| (QueueAttributeName::RedrivePolicy, redrive)));
    all
}

/// What puts back what somebody else has set.
fn usual(other: &Others) -> Attributes {
    let known = USUAL.iter().filter(|(key, _)| other.contains_key(*key));
    known
        .map(|(key, values)| {
            let value = values.first().copied().unwrap_or_default();
            (QueueAttributeName::from(*key), value.to_owned())
        })
        .collect()
}
