use serde_json::{Value, json};

use super::MOST_EVENTS;
use crate::bench::{Bench, text};
use crate::time::Delays;
use crate::{Sandbox, Settings};

fn ask(bench: &Bench, key: &str, value: &str) -> Vec<Value> {
    let attribute = json!([{ "AttributeKey": key, "AttributeValue": value }]);
    let body = json!({ "LookupAttributes": attribute });
    let answer = bench.json("cloudtrail", "LookupEvents", body).unwrap();
    answer["Events"].as_array().unwrap().clone()
}

fn record(event: &Value) -> Value {
    serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap()
}

#[test]
fn what_was_written_is_told_newest_first_with_its_resources() {
    let bench = Bench::new();
    let vpc = bench.ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16")]);
    let vpc = text(&vpc.unwrap(), "vpcId");
    let change = [
        ("VpcId", vpc.as_str()),
        ("EnableDnsHostnames.Value", "true"),
    ];
    bench.ec2("ModifyVpcAttribute", &change).unwrap();
    bench.ec2("DescribeVpcs", &[]).unwrap();
    let events = ask(&bench, "ResourceName", &vpc);
    let names: Vec<&str> = events
        .iter()
        .map(|event| event["EventName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["ModifyVpcAttribute", "CreateVpc"]);
    let first = &events[0];
    assert_eq!(first["Username"], "AKID");
    assert_eq!(
        first["Resources"],
        json!([{ "ResourceType": "AWS::EC2::VPC", "ResourceName": vpc }])
    );
    let whole = record(first);
    assert_eq!(whole["eventSource"], "ec2.amazonaws.com");
    assert_eq!(whole["requestParameters"]["vpcId"], vpc.as_str());
    assert_eq!(
        whole["userIdentity"]["arn"],
        "arn:aws:iam::123456789012:user/AKID"
    );
    assert_eq!(
        record(&events[1])["responseElements"]["vpcId"],
        json!([vpc])
    );
}

#[test]
fn refused_calls_and_documents_leave_nothing() {
    let bench = Bench::new();
    bench
        .json("logs", "DeleteLogGroup", json!({ "logGroupName": "none" }))
        .unwrap_err();
    assert!(ask(&bench, "EventName", "DeleteLogGroup").is_empty());
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"ecs-tasks.amazonaws.com"}},"Action":"sts:AssumeRole","Sid":"{}"}}]}}"#,
        "a".repeat(100)
    );
    let role = [
        ("RoleName", "one"),
        ("AssumeRolePolicyDocument", trust.as_str()),
    ];
    bench.query("iam", "CreateRole", &role).unwrap();
    let event = &ask(&bench, "ResourceName", "one")[0];
    let kept = record(event)["requestParameters"]["assumeRolePolicyDocument"].clone();
    assert!(kept.as_str().unwrap().ends_with(" characters)"), "{kept}");
}

#[test]
fn services_that_list_no_resources_are_found_by_their_events() {
    let bench = Bench::new();
    bench
        .json("logs", "CreateLogGroup", json!({ "logGroupName": "one" }))
        .unwrap();
    assert!(ask(&bench, "ResourceName", "one").is_empty());
    let event = &ask(&bench, "EventName", "CreateLogGroup")[0];
    assert_eq!(event["Resources"], json!([]));
    assert_eq!(record(event)["requestParameters"]["logGroupName"], "one");
}

#[test]
fn only_so_many_are_kept_and_pages_follow_one_another() {
    let bench = Bench::new();
    for number in 0..MOST_EVENTS + 3 {
        let body = json!({ "logGroupName": format!("g{number}") });
        bench.json("logs", "CreateLogGroup", body).unwrap();
    }
    let (mut seen, mut token) = (0, Value::Null);
    loop {
        let mut body = json!({ "MaxResults": 40 });
        if !token.is_null() {
            body["NextToken"] = token;
        }
        let answer = bench.json("cloudtrail", "LookupEvents", body).unwrap();
        seen += answer["Events"].as_array().unwrap().len();
        token = answer["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen, MOST_EVENTS);
}

#[test]
fn what_is_asked_wrongly_is_refused_as_aws_refuses_it() {
    let bench = Bench::new();
    let code = |body: Value| {
        let refusal = bench.json("cloudtrail", "LookupEvents", body);
        refusal.unwrap_err().code
    };
    let one = json!({ "AttributeKey": "EventName", "AttributeValue": "x" });
    assert_eq!(
        code(json!({ "LookupAttributes": [one, one] })),
        "InvalidLookupAttributesException"
    );
    let wrong = json!({ "AttributeKey": "Colour", "AttributeValue": "x" });
    assert_eq!(
        code(json!({ "LookupAttributes": [wrong] })),
        "InvalidLookupAttributesException"
    );
    assert_eq!(
        code(json!({ "MaxResults": 51 })),
        "InvalidMaxResultsException"
    );
    assert_eq!(
        code(json!({ "NextToken": "x" })),
        "InvalidNextTokenException"
    );
    assert_eq!(
        code(json!({ "StartTime": 2.0, "EndTime": 1.0 })),
        "InvalidTimeRangeException"
    );
    assert_eq!(code(json!({ "EventCategory": "insight" })), "NotSimulated");
    assert_eq!(code(json!({ "Colour": 1 })), "NotSimulated");
}

#[test]
fn the_third_question_of_a_second_is_throttled() {
    let settings = Settings {
        pace: crate::Pace::Stepped { ms_per_call: 100 },
        ..Settings::instant()
    };
    let bench = Bench::with(settings);
    let ask = || bench.json("cloudtrail", "LookupEvents", json!({}));
    ask().unwrap();
    ask().unwrap();
    assert_eq!(ask().unwrap_err().code, "ThrottlingException");
    bench.sandbox.advance(1_000);
    ask().unwrap();
}

#[test]
fn events_may_lag() {
    let settings = Settings {
        delays: Delays {
            trail: 60_000,
            ..Delays::none()
        },
        ..Settings::instant()
    };
    let bench = Bench::with(settings);
    bench
        .json("logs", "CreateLogGroup", json!({ "logGroupName": "one" }))
        .unwrap();
    assert!(ask(&bench, "EventName", "CreateLogGroup").is_empty());
    bench.sandbox.advance(60_000);
    assert_eq!(ask(&bench, "EventName", "CreateLogGroup").len(), 1);
}

#[test]
fn events_outlive_the_process() {
    let dir = std::env::temp_dir().join(format!("hcctl-trail-{}", std::process::id()));
    let file = Some(dir.join("world.json"));
    let open = || Bench {
        sandbox: Sandbox::open(file.clone(), Settings::instant()).unwrap(),
        region: "us-east-1",
    };
    open()
        .json("logs", "CreateLogGroup", json!({ "logGroupName": "one" }))
        .unwrap();
    assert_eq!(ask(&open(), "EventName", "CreateLogGroup").len(), 1);
    std::fs::remove_dir_all(dir).unwrap();
}
