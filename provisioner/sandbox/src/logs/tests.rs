//! Log groups through the dispatcher.

use serde_json::json;

use crate::bench::Bench;

const SERVICE: &str = "logs";

#[test]
fn a_group_comes_back_with_retention_and_tags() {
    let bench = Bench::new();
    let create = json!({ "logGroupName": "/hcctl/dev/patient", "tags": { "hcctl:stack": "dev" } });
    bench
        .json(SERVICE, "CreateLogGroup", create.clone())
        .unwrap();
    let again = bench.json(SERVICE, "CreateLogGroup", create).unwrap_err();
    assert_eq!(again.code, "ResourceAlreadyExistsException");

    let keep = json!({ "logGroupName": "/hcctl/dev/patient", "retentionInDays": 365 });
    bench.json(SERVICE, "PutRetentionPolicy", keep).unwrap();
    let odd = json!({ "logGroupName": "/hcctl/dev/patient", "retentionInDays": 366 });
    assert_eq!(
        bench
            .json(SERVICE, "PutRetentionPolicy", odd)
            .unwrap_err()
            .code,
        "InvalidParameterException"
    );

    let found = bench
        .json(
            SERVICE,
            "DescribeLogGroups",
            json!({ "logGroupNamePrefix": "/hcctl" }),
        )
        .unwrap();
    let group = &found["logGroups"][0];
    assert_eq!(group["retentionInDays"], 365);
    assert_eq!(group["logGroupClass"], "STANDARD");
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:/hcctl/dev/patient";
    assert_eq!(group["arn"], format!("{arn}:*"));

    let starred = json!({ "resourceArn": format!("{arn}:*") });
    assert!(bench.json(SERVICE, "ListTagsForResource", starred).is_err());
    let untag = json!({ "resourceArn": arn, "tagKeys": ["hcctl:stack", "none"] });
    bench
        .json(
            SERVICE,
            "TagResource",
            json!({ "resourceArn": arn, "tags": { "a": "b" } }),
        )
        .unwrap();
    bench.json(SERVICE, "UntagResource", untag).unwrap();
    let tags = bench
        .json(
            SERVICE,
            "ListTagsForResource",
            json!({ "resourceArn": arn }),
        )
        .unwrap();
    assert_eq!(tags["tags"], json!({ "a": "b" }));

    bench
        .json(
            SERVICE,
            "DeleteLogGroup",
            json!({ "logGroupName": "/hcctl/dev/patient" }),
        )
        .unwrap();
    let gone = bench.json(
        SERVICE,
        "DeleteLogGroup",
        json!({ "logGroupName": "/hcctl/dev/patient" }),
    );
    assert_eq!(gone.unwrap_err().code, "ResourceNotFoundException");
}

#[test]
fn listings_have_at_most_fifty_a_page() {
    let bench = Bench::new();
    for number in 0..51 {
        bench
            .json(
                SERVICE,
                "CreateLogGroup",
                json!({ "logGroupName": format!("g{number:02}") }),
            )
            .unwrap();
    }
    let first = bench.json(SERVICE, "DescribeLogGroups", json!({})).unwrap();
    assert_eq!(first["logGroups"].as_array().unwrap().len(), 50);
    let rest = bench
        .json(
            SERVICE,
            "DescribeLogGroups",
            json!({ "nextToken": first["nextToken"] }),
        )
        .unwrap();
    assert_eq!(rest["logGroups"][0]["logGroupName"], "g50");
    assert!(rest.get("nextToken").is_none());
    assert!(
        bench
            .json(SERVICE, "DescribeLogGroups", json!({ "limit": 51 }))
            .is_err()
    );
}

#[test]
fn what_is_unknown_names_itself() {
    let bench = Bench::new();
    let operation = bench
        .json(SERVICE, "PutMetricFilter", json!({}))
        .unwrap_err();
    assert!(
        operation.message.contains("PutMetricFilter"),
        "{}",
        operation.message
    );
    let parameter = bench.json(
        SERVICE,
        "CreateLogGroup",
        json!({ "logGroupName": "a", "retention": 3 }),
    );
    assert!(parameter.unwrap_err().message.contains("retention"));
}

/// A group with two streams: `a` of `first` lines and `b` of one, which comes in between.
fn written(first: u64) -> Bench {
    let bench = Bench::new();
    bench
        .json(SERVICE, "CreateLogGroup", json!({ "logGroupName": "/g" }))
        .unwrap();
    bench.world(|world| {
        for number in 0..first {
            let line = format!("line {number}");
            super::write(world, "us-east-1", "/g", "a", number * 10, &line, false);
        }
        super::write(world, "us-east-1", "/g", "b", 15, "error: late", false);
        super::write(world, "us-east-1", "/none", "a", 1, "lost", false);
    });
    bench
}

fn lines(answer: &serde_json::Value) -> Vec<String> {
    let events = answer["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["message"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_stream_is_read_forward_to_its_end_and_on_from_there() {
    let bench = written(3);
    let get = |token: Option<&str>, head: bool, limit: u32| {
        let body = json!({
            "logGroupName": "/g", "logStreamName": "a", "nextToken": token, "startFromHead": head, "limit": limit,
        });
        bench.json(SERVICE, "GetLogEvents", body).unwrap()
    };
    let first = get(None, true, 2);
    assert_eq!(lines(&first), ["line 0", "line 1"]);
    let second = get(first["nextForwardToken"].as_str(), true, 2);
    assert_eq!(lines(&second), ["line 2"]);
    let end = get(second["nextForwardToken"].as_str(), true, 2);
    assert_eq!(lines(&end).len(), 0);
    assert_eq!(end["nextForwardToken"], second["nextForwardToken"]);
    bench.world(|world| super::write(world, "us-east-1", "/g", "a", 99, "new", false));
    assert_eq!(
        lines(&get(end["nextForwardToken"].as_str(), true, 2)),
        ["new"]
    );
    let newest = get(None, false, 2);
    assert_eq!(lines(&newest), ["line 2", "new"]);
    let before = get(newest["nextBackwardToken"].as_str(), false, 2);
    assert_eq!(lines(&before), ["line 0", "line 1"]);
}

#[test]
fn a_group_is_searched_in_the_order_of_time() {
    let bench = written(3);
    let filter = |more: serde_json::Value| {
        let mut body = json!({ "logGroupName": "/g" });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        bench.json(SERVICE, "FilterLogEvents", body)
    };
    let first = filter(json!({ "limit": 2 })).unwrap();
    assert_eq!(lines(&first), ["line 0", "line 1"]);
    let rest = filter(json!({ "limit": 2, "nextToken": first["nextToken"] })).unwrap();
    assert_eq!(lines(&rest), ["error: late", "line 2"]);
    assert!(rest["nextToken"].is_null());
    let errors = filter(json!({ "filterPattern": "?error ?panic" })).unwrap();
    assert_eq!(lines(&errors), ["error: late"]);
    let ranged = filter(json!({ "startTime": 10, "endTime": 15, "logStreamNamePrefix": "a" }));
    assert_eq!(lines(&ranged.unwrap()), ["line 1"]);
    let json_pattern = filter(json!({ "filterPattern": "{ $.a = 1 }" })).unwrap_err();
    assert_eq!(json_pattern.code, "NotSimulated");
    let missing = filter(json!({ "logStreamNames": ["c"] })).unwrap_err();
    assert_eq!(missing.code, "ResourceNotFoundException");
}

#[test]
fn a_stream_keeps_its_newest_thousand_events() {
    let bench = written(1_100);
    let body = json!({ "logGroupName": "/g", "logStreamName": "a", "startFromHead": true });
    let all = bench.json(SERVICE, "GetLogEvents", body).unwrap();
    let lines = lines(&all);
    assert_eq!((lines.len(), lines[0].as_str()), (1_000, "line 100"));
    let body = json!({ "logGroupName": "/g", "orderBy": "LastEventTime", "descending": true });
    let streams = bench.json(SERVICE, "DescribeLogStreams", body).unwrap();
    let names: Vec<_> = streams["logStreams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stream| stream["logStreamName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(streams["logStreams"][0]["lastEventTimestamp"], 10_990);
}

#[test]
fn a_group_keeps_its_newest_five_hundred_streams() {
    let bench = written(0);
    bench.world(|world| {
        for number in 0..500 {
            let stream = format!("s{number:04}");
            super::write(world, "us-east-1", "/g", &stream, 20, "line", false);
        }
    });
    let there = |prefix: &str| {
        let body = json!({ "logGroupName": "/g", "logStreamNamePrefix": prefix });
        let found = bench.json(SERVICE, "DescribeLogStreams", body).unwrap();
        found["logStreams"].as_array().unwrap().len()
    };
    assert_eq!((there("b"), there("s0000"), there("s0499")), (0, 1, 1));
}
