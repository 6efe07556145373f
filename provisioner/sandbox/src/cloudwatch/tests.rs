//! Alarms and dashboards through the dispatcher, in CBOR and in the query form.

use serde_json::{Value, json};

use crate::bench::{Bench, text, texts};

fn alarm() -> Value {
    json!({
        "AlarmName": "hcctl-dev-5xx",
        "AlarmDescription": "errors",
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "HTTPCode_Target_5XX_Count",
        "Dimensions": [{ "Name": "LoadBalancer", "Value": "app/a/1" }],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 5,
        "DatapointsToAlarm": 3,
        "Threshold": 10.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:ops"],
        "Tags": [{ "Key": "hcctl:stack", "Value": "dev" }],
    })
}

#[test]
fn an_alarm_comes_back_as_put_and_its_tags_are_for_new_ones_only() {
    let bench = Bench::new();
    bench.cbor("PutMetricAlarm", alarm()).unwrap();
    let found = bench
        .cbor("DescribeAlarms", json!({ "AlarmNamePrefix": "hcctl-dev" }))
        .unwrap();
    let seen = &found["MetricAlarms"][0];
    for (key, value) in alarm().as_object().unwrap() {
        if key != "Tags" {
            assert_eq!(&seen[key], value, "{key}");
        }
    }
    assert_eq!(seen["ActionsEnabled"], true);
    assert_eq!(seen["OKActions"], json!([]));
    assert_eq!(seen["StateValue"], "INSUFFICIENT_DATA");
    assert!(seen["StateUpdatedTimestamp"]["$time"].is_number());

    let mut update = alarm();
    update["Threshold"] = json!(20.0);
    update["Tags"] = json!([{ "Key": "other", "Value": "x" }]);
    bench.cbor("PutMetricAlarm", update).unwrap();
    let tags = bench
        .cbor(
            "ListTagsForResource",
            json!({ "ResourceARN": seen["AlarmArn"] }),
        )
        .unwrap();
    assert_eq!(tags["Tags"], alarm()["Tags"]);
    let found = bench
        .cbor(
            "DescribeAlarms",
            json!({ "AlarmNames": ["hcctl-dev-5xx", "none"] }),
        )
        .unwrap();
    assert_eq!(found["MetricAlarms"].as_array().unwrap().len(), 1);
    assert_eq!(found["MetricAlarms"][0]["Threshold"], 20.0);
}

#[test]
fn deleting_a_missing_alarm_deletes_none() {
    let bench = Bench::new();
    bench.cbor("PutMetricAlarm", alarm()).unwrap();
    let refused = bench
        .cbor(
            "DeleteAlarms",
            json!({ "AlarmNames": ["hcctl-dev-5xx", "none"] }),
        )
        .unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.status),
        ("ResourceNotFound", 404)
    );
    bench
        .cbor("DeleteAlarms", json!({ "AlarmNames": ["hcctl-dev-5xx"] }))
        .unwrap();
    assert_eq!(
        bench.cbor("DescribeAlarms", json!({})).unwrap()["MetricAlarms"],
        json!([])
    );
}

#[test]
fn alarms_that_aws_would_not_take_are_refused() {
    let bench = Bench::new();
    let changes = [
        ("ComparisonOperator", json!("Above")),
        ("Period", json!(45)),
        ("DatapointsToAlarm", json!(6)),
        ("AlarmActions", json!(["ops"])),
        ("ExtendedStatistic", json!("p99")),
        ("TreatMissingData", json!("")),
        ("Thresholds", json!(1)),
    ];
    for (key, value) in changes {
        let mut wrong = alarm();
        wrong[key] = value;
        assert!(bench.cbor("PutMetricAlarm", wrong).is_err(), "{key}");
    }
}

#[test]
fn a_dashboard_is_kept_word_for_word() {
    let bench = Bench::new();
    let body = r#"{ "widgets": [ ] }"#;
    let put = json!({ "DashboardName": "hcctl-dev", "DashboardBody": body, "Tags": [{ "Key": "a", "Value": "b" }] });
    bench.cbor("PutDashboard", put).unwrap();
    let found = bench
        .cbor("GetDashboard", json!({ "DashboardName": "hcctl-dev" }))
        .unwrap();
    assert_eq!(found["DashboardBody"], body);
    let listed = bench
        .cbor("ListDashboards", json!({ "DashboardNamePrefix": "hcctl" }))
        .unwrap();
    assert_eq!(listed["DashboardEntries"][0]["Size"], 18);
    let tags = bench
        .cbor(
            "ListTagsForResource",
            json!({ "ResourceARN": found["DashboardArn"] }),
        )
        .unwrap();
    assert_eq!(tags["Tags"][0]["Value"], "b");
    let odd = json!({ "DashboardName": "x", "DashboardBody": "[]" });
    assert_eq!(
        bench.cbor("PutDashboard", odd).unwrap_err().code,
        "InvalidParameterInput"
    );
    bench
        .cbor(
            "DeleteDashboards",
            json!({ "DashboardNames": ["hcctl-dev"] }),
        )
        .unwrap();
    let gone = bench
        .cbor("GetDashboard", json!({ "DashboardName": "hcctl-dev" }))
        .unwrap_err();
    assert_eq!((gone.code.as_str(), gone.status), ("ResourceNotFound", 404));
}

#[test]
fn the_query_form_says_the_same() {
    let bench = Bench::new();
    let put = [
        ("AlarmName", "cpu"),
        ("Namespace", "AWS/ECS"),
        ("MetricName", "CPUUtilization"),
        ("Dimensions.member.1.Name", "ClusterName"),
        ("Dimensions.member.1.Value", "a<b"),
        ("Statistic", "Average"),
        ("Period", "60"),
        ("EvaluationPeriods", "3"),
        ("Threshold", "80"),
        ("ComparisonOperator", "GreaterThanThreshold"),
        ("ActionsEnabled", "false"),
    ];
    bench.query("monitoring", "PutMetricAlarm", &put).unwrap();
    let xml = bench
        .query(
            "monitoring",
            "DescribeAlarms",
            &[("AlarmNames.member.1", "cpu")],
        )
        .unwrap();
    assert_eq!(texts(&xml, "Value"), ["a&lt;b"]);
    assert_eq!(text(&xml, "Threshold"), "80.0");
    assert_eq!(text(&xml, "ActionsEnabled"), "false");
    assert!(text(&xml, "StateUpdatedTimestamp").ends_with('Z'));
    let wrong = bench
        .query(
            "monitoring",
            "DescribeAlarms",
            &[("AlarmName.member.1", "cpu")],
        )
        .unwrap_err();
    assert!(wrong.message.contains("AlarmName"), "{}", wrong.message);
}

#[test]
fn an_alarm_says_what_it_was_last_set_to() {
    let bench = Bench::new();
    let put = json!({
        "AlarmName": "errors", "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
    });
    bench.cbor("PutMetricAlarm", put.clone()).unwrap();
    let set = |name: &str, state: &str| {
        let body = json!({ "AlarmName": name, "StateValue": state, "StateReason": "a drill" });
        bench.cbor("SetAlarmState", body)
    };
    set("errors", "ALARM").unwrap();
    let of_state = |state: &str| {
        let body = json!({ "StateValue": state });
        let found = bench.cbor("DescribeAlarms", body).unwrap();
        found["MetricAlarms"].as_array().unwrap().clone()
    };
    let alarms = of_state("ALARM");
    assert_eq!(alarms[0]["StateReason"], "a drill");
    assert!(of_state("INSUFFICIENT_DATA").is_empty());
    // A new configuration does not change the state.
    bench.cbor("PutMetricAlarm", put).unwrap();
    assert_eq!(of_state("ALARM").len(), 1);
    set("errors", "OK").unwrap();
    assert_eq!(of_state("OK").len(), 1);
    assert_eq!(set("none", "OK").unwrap_err().code, "ResourceNotFound");
    assert_eq!(set("errors", "FINE").unwrap_err().code, "ValidationError");
}
