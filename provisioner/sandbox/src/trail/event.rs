//! One event, and its record as CloudTrail writes it.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::{Call, Service};
use crate::s3;
use crate::time::{epoch, iso};
use crate::world::hash_hex;

/// Texts that are longer than this are documents, which no lookup needs.
const LONGEST: usize = 160;

/// What an event of EC2 lists as its resources: the beginning of an id, and the type.
const EC2_TYPES: [(&str, &str); 9] = [
    ("eipalloc-", "AWS::EC2::EIP"),
    ("eni-", "AWS::EC2::NetworkInterface"),
    ("igw-", "AWS::EC2::InternetGateway"),
    ("nat-", "AWS::EC2::NatGateway"),
    ("rtb-", "AWS::EC2::RouteTable"),
    ("sg-", "AWS::EC2::SecurityGroup"),
    ("subnet-", "AWS::EC2::Subnet"),
    ("vpc-", "AWS::EC2::VPC"),
    ("vpce-", "AWS::EC2::VPCEndpoint"),
];

/// A management event that wrote.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) source: String,
    /// When, in milliseconds since 1970.
    pub(super) at: u64,
    pub(super) user: String,
    pub(super) key: String,
    /// Types and names.
    pub(super) resources: Vec<(String, String)>,
    /// The whole record, as text.
    record: String,
}

impl Event {
    /// The event of a call that was done; nothing where it is none of management.
    pub(super) fn of(call: &Call, request_id: &str, at: u64, answer: &Answer) -> Option<Self> {
        let (name, request) = match call.service {
            Service::Trail => return None,
            // A data event as well.
            Service::Sqs if call.operation == "SendMessage" => return None,
            // Data events, which a trail records only where it is told to.
            Service::Dynamodb
                if call.operation.ends_with("Item") || call.operation.ends_with("Items") =>
            {
                return None;
            }
            Service::S3 => {
                let (name, bucket) = s3::management(call)?;
                (name.to_owned(), json!({ "bucketName": bucket }))
            }
            _ => (call.operation.clone(), request(call)),
        };
        let response = response(answer);
        let resources = resources(call.service, &request, &response);
        let source = format!("{}.amazonaws.com", source(call.service));
        let id = hash_hex(&format!("event/{request_id}"), 32);
        let id = [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-");
        let record = json!({
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser",
                "arn": call.user_arn(),
                "accountId": call.account,
                "accessKeyId": call.key,
                "userName": call.user(),
            },
            "eventTime": iso(at / 1_000 * 1_000).replace(".000Z", "Z"),
            "eventSource": source,
            "eventName": name,
            "awsRegion": call.region,
            "sourceIPAddress": "127.0.0.1",
            "userAgent": call.header("user-agent").unwrap_or_default(),
            "requestParameters": request,
            "responseElements": response,
            "requestID": request_id,
            "eventID": id,
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": call.account,
            "eventCategory": "Management",
        });
        Some(Self {
            id,
            name,
            source,
            at,
            user: call.user().to_owned(),
            key: call.key.clone(),
            resources,
            record: record.to_string(),
        })
    }

    /// As `LookupEvents` shows it.
    pub(super) fn seen(&self) -> Value {
        let resources = self.resources.iter();
        let resources =
            resources.map(|(kind, name)| json!({ "ResourceType": kind, "ResourceName": name }));
        json!({
            "EventId": self.id,
            "EventName": self.name,
            "ReadOnly": "false",
            "AccessKeyId": self.key,
            // Whole seconds, as in AWS.
            "EventTime": epoch(self.at / 1_000 * 1_000),
            "EventSource": self.source,
            "Username": self.user,
            "Resources": resources.collect::<Vec<_>>(),
            "CloudTrailEvent": self.record,
        })
    }
}

/// The name of a service in events. Application Auto Scaling's go by the older service's name.
fn source(service: Service) -> &'static str {
    match service {
        Service::Acm => "acm",
        Service::Cloudwatch => "monitoring",
        Service::Discovery => "servicediscovery",
        Service::Dynamodb => "dynamodb",
        Service::Ec2 => "ec2",
        Service::Ecr => "ecr",
        Service::Ecs => "ecs",
        Service::Elbv2 => "elasticloadbalancing",
        Service::Iam => "iam",
        Service::Kms => "kms",
        Service::Logs => "logs",
        Service::Quotas => "servicequotas",
        Service::S3 => "s3",
        Service::Scaling => "autoscaling",
        Service::Secrets => "secretsmanager",
        Service::Ssm => "ssm",
        Service::Sqs => "sqs",
        Service::Sts => "sts",
        Service::Tagging => "tagging",
        Service::Trail => "cloudtrail",
    }
}

/// What the call asked for, without its documents.
fn request(call: &Call) -> Value {
    let mut request = call.json.clone();
    for (name, value) in call.params.iter() {
        place(&mut request, &name.split('.').collect::<Vec<_>>(), value);
    }
    short(&mut request);
    conceal(call, &mut request);
    request
}

/// A trail holds no secret.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html>
fn conceal(call: &Call, request: &mut Value) {
    let key = match call.service {
        Service::Secrets => "SecretString",
        Service::Ssm => "Value",
        _ => return,
    };
    if let Some(value) = request.get_mut(key) {
        *value = Value::from("HIDDEN_DUE_TO_SECURITY_REASONS");
    }
}

/// Puts a flat parameter (`IpPermissions.1.FromPort`) where it belongs; lists are groups by number.
fn place(into: &mut Value, path: &[&str], value: &str) {
    let Some((first, rest)) = path.split_first() else {
        *into = value.into();
        return;
    };
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    let mut name = (*first).to_owned();
    name[..1].make_ascii_lowercase();
    place(&mut into[name.as_str()], rest, value);
}

/// Leaves out what is long: policies, manifests, dashboards.
fn short(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > LONGEST => {
            *value = format!("({} characters)", text.len()).into();
        }
        Value::Array(items) => items.iter_mut().for_each(short),
        Value::Object(map) => map.values_mut().for_each(short),
        _ => {}
    }
}

/// The names in an answer: what was made.
fn response(answer: &Answer) -> Value {
    let mut found = Map::new();
    match answer {
        Answer::Json(value) => names_in(value, &mut found),
        Answer::Xml(text) => names_in_xml(text, &mut found),
        Answer::Wire(wire) => names_in_xml(&String::from_utf8_lossy(&wire.body), &mut found),
        Answer::Raw { .. } => {}
    }
    if found.is_empty() {
        Value::Null
    } else {
        Value::Object(found)
    }
}

/// Whether a member says what something is called.
fn is_name(key: &str) -> bool {
    ["id", "arn", "name"]
        .iter()
        .any(|end| key.to_ascii_lowercase().ends_with(end))
        && !key.eq_ignore_ascii_case("requestId")
}

fn names_in(value: &Value, found: &mut Map<String, Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| names_in(item, found)),
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if is_name(key) => add(found, key, text),
                    other => names_in(other, found),
                }
            }
        }
        _ => {}
    }
}

fn names_in_xml(text: &str, found: &mut Map<String, Value>) {
    for part in text.split('<').skip(1) {
        let Some((tag, content)) = part.split_once('>') else {
            continue;
        };
        if !tag.starts_with('/') && is_name(tag) && !content.trim().is_empty() {
            add(found, tag, content);
        }
    }
}

/// Several of one name are a list.
fn add(found: &mut Map<String, Value>, key: &str, text: &str) {
    if text.len() > LONGEST {
        return;
    }
    let all = found
        .entry(key)
        .or_insert_with(|| Value::Array(Vec::new()))
        .as_array_mut();
    if let Some(all) = all
        && !all.iter().any(|one| one == text)
    {
        all.push(text.into());
    }
}

fn resources(service: Service, request: &Value, response: &Value) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut add = |kind: &str, name: &str| {
        let one = (kind.to_owned(), name.to_owned());
        if !found.contains(&one) {
            found.push(one);
        }
    };
    match service {
        Service::Ec2 => {
            for tree in [request, response] {
                texts(tree, &mut |text| {
                    let kind = EC2_TYPES.iter().find(|(start, _)| text.starts_with(start));
                    if let Some((_, kind)) = kind {
                        add(kind, text);
                    }
                });
            }
        }
        Service::Iam => {
            if let Some(role) = request["roleName"].as_str() {
                add("AWS::IAM::Role", role);
            }
            if let Some(policy) = request["policyArn"].as_str() {
                add("AWS::IAM::Policy", policy);
            }
        }
        _ => {}
    }
    found
}

fn texts(value: &Value, each: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, each)),
        Value::Object(map) => map.values().for_each(|item| texts(item, each)),
        _ => {}
    }
}
