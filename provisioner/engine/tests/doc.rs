//! Documents, links and faults as the rest reads them.
#![allow(clippy::unwrap_used)]

use hcctl_engine::{Doc, Fault, Link};
use serde_json::json;

#[test]
fn a_doc_tells_its_fields_and_the_links_within_them() {
    let link = json!({ "$to": "subnet/a" });
    let doc = Doc::of(&json!({ "b": 1, "deep": { "list": [{ "in": link }] }, "a": "x" })).unwrap();
    let fields: Vec<&str> = doc.fields().map(|(name, _)| name).collect();
    assert_eq!(fields.len(), 3);
    assert!(["a", "b", "deep"].iter().all(|name| fields.contains(name)));
    assert_eq!(doc.links(), [("deep", Link::to("subnet", "a"))]);
    let less = doc.without(|field| field == "deep");
    assert_eq!(less.to_value(), json!({ "b": 1, "a": "x" }));
}

#[test]
fn links_and_faults_are_told() {
    assert_eq!(Link::to("subnet", "a").to_string(), "subnet/a");
    assert_eq!(Link::Id("subnet-1".to_owned()).to_string(), "subnet-1");
    let mut fault = Fault::own("ec2:CreateVpc", "no more room");
    assert!(!fault.is("VpcLimitExceeded"));
    fault.code = Some("VpcLimitExceeded".to_owned());
    assert!(fault.is("VpcLimitExceeded") && !fault.is("Other"));
    assert_eq!(
        fault.to_string(),
        "ec2:CreateVpc: VpcLimitExceeded: no more room"
    );
}
