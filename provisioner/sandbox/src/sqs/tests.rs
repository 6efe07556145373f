//! Queues: what is refused, and what comes back.

use super::*;
use crate::bench::Bench;
use crate::{Delays, Settings};

fn ask(bench: &Bench, operation: &str, body: Value) -> Result<Value, String> {
    let answer = bench.json("sqs", operation, body);
    answer.map_err(|refusal| refusal.code)
}

#[test]
fn a_queue_is_made_once_and_its_name_rests_after_it_went() {
    let bench = Bench::with(Settings {
        delays: Delays {
            minute: 60_000,
            ..Delays::none()
        },
        ..Settings::stepped()
    });
    let name = json!({ "QueueName": "a", "Attributes": { "VisibilityTimeout": "60" } });
    let url = ask(&bench, "CreateQueue", name.clone()).unwrap()["QueueUrl"].clone();
    assert_eq!(
        ask(&bench, "CreateQueue", name.clone()).unwrap()["QueueUrl"],
        url
    );
    let other = json!({ "QueueName": "a", "Attributes": { "VisibilityTimeout": "61" } });
    assert_eq!(
        ask(&bench, "CreateQueue", other).unwrap_err(),
        "QueueNameExists"
    );
    ask(&bench, "DeleteQueue", json!({ "QueueUrl": url })).unwrap();
    assert_eq!(
        ask(&bench, "CreateQueue", name.clone()).unwrap_err(),
        "QueueDeletedRecently"
    );
    let gone = ask(&bench, "GetQueueAttributes", json!({ "QueueUrl": url }));
    assert_eq!(gone.unwrap_err(), "QueueDoesNotExist");
    bench.sandbox.advance(60_000);
    ask(&bench, "CreateQueue", name).unwrap();
}

#[test]
fn what_sqs_refuses_is_refused() {
    let bench = Bench::new();
    let make = |name: &str, attributes: Value| {
        ask(
            &bench,
            "CreateQueue",
            json!({ "QueueName": name, "Attributes": attributes }),
        )
    };
    let code = |name: &str, attributes: Value| make(name, attributes).unwrap_err();
    assert_eq!(code("a.fifo", json!({})), "InvalidParameterValue");
    assert_eq!(
        code("a", json!({ "FifoQueue": "true" })),
        "InvalidParameterValue"
    );
    assert_eq!(
        code("a", json!({ "VisibilityTimeout": "43201" })),
        "InvalidAttributeValue"
    );
    assert_eq!(
        code("a", json!({ "Colour": "red" })),
        "InvalidAttributeName"
    );
    assert_eq!(
        code("a", json!({ "DeduplicationScope": "queue" })),
        "InvalidAttributeName"
    );
    let redrive = |name: &str| {
        let arn = format!("arn:aws:sqs:us-east-1:123456789012:{name}");
        json!({ "RedrivePolicy": json!({ "deadLetterTargetArn": arn, "maxReceiveCount": 5 }).to_string() })
    };
    assert_eq!(code("a", redrive("dead")), "InvalidAttributeValue");
    make("dead.fifo", json!({ "FifoQueue": "true" })).unwrap();
    assert_eq!(code("a", redrive("dead.fifo")), "InvalidAttributeValue");
    make("dead", json!({})).unwrap();
    let url = make("a", redrive("dead")).unwrap()["QueueUrl"].clone();
    ask(
        &bench,
        "SendMessage",
        json!({ "QueueUrl": url, "MessageBody": "x" }),
    )
    .unwrap();
    let all = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
    let seen = ask(&bench, "GetQueueAttributes", all).unwrap();
    assert_eq!(seen["Attributes"]["ApproximateNumberOfMessages"], "1");
    assert_eq!(seen["Attributes"]["SqsManagedSseEnabled"], "true");
}
