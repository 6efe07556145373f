//! What CloudTrail answers: one event, by whom and through what.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use aws_sdk_cloudtrail::types::Event as Theirs;
use serde_json::Value;

use crate::aws::partition::Partition;

/// By this hcctl's own calls are known again in a user agent.
const OURS: &str = "app/hcctl";

/// A call that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// The operation.
    pub name: String,
    /// `eventSource`, without `.amazonaws.com`.
    pub source: String,
    /// When, in seconds since 1970.
    pub at: u64,
    /// Who: the caller's ARN, or the AWS service that called.
    pub who: String,
    /// Through what: `console`, `aws-cli`, `Terraform`, another program's name, or nothing.
    pub via: String,
    /// Whether hcctl made it.
    pub ours: bool,
    /// It was refused, or only read: it changed nothing.
    pub idle: bool,
    /// The resources that it lists.
    pub resources: Vec<String>,
    /// Every text in what it asked for and what it was answered.
    pub texts: Vec<String>,
}

impl Event {
    pub(super) fn read(theirs: &Theirs) -> Self {
        let record = theirs.cloud_trail_event().unwrap_or_default();
        let record: Value = serde_json::from_str(record).unwrap_or_default();
        let at = theirs
            .event_time()
            .map_or(0, aws_smithy_types::DateTime::secs);
        let resources = theirs.resources().iter();
        Self::of(
            [
                theirs.event_id().unwrap_or_default(),
                theirs.event_name().unwrap_or_default(),
                theirs.event_source().unwrap_or_default(),
                theirs.username().unwrap_or_default(),
            ],
            u64::try_from(at).unwrap_or_default(),
            theirs.read_only() == Some("true"),
            resources
                .filter_map(|one| one.resource_name().map(str::to_owned))
                .collect(),
            &record,
        )
    }

    fn of(
        [id, name, source, user]: [&str; 4],
        at: u64,
        read_only: bool,
        resources: Vec<String>,
        record: &Value,
    ) -> Self {
        let agent = record["userAgent"].as_str().unwrap_or_default();
        let mut texts = Vec::new();
        collect(&record["requestParameters"], &mut texts);
        collect(&record["responseElements"], &mut texts);
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            source: Partition::service_of(source).to_owned(),
            at,
            who: who(&record["userIdentity"], user),
            via: via(record, agent),
            ours: agent.split([' ', ',']).any(|word| word == OURS),
            idle: read_only || !record["errorCode"].is_null(),
            resources,
            texts,
        }
    }
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(map) => map.values().for_each(|item| collect(item, texts)),
        _ => {}
    }
}

/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>
fn who(identity: &Value, user: &str) -> String {
    let text = |key: &str| identity[key].as_str().filter(|text| !text.is_empty());
    let known = text("arn").or(text("invokedBy")).or(text("userName"));
    let user = Some(user).filter(|user| !user.is_empty());
    known.or(user).unwrap_or("unknown").to_owned()
}

/// The program behind a user agent, as people call it.
fn via(record: &Value, agent: &str) -> String {
    const KNOWN: [(&str, &str); 6] = [
        ("console.amazonaws.", "console"),
        ("signin.amazonaws.", "console"),
        ("HashiCorp", "Terraform"),
        ("Pulumi", "Pulumi"),
        ("aws-cli/", "aws-cli"),
        (OURS, "hcctl"),
    ];
    if record["sessionCredentialFromConsole"] == "true" {
        return "console".to_owned();
    }
    let known = KNOWN.iter().find(|(mark, _)| agent.contains(mark));
    if let Some((_, name)) = known {
        return (*name).to_owned();
    }
    // `[aws-sdk-go/1.2 (...)]` and `cloudformation.amazonaws.com` alike.
    let first = agent.trim_start_matches('[').split([' ', '/']).next();
    let first = first.unwrap_or_default();
    Partition::service_of(first).to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// An event of alice's at a second.
    pub(in super::super) fn event(source: &str, name: &str, at: u64, request: &Value) -> Event {
        let record = json!({
            "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::1:user/alice" },
            "userAgent": "console.amazonaws.com",
            "requestParameters": request,
        });
        Event::of(["e", name, source, ""], at, false, Vec::new(), &record)
    }

    fn via_of(agent: &str) -> String {
        via(&json!({}), agent)
    }

    #[test]
    fn programs_are_called_as_people_call_them() {
        assert_eq!(via_of("console.amazonaws.com"), "console");
        assert_eq!(
            via_of("aws-cli/2.27.1 md/awscrt#0.26.1 ua/2.1 os/macos#24"),
            "aws-cli"
        );
        assert_eq!(
            via_of("APN/1.0 HashiCorp/1.0 Terraform/1.9.1 (+https://www.terraform.io)"),
            "Terraform"
        );
        assert_eq!(via_of("[Boto3/1.34 md/Botocore#1.34]"), "Boto3");
        assert_eq!(via_of("cloudformation.amazonaws.com"), "cloudformation");
        assert_eq!(via_of(""), "");
        let session = json!({ "sessionCredentialFromConsole": "true" });
        assert_eq!(via(&session, "Mozilla/5.0"), "console");
    }

    #[test]
    fn hcctls_own_calls_are_known_by_the_whole_word() {
        let of = |agent: &str| {
            let record = json!({ "userAgent": agent });
            Event::of(["e", "n", "s", ""], 0, false, Vec::new(), &record).ours
        };
        assert!(of("aws-sdk-rust/1.3 os/linux app/hcctl"));
        assert!(!of("aws-sdk-rust/1.3 os/linux app/hcctl-fork"));
    }

    #[test]
    fn callers_are_people_roles_and_services() {
        let person = json!({ "type": "IAMUser", "arn": "arn:aws:iam::1:user/alice" });
        assert_eq!(who(&person, "alice"), "arn:aws:iam::1:user/alice");
        let service = json!({ "type": "AWSService", "invokedBy": "ecs.amazonaws.com" });
        assert_eq!(who(&service, ""), "ecs.amazonaws.com");
        assert_eq!(who(&Value::Null, "bob"), "bob");
        assert_eq!(who(&Value::Null, ""), "unknown");
    }

    #[test]
    fn a_refused_call_changed_nothing() {
        let record = json!({ "errorCode": "AccessDenied", "requestParameters": { "a": ["x", { "b": "y" }] } });
        let refused = Event::of(
            ["e", "n", "ec2.amazonaws.com", ""],
            0,
            false,
            Vec::new(),
            &record,
        );
        assert!(refused.idle);
        assert_eq!(
            (refused.source.as_str(), refused.texts),
            ("ec2", vec!["x".to_owned(), "y".to_owned()])
        );
        assert!(Event::of(["e", "n", "s", ""], 0, true, Vec::new(), &json!({})).idle);
    }
}
