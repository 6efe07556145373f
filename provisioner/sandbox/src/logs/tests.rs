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
