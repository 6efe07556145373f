//! Tables through the dispatcher.

use serde_json::{Value, json};

use crate::Settings;
use crate::bench::{Bench, Refusal};

fn call(bench: &Bench, operation: &str, body: Value) -> Result<Value, Refusal> {
    bench.json("dynamodb", operation, body)
}

fn table() -> Value {
    json!({
        "TableName": "hcctl-dev-patient",
        "AttributeDefinitions": [
            { "AttributeName": "id", "AttributeType": "S" },
            { "AttributeName": "owner", "AttributeType": "S" },
        ],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-owner",
            "KeySchema": [{ "AttributeName": "owner", "KeyType": "HASH" }],
            "Projection": { "ProjectionType": "ALL" },
        }],
        "BillingMode": "PAY_PER_REQUEST",
        "SSESpecification": { "Enabled": true, "SSEType": "KMS" },
        "DeletionProtectionEnabled": true,
        "Tags": [{ "Key": "hcctl:stack", "Value": "dev" }],
    })
}

fn name() -> Value {
    json!({ "TableName": "hcctl-dev-patient" })
}

#[test]
fn a_table_takes_its_time_and_refuses_changes_meanwhile() {
    let bench = Bench::with(Settings::stepped());
    let made = call(&bench, "CreateTable", table()).unwrap();
    assert_eq!(made["TableDescription"]["TableStatus"], "CREATING");
    let refused = Bench::with(Settings {
        pace: crate::Pace::Stepped { ms_per_call: 1 },
        ..Settings::stepped()
    });
    call(&refused, "CreateTable", table()).unwrap();
    assert_eq!(
        call(&refused, "DeleteTable", name()).unwrap_err().code,
        "ResourceInUseException"
    );
    let recovery = json!({ "TableName": "hcctl-dev-patient", "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": true } });
    let early = call(&refused, "UpdateContinuousBackups", recovery.clone()).unwrap_err();
    assert_eq!(early.code, "ContinuousBackupsUnavailableException");

    bench.sandbox.advance(1_000);
    let seen = call(&bench, "DescribeTable", name()).unwrap()["Table"].clone();
    assert_eq!(seen["TableStatus"], "ACTIVE");
    assert_eq!(seen["GlobalSecondaryIndexes"][0]["IndexStatus"], "ACTIVE");
    assert_eq!(seen["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(seen["SSEDescription"]["Status"], "ENABLED");
    assert_eq!(
        call(&bench, "CreateTable", table()).unwrap_err().code,
        "ResourceInUseException"
    );
    let tags = call(
        &bench,
        "ListTagsOfResource",
        json!({ "ResourceArn": seen["TableArn"] }),
    )
    .unwrap();
    assert_eq!(tags["Tags"], table()["Tags"]);
    let on = call(&bench, "UpdateContinuousBackups", recovery).unwrap();
    let status = &on["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"];
    assert_eq!(status["PointInTimeRecoveryStatus"], "ENABLED");
}

#[test]
fn a_protected_table_stays() {
    let bench = Bench::new();
    call(&bench, "CreateTable", table()).unwrap();
    let refused = call(&bench, "DeleteTable", name()).unwrap_err();
    assert_eq!(refused.code, "ValidationException");
    assert!(refused.message.contains("protected against deletion"));
    call(
        &bench,
        "UpdateTable",
        json!({ "TableName": "hcctl-dev-patient", "DeletionProtectionEnabled": false }),
    )
    .unwrap();
    call(&bench, "DeleteTable", name()).unwrap();
    assert_eq!(
        call(&bench, "DescribeTable", name()).unwrap_err().code,
        "ResourceNotFoundException"
    );
    assert_eq!(
        call(&bench, "DescribeContinuousBackups", name())
            .unwrap_err()
            .code,
        "TableNotFoundException"
    );
    assert_eq!(
        call(&bench, "ListTables", json!({})).unwrap()["TableNames"],
        json!([])
    );
}

#[test]
fn expiry_is_turned_on_once() {
    let bench = Bench::new();
    call(&bench, "CreateTable", table()).unwrap();
    let turn = |on: bool| {
        let specification = json!({ "AttributeName": "expires", "Enabled": on });
        call(
            &bench,
            "UpdateTimeToLive",
            json!({ "TableName": "hcctl-dev-patient", "TimeToLiveSpecification": specification }),
        )
    };
    assert_eq!(
        turn(false).unwrap_err().message,
        "TimeToLive is already disabled"
    );
    turn(true).unwrap();
    assert_eq!(turn(true).unwrap_err().code, "ValidationException");
    let seen = call(&bench, "DescribeTimeToLive", name()).unwrap();
    assert_eq!(
        seen["TimeToLiveDescription"],
        json!({ "TimeToLiveStatus": "ENABLED", "AttributeName": "expires" })
    );
}

#[test]
fn keys_indexes_and_attributes_must_fit() {
    let bench = Bench::new();
    let changes = [
        (
            "AttributeDefinitions",
            json!([{ "AttributeName": "id", "AttributeType": "S" }]),
        ),
        (
            "KeySchema",
            json!([{ "AttributeName": "id", "KeyType": "RANGE" }]),
        ),
        ("GlobalSecondaryIndexes", json!([])),
        ("BillingMode", json!("PROVISIONED")),
        ("TableName", json!("ab")),
        ("StreamSpecification", json!({ "StreamEnabled": true })),
        ("KeySchemas", json!([])),
    ];
    for (key, value) in changes {
        let mut wrong = table();
        wrong[key] = value;
        assert!(call(&bench, "CreateTable", wrong).is_err(), "{key}");
    }
}

#[test]
fn an_index_comes_and_goes_while_the_table_updates() {
    let bench = Bench::with(Settings {
        pace: crate::Pace::Stepped { ms_per_call: 1 },
        ..Settings::stepped()
    });
    call(&bench, "CreateTable", table()).unwrap();
    bench.sandbox.advance(1_000);
    let remove = json!({ "TableName": "hcctl-dev-patient", "GlobalSecondaryIndexUpdates": [{ "Delete": { "IndexName": "by-owner" } }] });
    let updating = call(&bench, "UpdateTable", remove.clone()).unwrap();
    assert_eq!(updating["TableDescription"]["TableStatus"], "UPDATING");
    assert_eq!(
        call(&bench, "UpdateTable", remove.clone())
            .unwrap_err()
            .code,
        "ResourceInUseException"
    );
    bench.sandbox.advance(500);
    let seen = call(&bench, "DescribeTable", name()).unwrap()["Table"].clone();
    assert!(seen.get("GlobalSecondaryIndexes").is_none());
    assert_eq!(seen["AttributeDefinitions"].as_array().unwrap().len(), 1);
    assert_eq!(
        call(&bench, "UpdateTable", remove).unwrap_err().code,
        "ResourceNotFoundException"
    );
}
