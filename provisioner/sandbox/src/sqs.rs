//! SQS: queues and their settings, and how many messages wait in them (JSON 1.0, `AmazonSQS`).
//!
//! Owns: queues. Must not know: who sends and receives. Messages are counted, not kept: nobody here works them off.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::paging;
use crate::tags::{Tagged, Tags};
use crate::world::World;

/// What SQS keeps in one region.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// By name.
    queues: BTreeMap<String, Queue>,
    /// By name, when queues were deleted.
    deleted: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Queue {
    name: String,
    arn: String,
    url: String,
    created: u64,
    modified: u64,
    /// Completed as AWS completes them.
    attributes: BTreeMap<String, String>,
    tags: Tags,
    messages: u64,
}

/// What a queue has of which nothing was said.
const DEFAULTS: [(&str, &str); 6] = [
    ("DelaySeconds", "0"),
    ("MaximumMessageSize", "1048576"),
    ("MessageRetentionPeriod", "345600"),
    ("ReceiveMessageWaitTimeSeconds", "0"),
    ("SqsManagedSseEnabled", "true"),
    ("VisibilityTimeout", "30"),
];

/// The same of one that keeps the order.
const OF_FIFO: [(&str, &str); 3] = [
    ("ContentBasedDeduplication", "false"),
    ("DeduplicationScope", "queue"),
    ("FifoThroughputLimit", "perQueue"),
];

/// Numbers, with the least and the most.
const NUMBERS: [(&str, u64, u64); 6] = [
    ("DelaySeconds", 0, 900),
    ("KmsDataKeyReusePeriodSeconds", 60, 86_400),
    ("MaximumMessageSize", 1_024, 1_048_576),
    ("MessageRetentionPeriod", 60, 1_209_600),
    ("ReceiveMessageWaitTimeSeconds", 0, 20),
    ("VisibilityTimeout", 0, 43_200),
];

/// What else can be set; an empty text takes it away.
const TEXTS: [&str; 4] = [
    "KmsMasterKeyId",
    "Policy",
    "RedriveAllowPolicy",
    "RedrivePolicy",
];

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "CreateQueue" => create(world, call),
        "DeleteQueue" => delete(world, call),
        "GetQueueAttributes" => attributes(world, call),
        "GetQueueUrl" => url(world, call),
        "ListQueues" => list(world, call),
        "ListQueueTags" => list_tags(world, call),
        "SendMessage" => send(world, call),
        "SetQueueAttributes" => set(world, call),
        "TagQueue" => tag(world, call),
        "UntagQueue" => untag(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// `CreateQueue`: the same queue where it is there with the same attributes, `QueueNameExists` where others are said; not within a
/// minute of a queue of the name that was deleted.
fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["QueueName", "Attributes", "tags"])?;
    let name = call.text("QueueName").unwrap_or_default().to_owned();
    let sent = given(call);
    let fifo = sent.get("FifoQueue").is_some_and(|yes| yes == "true");
    let bare = name.strip_suffix(".fifo").unwrap_or(&name);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if bare.is_empty() || name.len() > 80 || !bare.bytes().all(fits) || fifo != (bare != name) {
        return Err(invalid(
            "InvalidParameterValue",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length, with .fifo at the end of a FIFO queue's name only",
        ));
    }
    let (now, minute) = (world.now(), world.delays.minute);
    let deleted = state(world, call).deleted.get(&name).copied();
    if deleted.is_some_and(|at| now < at + minute) {
        return Err(invalid(
            "QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        ));
    }
    check(world, call, &sent, fifo)?;
    if let Some(there) = state(world, call).queues.get(&name) {
        let same = |(key, value): (&String, &String)| there.attributes.get(key) == Some(value);
        if sent.iter().all(same) {
            return Ok(Answer::Json(json!({ "QueueUrl": there.url })));
        }
        return Err(invalid(
            "QueueNameExists",
            "A queue already exists with the same name and a different value for an attribute",
        ));
    }
    let mut attributes = BTreeMap::new();
    let of_fifo = OF_FIFO.iter().filter(|_| fifo);
    for (key, value) in DEFAULTS.iter().chain(of_fifo) {
        attributes.insert((*key).to_owned(), (*value).to_owned());
    }
    put(&mut attributes, sent);
    let url = format!(
        "https://sqs.{}.{}/{}/{name}",
        call.region,
        call.partition().dns_suffix,
        call.account
    );
    let queue = Queue {
        arn: call.arn("sqs", &name),
        url: url.clone(),
        created: now,
        modified: now,
        attributes,
        tags: map(&call.json["tags"]),
        messages: 0,
        name: name.clone(),
    };
    state(world, call).queues.insert(name, queue);
    Ok(Answer::Json(json!({ "QueueUrl": url })))
}

/// Sets what was sent: an empty text takes away.
fn put(attributes: &mut BTreeMap<String, String>, sent: BTreeMap<String, String>) {
    if sent
        .get("KmsMasterKeyId")
        .is_some_and(|key| !key.is_empty())
    {
        attributes.insert("SqsManagedSseEnabled".to_owned(), "false".to_owned());
    }
    for (key, value) in sent {
        if value.is_empty() {
            attributes.remove(&key);
        } else {
            attributes.insert(key, value);
        }
    }
}

/// Whether attributes are such, and what they name is there.
fn check(
    world: &mut World,
    call: &Call,
    sent: &BTreeMap<String, String>,
    fifo: bool,
) -> Result<(), AwsError> {
    let odd = |key: &str, why: &str| {
        invalid(
            "InvalidAttributeValue",
            &format!("Invalid value for the parameter {key}. Reason: {why}"),
        )
    };
    for (key, value) in sent {
        if let Some((_, least, most)) = NUMBERS.iter().find(|(name, ..)| name == key) {
            let number = value.parse::<u64>().ok();
            if !number.is_some_and(|number| (*least..=*most).contains(&number)) {
                return Err(odd(key, &format!("Must be between {least} and {most}.")));
            }
            continue;
        }
        let of_fifo = OF_FIFO.iter().any(|(name, _)| name == key);
        let known = of_fifo
            || TEXTS.contains(&key.as_str())
            || ["FifoQueue", "SqsManagedSseEnabled"].contains(&key.as_str());
        if !known || of_fifo && !fifo {
            return Err(invalid(
                "InvalidAttributeName",
                &format!("Unknown Attribute {key}."),
            ));
        }
        let document = ["Policy", "RedriveAllowPolicy", "RedrivePolicy"].contains(&key.as_str());
        if document && !value.is_empty() && serde_json::from_str::<Value>(value).is_err() {
            return Err(odd(key, "The document is not valid JSON."));
        }
    }
    let redrive = sent.get("RedrivePolicy").filter(|text| !text.is_empty());
    let redrive = redrive.and_then(|text| serde_json::from_str::<Value>(text).ok());
    if let Some(redrive) = redrive {
        let count = &redrive["maxReceiveCount"];
        let count = count.as_u64().or_else(|| count.as_str()?.parse().ok());
        if !count.is_some_and(|count| (1..=1_000).contains(&count)) {
            return Err(odd("RedrivePolicy", "Invalid value for maxReceiveCount."));
        }
        let target = redrive["deadLetterTargetArn"].as_str().unwrap_or_default();
        let mut queues = state(world, call).queues.values();
        let Some(target) = queues.find(|queue| queue.arn == target) else {
            return Err(odd("RedrivePolicy", "Dead letter target does not exist."));
        };
        if target.is_fifo() != fifo {
            let why = "Dead-letter queue must be same type of queue as the source.";
            return Err(odd("RedrivePolicy", why));
        }
    }
    Ok(())
}

fn set(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["QueueUrl", "Attributes"])?;
    let sent = given(call);
    let fifo = queue(world, call)?.is_fifo();
    if sent.contains_key("FifoQueue") {
        return Err(invalid(
            "InvalidAttributeName",
            "Unknown Attribute FifoQueue.",
        ));
    }
    check(world, call, &sent, fifo)?;
    let now = world.now();
    let queue = queue(world, call)?;
    queue.modified = now;
    put(&mut queue.attributes, sent);
    Ok(Answer::empty())
}

fn attributes(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["QueueUrl", "AttributeNames"])?;
    let asked = call.texts("AttributeNames");
    let queue = queue(world, call)?;
    let mut all: Map<String, Value> = queue
        .attributes
        .iter()
        .map(|(key, value)| (key.clone(), value.clone().into()))
        .collect();
    for (key, value) in [
        ("QueueArn", queue.arn.clone()),
        ("CreatedTimestamp", (queue.created / 1_000).to_string()),
        (
            "LastModifiedTimestamp",
            (queue.modified / 1_000).to_string(),
        ),
        ("ApproximateNumberOfMessages", queue.messages.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", "0".to_owned()),
        ("ApproximateNumberOfMessagesDelayed", "0".to_owned()),
    ] {
        all.insert(key.to_owned(), value.into());
    }
    if !asked.iter().any(|name| name == "All") {
        all.retain(|key, _| asked.contains(key));
    }
    Ok(Answer::Json(json!({ "Attributes": all })))
}

fn url(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["QueueName", "QueueOwnerAWSAccountId"])?;
    let name = call.text("QueueName").unwrap_or_default();
    let found = state(world, call).queues.get(name);
    let url = found.map(|queue| queue.url.clone()).ok_or_else(missing)?;
    Ok(Answer::Json(json!({ "QueueUrl": url })))
}

fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["QueueNamePrefix", "NextToken", "MaxResults"])?;
    let prefix = call.text("QueueNamePrefix").unwrap_or_default();
    let urls: Vec<Value> = state(world, call)
        .queues
        .values()
        .filter(|queue| queue.name.starts_with(prefix))
        .map(|queue| queue.url.clone().into())
        .collect();
    let size = call.json["MaxResults"].as_u64().unwrap_or(1_000);
    if !(1..=1_000).contains(&size) {
        return Err(invalid(
            "InvalidParameterValue",
            "MaxResults must be between 1 and 1000",
        ));
    }
    let page = paging::page(urls, call.text("NextToken"), size as usize);
    let (urls, next) = page.ok_or_else(|| invalid("InvalidParameterValue", "Invalid NextToken"))?;
    // Without a queue there is no member at all.
    let mut answer = json!({});
    if !urls.is_empty() {
        answer["QueueUrls"] = urls.into();
    }
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

/// `SendMessage`, of which the number is kept.
fn send(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let id = world.uuid();
    queue(world, call)?.messages += 1;
    Ok(Answer::Json(json!({ "MessageId": id })))
}

fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["QueueUrl"])?;
    let queue = queue(world, call)?;
    let name = queue.name.clone();
    if queue.keeps_itself() {
        let message = format!(
            "User: {} is not authorized to perform: sqs:deletequeue on resource: {} with an explicit deny in a resource-based policy",
            call.user_arn(),
            queue.arn
        );
        return Err(AwsError::new("AccessDeniedException", message).status(403));
    }
    let now = world.now();
    let state = state(world, call);
    state.queues.remove(&name);
    state.deleted.insert(name, now);
    Ok(Answer::empty())
}

fn tag(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["QueueUrl", "Tags"])?;
    let tags = map(&call.json["Tags"]);
    queue(world, call)?.tags.extend(tags);
    Ok(Answer::empty())
}

fn untag(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["QueueUrl", "TagKeys"])?;
    let keys = call.texts("TagKeys");
    queue(world, call)?
        .tags
        .retain(|key, _| !keys.contains(key));
    Ok(Answer::empty())
}

fn list_tags(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["QueueUrl"])?;
    let tags = &queue(world, call)?.tags;
    Ok(Answer::Json(if tags.is_empty() {
        json!({})
    } else {
        json!({ "Tags": tags })
    }))
}

impl Queue {
    /// Whether its policy lets nobody delete it. Of policies the sandbox judges this alone.
    fn keeps_itself(&self) -> bool {
        let policy = self.attributes.get("Policy");
        let policy = policy.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let statements = policy.map(|policy| policy["Statement"].clone());
        let statements = statements.unwrap_or_default();
        statements.as_array().into_iter().flatten().any(|one| {
            one["Effect"] == "Deny"
                && one["Principal"] == "*"
                && one["Action"] == "sqs:DeleteQueue"
                && one["Condition"].is_null()
        })
    }

    fn is_fifo(&self) -> bool {
        self.attributes
            .get("FifoQueue")
            .is_some_and(|yes| yes == "true")
    }
}

/// The queue of the call's URL, told by its last part, as SQS's own endpoints tell it.
fn queue<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Queue, AwsError> {
    let url = call.text("QueueUrl").unwrap_or_default();
    let name = url.rsplit('/').next().unwrap_or_default();
    state(world, call).queues.get_mut(name).ok_or_else(missing)
}

fn missing() -> AwsError {
    invalid("QueueDoesNotExist", "The specified queue does not exist.")
}

fn invalid(code: &str, message: &str) -> AwsError {
    AwsError::new(code, message)
}

fn given(call: &Call) -> BTreeMap<String, String> {
    map(&call.json["Attributes"])
}

fn map(value: &Value) -> BTreeMap<String, String> {
    let all = value.as_object().into_iter().flatten();
    all.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// This room's tagged resources.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<Tagged> {
    let state = world.regions.get(region).map(|region| &region.sqs);
    let all = state.into_iter().flat_map(|state| state.queues.values());
    all.map(|queue| Tagged {
        arn: queue.arn.clone(),
        kind: "sqs:queue",
        tags: queue.tags.clone(),
    })
    .collect()
}

/// How many there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    let regions = world.regions.values();
    vec![("queue", regions.map(|region| region.sqs.queues.len()).sum())]
}

fn state<'w>(world: &'w mut World, call: &Call) -> &'w mut State {
    &mut world.region(&call.region).sqs
}

#[cfg(test)]
mod tests;
